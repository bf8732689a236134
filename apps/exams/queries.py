"""Read models of forms."""

from apps.exams.content import FormContent
from apps.exams.models import Form


def packed_form(form: Form) -> FormContent:
    """Return a form as packs carry it."""
    rows = list(form.items.order_by("position").values_list("version__item__code", "is_scored"))
    return FormContent(
        code=form.code,
        title=form.title,
        seed=form.seed,
        items=tuple(code for code, _ in rows),
        pilots=frozenset(code for code, is_scored in rows if not is_scored),
    )
