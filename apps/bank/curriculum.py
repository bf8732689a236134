"""The curriculum of a certification as plain data."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ObjectiveContent:
    """A task statement."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class TopicContent:
    """A teachable subject."""

    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class DomainContent:
    """A weighted domain with its objectives and topics; `weight` is in percent."""

    number: int
    slug: str
    title: str
    weight: int
    scored_count: int
    pilot_count: int
    objectives: tuple[ObjectiveContent, ...]
    topics: tuple[TopicContent, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceContent:
    """A product and where it stands in its life."""

    slug: str
    name: str
    status: str
    since: date | None
    note: str


@dataclass(frozen=True, slots=True)
class CertificationContent:
    """A whole certification: scale, cut, time, domains and services; `cut` is a proportion of the raw score."""

    code: str
    title: str
    provider: str
    time_limit: timedelta
    scale_min: int
    scale_max: int
    pass_mark: int
    cut: Decimal
    multiple_count: int
    domains: tuple[DomainContent, ...]
    services: tuple[ServiceContent, ...]
