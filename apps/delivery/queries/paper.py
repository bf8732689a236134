"""The paper as its candidate sees it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString

from apps.delivery import clock
from apps.delivery.models import Attempt
from apps.delivery.queries.content import ItemContent, OptionContent, form_content, shuffled
from apps.delivery.queries.fold import FoldedResponse, folded_responses


@dataclass(frozen=True, slots=True)
class PaperOption:
    """An option as this attempt shows it."""

    token: str
    html: SafeString
    is_chosen: bool = False
    is_struck: bool = False


@dataclass(frozen=True, slots=True)
class PaperItem:
    """An item as this attempt shows it; `position` is its number on the form."""

    position: int
    kind: str
    choose: int
    stem: SafeString
    lead_in: SafeString
    options: tuple[PaperOption, ...]
    is_flagged: bool = False
    highlights: tuple[tuple[int, int], ...] = ()
    note: str = ""
    confidence: str = ""
    is_seen_whole: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether any option is chosen."""
        return any(option.is_chosen for option in self.options)

    @property
    def chosen_count(self) -> int:
        """How many options are chosen."""
        return sum(option.is_chosen for option in self.options)

    @property
    def is_incomplete(self) -> bool:
        """Whether some but not all of the options asked for are chosen."""
        return 0 < self.chosen_count < self.choose

    @property
    def state_words(self) -> str:
        """The state in words, for the navigator and screen readers."""
        if self.is_incomplete:
            state = f"{self.chosen_count} of {self.choose} chosen"
        else:
            state = "answered" if self.is_answered else "unanswered"
        return f"{state}, flagged" if self.is_flagged else state


def paper(attempt: Attempt, *, with_late: bool = False) -> list[PaperItem]:
    """Return the attempt's items as its candidate sees them now; `with_late` as they count, late answers let in."""
    folded = folded_responses(
        [attempt.pk], started=[attempt.started_at], blind=attempt.is_in_blind_review, with_late=with_late
    )
    held = {response.position: response for response in folded}
    untouched = FoldedResponse(attempt.pk, 0)
    return [
        _item(content, held.get(content.position, untouched), attempt.shuffle_seed)
        for content in form_content(attempt.form_id)
    ]


def _item(content: ItemContent, held: FoldedResponse, seed: int) -> PaperItem:
    return PaperItem(
        position=content.position,
        kind=content.kind,
        choose=content.choose,
        stem=content.stem,
        lead_in=content.lead_in,
        options=tuple(_option(option, held) for option in shuffled(content.options, seed, content.position)),
        is_flagged=held.is_flagged,
        highlights=held.highlights,
        note=held.note,
        confidence=held.confidence,
        is_seen_whole=held.is_seen_whole,
    )


def _option(content: OptionContent, held: FoldedResponse) -> PaperOption:
    return PaperOption(content.token, content.html, content.token in held.chosen, content.token in held.struck)


def remaining(attempt: Attempt, now: datetime) -> timedelta | None:
    """Return the time left of an open attempt; None when untimed."""
    return clock.remaining(attempt.deadline_at, now)
