"""What a drill may be made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.bank.models import Item, ItemVersion
from apps.bank.queries import current_versions
from apps.delivery.access import assignments_for
from apps.delivery.models import Assignment, Attempt
from apps.exams.models import FormItem
from apps.practice.access import Area
from apps.practice.models import Drill
from apps.scoring.access import withheld_items
from apps.scoring.engine import FULL_CREDIT
from apps.scoring.models import ItemScore, Score


@dataclass(frozen=True, slots=True)
class DrillPool:
    """The active items of an area: those never seen, those missed when last scored, and the others; `kept_back` counts.

    `ahead` are items never seen of exams that the person may still sit: such an exam tells more the fewer of its
    items are known. Kept back are the items whose keys the person must not see now, whatever a drill would show after
    its end.
    """

    unseen: tuple[ItemVersion, ...]
    missed: tuple[ItemVersion, ...]
    others: tuple[ItemVersion, ...]
    ahead: tuple[ItemVersion, ...]
    kept_back: int

    @property
    def usable(self) -> int:
        """How many items a drill can choose from."""
        return len(self.unseen) + len(self.missed) + len(self.others) + len(self.ahead)


def drill_pool(area: Area, learner: User) -> DrillPool:
    """Return what a drill of this area can choose from."""
    versions = list(current_versions(_active(area)).order_by("pk"))
    promised = _exams(learner)
    # A drill before an exam that holds its keys back at the end would show them.
    closed = withheld_items(learner) | _codes(promised.exclude(review_policy=Assignment.ReviewPolicy.AFTER_SUBMIT))
    spared = _codes(promised)
    usable = [version for version in versions if version.item.code not in closed]
    ids = [version.item_id for version in usable]
    seen = set(
        FormItem.objects.filter(
            form__in=Attempt.objects.filter(candidate=learner).values("form"), version__item__in=ids
        ).values_list("version__item", flat=True)
    )
    unseen = [version for version in usable if version.item_id not in seen]
    missed = {item for item, credit in _last_credits(learner, ids).items() if credit < FULL_CREDIT}
    return DrillPool(
        unseen=tuple(version for version in unseen if version.item.code not in spared),
        missed=tuple(version for version in usable if version.item_id in missed),
        others=tuple(version for version in usable if version.item_id in seen - missed),
        ahead=tuple(version for version in unseen if version.item.code in spared),
        kept_back=len(versions) - len(usable),
    )


def _active(area: Area) -> "QuerySet[Item]":
    items = Item.objects.filter(certification=area.blueprint.certification_id, state=Item.State.ACTIVE)
    if area.kind == Drill.Kind.DOMAIN:
        return items.filter(objective__domain__slug=area.code)
    if area.kind == Drill.Kind.OBJECTIVE:
        return items.filter(objective__code=area.code)
    return items.filter(item_topics__topic__slug=area.code)


def _exams(learner: User) -> "QuerySet[Assignment]":
    """Exams that this person may still start, now or later."""
    return assignments_for(learner).filter(Q(closes_at=None) | Q(closes_at__gt=Now()), mode=Assignment.Mode.EXAM)


def _codes(exams: "QuerySet[Assignment]") -> frozenset[str]:
    items = FormItem.objects.filter(form__in=exams.values("form"))
    return frozenset(items.values_list("version__item__code", flat=True))


def _last_credits(learner: User, items: Sequence[int]) -> dict[int, int]:
    rows = (
        ItemScore.objects.filter(
            score__in=Score.objects.current(), score__attempt__candidate=learner, form_item__version__item__in=items
        )
        .order_by("score__attempt__started_at")
        .values_list("form_item__version__item", "credit")
    )
    return dict(rows)
