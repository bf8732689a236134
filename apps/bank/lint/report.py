"""What a bank looks like in figures, as plain data: `manage.py bank lint --report` prints it or gives it as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from apps.bank.content import ItemContent
from apps.bank.curriculum import CertificationContent, DomainContent
from apps.bank.lint.bank_rules import RELATED
from apps.bank.lint.coverage import IN_USE
from apps.bank.lint.guesser import Guess, guess
from apps.bank.lint.measures import KeyLengths, KeyPlaces, key_lengths, key_places, word_count
from apps.bank.lint.similarity import Pair, nearest_pair, similar_pairs
from apps.bank.lint.text import artefact_words, prose_words

WORDS_A_MINUTE = 200


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and range of a figure over `n` items; None where there is no item."""

    n: int
    mean: float | None
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """A task statement and its number of items."""

    code: str
    title: str
    items: int


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain: items by kind and state, what a form wants of them, and the authors' Angoff estimates."""

    number: int
    title: str
    items: int
    single: int
    multiple: int
    active: int
    pilot: int
    scored_wanted: int
    pilot_wanted: int
    angoff: Spread
    objectives: tuple[ObjectiveRow, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Reading time of an average form: the blueprint's counts times the mean words of each domain's items.

    `words` is prose, `artefact_words` the code beside it, `minutes` the prose at 200 words a minute.
    """

    items: int
    words: float
    artefact_words: float
    minutes: float
    limit_minutes: float


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic of the curriculum, with the number of items that name it."""

    domain: int
    slug: str
    title: str
    items: int


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service of the table, with the number of items that name it."""

    slug: str
    name: str
    status: str
    items: int


@dataclass(frozen=True, slots=True)
class Report:
    """A bank in figures. Items of every state are counted; `in_use` are active items and pilots."""

    certification: str
    title: str
    as_of: date
    items: int
    in_use: int
    kinds: dict[str, int]
    states: dict[str, int]
    domains: tuple[DomainRow, ...]
    lengths_in_words: KeyLengths
    lengths_in_characters: KeyLengths
    key_places: tuple[KeyPlaces, ...]
    guesses: tuple[Guess, ...]
    similar: tuple[Pair, ...]
    nearest: Pair | None
    item_words: Spread
    reading: Reading
    topics: tuple[TopicRow, ...]
    references: Spread
    services: tuple[ServiceRow, ...]
    overdue: int
    next_review: date | None


def build_report(items: Sequence[ItemContent], certification: CertificationContent, as_of: date) -> Report:
    """Measure a bank against its certification on the day `as_of`."""
    topics = Counter(topic for item in items for topic in item.topics)
    services = Counter(service for item in items for service in item.services)
    due = [item.review_due for item in items if item.review_due and item.state in IN_USE]
    return Report(
        certification=certification.code,
        title=certification.title,
        as_of=as_of,
        items=len(items),
        in_use=sum(item.state in IN_USE for item in items),
        kinds=dict(sorted(Counter(_kind(item) for item in items).items())),
        states=dict(sorted(Counter(item.state for item in items).items())),
        domains=tuple(_domain(items, domain) for domain in certification.domains),
        lengths_in_words=key_lengths(items, word_count),
        lengths_in_characters=key_lengths(items, len),
        key_places=tuple(key_places(items)),
        guesses=tuple(guess(items)),
        similar=tuple(similar_pairs(items, RELATED)),
        nearest=nearest_pair(items),
        item_words=_spread([prose_words(item) for item in items]),
        reading=_reading(items, certification),
        topics=tuple(
            TopicRow(domain.number, topic.slug, topic.title, topics[topic.slug])
            for domain in certification.domains
            for topic in domain.topics
        ),
        references=_spread([len(item.references) for item in items]),
        services=tuple(ServiceRow(s.slug, s.name, s.status, services[s.slug]) for s in certification.services),
        overdue=sum(day < as_of for day in due),
        next_review=min((day for day in due if day >= as_of), default=None),
    )


def _kind(item: ItemContent) -> str:
    return f"choose {item.choose} of {len(item.options)}"


def _spread(values: Sequence[float]) -> Spread:
    if not values:
        return Spread(0, None, None, None)
    return Spread(len(values), fmean(values), min(values), max(values))


def _domain(items: Sequence[ItemContent], domain: DomainContent) -> DomainRow:
    own = [item for item in items if item.domain == domain.number]
    asked = Counter(item.objective for item in own)
    return DomainRow(
        number=domain.number,
        title=domain.title,
        items=len(own),
        single=sum(item.choose == 1 for item in own),
        multiple=sum(item.choose > 1 for item in own),
        active=sum(item.state == "active" for item in own),
        pilot=sum(item.state == "pilot" for item in own),
        scored_wanted=domain.scored_count,
        pilot_wanted=domain.pilot_count,
        angoff=_spread([item.angoff for item in own]),
        objectives=tuple(ObjectiveRow(o.code, o.title, asked[o.code]) for o in domain.objectives),
    )


def _reading(items: Sequence[ItemContent], certification: CertificationContent) -> Reading:
    form_items = 0
    form_words = form_artefacts = 0.0
    for domain in certification.domains:
        count = domain.scored_count + domain.pilot_count
        # A domain without items yet reads like the rest of the bank.
        own = [item for item in items if item.domain == domain.number] or items
        form_items += count
        if own:
            form_words += count * fmean(prose_words(item) for item in own)
            form_artefacts += count * fmean(artefact_words(item) for item in own)
    limit = certification.time_limit.total_seconds() / 60
    return Reading(form_items, form_words, form_artefacts, form_words / WORDS_A_MINUTE, limit)
