"""What the command room tells the rooms above, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AreaChanged:
    """The places, state, zone class or review of an area changed: everything owed there follows.

    `doors` are those that it concerns; None for all that the area has or had.
    """

    area_id: int
    at: datetime
    doors: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ChangeTakenBack:
    """A change of an area is about to be taken back. `made_id` is the area that it made, which goes with all that was only
    derived there; a room in which something was built on it since `since` raises UserError."""

    area_id: int
    made_id: int | None
    since: datetime
    at: datetime


@dataclass(frozen=True)
class ClockMoved:
    """The clock of an exercise was moved by hand: what falls between `before` and `after` happens now."""

    incident_id: int
    before: datetime
    after: datetime


@dataclass(frozen=True)
class ShiftEnds:
    """Somebody is about to end a shift. A room in which they still answer for something raises UserError."""

    member_id: int
    incident_id: int
    at: datetime


@dataclass(frozen=True)
class MemberAway:
    """Somebody is not available any more (ill, in quarantine, away): what they answered for goes on in the same act."""

    member_id: int
    at: datetime
    by_id: int | None = None


@dataclass(frozen=True)
class Tell:
    """Somebody must be told something by the channels that they have. `key` counts once; `url` leads to the page.

    `urgency` 3 asks for an acknowledgement and goes to the next person without one; 1 may wait for the morning.
    """

    incident_id: int
    member_ids: tuple[int, ...]
    title: str
    body: str
    key: str
    at: datetime
    urgency: int = 2
    url: str = ""


@dataclass(frozen=True)
class ExitAsked:
    """Somebody behind a door must go out, or somebody must come in to them. `key` names the asking room's record.

    `kind` is a code of the protocol's exit kinds. The gate answers with PermitChanged under the same key.
    """

    key: str
    incident_id: int
    door_id: int
    kind: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    at: datetime
    person_id: int | None = None
    by_id: int | None = None


@dataclass(frozen=True)
class PermitChanged:
    """A permit asked for by `key` is granted, refused, withdrawn or used; `number` stands on its paper."""

    key: str
    state: str
    at: datetime
    number: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reason: str = ""
    by_id: int | None = None


@dataclass(frozen=True)
class CallAnswered:
    """A call was answered, or went on to the next person: whoever holds the post of the call may change with it."""

    callout_id: int
    call_id: int
    at: datetime


@dataclass(frozen=True)
class TimePassed:
    """An incident was brought up to an instant: each minute, and when an exercise's clock is moved."""

    incident_id: int
    at: datetime


@dataclass(frozen=True)
class GoodsBought:
    """Somebody has bought goods for one door: they wait for it and are nobody's stock. `key` names the asking room's record.

    `packs` are bags or boxes as they are carried; bought twice under one key, they come in once.
    """

    key: str
    incident_id: int
    door_id: int
    what: str
    shop: str
    payer: str
    packs: int
    number: str
    at: datetime
    by_id: int | None = None


@dataclass(frozen=True)
class GoodsHandedOver:
    """Goods that were bought under `key` are with their household; with `undone` they wait again."""

    key: str
    at: datetime
    by_id: int | None = None
    undone: bool = False
