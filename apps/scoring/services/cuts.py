"""Setting the cut of a form by evidence, while it is a draft."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.exams.models import Evidence, Form
from apps.exams.services import set_cut
from apps.scoring.engine import cuts
from apps.scoring.queries.judging import judged_cut


@transaction.atomic
def set_cut_by_angoff(form: Form, *, by: User) -> cuts.CutEstimate:
    """Set a draft's cut, evidence level L1 and standard error by its judges' estimates (scoring.md A).

    Raises ValidationError with every reason when the judges do not carry a cut yet, and when the form is no draft; the
    cut then stays as it was.
    """
    try:
        estimate = judged_cut(form)
    except cuts.Unsupported as refusal:
        raise ValidationError(refusal.reasons) from refusal
    set_cut(
        form,
        cut=Decimal(estimate.cut.numerator) / estimate.cut.denominator,
        evidence=Evidence(estimate.level),
        se=None if estimate.se is None else Decimal(f"{estimate.se:.4f}"),
    )
    told = {"cut": f"{float(estimate.cut):.4f}", "judges": estimate.n, "se": estimate.se}
    record_event(by, verb="form.cut-set", subject=f"exams.form:{form.code}", detail=told)
    return estimate
