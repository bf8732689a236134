"""The content of an item as plain data: importers read it, the editor submits it, the linter judges it."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

# How a fact was checked: on the page, on a copy of it, in the provider's SDK or resource schema, or by trying it.
Via = Literal["live", "stored-copy", "sdk-model", "resource-schema", "tried"]


@dataclass(frozen=True, slots=True)
class OptionContent:
    """One option: what the candidate sees (`text`) and what the key says of it.

    `value` is what choosing it adds under the policy mapped, and None under every other.
    """

    text: str
    is_keyed: bool
    rationale: str
    violates: tuple[str, ...] = ()
    mistake: str = ""
    is_feasible: bool = True
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ConstraintContent:
    """A stated requirement that options satisfy or violate; `source` is stem or lead_in."""

    id: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class ReferenceContent:
    """An official page with the day on which the fact was last checked and how, a `Via`."""

    title: str
    url: str
    checked: date
    via: str


@dataclass(frozen=True, slots=True)
class ReviewContent:
    """A second reader's verdict; `answer` holds positions of options, 0 for the first."""

    reader: str
    kind: str
    decision: str
    answer: tuple[int, ...]
    comment: str
    made_on: date


@dataclass(frozen=True, slots=True)
class ItemContent:
    """A whole item. Options stand in their authored order; delivery shuffles them per attempt.

    `policy` and `treatment` are words of Key.Policy and Key.Treatment; under the policy mapped the values of what was
    chosen are summed, held between `map_low` and `map_high`, and divided by `map_high`.
    """

    code: str
    state: str
    kind: str
    choose: int
    domain: int
    objective: str
    topics: tuple[str, ...]
    services: tuple[str, ...]
    stem: str
    lead_in: str
    options: tuple[OptionContent, ...]
    constraints: tuple[ConstraintContent, ...]
    takeaway: str
    angoff: float
    references: tuple[ReferenceContent, ...]
    review_due: date | None = None
    language: str = "en"
    reviews: tuple[ReviewContent, ...] = field(default=())
    policy: str = "exact"
    treatment: str = "scored"
    map_low: Decimal = Decimal(0)
    map_high: Decimal = Decimal(1)

    @property
    def keyed(self) -> tuple[OptionContent, ...]:
        """The options that the key names."""
        return tuple(option for option in self.options if option.is_keyed)

    @property
    def distractors(self) -> tuple[OptionContent, ...]:
        """The options that the key does not name."""
        return tuple(option for option in self.options if not option.is_keyed)

    @property
    def seen_hash(self) -> str:
        """SHA-256 of what the candidate sees; a change of it is a new ItemVersion."""
        return _digest([self.kind, self.choose, self.stem, self.lead_in, self.language, [o.text for o in self.options]])

    @property
    def key_hash(self) -> str:
        """SHA-256 of what the answer says; a change of it alone is a new Key revision of the same version."""
        return _digest(
            [
                [[o.is_keyed, o.rationale, list(o.violates), o.mistake, o.is_feasible] for o in self.options],
                [[c.id, c.source, c.text] for c in self.constraints],
                self.takeaway,
                f"{self.angoff:.2f}",
                [[r.title, r.url, r.checked.isoformat(), r.via] for r in self.references],
                *self._beyond_exact,
            ]
        )

    @property
    def _beyond_exact(self) -> list[object]:
        # Nothing for an item that is all or nothing: revisions written before the other policies keep their hash.
        values = ["" if option.value is None else f"{option.value:.4f}" for option in self.options]
        if (self.policy, self.treatment) == ("exact", "scored") and not any(values):
            return []
        return [[self.policy, self.treatment, values, f"{self.map_low:.4f}", f"{self.map_high:.4f}"]]


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
