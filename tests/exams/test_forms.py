"""Blueprints and forms."""

import io
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from apps.bank.services import write_curriculum, write_item
from apps.delivery.models import Assignment
from apps.delivery.services import offer_form
from apps.exams.assembly import Infeasible
from apps.exams.models import Blueprint, Form, FormItem
from apps.exams.services import assemble_form, publish_form, write_blueprint
from tests import world as worlds

pytestmark = pytest.mark.django_db


def test_weights_must_sum_to_a_hundred() -> None:
    certification = write_curriculum(worlds.curriculum("bad", weights=(60, 50)))
    with pytest.raises(ValidationError, match="sum to 110"):
        write_blueprint(certification, counts=[(1, 3, 1), (2, 2, 1)], multiple_count=1)
    assert not Blueprint.objects.exists()


def test_a_form_that_cannot_be_filled_says_why_and_leaves_nothing() -> None:
    certification = write_curriculum(worlds.curriculum())
    write_item(worlds.item("only-one"), certification=certification)
    blueprint = write_blueprint(certification, counts=[(1, 3, 1), (2, 2, 1)], multiple_count=1)
    with pytest.raises(Infeasible) as caught:
        assemble_form(blueprint, code="a", title="A", seed=1)
    assert any("Domain 1 needs 3" in reason and "has 1" in reason for reason in caught.value.reasons)
    assert not Form.objects.exists()
    with pytest.raises(CommandError, match="No form can be assembled"):
        call_command("exam", "assemble", blueprint.code, "--form", "a", stdout=io.StringIO())


def test_a_published_form_is_frozen(world: worlds.World) -> None:
    with pytest.raises(ValidationError, match="only a draft can be published"):
        publish_form(world.form)
    Blueprint.objects.update(cut="0.9", pass_mark=900)
    form = Form.objects.get(pk=world.form.pk)
    assert (float(form.cut), form.pass_mark) == (0.72, 750)


@pytest.mark.parametrize(
    "change",
    [
        lambda form: Form.objects.filter(pk=form.pk).update(cut="0.9"),
        lambda form: Form.objects.filter(pk=form.pk).update(state=Form.State.DRAFT, published_at=None),
        lambda form: (form.assignments.all().delete(), form.delete()),
        lambda form: form.items.update(is_scored=True),
        lambda form: form.items.all()[:1].get().delete(),
        lambda form: FormItem.objects.create(
            form=form, position=99, version=form.items.first().version, is_scored=True,
            domain=form.items.first().domain, objective=form.items.first().objective,
        ),
        lambda form: form.domains.update(weight=50),
    ],
)  # fmt: skip
def test_the_database_refuses_to_change_a_published_form(world: worlds.World, change: Callable[[Form], object]) -> None:
    with pytest.raises(IntegrityError, match="published and frozen"), transaction.atomic():
        change(world.form)
    draft = assemble_form(world.blueprint, code="b", title="B", seed=2)
    draft.domains.update(weight=50)  # the control: a draft may change
    draft.items.update(is_scored=True)
    Form.objects.filter(pk=world.form.pk).update(state=Form.State.RETIRED)


def test_a_draft_is_not_offered(world: worlds.World) -> None:
    draft = assemble_form(world.blueprint, code="b", title="B", seed=2)
    with pytest.raises(ValidationError, match="is not published"):
        offer_form(draft, title="B")
    assert Assignment.objects.count() == 1


def test_a_taken_code_is_refused(world: worlds.World) -> None:
    with pytest.raises(ValidationError, match="exists already"):
        assemble_form(world.blueprint, code=world.form.code, title="A", seed=1)


def test_the_command_assembles_publishes_and_offers(world: worlds.World) -> None:
    out = io.StringIO()
    call_command("exam", "assemble", world.blueprint.code, "--form", "c", "--seed", "3", "--offer", stdout=out)
    assert "c: 7 items, published." in out.getvalue()
    assert Assignment.objects.filter(form__code="c").exists()


def test_a_draft_is_published_by_a_command(world: worlds.World) -> None:
    out = io.StringIO()
    call_command("exam", "assemble", world.blueprint.code, "--form", "later", stdout=out)
    assert Form.objects.get(code="later").state == "draft"
    call_command("exam", "publish", "later", "--offer", stdout=out)
    assert Form.objects.get(code="later").assignments.count() == 1
    assert "7 items, published" in out.getvalue()
    for code, said in (("later", "only a draft"), ("nowhere", "no form nowhere")):
        with pytest.raises(CommandError, match=said):
            call_command("exam", "publish", code)
