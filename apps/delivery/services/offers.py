"""Offering forms."""

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.delivery.models import Assignment
from apps.exams.models import Form


@transaction.atomic
def offer_form(form: Form, *, title: str, by: User | None = None) -> Assignment:
    """Offer a published form to everyone, any number of times; offering it again returns the same assignment.

    Raises ValidationError when the form is not published: a draft could still change under its candidates.
    """
    if form.state != Form.State.PUBLISHED:
        raise ValidationError(f"{form.code} is not published; publish it before it is offered.")
    existing = Assignment.objects.filter(form=form, audience=Assignment.Audience.EVERYONE).first()
    if existing:
        return existing
    assignment = Assignment.objects.create(form=form, title=title)
    record_event(by, verb="form.offered", subject=f"delivery.assignment:{assignment.uuid}", detail={"form": form.code})
    return assignment
