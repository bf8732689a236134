"""The shape of what exam pages send."""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any

from django.http import QueryDict
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from apps.delivery.services import Event, Marks

# A hundred events of the longest kind stay far below; anything larger is no exam page.
SAVE_LIMIT = 64 * 1024
# Each loading of the page is a client; nobody reloads it a thousand times.
MOST_CLIENTS = 1000


class BadInput(Exception):
    """What was sent has not the shape of a save; the message names the place."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _EventIn(_Strict):
    n: Annotated[int, Field(ge=1, le=2**31 - 1)]
    seq: Annotated[int, Field(ge=1, le=2**31 - 1)]
    position: Annotated[int, Field(ge=1, le=32767)]
    kind: Annotated[str, StringConstraints(min_length=1, max_length=12)]
    value: Any
    phase: Annotated[str, StringConstraints(pattern="^(timed|blind)$")] = "timed"
    ago: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class _Envelope(_Strict):
    ticket: Annotated[str, StringConstraints(max_length=200)]
    client: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    events: Annotated[list[Any], Field(min_length=1, max_length=100)]


class SaveIn(_Envelope):
    """A batch of one client's events with the ticket of its page."""

    events: Annotated[list[_EventIn], Field(min_length=1, max_length=100)]

    def to_events(self) -> list[Event]:
        """Return the events as the service takes them."""
        return [Event(e.n, e.seq, e.position, e.kind, e.value, e.phase, e.ago) for e in self.events]


def read_save(body: bytes) -> SaveIn:
    """Parse the body of a save. Raises BadInput."""
    if len(body) > SAVE_LIMIT:
        raise BadInput(f"A save takes at most {SAVE_LIMIT // 1024} kB; send fewer events at once.")
    try:
        return SaveIn.model_validate_json(body)
    except ValidationError as error:
        if (rest := _without_the_broken(body)) is not None:
            return rest
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "body"
        raise BadInput(f"{place}: {first['msg']}.") from error


def _without_the_broken(body: bytes) -> SaveIn | None:
    """Return the batch when some of its events can be read; one bad event never blocks its batch (R-11).

    A broken event with a number becomes one that no form allows, so it is stored as sent and refused with a receipt;
    one without a number cannot have a receipt and is left out.
    """
    try:
        sent = _Envelope.model_validate(json.loads(body))
    except (ValueError, RecursionError):
        return None
    events, sound = [], 0
    for event in sent.events:
        try:
            events.append(_EventIn.model_validate(event))
            sound += 1
        except ValidationError:
            n = event.get("n") if isinstance(event, dict) else None
            if type(n) is int and 1 <= n < 2**31:
                events.append(
                    _EventIn.model_construct(n=n, seq=1, position=0, kind="", value=event, phase="timed", ago=0)
                )
    return SaveIn.model_construct(ticket=sent.ticket, client=sent.client, events=events) if sound else None


def read_clients(text: str) -> dict[str, int]:
    """Parse the last n of each client, as submit carries it. Raises BadInput."""
    try:
        clients = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise BadInput("clients: this is not JSON.") from error
    if (
        not isinstance(clients, dict)
        or len(clients) > MOST_CLIENTS
        or not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**31 for n in clients.values())
    ):
        raise BadInput("clients: give the last number of each client, as {client: n}.")
    return clients


_FIELD = re.compile(r"^(answer|note|confidence)-(\d{1,5})$")


def read_form(posted: QueryDict) -> Marks:
    """Return what a whole posted paper says of each position."""
    marks = Marks()
    for name in posted:
        if not (found := _FIELD.match(name)):
            continue
        kind, position = found[1], int(found[2])
        if kind == "answer":
            marks.answers[position] = posted.getlist(name)
        elif kind == "note":
            # Browsers send line ends as CR LF, scripts as LF; the journal has one way.
            marks.notes[position] = posted.get(name, "").replace("\r\n", "\n")
        else:
            marks.confidences[position] = posted.get(name, "")
    marks.flags |= {int(value) for value in posted.getlist("flag") if value.isdecimal() and len(value) <= 5}
    return marks


def read_page(asked: QueryDict) -> int:
    """Return the number of the page that is asked for; 1 for anything that is no such number."""
    text = asked.get("page", "")
    return max(1, int(text)) if text.isdecimal() and len(text) <= 6 else 1


@dataclass(frozen=True, slots=True)
class Steering:
    """What an instructor does to a running attempt: gives minutes, or with 0 ends it, having been asked back or not."""

    minutes: int
    reason: str
    is_sure: bool = True


def read_steering(posted: QueryDict) -> Steering:
    """Parse the buttons of the live view. Raises BadInput."""
    reason = posted.get("reason", "").replace("\0", "").strip()[:200]
    if "close" in posted:
        return Steering(0, reason, is_sure=posted["close"] == "yes")
    text = posted.get("minutes", "")
    minutes = int(text) if text.isdecimal() and len(text) <= 3 else 0
    if not 1 <= minutes <= 480:
        raise BadInput("Give between 1 and 480 minutes.")
    return Steering(minutes, reason)
