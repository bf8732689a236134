"""Virtual candidates whose ability is known, and the throw-away certification that they sit.

Truth is a two-parameter model with domain and topic effects: logit P = a (θ + δ + ε - b), θ ~ N(0, .8²),
δ ~ N(0, .4²), ε ~ N(0, .3²), log a ~ N(0, .2²), b such that a candidate of θ = 0 is expected to reach the cut in
every domain. The authors' estimates miss by N(0, .6²) logits. One candidate in four is even but for one domain in
which the expected share is 15 points lower.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from apps.analytics.psychometrics.model import Floats, Ints, sigmoid
from apps.bank.content import ConstraintContent, ItemContent, OptionContent, ReferenceContent
from apps.bank.curriculum import CertificationContent, DomainContent, ObjectiveContent, TopicContent

# Weight, scored items: those of DOP-C02.
DOMAINS = ((22, 14), (17, 11), (15, 10), (15, 10), (14, 9), (17, 11))
TOPICS = 5
ITEMS_PER_SLOT = 5
CUT = 0.72
LEARNER_SD, DOMAIN_SD, TOPIC_SD, SLOPE_SD, DIFFICULTY_SD, AUTHOR_SD = 0.8, 0.4, 0.3, 0.2, 0.8, 0.6
WEAKER_BY = 0.15
STUDY_GAIN = 0.5


@dataclass(frozen=True, slots=True)
class Truth:
    """The items as they are: codes, and arrays of domain, topic (both from 0), slope, difficulty, author's estimate."""

    codes: tuple[str, ...]
    domain: Ints
    topic: Ints
    slope: Floats
    difficulty: Floats
    estimate: Floats

    def by_domain(self, chances: Floats) -> Floats:
        """Return the expected share right in each domain."""
        return np.bincount(self.domain, chances) / np.bincount(self.domain)

    def raw(self, chances: Floats) -> float:
        """Return the expected domain-weighted raw score on items like these."""
        weights = np.array([weight for weight, _ in DOMAINS]) / 100
        return float(weights @ self.by_domain(chances))


@dataclass(slots=True)
class Virtual:
    """A candidate: ability, effects by domain and topic, and which kind they are."""

    ability: float
    domains: Floats
    topics: Floats
    weak_domain: int | None = None
    drills: bool = False
    raws: list[float] = field(default_factory=list)

    def chances(self, truth: Truth) -> Floats:
        """Return the chance of a right answer on each item."""
        ability = self.ability + self.domains[truth.domain] + self.topics[truth.topic]
        return sigmoid(truth.slope * (ability - truth.difficulty))


def _to_the_cut(slope: Floats, difficulty: Floats) -> float:
    """Return the ability at which items of these slopes and difficulties are right as often as the cut asks."""
    return _solve(lambda ability: float(sigmoid(slope * (ability - difficulty)).mean()) - CUT)


def draw_items(rng: np.random.Generator, code: str) -> Truth:
    """Draw the bank."""
    domain = np.repeat(np.arange(len(DOMAINS)), [count * ITEMS_PER_SLOT for _, count in DOMAINS])
    place = np.concatenate([np.arange(count * ITEMS_PER_SLOT) for _, count in DOMAINS])
    slope = np.exp(rng.normal(0, SLOPE_SD, len(domain)))
    difficulty = rng.normal(0, DIFFICULTY_SD, len(domain))
    for each in range(len(DOMAINS)):
        inside = domain == each
        difficulty[inside] -= _to_the_cut(slope[inside], difficulty[inside])
    missed = rng.normal(0, AUTHOR_SD, len(domain))
    estimate = np.clip(sigmoid(-slope * difficulty + missed), 0.05, 0.95)
    codes = tuple(f"{code}-{number:03d}" for number in range(len(domain)))
    return Truth(codes, domain, domain * TOPICS + place % TOPICS, slope, difficulty, estimate)


def draw_people(rng: np.random.Generator, truth: Truth, count: int) -> list[Virtual]:
    """Draw candidates: of every four, one with a weak domain, one who drills, and two others."""
    return [_draw(rng, truth, number) for number in range(count)]


def _draw(rng: np.random.Generator, truth: Truth, number: int) -> Virtual:
    ability = float(rng.normal(0, LEARNER_SD))
    if number % 4:
        return Virtual(
            ability,
            rng.normal(0, DOMAIN_SD, len(DOMAINS)),
            rng.normal(0, TOPIC_SD, len(DOMAINS) * TOPICS),
            drills=number % 4 == 1,
        )
    weak = int(rng.integers(len(DOMAINS)))
    person = Virtual(ability, np.zeros(len(DOMAINS)), np.zeros(len(DOMAINS) * TOPICS), weak_domain=weak)
    inside = truth.domain == weak
    goal = max(float(person.chances(truth)[inside].mean()) - WEAKER_BY, 0.02)
    person.domains[weak] = _solve(
        lambda effect: (
            float(sigmoid(truth.slope[inside] * (person.ability + effect - truth.difficulty[inside])).mean()) - goal
        )
    )
    return person


def _solve(rising: Callable[[float], float]) -> float:
    """Return where a rising function is 0, within 20 of 0."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return low


def curriculum(code: str) -> CertificationContent:
    """Return the throw-away certification."""
    return CertificationContent(
        code=code,
        title=f"Simulation {code}",
        provider="Nobody",
        time_limit=timedelta(minutes=180),
        scale_min=100,
        scale_max=1000,
        pass_mark=750,
        cut=Decimal(str(CUT)),
        multiple_count=0,
        domains=tuple(
            DomainContent(
                number=number,
                slug=f"{code}-domain-{number}",
                title=f"Domain {number}",
                weight=weight,
                scored_count=count,
                pilot_count=0,
                objectives=(ObjectiveContent(f"{number}.1", f"Objective {number}.1"),),
                topics=tuple(
                    TopicContent(topic_slug(code, (number - 1) * TOPICS + place), f"Topic {number}.{place + 1}")
                    for place in range(TOPICS)
                ),
            )
            for number, (weight, count) in enumerate(DOMAINS, 1)
        ),
        services=(),
    )


def topic_slug(code: str, topic: int) -> str:
    """Return the slug of a topic, counted from 0 over all domains."""
    return f"{code}-topic-{topic}"


def item(truth: Truth, place: int, code: str) -> ItemContent:
    """Return an item of the bank: two options, the first keyed."""
    domain = int(truth.domain[place]) + 1
    return ItemContent(
        code=truth.codes[place],
        state="active",
        kind="single",
        choose=1,
        domain=domain,
        objective=f"{domain}.1",
        topics=(topic_slug(code, int(truth.topic[place])),),
        services=(),
        stem=f"Simulated item {truth.codes[place]}.",
        lead_in="Which one is it?",
        options=(
            OptionContent(text="This one", is_keyed=True, rationale="It is."),
            OptionContent(text="That one", is_keyed=False, rationale="It is not.", violates=("c1",)),
        ),
        constraints=(ConstraintContent("c1", "stem", "It is this one."),),
        takeaway="It was this one.",
        angoff=float(round(truth.estimate[place], 2)),
        references=(ReferenceContent("Nothing", "https://example.com/", date(2026, 1, 1), "none"),),
    )
