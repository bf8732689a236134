"""The ways to forms, for those who make them."""

from django.http import Http404

from apps.accounts.models import User
from apps.exams.models import Form


def form_read(user: User, code: str) -> Form:
    """Return a form in any state, for instructors and admins; 404 otherwise."""
    form = Form.objects.select_related("blueprint__certification").filter(code=code).first()
    if form is None or not user.is_instructor:
        raise Http404
    return form


def form_write(user: User, code: str) -> Form:
    """Return a draft, for instructors and admins; a published form is frozen and answers 404."""
    form = form_read(user, code)
    if form.state != Form.State.DRAFT:
        raise Http404
    return form
