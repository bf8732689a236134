"""The verifier of the audit trail."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from apps.accounts.models import AuditEvent
from apps.accounts.services import record_event, verify_trail

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail() -> list[AuditEvent]:
    """Return five events."""
    return [record_event(None, verb="test", subject=f"x:{number}", detail={"n": number}) for number in range(5)]


def test_a_whole_trail(trail: list[AuditEvent]) -> None:
    found = verify_trail(head=trail[2].digest)
    assert (found.count, found.head, found.problems) == (5, trail[4].digest, ())


def test_an_empty_trail_is_whole() -> None:
    assert verify_trail().problems == ()


def test_a_changed_row_is_named(trail: list[AuditEvent]) -> None:
    AuditEvent.objects.filter(pk=trail[2].pk).update(detail={"n": 99})
    (problem,) = verify_trail().problems
    assert problem.startswith(f"Event {trail[2].pk} ")


def test_a_row_taken_out_is_noticed(trail: list[AuditEvent]) -> None:
    trail[1].delete()
    (problem,) = verify_trail().problems
    assert problem.startswith(f"Before event {trail[2].pk} ")


def test_an_end_that_was_cut_off_is_noticed_by_a_digest_kept_elsewhere(trail: list[AuditEvent]) -> None:
    head = trail[4].digest
    trail[4].delete()
    assert verify_trail().problems == ()
    assert verify_trail(head=head).problems != ()


def test_the_command(trail: list[AuditEvent]) -> None:
    out = StringIO()
    call_command("verify_audit", as_json=True, stdout=out)
    assert json.loads(out.getvalue()) == {"events": 5, "head": trail[4].digest, "problems": []}
    AuditEvent.objects.filter(pk=trail[0].pk).update(verb="forged")
    with pytest.raises(SystemExit) as end:
        call_command("verify_audit", stdout=StringIO(), stderr=StringIO())
    assert end.value.code == 1
