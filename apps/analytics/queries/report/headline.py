"""The first words of a report: where the score lies, what that says, and what the cut rests on."""

import math

from apps.exams.models import Evidence, Form
from apps.scoring.engine import FULL_CREDIT, wilson
from apps.scoring.models import Band, DomainScore, Score


def headline(score: Score, form: Form) -> str:
    """Return the sentence a friend would say, interval first."""
    if form.is_drill:
        right, n, low, high = _drilled(score)
        return f"{right:g} of {n} right: the true share lies between {low * 100:.0f} % and {high * 100:.0f} %."
    where = f"About {score.scaled}, somewhere between {score.scaled_low} and {score.scaled_high}."
    if score.scaled_low >= form.pass_mark:
        return f"{where} That is clearly above {form.pass_mark}."
    if score.scaled_high < form.pass_mark:
        return f"{where} That is below {form.pass_mark}, with room to grow."
    return f"{where} That is too close to {form.pass_mark} to call."


def _drilled(score: Score) -> tuple[float, int, float, float]:
    domains = score.domains.all()
    credit, n = sum(domain.credit for domain in domains) / FULL_CREDIT, sum(domain.item_count for domain in domains)
    interval = wilson(credit / n, n)
    return credit, n, interval.low, interval.high


def verdict(score: Score, form: Form) -> str:
    """Return what the attempt amounts to against the pass mark."""
    if form.is_drill:
        return "This is a drill: nobody passes or fails, and it counts in no statistic of exams."
    if score.passed:
        return f"This attempt passed: {score.scaled} reaches the pass mark of {form.pass_mark}."
    return f"This attempt did not pass: {score.scaled} is under the pass mark of {form.pass_mark}."


def precision_words(score: Score, form: Form) -> str:
    """Say how coarse one attempt measures, with scores of the form's scale that it cannot tell apart."""
    width = score.scaled_high - score.scaled_low
    # Round numbers, a fiftieth of the scale apart at most: tens from 100 to 1000, ones from 0 to 100.
    step = 10 ** max(0, math.floor(math.log10((form.scale_max - form.scale_min) / 50)))
    low = max(form.scale_min, round((score.scaled - width / 8) / step) * step)
    high = min(form.scale_max, round((score.scaled + width / 8) / step) * step)
    text = f"The 90 % interval is {width} points wide"
    return f"{text}: on one attempt, {low} and {high} are not different." if low < high else f"{text}."


def cut_words(form: Form) -> str:
    """Say where the cut lies and what it rests on."""
    level = Evidence(form.cut_evidence)
    where = f"The cut lies at {form.cut * 100:.0f} % of the weighted raw score"
    if form.cut_se:
        where += f", give or take {form.cut_se * 100:.1f} percentage points (standard error)"
    text = f"{where}. Evidence level {level.value}: {level.label}."
    if level == Evidence.ASSUMED:
        text += " Neither judges nor results stand behind it yet, so read it with care."
    return text


def finding(domains: list[DomainScore]) -> str:
    """Return what the domains say together, as a heading."""
    weak = [domain.domain.title for domain in domains if domain.band == Band.WEAK]
    strong = [domain.domain.title for domain in domains if domain.band == Band.STRONG]
    if len(weak) == len(domains):
        return "Every domain lies below the cut"
    if len(strong) == len(domains):
        return "Every domain lies above the cut"
    if weak:
        return f"{_list(weak)} {'lies' if len(weak) == 1 else 'lie'} below the cut"
    if strong:
        return f"{_list(strong)} {'lies' if len(strong) == 1 else 'lie'} above the cut; the others are open"
    return "No domain can be told apart from the cut yet"


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
