"""Statistics: folded exactly once, taken out exactly, and equal to what counting everything anew gives."""

import random
from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.analytics.audit import statistics_are_sums
from apps.analytics.models import FoldedScore, FormStatistic, ItemStatistic, OptionStatistic, StatisticDelta
from apps.analytics.psychometrics import ItemSums, discrimination, facility
from apps.analytics.queries.statistics import peers
from apps.analytics.services import fold_statistics, owe_missing_statistics, owe_statistics
from apps.bank.models import Key, Option
from apps.delivery.models import Assignment, Attempt, ResponseEvent
from apps.delivery.queries import folded_responses
from apps.delivery.services import Event, save_events, submit_attempt
from apps.scoring.models import ItemScore, KeyCorrection, Score
from apps.scoring.queries.corrections import Change
from apps.scoring.services import (
    accept_late_and_rescore,
    correct_key,
    rescore_attempt,
    score_attempts,
    settle_corrections,
)
from tests import world as worlds

Action = KeyCorrection.Action
NAMES = ("n", "sum_x", "sum_xx", "sum_r", "sum_rr", "sum_xr", "n_timed", "sum_seconds")


def scored(world: worlds.World, right: dict[int, bool], candidate: User | None = None) -> Score:
    """Sit, submit and score; the score waits to be folded."""
    attempt = worlds.sitting(world, candidate)
    if right:
        worlds.answer(attempt, right)
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    score = Score.objects.current().get(attempt=attempt)
    owe_statistics([score.pk])  # what the receiver does after the commit
    return score


def fold_all() -> None:
    """Fold until nothing is left."""
    while StatisticDelta.objects.exists():
        fold_statistics(limit=3)


def counted_anew() -> tuple[dict[int, tuple[int, ...]], Counter[tuple[int, int]], Counter[tuple[object, ...]]]:
    """Count everything in plain Python from the standing scores and their journals; what nobody is in is left out."""
    items: dict[int, list[int]] = {}
    options: Counter[tuple[int, int]] = Counter()
    forms: Counter[tuple[object, ...]] = Counter()
    standing = Score.objects.current().filter(attempt__assignment__mode="exam").select_related("attempt")
    by_token = {(option.version_id, option.token): option.pk for option in Option.objects.all()}
    for score in standing:
        assert score.attempt.submitted_at
        forms[score.attempt.form_id, score.attempt.submitted_at.date(), score.scaled] += 1
        rows = list(ItemScore.objects.filter(score=score).select_related("form_item"))
        odd = set(
            Key.objects.filter(pk__in=score.key_ids).exclude(treatment="scored").values_list("version", flat=True)
        )
        rows = [row for row in rows if row.form_item.version_id not in odd]
        total = sum(row.credit for row in rows if row.form_item.is_scored)
        chosen = {held.position: held.chosen for held in folded_responses([score.attempt_id], kinds=["answer"])}
        for row in rows:
            if row.sight != 1 or not (row.is_answered or row.seconds):
                continue
            version, x = row.form_item.version_id, row.credit
            r = total - (x if row.form_item.is_scored else 0)
            more = (1, x, x * x, r, r * r, x * r, row.seconds is not None, row.seconds or 0)
            held = items.setdefault(version, [0] * 8)
            items[version] = [a + b for a, b in zip(held, more, strict=True)]
            for token in chosen.get(row.form_item.position, ()):
                options[by_token[version, token], min(19, int(score.raw * 20))] += 1
    return {version: tuple(sums) for version, sums in items.items()}, options, forms


def stored() -> tuple[dict[int, tuple[int, ...]], Counter[tuple[int, int]], Counter[tuple[object, ...]]]:
    """Return what the tables say, without the rows that everything was taken out of again."""
    items = {row.version_id: tuple(int(getattr(row, name)) for name in NAMES) for row in ItemStatistic.objects.all()}
    assert all(not any(sums) for sums in items.values() if not sums[0]), "a row without responses has sums"
    options = Counter({(row.option_id, row.score_band): row.n for row in OptionStatistic.objects.exclude(n=0)})
    forms = Counter[tuple[object, ...]]({(r.form_id, r.day, r.scaled): r.n for r in FormStatistic.objects.exclude(n=0)})
    return {version: sums for version, sums in items.items() if sums[0]}, options, forms


def findings() -> list[tuple[str, str]]:
    """Return what the nightly audit says of the statistics."""
    return list(statistics_are_sums())


def correct(world: worlds.World, position: int, action: Action = Action.REKEY) -> None:
    """Correct the key of the item at a position, to options that were wrong, and let every attempt follow."""
    version = world.form.items.get(position=position).version
    since = version.keys.latest("revision")
    wrong = [said.option.token for said in since.options.select_related("option") if not said.is_keyed]
    keyed = frozenset(wrong[: version.choose] if action == Action.REKEY else ())
    change = Change(action, keyed=keyed)
    by = worlds.person("instructor")
    correct_key(version, change, since=since, only_if_higher=False, reason="Two pages disagree.", by=by)
    while settle_corrections():
        pass


def test_one_response_is_counted_as_it_was(world: worlds.World) -> None:
    scored_positions = worlds.positions(world.form)
    score = scored(world, {position: place < 3 for place, position in enumerate(scored_positions)})
    ItemScore.objects.filter(score=score, form_item__position=scored_positions[0]).update(seconds=40)
    assert fold_statistics() == 1
    first = ItemStatistic.objects.get(version=world.form.items.get(position=scored_positions[0]).version)
    assert [int(getattr(first, name)) for name in NAMES] == [1, 1000, 10**6, 2000, 4 * 10**6, 2 * 10**6, 1, 40]
    assert ItemStatistic.objects.count() == 5, "what was neither answered nor before the eyes says nothing"
    assert OptionStatistic.objects.filter(n=1).count() == sum(
        len(worlds.tokens(score.attempt, position)) for position in scored_positions
    )
    assert set(OptionStatistic.objects.values_list("score_band", flat=True)) == {int(score.raw * 20)}
    assert (FormStatistic.objects.get().scaled, FormStatistic.objects.get().n) == (score.scaled, 1)
    assert stored() == counted_anew()


def test_folding_twice_counts_once(world: worlds.World) -> None:
    score = scored(world, {1: True})
    assert fold_statistics() == 1
    owe_statistics([score.pk])
    assert fold_statistics() == 0
    assert ItemStatistic.objects.get().n == 1


def test_practice_is_no_evidence(world: worlds.World) -> None:
    Assignment.objects.update(mode="practice")
    scored(world, {1: True})
    assert fold_statistics() == owe_missing_statistics() == 0
    assert not FoldedScore.objects.exists()


def test_only_the_first_sight_is_evidence(world: worlds.World) -> None:
    again = scored(world, {1: True, 2: False})
    ItemScore.objects.filter(score=again, form_item__position=1).update(sight=2)
    fold_statistics()
    assert [row.version_id for row in ItemStatistic.objects.all()] == [world.form.items.get(position=2).version_id]
    assert set(OptionStatistic.objects.values_list("option__version", flat=True)) == {
        world.form.items.get(position=2).version_id
    }


def test_a_replaced_score_goes_out_exactly_as_it_came_in(world: worlds.World, instructor: User) -> None:
    attempt = worlds.sitting(world)
    worlds.answer(attempt, {1: False})
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    owe_missing_statistics()
    fold_all()
    before = set(OptionStatistic.objects.filter(n=1).values_list("option", flat=True))
    late = [Event(1, 99, 1, "answer", worlds.tokens(attempt, 1))]
    save_events(worlds.ticket(attempt), client="late", events=late)
    assert ResponseEvent.objects.get(client="late").disposition == "closed"
    assert accept_late_and_rescore(attempt, events=[("late", 1)], by=instructor, reason="The network was down.")
    owe_missing_statistics()
    fold_all()
    after = set(OptionStatistic.objects.filter(n=1).values_list("option", flat=True))
    assert len(before) == len(after) > 0
    assert not before & after, "the options that the late answer replaced are out, those that it chose are in"
    assert stored() == counted_anew()
    assert FoldedScore.objects.get().score.revision == 2
    assert findings() == []


def test_an_item_that_a_key_leaves_out_says_nothing_any_more(world: worlds.World) -> None:
    for n in range(4):
        scored(world, dict.fromkeys(range(1, 8), n % 2 == 0))
    fold_all()
    position = worlds.positions(world.form)[0]
    correct(world, position, Action.CREDIT_ALL)
    correct(world, worlds.positions(world.form)[1])
    owe_missing_statistics()
    fold_all()
    assert stored() == counted_anew()
    version = world.form.items.get(position=position).version
    assert Score.objects.current().filter(revision=3).count() == 4
    assert ItemStatistic.objects.get(version=version).n == 0


@pytest.mark.parametrize("seed", range(6))
def test_folding_bit_by_bit_equals_counting_everything(seed: int, world: worlds.World) -> None:
    chance = random.Random(seed)
    attempts: list[Attempt] = []
    for _ in range(14):
        what = chance.choice(["sit", "sit", "sit", "rescore", "correct", "fold", "look"])
        if what == "sit":
            chosen = chance.sample(range(1, 8), chance.randint(0, 7))
            score = scored(world, {position: chance.random() < 0.6 for position in chosen})
            for row in ItemScore.objects.filter(score=score).select_related("form_item"):
                times = {"seconds": chance.choice([None, 0, 7, 90]), "sight": chance.choice([1, 1, 1, 2])}
                ItemScore.objects.filter(score=score, form_item=row.form_item).update(**times)
            attempts.append(score.attempt)
        elif what == "rescore" and attempts:
            rescore_attempt(chance.choice(attempts))
            owe_statistics([Score.objects.latest("pk").pk])
        elif what == "correct":
            correct(world, chance.randint(1, 7))
        elif what == "fold":
            fold_statistics(limit=chance.randint(1, 4))
        elif what == "look":
            owe_missing_statistics()
    owe_missing_statistics()
    fold_all()
    assert stored() == counted_anew()
    assert findings() == []
    assert FoldedScore.objects.count() == Score.objects.current().count() == len(attempts)


def test_facility_and_discrimination_follow_from_the_sums(world: worlds.World) -> None:
    positions = worlds.positions(world.form)
    for n in range(12):
        scored(world, {position: n > place * 2 for place, position in enumerate(positions)})
    fold_all()
    version = world.form.items.get(position=positions[2]).version
    row = ItemStatistic.objects.get(version=version)
    sums = ItemSums(row.n, *(int(getattr(row, name)) for name in NAMES[1:6]))
    assert facility(sums, 1000) == pytest.approx(7 / 12)
    x = [1000 * (n > 4) for n in range(12)]
    rest = [1000 * sum(n > place * 2 for place in range(5)) - x[n] for n in range(12)]
    assert discrimination(sums) == discrimination(ItemSums.of(x, rest))


def test_peers_need_ten_and_count_options(world: worlds.World) -> None:
    position = next(p for p in worlds.positions(world.form) if len(worlds.tokens(worlds.sitting(world), p)) == 1)
    for n in range(9):
        scored(world, {position: n < 6})
    fold_all()
    assert peers(world.form.pk) == {}
    last = scored(world, {position: False})
    fold_all()
    found = peers(world.form.pk)
    assert set(found) == {position}
    assert (found[position].n, found[position].credit) == (10, 0.6)
    keyed, wrong = worlds.tokens(last.attempt, position)[0], worlds.tokens(last.attempt, position, right=False)[0]
    assert (found[position].share(keyed).k, found[position].share(wrong).k) == (6, 4)
    assert sum(found[position].chosen.values()) == 10
    interval = found[position].share(keyed).interval
    assert interval.low < 0.6 < interval.high


def test_the_audit_sees_a_wrong_sum_a_lost_row_and_a_wrong_choice(world: worlds.World) -> None:
    scored(world, {1: True, 2: True})
    fold_all()
    assert findings() == []
    ItemStatistic.objects.filter(version=world.form.items.get(position=1).version).update(sum_xr=1)
    OptionStatistic.objects.filter(n=1).first().delete()  # type: ignore[union-attr] # there is one
    FormStatistic.objects.create(form=world.form, day=database_now().date() - timedelta(days=3), scaled=500, n=2)
    kinds = {place.partition(":")[0] for place, _ in findings()}
    assert kinds == {"analytics_itemstatistic", "analytics_optionstatistic", "analytics_formstatistic"}
    FoldedScore.objects.update(options=[])
    assert "analytics_foldedscore" in {place.partition(":")[0] for place, _ in findings()}


def test_the_sweeper_finds_and_folds_what_was_forgotten(world: worlds.World) -> None:
    scored(world, {1: True})
    StatisticDelta.objects.all().delete()
    call_command("sweep", once=True, every=0)
    assert ItemStatistic.objects.get().n == 1
    assert not StatisticDelta.objects.exists()


def test_a_fold_takes_as_many_statements_for_many_scores_as_for_one(world: worlds.World) -> None:
    def statements(count: int) -> int:
        for _ in range(count):
            scored(world, dict.fromkeys(range(1, 8), True))
        with CaptureQueriesContext(connection) as asked:
            assert fold_statistics() == count
        return len(asked)

    assert statements(1) == statements(6)


def test_bands_hold_the_whole_scale(world: worlds.World) -> None:
    best = scored(world, dict.fromkeys(range(1, 8), True))
    assert best.raw == Fraction(1)
    fold_all()
    assert set(OptionStatistic.objects.values_list("score_band", flat=True)) == {19}
