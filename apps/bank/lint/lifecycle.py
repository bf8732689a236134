"""Rules that need the life-cycle table of services, and the day on which the item is judged."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache

from apps.bank.content import ItemContent
from apps.bank.curriculum import ServiceContent
from apps.bank.lint.findings import Places, error, warning

DEAD = {"closed": "closed to new customers", "ended": "ended"}
YOUNG = timedelta(days=183)
_SAID = re.compile(
    r"\b(?:new customers?|no new|closed|ended|ends|end of (?:support|life)|no longer|discontinued|retired|deprecated|"
    r"out of support|shut down|withdrawn)\b",
    re.IGNORECASE,
)


@cache
def _name(service: str) -> re.Pattern[str]:
    # Texts often leave the provider's name out.
    bare = re.sub(r"^(?:AWS|Amazon|Azure|Google Cloud|Google|Microsoft|IBM|Oracle) ", "", service)
    return re.compile(rf"(?<!\w){re.escape(bare)}(?!\w)")


def _named(services: Sequence[ServiceContent], statuses: Sequence[str], text: str) -> Iterator[ServiceContent]:
    for service in services:
        if service.status in statuses and _name(service.name).search(text):
            yield service


@error("dead-service", "Rest the key on a service that a new customer can use.")
def dead_service(item: ItemContent, services: Sequence[ServiceContent], _as_of: date | None) -> Places:
    """No key rests on a service that is closed or ended."""
    for number, option in enumerate(item.options, 1):
        if option.is_keyed:
            for service in _named(services, tuple(DEAD), option.text):
                yield f"option {number}", f"The key names {service.name}, which is {DEAD[service.status]}."


@warning("dead-distractor", "Say in the rationale that it is closed or ended, or take a service that lives.")
def dead_distractor(item: ItemContent, services: Sequence[ServiceContent], _as_of: date | None) -> Places:
    """A distractor may name a dead service, if its rationale says so: else learners take it for a living one."""
    for number, option in enumerate(item.options, 1):
        if not option.is_keyed and not _SAID.search(option.rationale):
            for service in _named(services, tuple(DEAD), option.text):
                yield (
                    f"option {number}",
                    f"It names {service.name}, which is {DEAD[service.status]}, without saying so.",
                )


@warning("ending-service", "Rest the key on what will replace it.")
def ending_service(item: ItemContent, services: Sequence[ServiceContent], _as_of: date | None) -> Places:
    """A key on a service whose end is announced will soon be wrong."""
    for number, option in enumerate(item.options, 1):
        if option.is_keyed:
            for service in _named(services, ("ending",), option.text):
                yield f"option {number}", f"The key names {service.name}, whose end is announced."


@warning("new-service", "Wait until it has been generally available for six months.")
def new_service(item: ItemContent, services: Sequence[ServiceContent], as_of: date | None) -> Places:
    """An exam asks for nothing that was generally available for less than six months."""
    seen = " ".join([item.stem, *(option.text for option in item.options)])
    for service in services:
        young = as_of and service.since and service.status == "current" and service.since > as_of - YOUNG
        if young and (service.slug in item.services or _name(service.name).search(seen)):
            yield "services", f"{service.name} is available only since {service.since}."


@warning("service-moved", "Check the facts again, and write the new day into the references.")
def service_moved(item: ItemContent, services: Sequence[ServiceContent], _as_of: date | None) -> Places:
    """What was checked before a service changed its status may have become wrong."""
    if not item.references:
        return
    checked = max(reference.checked for reference in item.references)
    for service in services:
        if service.slug in item.services and service.status != "current" and service.since and service.since > checked:
            yield "references", f"{service.name} changed on {service.since}, after the facts were checked on {checked}."


RULES = (dead_service, dead_distractor, ending_service, new_service, service_moved)
