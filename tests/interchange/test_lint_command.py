"""`manage.py bank lint`: needs no database, knows no certification by name, and exits with 1 on errors."""

import io
import json
import shutil
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from tests.live import ROOT
from tests.pure.flawless import CERTIFICATION, ITEM

SHIPPED = ROOT / "fixtures" / "dop-c02"
DAY = "--as-of=2026-11-28"


def run(*arguments: str) -> str:
    """Run the linter and return what it printed."""
    out = io.StringIO()
    call_command("bank", "lint", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def written(value: object) -> str:
    """Return a value as YAML."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Return a pack of another certification, with one item."""
    domains = [
        {
            "number": domain.number,
            "slug": domain.slug,
            "title": domain.title,
            "weight": domain.weight,
            "scored": domain.scored_count,
            "pilots": domain.pilot_count,
            "objectives": [{"code": o.code, "title": o.title} for o in domain.objectives],
        }
        for domain in CERTIFICATION.domains
    ]
    certification = {
        "schema": 1, "code": "pg-1", "title": "Database Keeper", "provider": "Example", "time_limit_minutes": 30,
        "scale": {"min": 0, "max": 100, "pass": 70}, "cut": "0.7", "multiple_response": 2, "domains": domains,
    }  # fmt: skip
    topics = {d.slug: [{"slug": t.slug, "title": t.title} for t in d.topics] for d in CERTIFICATION.domains}
    letters = "abcd"
    item = {
        "schema": 1, "code": ITEM.code, "version": 1, "status": "active", "kind": "single", "choose": 1, "domain": 1,
        "objective": "1.1", "topics": ["views"], "services": [], "stem": ITEM.stem, "lead_in": ITEM.lead_in,
        "options": [{"id": letter, "text": o.text} for letter, o in zip(letters, ITEM.options, strict=True)],
        "answer": {
            "key": [letter for letter, o in zip(letters, ITEM.options, strict=True) if o.is_keyed],
            "constraints": [{"id": c.id, "from": c.source, "text": c.text} for c in ITEM.constraints],
            "options": {
                letter: {
                    "violates": list(o.violates), "feasible": o.is_feasible, "mistake": o.mistake,
                    "rationale": o.rationale,
                }
                for letter, o in zip(letters, ITEM.options, strict=True)
            },
            "takeaway": ITEM.takeaway,
            "angoff": ITEM.angoff,
        },
        "references": [{"title": r.title, "url": r.url, "checked": r.checked, "via": r.via} for r in ITEM.references],
        "review_due": ITEM.review_due,
    }  # fmt: skip
    (tmp_path / "items" / "queries").mkdir(parents=True)
    (tmp_path / "certification.yaml").write_text(written(certification))
    (tmp_path / "topics.yaml").write_text(written(topics))
    (tmp_path / "services.yaml").write_text("[]\n")
    (tmp_path / "items" / "queries" / "pg-sales.yaml").write_text(written(item))
    return tmp_path


def spoil(pack: Path) -> None:
    """Give the pack's item a lead-in that the linter refuses."""
    path = pack / "items" / "queries" / "pg-sales.yaml"
    path.write_text(path.read_text().replace("Which change meets", "Which change does NOT meet"))


def test_the_shipped_pack_passes_and_the_guesser_is_printed() -> None:
    said = run(str(SHIPPED), DAY)
    assert "guesser" in said
    assert "items" in said.splitlines()[-1]


def test_another_certification_is_measured_by_its_own_domains_and_topics(pack: Path) -> None:
    said = run(str(pack), "--report", DAY)
    assert "Database Keeper (pg-1), 2026-11-28" in said
    assert "domain 2 without an item (1): backups" in said
    assert "DOP" not in said
    assert "1 active, a form wants 5, 4 MISSING" in said


def test_the_report_as_data_has_findings_too(pack: Path) -> None:
    told = json.loads(run(str(pack), "--report", "--json", DAY))
    assert told["report"]["items"] == 1
    assert told["report"]["next_review"] == "2027-11-28"
    assert {finding["rule"] for finding in told["findings"]} == {"blueprint", "objective-uncovered", "topic-uncovered"}
    assert isinstance(json.loads(run(str(pack), "--json", DAY)), list)


@pytest.mark.parametrize("options", [[], ["--json"], ["--report"], ["--report", "--json"]])
def test_an_error_is_told_and_the_exit_code_is_one(pack: Path, options: list[str]) -> None:
    run(str(pack), *options, DAY)
    spoil(pack)
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("bank", "lint", str(pack), *options, DAY, stdout=out)
    assert ended.value.code == 1
    assert "negative-lead-in" in out.getvalue()
    assert "ITEMS" in out.getvalue() or options != ["--report"]


def test_a_warning_fails_only_the_strict(pack: Path) -> None:
    with pytest.raises(SystemExit):
        run(str(pack), "--strict", DAY)


def test_the_day_decides_what_is_overdue(pack: Path) -> None:
    assert "review-overdue" not in run(str(pack), DAY)
    assert "review-overdue" in run(str(pack), "--as-of=2027-12-01")
    with pytest.raises(CommandError, match="write it as 2026-11-28"):
        run(str(pack), "--as-of=tomorrow")


def test_a_pack_that_cannot_be_read_says_where(pack: Path) -> None:
    shutil.rmtree(pack / "items")
    (pack / "topics.yaml").unlink()
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("bank", "lint", str(pack), stdout=out, stderr=out)
    assert "topics.yaml:1:" in out.getvalue()
