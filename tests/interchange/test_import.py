"""Importing packs: idempotent, all or nothing, and clear about what is wrong and where."""

import io
import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from apps.accounts.models import AuditEvent
from apps.bank.models import Item, ItemVersion, Key
from apps.bank.queries import item_content
from apps.delivery.queries import form_content
from apps.exams.models import Blueprint, Form
from apps.exams.services import assemble_form, publish_form
from apps.interchange.models import ImportBatch
from apps.interchange.services import BadPack, import_pack, read_pack
from tests.live import ROOT

SHIPPED = ROOT / "fixtures" / "dop-c02"
pytestmark = pytest.mark.django_db


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Return a copy of the shipped pack that may be broken: without forms, and with the items of the first alone."""
    copy = Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
    forms = copy / "forms.yaml"
    wanted = set(yaml.safe_load(forms.read_text())[0]["items"])
    forms.unlink()
    for path in copy.glob("items/*/*.yaml"):
        if path.stem not in wanted:
            path.unlink()
    return copy


def an_item(pack: Path) -> Path:
    """Return the path of a single item."""
    return next(path for path in sorted(pack.glob("items/*/*.yaml")) if "kind: single" in path.read_text())


def problems(pack: Path) -> Iterator[str]:
    """Yield what is wrong with a pack, and see that it wrote nothing."""
    with pytest.raises(BadPack) as caught:
        import_pack(pack)
    assert Item.objects.count() == 0
    yield from map(str, caught.value.problems)


def run(*arguments: str) -> str:
    """Run the bank command and return what it printed."""
    out = io.StringIO()
    call_command("bank", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_a_second_import_changes_nothing() -> None:
    first = import_pack(SHIPPED)
    assert (first.new_count, first.changed_count, first.unchanged_count) == (Item.objects.count(), 0, 0)
    second = import_pack(SHIPPED)
    assert (second.new_count, second.changed_count, second.unchanged_count) == (0, 0, Item.objects.count())
    assert ItemVersion.objects.count() == Item.objects.count() == Key.objects.count()
    assert ImportBatch.objects.count() == 1
    assert AuditEvent.objects.filter(verb="pack.imported").count() == 1


def test_the_shipped_bank_fills_a_whole_mock() -> None:
    import_pack(SHIPPED)
    form = publish_form(assemble_form(Blueprint.objects.get(), code="a", title="A", seed=1))
    rows = list(form.items.select_related("domain"))
    by_domain = [sum(row.domain.number == number for row in rows) for number in range(1, 7)]
    scored = [sum(row.domain.number == number and row.is_scored for row in rows) for number in range(1, 7)]
    assert by_domain == [17, 13, 11, 11, 10, 13]
    assert scored == [14, 11, 10, 10, 9, 11]
    assert sum(item.choose > 1 for item in form_content(form.pk)) == 15
    assert {row.objective.code for row in rows} >= {"1.1", "2.1", "3.1", "4.1", "5.1", "6.1"}


def test_a_changed_stem_is_a_new_version_and_old_forms_keep_theirs(pack: Path) -> None:
    import_pack(pack)
    form = publish_form(assemble_form(Blueprint.objects.get(), code="a", title="A", seed=1))
    before = {row.position: row.version_id for row in form.items.all()}
    path = an_item(pack)
    path.write_text(path.read_text().replace("stem: |-\n  ", "stem: |-\n  In short: ", 1))
    batch = import_pack(pack)
    assert (batch.new_count, batch.changed_count) == (0, 1)
    versions = ItemVersion.objects.filter(item__code=path.stem).order_by("number")
    assert [version.number for version in versions] == [1, 2]
    assert {row.position: row.version_id for row in Form.objects.get().items.all()} == before


def test_a_corrected_rationale_is_a_new_key_revision_of_the_same_version(pack: Path) -> None:
    import_pack(pack)
    path = an_item(pack)
    content = yaml.safe_load(path.read_text())
    content["answer"]["options"]["a"]["rationale"] = "A better reason."
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    assert import_pack(pack).changed_count == 1
    version = ItemVersion.objects.get(item__code=path.stem)
    assert [key.revision for key in version.keys.order_by("revision")] == [1, 2]


def test_a_dry_run_counts_and_writes_nothing() -> None:
    said = json.loads(run("import", str(SHIPPED), "--dry-run", "--json"))
    assert said["new"] >= 75
    assert Item.objects.count() == 0
    assert Blueprint.objects.count() == 0


def test_broken_yaml_names_file_and_line(pack: Path) -> None:
    path = an_item(pack)
    lines = path.read_text().splitlines()
    lines[4] = "kind: [single"
    path.write_text("\n".join(lines))
    found = list(problems(pack))
    assert len(found) == 1
    name, line, _ = found[0].split(":", 2)
    assert name.endswith(f"{path.stem}.yaml")
    assert int(line) in (5, 6)


def test_weights_must_sum_to_a_hundred(pack: Path) -> None:
    path = pack / "certification.yaml"
    path.write_text(path.read_text().replace("weight: 22", "weight: 23", 1))
    (problem,) = problems(pack)
    assert problem.startswith("certification.yaml:")
    assert "101" in problem
    assert "100" in problem


def test_an_item_without_a_key_is_refused_at_its_line(pack: Path) -> None:
    path = an_item(pack)
    content = yaml.safe_load(path.read_text())
    content["answer"]["key"] = []
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    found = list(problems(pack))
    line = path.read_text().splitlines().index("  key: []") + 1
    assert any(f"{path.stem}.yaml:{line}:" in problem and "key" in problem for problem in found)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("kind", "essay", "kind"),
        ("choose", 3, "key"),
        ("rationnale", "x", "rationnale"),
        ("status", "published", "status"),
        ("topics", ["no-such-topic"], "no-such-topic"),
        ("services", ["no-such-service"], "no-such-service"),
        ("objective", "9.9", "9.9"),
        ("references", [], "references"),
        ("stem", "", "stem"),
    ],
)
def test_bad_fields_are_named(pack: Path, name: str, value: object, said: str) -> None:
    path = an_item(pack)
    content = yaml.safe_load(path.read_text())
    content[name] = value
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    found = list(problems(pack))
    assert any(path.stem in problem and said in problem for problem in found), found


def test_a_key_that_stands_twice_is_refused(pack: Path) -> None:
    path = an_item(pack)
    path.write_text(path.read_text() + "\nstem: Another stem.\n")
    assert any("second time" in problem for problem in problems(pack))


def test_every_problem_is_told_at_once(pack: Path) -> None:
    paths = sorted(pack.glob("items/*/*.yaml"))[:3]
    for path in paths:
        path.write_text(path.read_text().replace("kind:", "sort:", 1))
    found = list(problems(pack))
    assert {path.stem for path in paths} <= {problem.split("/")[-1].split(".yaml")[0] for problem in found}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "yaml-alias"),
        ("[" * 2000 + "]" * 2000, "yaml"),
        ("? [a, b]\n: c\n", "yaml-key"),
    ],
)
def test_hostile_yaml_is_refused_at_its_line(pack: Path, text: str, code: str) -> None:
    an_item(pack).write_text(text)
    assert any(f"[{code}" in problem or code in problem for problem in problems(pack))


def test_an_edit_stays_when_the_same_pack_comes_again_unless_asked_for(pack: Path) -> None:
    import_pack(pack)
    Item.objects.update(state="retired")
    assert "not changed since" in run("import", str(pack), "--new")
    assert set(Item.objects.values_list("state", flat=True)) == {"retired"}
    run("import", str(pack))
    assert "retired" not in Item.objects.values_list("state", flat=True)


def test_yaml_cannot_make_objects(pack: Path) -> None:
    path = an_item(pack)
    path.write_text("!!python/object/apply:os.system ['touch /tmp/owned']\n")
    assert list(problems(pack))


def test_the_command_exits_with_one_and_prints_every_problem(pack: Path) -> None:
    (pack / "topics.yaml").unlink()
    out = io.StringIO()
    with pytest.raises(CommandError, match="nothing was written"):
        call_command("bank", "import", str(pack), stdout=out, stderr=out)
    assert "topics.yaml:1:" in out.getvalue()


def test_a_missing_folder_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(BadPack) as caught:
        read_pack(tmp_path / "nowhere")
    assert "no such folder" in str(caught.value.problems[0])


def test_the_shipped_exam_is_scored_all_or_nothing() -> None:
    assert {(item.policy, item.treatment) for item in read_pack(SHIPPED).items.values()} == {("exact", "scored")}


def test_policy_values_and_treatment_come_in_with_a_pack_and_read_back_the_same(pack: Path) -> None:
    import_pack(pack)
    path = an_item(pack)
    content = yaml.safe_load(path.read_text())
    content["answer"] |= {"policy": "mapped", "map_high": 2, "treatment": "dropped"}
    content["answer"]["options"]["a"]["value"] = 0.5
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    assert import_pack(pack).changed_count == 1
    assert import_pack(pack).changed_count == 0
    version = ItemVersion.objects.get(item__code=path.stem)
    key = version.keys.get(revision=2)
    assert (key.policy, key.treatment, key.map_high) == ("mapped", "dropped", Decimal(2))
    read = next(item for item in read_pack(pack).items.values() if item.code == path.stem)
    assert item_content(version).key_hash == read.key_hash


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"policy": "mapped"}, "needs the value"),
        ({"policy": "generous"}, "policy"),
        ({"map_low": 2}, "0 ≤ map_low < map_high"),
    ],
)
def test_bad_credit_rules_name_file_and_line(pack: Path, change: dict[str, object], said: str) -> None:
    path = an_item(pack)
    content = yaml.safe_load(path.read_text())
    content["answer"] |= change
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    (problem,) = problems(pack)
    assert f"{path.stem}.yaml" in problem
    assert said in problem


def test_values_belong_to_the_policy_mapped(pack: Path) -> None:
    path = an_item(pack)
    content = yaml.safe_load(path.read_text())
    content["answer"]["options"]["a"]["value"] = 1
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    (problem,) = problems(pack)
    assert "takes no values" in problem
