"""The report of one attempt."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apps.analytics.models import WeakAreaReport
from apps.bank.models import Item
from apps.bank.queries import current_versions, latest_keys
from apps.core.charts import Dot
from apps.delivery.models import TimeGrant
from apps.delivery.queries import AnswerReceipt, answer_receipt, grants
from apps.exams.models import Evidence, Form
from apps.scoring.models import Band, DomainScore, Score
from apps.scoring.queries import blind_score


@dataclass(frozen=True, slots=True)
class Report:
    """What the report page says of a score."""

    score: Score
    headline: str
    verdict: str
    cut_words: str
    domains: tuple[Dot, ...]
    finding: str
    cut_percent: float
    grants: tuple[TimeGrant, ...]
    time_used: timedelta | None
    pace: timedelta | None
    receipt: AnswerReceipt
    blind: Score | None
    blind_words: str


def report(score: Score) -> Report:
    """Return the words and figures of a report."""
    attempt = score.attempt
    form = attempt.form
    domains = list(score.domains.all())
    used = attempt.time_used
    blind = blind_score(attempt)
    return Report(
        score=score,
        headline=_headline(score, form),
        verdict=_verdict(score, form),
        cut_words=cut_words(form),
        domains=tuple(_dot(domain) for domain in domains),
        finding=_finding(domains),
        cut_percent=float(form.cut) * 100,
        grants=tuple(grants(attempt)),
        time_used=used,
        pace=used / score.answered_count if used and score.answered_count else None,
        receipt=answer_receipt(attempt),
        blind=blind,
        blind_words=_blind_words(score, blind) if blind else "",
    )


def _blind_words(timed: Score, blind: Score) -> str:
    gained = blind.scaled - timed.scaled
    if gained >= 30:
        return f"without the clock, {gained} points more: you knew more than the time let you show."
    if gained <= -30:
        return f"without the clock, {-gained} points fewer: second thoughts cost more than they gained."
    return "without the clock, about the same as in time: knowledge is missing rather than minutes."


def _headline(score: Score, form: Form) -> str:
    where = f"About {score.scaled}, somewhere between {score.scaled_low} and {score.scaled_high}."
    if score.scaled_low >= form.pass_mark:
        return f"{where} That is clearly above {form.pass_mark}."
    if score.scaled_high < form.pass_mark:
        return f"{where} That is below {form.pass_mark}, with room to grow."
    return f"{where} That is too close to {form.pass_mark} to call."


def _verdict(score: Score, form: Form) -> str:
    if score.passed:
        return f"This attempt passed: {score.scaled} reaches the pass mark of {form.pass_mark}."
    return f"This attempt did not pass: {score.scaled} is under the pass mark of {form.pass_mark}."


def cut_words(form: Form) -> str:
    """Say where the cut lies and what it rests on."""
    level = Evidence(form.cut_evidence)
    error = f" ± {form.cut_se * 100:.1f} (standard error)" if form.cut_se is not None else ""
    where = f"The cut lies at {form.cut * 100:.0f} %{error} of the weighted raw score."
    text = f"{where} Evidence level {level.value}: {level.label}."
    if level == Evidence.ASSUMED:
        text += " The exam's owner publishes neither the raw cut nor the way to the scale, so read it with care."
    return text


def _dot(domain: DomainScore) -> Dot:
    return Dot(
        label=str(domain.domain),
        low=domain.low,
        point=domain.proportion,
        high=domain.high,
        evidence=f"{domain.credit / 1000:g} of {domain.item_count}",
        band=domain.band,
        band_words=Band(domain.band).label,
        note=f"{domain.weight} % of the score",
    )


def _finding(domains: list[DomainScore]) -> str:
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


@dataclass(frozen=True, slots=True)
class Study:
    """What to read again after a missed item."""

    item: str
    takeaway: str
    references: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WeakArea:
    """An area of the weak-area report, with what to study there."""

    title: str
    code: str
    n: int
    right: int
    dot: Dot
    is_ranked: bool
    loss: float
    study: tuple[Study, ...]


@dataclass(frozen=True, slots=True)
class WeakAreas:
    """The weak-area report as the page shows it."""

    ranked: tuple[WeakArea, ...]
    unranked: tuple[WeakArea, ...]
    topics: tuple[WeakArea, ...]
    answers: int
    attempts: int
    seen_before: int


def weak_areas(score: Score, *, withheld: Set[str]) -> WeakAreas | None:
    """Return the weak areas behind a score, or None while the report is owed.

    Takeaways and references are part of the answer: those of the `withheld` items, by code, are left out. The report
    rests on earlier attempts too, so the policy of the score's own attempt does not settle it.
    """
    stored = WeakAreaReport.objects.filter(score=score).first()
    if stored is None:
        return None
    body = stored.body
    missed = {code for row in body["objectives"] for code in row["missed"]}
    studies = _studies(missed - withheld)
    objectives = [_weak_area(row, studies) for row in body["objectives"]]
    return WeakAreas(
        ranked=tuple(area for area in objectives if area.is_ranked),
        unranked=tuple(area for area in objectives if not area.is_ranked),
        topics=tuple(_weak_area(row, studies) for row in body["topics"] if row["missed"]),
        answers=body["answers"],
        attempts=body["attempts"],
        seen_before=body["seen_before"],
    )


def _studies(codes: set[str]) -> dict[str, Study]:
    versions = {version.pk: version.item.code for version in current_versions(Item.objects.filter(code__in=codes))}
    return {
        versions[key.version_id]: Study(
            item=versions[key.version_id],
            takeaway=key.takeaway,
            references=tuple((reference.title, reference.url) for reference in key.references.all()),
        )
        for key in latest_keys(list(versions))
    }


def _weak_area(row: dict[str, Any], studies: dict[str, Study]) -> WeakArea:
    return WeakArea(
        title=row["title"],
        code=row["area"],
        n=row["n"],
        right=row["right"],
        dot=Dot(
            label=row["title"],
            low=row["low"],
            point=row["right"] / row["n"],
            high=row["high"],
            evidence=f"{row['right']} of {row['n']}",
            band=row["band"],
            band_words=Band(row["band"]).label,
        ),
        is_ranked=row["is_ranked"],
        loss=row["loss"],
        study=tuple(studies[code] for code in row["missed"] if code in studies),
    )
