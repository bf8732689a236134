"""The item pack: one YAML file per item (docs/item-format.md)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from apps.bank.content import ConstraintContent, ItemContent, OptionContent, ReferenceContent, ReviewContent, Via
from apps.interchange.formats.located_yaml import load
from apps.interchange.formats.problems import Problem

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=80)]


# As the bank stores it: up to 999, in ten-thousandths.
Value = Annotated[Decimal, Field(gt=-1000, lt=1000, decimal_places=4)]


class _Strict(BaseModel):
    """Unknown keys are refused: a misspelt `rationale` would otherwise be lost without a word."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Option(_Strict):
    id: Annotated[str, StringConstraints(pattern=r"^[a-h]$")]
    text: Text


class _Constraint(_Strict):
    id: Slug
    source: Literal["stem", "lead_in"] = Field(alias="from")
    text: Text


class _KeyOption(_Strict):
    violates: list[Slug] = []
    feasible: bool = True
    mistake: str = ""
    rationale: Text
    value: Value | None = None


class _Answer(_Strict):
    key: Annotated[list[str], Field(min_length=1)]
    constraints: list[_Constraint]
    options: dict[str, _KeyOption]
    policy: Literal["exact", "net_correct", "each_answer", "coverage", "mapped"] = "exact"
    treatment: Literal["scored", "credited", "dropped"] = "scored"
    map_low: Value = Decimal(0)
    map_high: Value = Decimal(1)
    takeaway: Text
    angoff: Annotated[float, Field(gt=0, lt=1)]


class _Reference(_Strict):
    title: Text
    url: Annotated[str, StringConstraints(pattern=r"^https://", max_length=500)]
    checked: date
    via: Via


class _Review(_Strict):
    reader: Text
    kind: Literal["blind", "technical"]
    decision: Literal["agree", "settled", "rewrite"]
    answer: list[str] = []
    comment: str = ""
    date: date


class _Item(_Strict):
    schema_number: Literal[1] = Field(alias="schema")
    code: Slug
    version: Literal[1] = 1
    status: Literal["draft", "review", "pilot", "active", "watch", "retired"]
    language: Annotated[str, StringConstraints(max_length=10)] = "en"
    kind: Literal["single", "multiple"]
    choose: Annotated[int, Field(ge=1, le=4)]
    domain: int
    objective: str
    topics: Annotated[list[Slug], Field(min_length=1)]
    services: list[Slug]
    stem: Text
    lead_in: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    options: Annotated[list[_Option], Field(min_length=2, max_length=8)]
    answer: _Answer
    references: Annotated[list[_Reference], Field(min_length=1)]
    reviews: list[_Review] = []
    review_due: date | None = None


def parse_item(file: str, text: str) -> tuple[ItemContent | None, list[Problem]]:
    """Read one item file. Returns the item, or None with every problem and its line."""
    document = load(file, text)
    if isinstance(document, Problem):
        return None, [document]
    try:
        raw = _Item.model_validate(document.data)
    except ValidationError as error:
        return None, [
            Problem(file, document.line(found["loc"]), "item-field", _explain(found["loc"], found["msg"]))
            for found in error.errors()
        ]
    problems = [Problem(file, document.line(path), "item-key", message) for path, message in _inconsistencies(raw)]
    return (None, problems) if problems else (_content(raw), [])


def _explain(location: tuple[str | int, ...], message: str) -> str:
    place = " › ".join(str(part) for part in location) or "the file"
    return f"{place}: {message[0].lower()}{message[1:]}."


def _inconsistencies(raw: _Item) -> list[tuple[tuple[str | int, ...], str]]:
    ids = [option.id for option in raw.options]
    found: list[tuple[tuple[str | int, ...], str]] = []
    if len(set(ids)) != len(ids):
        found.append((("options",), "Two options have the same id; give each its own letter."))
    if unknown := sorted(set(raw.answer.key) - set(ids)):
        found.append((("answer", "key"), f"The key names {', '.join(unknown)}, which is not an option."))
    if len(set(raw.answer.key)) != raw.choose:
        found.append(
            (("answer", "key"), f"The key names {len(set(raw.answer.key))} options, but choose says {raw.choose}.")
        )
    if missing := sorted(set(ids) - set(raw.answer.options)):
        found.append((("answer", "options"), f"Give a rationale for option {', '.join(missing)} too."))
    if extra := sorted(set(raw.answer.options) - set(ids)):
        found.append((("answer", "options"), f"There is no option {', '.join(extra)}."))
    found += _wrong_values(raw.answer)
    for index, review in enumerate(raw.reviews):
        if unknown := sorted(set(review.answer) - set(ids)):
            found.append((("reviews", index, "answer"), f"The review names {', '.join(unknown)}, not an option."))
    return found


def _wrong_values(answer: _Answer) -> Iterator[tuple[tuple[str | int, ...], str]]:
    valued = [letter for letter, said in answer.options.items() if said.value is not None]
    if answer.policy == "mapped" and not valued:
        yield ("answer", "policy"), "The policy mapped needs the value of at least one option."
    if answer.policy != "mapped":
        for letter in valued:
            yield ("answer", "options", letter, "value"), f"The policy {answer.policy} takes no values; leave it out."
    if not 0 <= answer.map_low < answer.map_high:
        yield (
            ("answer",),
            f"{answer.map_low} and {answer.map_high} must satisfy 0 ≤ map_low < map_high.",
        )


def _content(raw: _Item) -> ItemContent:
    ids = [option.id for option in raw.options]
    return ItemContent(
        code=raw.code,
        state=raw.status,
        kind=raw.kind,
        choose=raw.choose,
        domain=raw.domain,
        objective=raw.objective,
        topics=tuple(raw.topics),
        services=tuple(raw.services),
        stem=raw.stem,
        lead_in=raw.lead_in,
        language=raw.language,
        options=tuple(
            OptionContent(
                text=option.text,
                is_keyed=option.id in raw.answer.key,
                rationale=said.rationale,
                violates=tuple(said.violates),
                mistake=said.mistake,
                is_feasible=said.feasible,
                value=said.value,
            )
            for option in raw.options
            for said in [raw.answer.options[option.id]]
        ),
        constraints=tuple(ConstraintContent(c.id, c.source, c.text) for c in raw.answer.constraints),
        takeaway=raw.answer.takeaway,
        angoff=raw.answer.angoff,
        references=tuple(ReferenceContent(r.title, r.url, r.checked, r.via) for r in raw.references),
        reviews=tuple(
            ReviewContent(
                r.reader, r.kind, r.decision, tuple(ids.index(letter) for letter in r.answer), r.comment, r.date
            )
            for r in raw.reviews
        ),
        review_due=raw.review_due,
        policy=raw.answer.policy,
        treatment=raw.answer.treatment,
        map_low=raw.answer.map_low,
        map_high=raw.answer.map_high,
    )
