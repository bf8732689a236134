"""Virtual candidates sit whole exams through the real services, and what they are told is held against the truth."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError

from apps.accounts.models import Role, User
from apps.analytics.calibration_curve import calibration_curve
from apps.analytics.queries.mastery import MasteryView, mastery_view
from apps.analytics.queries.predictions import Joined, joined_predictions
from apps.analytics.services import NotCalibrated, calibrate, owe_missing_reports, settle_owed_reports, update_mastery
from apps.api.services.candidates import (
    STUDY_GAIN,
    Truth,
    Virtual,
    curriculum,
    draw_items,
    draw_people,
    item,
    topic_slug,
)
from apps.bank.models import Certification
from apps.bank.queries import latest_keys
from apps.bank.services import write_curriculum, write_item
from apps.core.services import refresh_plans
from apps.delivery.access import Ticket
from apps.delivery.models import Assignment
from apps.delivery.services import Event, offer_form, save_events, start_attempt, submit_attempt
from apps.exams.models import FormItem
from apps.exams.services import assemble_form, publish_form, write_blueprint
from apps.scoring import engine
from apps.scoring.models import Score
from apps.scoring.services import score_attempts

Progress = Callable[[str], None]
_BATCH = 100
# How many areas a drill takes up, from the learner's own list of what to study next.
_DRILLED = 3
# Every kind of candidate sits every mock first: kinds go by number modulo four.
_KINDS = 4


@dataclass(frozen=True, slots=True)
class Share:
    """A share of n, 0 to 1; None without any."""

    value: float | None
    n: int

    @classmethod
    def of(cls, hits: Iterable[bool]) -> "Share":
        """Return the share of hits."""
        held = list(hits)
        return cls(sum(held) / len(held) if held else None, len(held))


@dataclass(frozen=True, slots=True)
class Predicted:
    """How n predictions of readiness fared: Brier score, that of the base rate, expected calibration error, bias.

    `bias` is the mean of what was told less the share that passed.
    """

    n: int
    brier: float | None
    reference: float | None
    calibration_error: float | None
    bias: float | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the simulation found.

    `score_coverage` is the share of nominal 90 % score intervals that hold the true score, `score_bias` the mean of
    score less true score in scaled points, `agreement` the share of attempts that pass or fail as the truth does.
    `readiness` is by the items' state (cold, calibrated) and whether candidates drilled in between; `areas` the share
    of 90 % intervals of mastery that hold the truth, by kind of area; `named` how often a domain that is truly 15
    points lower has the lowest mastery, by number of mocks.
    """

    candidates: int
    mocks: int
    seed: int
    score_coverage: Share
    score_bias: float
    agreement: Share
    readiness: dict[str, Predicted]
    areas: dict[str, Share]
    named: dict[int, Share]


class _World:
    """The throw-away certification with its mocks."""

    def __init__(self, code: str, truth: Truth, mocks: int) -> None:
        self.code, self.truth = code, truth
        content = curriculum(code)
        self.certification: Certification = write_curriculum(content)
        for place in range(len(truth.codes)):
            write_item(item(truth, place, code), certification=self.certification)
        counts = [(domain.number, domain.scored_count, 0) for domain in content.domains]
        plan = write_blueprint(self.certification, counts=counts, multiple_count=0)
        self.mocks: list[Assignment] = []
        for number in range(1, mocks + 1):
            title = f"Simulated mock {number}"
            form = publish_form(assemble_form(plan, code=f"{code}-{number}", title=title, seed=number))
            self.mocks.append(offer_form(form, title=title))
        refresh_plans()
        # All forms have the terms of the one plan.
        self.scale = engine.Scale(plan.exact_cut, plan.scale_min, plan.pass_mark, plan.scale_max)

    def sheet(self, mock: Assignment) -> list[tuple[int, int, str, str]]:
        """Return (position, place in the truth, keyed token, other token) of each item of a mock."""
        place = {code: at for at, code in enumerate(self.truth.codes)}
        rows = list(FormItem.objects.filter(form=mock.form).select_related("version__item").order_by("position"))
        tokens: dict[int, dict[bool, str]] = defaultdict(dict)
        for key in latest_keys([row.version_id for row in rows]):
            for said in key.options.all():
                tokens[key.version_id][said.is_keyed] = said.option.token
        return [
            (row.position, place[row.version.item.code], tokens[row.version_id][True], tokens[row.version_id][False])
            for row in rows
        ]


def simulate(*, candidates: int, mocks: int = 5, seed: int = 1, here: bool = False, said: Progress) -> Findings:
    """Let candidates of known ability sit several mocks each, and hold what they were told against what they are.

    They sit a certification of their own, which stays. After the first mock the items are calibrated. Raises
    ImproperlyConfigured outside of a demo unless `here` is true, and ValidationError when this seed was used before.
    """
    if not (settings.DEMO or here):
        raise ImproperlyConfigured(
            "A simulation leaves hundreds of people and attempts behind. Run it on a demo or a throw-away database, or "
            "say --here if you mean this one."
        )
    code = f"simulation-{seed}"
    if Certification.objects.filter(code=code).exists():
        raise ValidationError(f"The simulation with seed {seed} is in this database already; choose another seed.")
    rng = np.random.default_rng(seed)
    truth = draw_items(rng, code)
    people = draw_people(rng, truth, candidates)
    said(f"Writing {len(truth.codes)} items and {mocks} forms")
    world = _World(code, truth, mocks)
    users = [_user(code, number) for number in range(candidates)]
    views: dict[int, list[MasteryView]] = {}
    for number in range(1, mocks + 1):
        said(f"Mock {number} of {mocks}")
        _sit(world, number - 1, users, people, rng)
        if _calibrate(world, said) and number == 1:
            for user in users:
                update_mastery(user, world.certification)
        views[number] = [_view(user, world.certification) for user in users]
        for person, view in zip(people, views[number], strict=True):
            if person.drills:
                _drill(person, view, code)
    said("Judging")
    return Findings(
        candidates=candidates,
        mocks=mocks,
        seed=seed,
        **_judge_scores(world, users, people),
        readiness=_judge_readiness(world, users, people),
        areas=_judge_areas(world, people, views[mocks]),
        named={
            number: Share.of(
                _lowest(view) == person.weak_domain
                for person, view in zip(people, held, strict=True)
                if person.weak_domain is not None
            )
            for number, held in views.items()
        },
    )


def _calibrate(world: _World, said: Progress) -> bool:
    """What the night does between two mocks."""
    try:
        calibrate(world.certification)
    except NotCalibrated as reason:
        said(f"Not calibrated: {reason}")
        return False
    return True


def _user(code: str, number: int) -> User:
    user = User(email=f"{code}-{number:05d}@example.com", name=f"Virtual {number}", role=Role.STUDENT, is_demo=True)
    user.set_unusable_password()
    user.save()
    return user


def _view(user: User, certification: Certification) -> MasteryView:
    view = mastery_view(user, certification)
    assert view is not None  # noqa: S101 - every score has been taken in
    return view


def _sit(
    world: _World, number: int, users: Sequence[User], people: Sequence[Virtual], rng: np.random.Generator
) -> None:
    """Let everybody sit a mock; they begin with different ones, so that every item soon has responses."""
    sheets = [world.sheet(mock) for mock in world.mocks]
    ended: list[int] = []
    for index, (user, person) in enumerate(zip(users, people, strict=True)):
        at = (index // _KINDS + number) % len(world.mocks)
        mock, sheet = world.mocks[at], sheets[at]
        places = np.array([place for _, place, _, _ in sheet])
        chances = person.chances(world.truth)
        person.raws.append(world.truth.raw(chances))
        right = rng.random(len(sheet)) < chances[places]
        attempt = start_attempt(mock, candidate=user)
        events = [
            Event(n, n, position, "answer", [keyed if is_right else other])
            for n, ((position, _, keyed, other), is_right) in enumerate(zip(sheet, right.tolist(), strict=True), 1)
        ]
        save_events(Ticket(attempt.uuid, user.pk, attempt.form_id), client="simulated", events=events)
        submit_attempt(attempt, clients={"simulated": len(events)})
        ended.append(attempt.pk)
    for first in range(0, len(ended), _BATCH):
        score_attempts(ended[first : first + _BATCH])
    owe_missing_reports()
    scores = list(Score.objects.current().filter(attempt__in=ended).values_list("pk", flat=True))
    while settle_owed_reports(score_ids=scores, limit=_BATCH):
        pass


def _drill(person: Virtual, view: MasteryView, code: str) -> None:
    """Study raises the ability on the topics at the head of the learner's own list."""
    named = {topic_slug(code, topic): topic for topic in range(len(person.topics))}
    for area in view.next_best[:_DRILLED]:
        person.topics[named[area.code]] += STUDY_GAIN


def _lowest(view: MasteryView) -> int:
    """Return the domain with the lowest mastery, from 0."""
    lowest = min(view.domains, key=lambda area: area.mean)
    return int(lowest.code.rpartition("-")[2]) - 1


def _judge_scores(world: _World, users: Sequence[User], people: Sequence[Virtual]) -> dict[str, Any]:
    place = {user.pk: person for user, person in zip(users, people, strict=True)}
    started: Counter[int] = Counter()
    held, errors, agreed = [], [], []
    sat = Score.objects.current().filter(attempt__assignment__in=world.mocks).select_related("attempt")
    for score in sat.order_by("attempt__started_at"):
        candidate = score.attempt.candidate_id
        raw = place[candidate].raws[started[candidate]]
        started[candidate] += 1
        true = engine.to_scale(Fraction(raw), world.scale)
        held.append(score.scaled_low <= true <= score.scaled_high)
        errors.append(score.scaled - true)
        agreed.append(score.passed == (raw >= world.scale.cut))
    return {
        "score_coverage": Share.of(held),
        "score_bias": float(np.mean(errors)),
        "agreement": Share.of(agreed),
    }


def _judge_readiness(world: _World, users: Sequence[User], people: Sequence[Virtual]) -> dict[str, Predicted]:
    drills = {user.pk: person.drills for user, person in zip(users, people, strict=True)}
    joined, _ = joined_predictions(world.certification)
    groups = {
        "cold": [each for each in joined if not each.is_calibrated and not drills[each.learner_id]],
        "calibrated": [each for each in joined if each.is_calibrated and not drills[each.learner_id]],
        "calibrated, drilled": [each for each in joined if each.is_calibrated and drills[each.learner_id]],
    }
    return {name: _predicted(group) for name, group in groups.items()}


def _predicted(group: Sequence[Joined]) -> Predicted:
    curve = calibration_curve([(each.probability, each.passed) for each in group])
    if curve is None:
        return Predicted(0, None, None, None, None)
    bias = sum(each.probability - each.passed for each in group) / len(group)
    return Predicted(curve.n, curve.brier, curve.reference, curve.calibration_error, bias)


def _judge_areas(world: _World, people: Sequence[Virtual], views: Sequence[MasteryView]) -> dict[str, Share]:
    """Those who are as the model takes people to be, and did not change in between."""
    truth = world.truth
    held: dict[str, list[bool]] = {"domain": [], "topic": []}
    for person, view in zip(people, views, strict=True):
        if person.drills or person.weak_domain is not None:
            continue
        chances = person.chances(truth)
        by_topic = np.bincount(truth.topic, chances) / np.bincount(truth.topic)
        for kind, areas, means in (
            ("domain", view.domains, truth.by_domain(chances)),
            ("topic", view.topics, by_topic),
        ):
            for area in areas:
                number = int(area.code.rpartition("-")[2]) - (kind == "domain")
                held[kind].append(area.low <= means[number] <= area.high)
    return {kind: Share.of(hits) for kind, hits in held.items()}
