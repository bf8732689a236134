"""The constraint map of a form: which requirements its items state, and which of them each option breaks.

It is part of the answer side: whoever shows any of it has asked whether the key may be seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from apps.bank.models import Key, KeyOption


@dataclass(frozen=True, slots=True)
class StatedRequirements:
    """An item's stated requirements in words by their ids, and the ids that each option breaks by its token."""

    texts: Mapping[str, str]
    broken: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=64)
def stated_requirements(key_ids: tuple[int, ...]) -> tuple[StatedRequirements, ...]:
    """Return the requirements of a form's items in order, as these key revisions state them.

    Kept per process, because a revision is never edited.
    """
    constraints = dict(Key.objects.filter(pk__in=key_ids).values_list("pk", "constraints"))
    broken: dict[int, dict[str, tuple[str, ...]]] = {pk: {} for pk in key_ids}
    rows = KeyOption.objects.filter(key__in=key_ids).values_list("key", "option__token", "violates")
    for key_id, token, violates in rows:
        broken[key_id][token] = tuple(violates)
    return tuple(
        StatedRequirements({said["id"]: said["text"] for said in constraints[pk]}, broken[pk]) for pk in key_ids
    )
