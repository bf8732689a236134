"""The files beside a pack's items: certification.yaml, topics.yaml and services.yaml (docs/item-format.md)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from apps.bank.curriculum import CertificationContent, DomainContent, ObjectiveContent, ServiceContent, TopicContent
from apps.interchange.formats.item_pack import Slug, Text
from apps.interchange.formats.located_yaml import load
from apps.interchange.formats.problems import Problem

Count = Annotated[int, Field(ge=0, le=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Scale(_Strict):
    least: Annotated[int, Field(alias="min", ge=0)]
    most: Annotated[int, Field(alias="max", le=32767)]
    pass_mark: Annotated[int, Field(alias="pass")]


class _Objective(_Strict):
    code: Text
    title: Text


class _Domain(_Strict):
    number: Annotated[int, Field(ge=1, le=99)]
    slug: Slug
    title: Text
    weight: Annotated[int, Field(ge=1, le=100)]
    scored: Annotated[int, Field(ge=1, le=500)]
    pilots: Count
    objectives: Annotated[list[_Objective], Field(min_length=1)]


class _Certification(_Strict):
    schema_number: Literal[1] = Field(alias="schema")
    code: Slug
    title: Text
    provider: Text
    time_limit_minutes: Annotated[int, Field(ge=1, le=1440)]
    scale: _Scale
    cut: Annotated[Decimal, Field(gt=0, lt=1, decimal_places=4)]
    multiple_response: Count
    domains: Annotated[list[_Domain], Field(min_length=1)]


class _Topic(_Strict):
    slug: Slug
    title: Text


class _Service(_Strict):
    slug: Slug
    name: Text
    status: Literal["current", "closed", "ending", "ended"] = "current"
    since: date | None = None
    note: str = ""


class _Topics(RootModel[dict[str, list[_Topic]]]):
    pass


class _Services(RootModel[list[_Service]]):
    pass


M = TypeVar("M", bound=BaseModel)


def parse_certification(files: dict[str, str]) -> tuple[CertificationContent | None, list[Problem]]:
    """Read the three files, given as text by name. Returns the content, or None with every problem and its line."""
    certification, first = _read(_Certification, "certification.yaml", files)
    topics, second = _read(_Topics, "topics.yaml", files)
    services, third = _read(_Services, "services.yaml", files)
    problems = [*first, *second, *third]
    if certification is None or topics is None or services is None:
        return None, problems
    problems = _inconsistencies(certification, topics.root, files["certification.yaml"])
    return (None, problems) if problems else (_content(certification, topics.root, services.root), [])


def _read(model: type[M], file: str, files: dict[str, str]) -> tuple[M | None, list[Problem]]:
    if file not in files:
        return None, [Problem(file, 1, "missing", "The pack has no such file; docs/item-format.md says what it holds.")]
    document = load(file, files[file])
    if isinstance(document, Problem):
        return None, [document]
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        return None, [_located(file, document.line(found["loc"]), found) for found in error.errors()]


def _located(file: str, line: int, found: Any) -> Problem:
    place = " › ".join(str(part) for part in found["loc"]) or "the file"
    return Problem(file, line, "field", f"{place}: {found['msg'][0].lower()}{found['msg'][1:]}.")


def _inconsistencies(pack: _Certification, topics: dict[str, list[_Topic]], text: str) -> list[Problem]:
    document = load("certification.yaml", text)
    line = 1 if isinstance(document, Problem) else document.line(("domains",))
    problems = []
    total = sum(domain.weight for domain in pack.domains)
    if total != 100:
        problems.append(
            Problem("certification.yaml", line, "weights", f"The domain weights sum to {total}, not to 100.")
        )
    if not pack.scale.least < pack.scale.pass_mark < pack.scale.most:
        problems.append(Problem("certification.yaml", line, "scale", "The scale must rise from min over pass to max."))
    if len({domain.number for domain in pack.domains}) != len(pack.domains):
        problems.append(Problem("certification.yaml", line, "domains", "Two domains have the same number."))
    if unknown := sorted(set(topics) - {domain.slug for domain in pack.domains}):
        problems.append(Problem("topics.yaml", 1, "domains", f"There is no domain {', '.join(unknown)}."))
    return problems


def _content(pack: _Certification, topics: dict[str, list[_Topic]], services: list[_Service]) -> CertificationContent:
    return CertificationContent(
        code=pack.code,
        title=pack.title,
        provider=pack.provider,
        time_limit=timedelta(minutes=pack.time_limit_minutes),
        scale_min=pack.scale.least,
        scale_max=pack.scale.most,
        pass_mark=pack.scale.pass_mark,
        cut=pack.cut,
        multiple_count=pack.multiple_response,
        domains=tuple(
            DomainContent(
                number=domain.number,
                slug=domain.slug,
                title=domain.title,
                weight=domain.weight,
                scored_count=domain.scored,
                pilot_count=domain.pilots,
                objectives=tuple(ObjectiveContent(o.code, o.title) for o in domain.objectives),
                topics=tuple(TopicContent(t.slug, t.title) for t in topics.get(domain.slug, [])),
            )
            for domain in pack.domains
        ),
        services=tuple(ServiceContent(s.slug, s.name, s.status, s.since, s.note) for s in services),
    )
