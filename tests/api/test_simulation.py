"""Virtual candidates of known ability: what they are told holds the truth as often as it says."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.accounts.models import User
from apps.bank.models import Certification


def test_what_virtual_candidates_are_told_holds_the_truth_as_often_as_it_says(db: None) -> None:
    out = StringIO()
    call_command("exam", "simulate", "--candidates", "24", "--mocks", "2", "--seed", "3", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert User.objects.filter(email__startswith="simulation-3-").count() == 24
    assert found["score_coverage"]["n"] == 48
    # Intervals half as wide would hold 59 %; the margins are those that chance leaves at these n.
    assert 0.8 <= found["score_coverage"]["value"] <= 0.98
    assert abs(found["score_bias"]) < 20
    assert found["agreement"]["value"] > 0.7
    # 12 people as the model takes them to be, 6 domains and 30 topics each.
    assert found["areas"]["topic"]["n"] == 360
    assert 0.82 <= found["areas"]["topic"]["value"] <= 0.97
    assert 0.75 <= found["areas"]["domain"]["value"] <= 0.99
    told = found["readiness"]["cold"]
    assert told["n"] == 18
    assert told["brier"] < told["reference"]
    with pytest.raises(CommandError, match="choose another seed"):
        call_command("exam", "simulate", "--candidates", "1", "--seed", "3", stdout=StringIO())


def test_a_simulation_does_not_fill_a_database_that_stays(db: None, settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="say --here if you mean this one"):
        call_command("exam", "simulate", stdout=StringIO())
    assert not Certification.objects.exists()
    with pytest.raises(CommandError, match="at least one candidate"):
        call_command("exam", "simulate", "--candidates", "0", "--here", stdout=StringIO())
