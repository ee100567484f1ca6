"""What can be asked of the gate: who is out, who is inside, what waits, and whether that fits the register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from doorstep.command.models import Area, AreaDoor, Incident
from doorstep.command.rights import Rights, rights_of
from doorstep.gate.models import Crossing, Permit
from doorstep.gate.rules import areas_of, buffer_limit
from doorstep.gate.words import crossing_label, title_of
from doorstep.register.models import Person

Direction, Permission, What = Crossing.Direction, Crossing.Permission, Crossing.What
BUFFER = (Direction.BUFFER_IN, Direction.BUFFER_OUT)
GUESTS = (Permission.VISITOR, Permission.DUTY)
LAST = 12
MOST = 200


@dataclass(frozen=True)
class Line:
    """One crossing as the gate shows it. `until` is when it is over its time; `late` whether it is."""

    crossing: Crossing
    label: str
    until: datetime | None = None
    late: bool = False

    @property
    def look(self) -> str:
        return "broken" if self.late else "open"


@dataclass(frozen=True)
class Inside:
    """The count inside: by the register, and by what crossed since."""

    register: int
    out: int
    guests: int
    away_told: int = 0

    @property
    def inside(self) -> int:
        return self.register - self.out


@dataclass(frozen=True)
class GateHome:
    """Everything on the gate's first page."""

    areas: tuple[Area, ...]
    out: tuple[Line, ...]
    guests: tuple[Line, ...]
    buffer: tuple[Line, ...]
    last: tuple[Line, ...]
    unexplained: tuple[Line, ...]
    doubts: tuple[Line, ...]
    refused: tuple[Line, ...]
    count: Inside
    expected: tuple[Permit, ...]


def seen_in(incident: Incident, areas: Sequence[Area] | None) -> QuerySet[Crossing]:
    """The crossings of some areas (None = all), the newest first; also those of no area."""
    rows = Crossing.objects.filter(incident=incident)
    if areas is not None:
        rows = rows.filter(Q(area__in=areas) | Q(area=None))
    return rows.select_related(
        "gate__compound", "by", "area", "door__stair__building", "permit__person", "permit__door__stair__building"
    )


def open_ones(rows: QuerySet[Crossing]) -> QuerySet[Crossing]:
    """Those that no later crossing has ended."""
    later = Crossing.objects.filter(ends=OuterRef("pk"), undone_at=None)
    return rows.filter(~Exists(later), undone_at=None, refused=False)


OUT = Q(what=What.PERSON, direction=Direction.OUT) & (
    Q(permit__way=Permit.Way.OUT) | Q(permit=None, permission__in=[Permission.HOME, Permission.EMERGENCY])
)
GUEST = Q(what__in=[What.PERSON, What.VEHICLE], direction=Direction.IN) & (
    Q(permit__way=Permit.Way.IN) | Q(permit=None, permission__in=GUESTS)
)


def out_now(rows: QuerySet[Crossing]) -> QuerySet[Crossing]:
    """Residents who went out and have not come back."""
    return open_ones(rows).filter(OUT)


def guests_now(rows: QuerySet[Crossing]) -> QuerySet[Crossing]:
    """Who came in from outside and has not left: visitors, people on duty, bearers of a permit to come in."""
    return open_ones(rows).filter(GUEST)


def elsewhere_now(rows: QuerySet[Crossing]) -> QuerySet[Crossing]:
    """Both: whoever is on the other side of the gates."""
    return open_ones(rows).filter(OUT | GUEST)


def waiting(rows: QuerySet[Crossing]) -> QuerySet[Crossing]:
    """What stands between two gates."""
    return open_ones(rows).filter(direction__in=BUFFER)


def line_of(incident: Incident, crossing: Crossing, at: datetime) -> Line:
    """A crossing with the end of its time."""
    until = until_of(incident, crossing)
    return Line(crossing, crossing_label(crossing), until, until is not None and until < at)


def until_of(incident: Incident, crossing: Crossing) -> datetime | None:
    """By when it should be over: a wait in the buffer, a permit, a visit."""
    rules = incident.protocol.gate
    if crossing.direction in BUFFER:
        return buffer_limit(incident, crossing)
    if crossing.permit is not None:
        return crossing.permit.ends_at + timedelta(minutes=rules.late_minutes)
    if crossing.permission == Permission.VISITOR and crossing.direction == Direction.IN and rules.visitor_hours:
        return crossing.occurred_at + timedelta(hours=rules.visitor_hours)
    return None


def gate_home(incident: Incident, rights: Rights, at: datetime) -> GateHome:
    """The gate's first page. Eleven queries."""
    areas = areas_of(incident, rights, "keep_gate")
    rows = seen_in(incident, None if rights.covers("keep_gate") else areas)

    def lines(found: QuerySet[Crossing], most: int = MOST) -> tuple[Line, ...]:
        return tuple(line_of(incident, row, at) for row in found[:most])

    out, guests = lines(out_now(rows)), lines(guests_now(rows))
    live = rows.filter(undone_at=None)
    expected = Permit.objects.filter(
        area__in=areas, state=Permit.State.GRANTED, ends_at__gt=at, starts_at__lt=at + timedelta(hours=12)
    ).select_related("person", "door__stair__building")
    away = {one.crossing.permit_id for one in (*out, *guests)}
    return GateHome(
        tuple(areas),
        out,
        guests,
        lines(waiting(rows)),
        tuple(Line(row, crossing_label(row)) for row in live[:LAST]),
        lines(live.filter(permission=Permission.EMERGENCY, reason="")),
        lines(live.exclude(doubt="")),
        lines(live.filter(refused=True, told_inside_at=None)),
        count_inside(areas, out, guests),
        tuple(one for one in expected.order_by("starts_at")[:MOST] if one.pk not in away),
    )


def count_inside(areas: Sequence[Area], out: Sequence[Line], guests: Sequence[Line]) -> Inside:
    """How many are inside: at home by the register, less who went out. One query.

    Somebody out whom the register already has away (in hospital, in quarantine) is not counted twice.
    """
    home = Person.objects.filter(
        active=True,
        present=Person.Present.HOME,
        household__active=True,
        household__door__in=AreaDoor.objects.filter(area__in=areas).values("door"),
    ).count()
    return Inside(home, sum(still_home(one.crossing) for one in out), sum(one.crossing.count for one in guests))


def still_home(crossing: Crossing) -> int:
    """How many of those who went out the register still has at home."""
    person = crossing.permit.person if crossing.permit else None
    return crossing.count if person is None or person.present == Person.Present.HOME else 0


def differences(incident: Incident, doors: Any, at: datetime) -> dict[int, list[Crossing]]:
    """Door → who of it is out now. One query."""
    rows = out_now(seen_in(incident, None)).filter(door__in=doors.values("pk"), occurred_at__lte=at)
    found: dict[int, list[Crossing]] = defaultdict(list)
    for row in rows:
        if row.door_id is not None:
            found[row.door_id].append(row)
    return found


def permits_in(incident: Incident, rights: Rights, show: str = "", at: datetime | None = None) -> QuerySet[Permit]:
    """The permits of the member's areas: all, those that wait for a decision, those that hold now, those out too long."""
    rows = Permit.objects.filter(incident=incident).select_related(
        "person", "door__stair__building", "area", "asked_by", "decided_by"
    )
    scope = rights.areas("give_permits")
    if scope is not None:
        rows = rows.filter(area__in=scope)
    if show == "asked":
        return rows.filter(state=Permit.State.ASKED).order_by("starts_at", "id")
    if show == "now" and at is not None:
        return rows.filter(state=Permit.State.GRANTED, starts_at__lte=at, ends_at__gt=at)
    if show == "out":
        return rows.filter(pk__in=out_now(seen_in(incident, None)).filter(permit__isnull=False).values("permit"))
    return rows


def valid_permits(areas: Sequence[Area], at: datetime, *, hours: int = 24) -> QuerySet[Permit]:
    """The permits that a gate needs to know for the next hours; also those that were taken back, to be stopped."""
    rows = Permit.objects.filter(
        area__in=areas, ends_at__gt=at - timedelta(hours=6), starts_at__lt=at + timedelta(hours=hours)
    )
    rows = rows.exclude(state=Permit.State.ASKED)
    return rows.select_related("person", "door__stair__building").prefetch_related("gates").order_by("starts_at", "id")


def board_panel(incident: Incident, at: datetime, member: Any) -> dict[str, Any]:
    """Gates on the board: crossings today, out now, waits. Four queries."""
    day = at.astimezone(incident.tz).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Crossing.objects.filter(incident=incident)
    today = rows.filter(undone_at=None, occurred_at__gte=day, occurred_at__lte=at)
    found = today.aggregate(
        crossings=Count("pk", filter=Q(refused=False)),
        life=Count("pk", filter=Q(permission=Permission.EMERGENCY)),
    )
    live = list(open_ones(rows).filter(OUT | Q(direction__in=BUFFER)))
    limits = [buffer_limit(incident, row) for row in live if row.direction in BUFFER]
    late = [limit for limit in limits if limit is not None and limit < at]
    out = sum(row.count for row in live if row.direction == Direction.OUT)
    asked = Permit.objects.filter(incident=incident, state=Permit.State.ASKED).count()
    rights = rights_of(member, incident)
    return {**found, "late": len(late), "out": out, "asked": asked, "sees": rights.may("keep_gate")}


def crossing_headings() -> list[str]:
    """The columns of the list that leaves as a file."""
    return [
        _("Time"),
        _("Gate"),
        _("What"),
        _("Direction"),
        _("By which right"),
        _("Permit"),
        _("Who or what"),
        _("How many"),
        _("Reason"),
        _("Refused"),
        _("Written by"),
        _("Written down"),
        _("Taken back"),
    ]


def crossing_rows(incident: Incident, rows: QuerySet[Crossing]) -> list[list[Any]]:
    """The list as a file; residents are masked in it."""

    def when(value: datetime | None) -> str:
        return f"{value.astimezone(incident.tz):%Y-%m-%d %H:%M}" if value else ""

    return [
        [
            when(row.occurred_at),
            str(row.gate or ""),
            row.get_what_display(),
            row.get_direction_display(),
            row.get_permission_display(),
            row.permit.number if row.permit else row.permission_ref,
            crossing_label(row),
            row.count,
            row.reason,
            _("yes") if row.refused else "",
            row.by.name if row.by else "",
            when(row.recorded_at),
            when(row.undone_at),
        ]
        for row in rows[:50_000]
    ]


def role_title(incident: Incident, role: str) -> str:
    """A visitor's role in words."""
    return title_of(incident.protocol.gate.visitors, role)
