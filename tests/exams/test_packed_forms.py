"""Forms that packs bring: taken away by a command, published by an import, and refused where they do not fit."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from apps.exams.models import Form
from apps.exams.queries import packed_form
from apps.exams.services import assemble_forms, write_form
from apps.interchange.formats.form_pack import parse_forms, write_forms
from tests import world as worlds


def test_a_form_goes_into_a_pack_and_comes_out_as_it_was(world: worlds.World, tmp_path: Path) -> None:
    path = tmp_path / "forms.yaml"
    call_command(
        "exam", "assemble", world.blueprint.code, "--form", "b", "--title", "Mock B", "--write", str(path),
        stdout=io.StringIO(),
    )  # fmt: skip
    (content,), problems = parse_forms(path.read_text())
    assert problems == []
    draft = Form.objects.get(code="b")
    assert content == packed_form(draft)
    draft.delete()
    form = write_form(world.blueprint, content)
    assert form is not None
    assert (form.state, form.title, packed_form(form)) == ("published", "Mock B", content)
    assert write_form(world.blueprint, content) is None, "what is there stays as it is"


def test_a_form_that_does_not_fit_is_refused_with_every_reason(world: worlds.World) -> None:
    content = replace(packed_form(world.form), code="b")
    cases = [
        (replace(content, items=(*content.items[:-1], "demo-c01-nothing")), "the bank has no item demo-c01-nothing"),
        (replace(content, items=(*content.items[:-1], content.items[0])), "has an item twice"),
        (replace(content, pilots=frozenset()), "unscored items of domain 1, and the blueprint wants 1"),
        (replace(content, items=content.items[1:]), "and the blueprint wants"),
    ]
    for bad, said in cases:
        with pytest.raises(ValidationError, match=said):
            write_form(world.blueprint, bad)
    assert not Form.objects.filter(code="b").exists()


def test_a_file_that_cannot_be_read_names_the_place() -> None:
    good = write_forms([])
    assert parse_forms(good) == ([], [])
    for text, line, said in (
        ("- code: a\n  title: A\n  seed: 1\n", 1, "items"),
        ("- code: a\n  title: A\n  seed: 1\n  items: [x]\n  pilots: [y]\n", 5, "has no item y"),
        ("- code: a\n  title: A\n  seed: 1\n  items: [x]\n  sort: 1\n", 5, "sort"),
        ("- [", 2, "not valid YAML"),
    ):
        found, problems = parse_forms(text)
        assert found == []
        assert problems[0].line == line
        assert said in problems[0].message


def test_several_forms_at_once_need_as_many_items(world: worlds.World) -> None:
    with pytest.raises(CommandError, match="for 2 forms"):
        call_command("exam", "assemble", world.blueprint.code, "--form", "b", "c", stdout=io.StringIO())
    with pytest.raises(CommandError, match="2 forms and 1 titles"):
        call_command("exam", "assemble", world.blueprint.code, "--form", "b", "c", "--title", "B")
    with pytest.raises(ValidationError, match="exists already"):
        assemble_forms(world.blueprint, {"b": "B", world.form.code: "A"}, seed=1)
    assert not Form.objects.filter(code__in=["b", "c"]).exists()
