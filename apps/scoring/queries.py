"""Read models of scoring."""

from dataclasses import dataclass

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.bank.models import Key, Reference
from apps.delivery.models import Attempt
from apps.delivery.queries import PaperItem, PaperOption, paper
from apps.exams.models import FormItem
from apps.scoring.models import ItemScore, Score


def current_score(attempt: Attempt) -> Score | None:
    """Return the score that counts, or None while it is owed."""
    return (
        Score.objects.current()
        .filter(attempt=attempt)
        .select_related("attempt__form__blueprint__certification")
        .prefetch_related("domains__domain")
        .first()
    )


def blind_score(attempt: Attempt) -> Score | None:
    """Return the score after blind review, or None when there was none."""
    return Score.objects.blind().filter(attempt=attempt).prefetch_related("domains__domain").first()


def scores_of(user: User) -> "QuerySet[Score]":
    """Return the person's current scores, the latest first."""
    return (
        Score.objects.current()
        .filter(attempt__candidate=user)
        .select_related("attempt__assignment", "attempt__form")
        .order_by("-attempt__started_at")
    )


@dataclass(frozen=True, slots=True)
class ReviewedOption:
    """An option as the attempt showed it, with what the key says of it."""

    shown: PaperOption
    is_keyed: bool
    rationale: str
    mistake: str
    violated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewedItem:
    """An item after the attempt: what was asked, chosen and keyed, and why."""

    shown: PaperItem
    form_item: FormItem
    is_right: bool
    options: tuple[ReviewedOption, ...]
    constraints: tuple[str, ...]
    takeaway: str
    references: tuple[Reference, ...]


def item_scores(score: Score) -> "QuerySet[ItemScore]":
    """Return the item credits of a score in the order of the form."""
    return (
        ItemScore.objects.filter(score=score)
        .select_related("form_item__objective", "form_item__domain", "form_item__version__item")
        .order_by("form_item__position")
    )


def reviewed_items(score: Score) -> list[ReviewedItem]:
    """Return every item of a scored attempt with its key; the caller has checked the review policy."""
    shown = {item.position: item for item in paper(score.attempt)}
    credits = list(item_scores(score))
    keys = pinned_keys(score)
    return [_reviewed(shown[row.form_item.position], row, keys[row.form_item.position]) for row in credits]


def pinned_keys(score: Score) -> dict[int, Key]:
    """Return, by position, the key revisions that the score was computed with."""
    keys = (
        Key.objects.filter(pk__in=score.key_revisions.values())
        .select_related("version")
        .prefetch_related("options__option", "references")
        .in_bulk()
    )
    return {int(position): keys[pk] for position, pk in score.key_revisions.items()}


def _reviewed(shown: PaperItem, row: ItemScore, key: Key) -> ReviewedItem:
    said = {option.option.token: option for option in key.options.all()}
    texts = {constraint["id"]: constraint["text"] for constraint in key.constraints}
    return ReviewedItem(
        shown=shown,
        form_item=row.form_item,
        is_right=row.credit == 1000,
        options=tuple(
            ReviewedOption(
                shown=option,
                is_keyed=said[option.token].is_keyed,
                rationale=said[option.token].rationale,
                mistake=said[option.token].mistake,
                violated=tuple(texts[name] for name in said[option.token].violates if name in texts),
            )
            for option in shown.options
        ),
        constraints=tuple(texts.values()),
        takeaway=key.takeaway,
        references=tuple(key.references.all()),
    )
