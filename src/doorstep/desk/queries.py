"""What the desk's pages ask: the queue, the inbox, one request with everything that belongs to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident, Member
from doorstep.command.rights import rights_of
from doorstep.desk import places
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.escalation import alarm_from
from doorstep.desk.lists import APPEALED, UNTOLD, WAITING
from doorstep.desk.models import Message, Offer, Request, Thanks
from doorstep.desk.rules import level_titles, need_titles
from doorstep.register.models import Door
from doorstep.register.sight import shown_name

SHOWS = ("mine", "nobody", "late", "all", "ask", "closed")
CLOSED_SHOWN = 500


@dataclass(frozen=True)
class Asked:
    """How the queue is narrowed."""

    show: str = "all"
    need: str = ""
    level: str = ""
    words: str = ""

    @classmethod
    def of(cls, given: Any, show: str = "all") -> Asked:
        """From the address. What is not known counts as not said."""
        wanted = given.get("show", show)
        return cls(
            wanted if wanted in SHOWS else show,
            given.get("need", "")[:24],
            given.get("level", "")[:12],
            given.get("q", "").strip()[:80],
        )


@dataclass(frozen=True)
class Line:
    """A request in the queue, as this member may see it."""

    request: Request
    need: str
    level: str
    grave: int  # place of the level from the gravest, 0 first
    door: str
    head: str
    points: int
    why: str  # "", "unowned", "late"
    waits: timedelta
    left: timedelta

    @property
    def look(self) -> str:
        """The shape of its time: late, soon, in time."""
        if self.request.state == Request.State.CONFIRMED:
            return "kept"
        if not self.request.is_open:
            return "waived" if self.request.state in (Request.State.DECLINED, Request.State.MERGED) else "risk"
        if self.left < timedelta(0):
            return "broken"
        return "risk" if self.left < timedelta(hours=1) else "open"


def requests_in(incident: Incident, rights: Any, act: str = "see_requests") -> QuerySet[Request]:
    """The requests within a duty: those of its areas' doors, and those of which no door is known."""
    rows = Request.objects.filter(incident=incident).select_related(
        "incident", "owner", "area", "household", "emergency_task", "door__stair__building__compound"
    )
    scope = rights.areas(act)
    if scope is None:
        return rows
    doors = Door.objects.filter(area_doors__area__in=scope).values("pk")
    return rows.filter(Q(door=None) | Q(door__in=doors))


def messages_in(incident: Incident, rights: Any, act: str = "see_requests") -> QuerySet[Message]:
    """The messages within a duty, as for requests."""
    rows = Message.objects.filter(incident=incident).select_related(
        "incident", "taken_by", "household", "door__stair__building__compound"
    )
    scope = rights.areas(act)
    if scope is None:
        return rows
    doors = Door.objects.filter(area_doors__area__in=scope).values("pk")
    return rows.filter(Q(door=None) | Q(door__in=doors))


def narrowed(rows: QuerySet[Request], asked: Asked, member: Member | None, at: datetime) -> QuerySet[Request]:
    """What a tab and its filters show."""
    late = Q(due_at__lt=at, state__in=Request.OPEN) | UNTOLD | APPEALED
    chosen = {
        "mine": Q(WAITING, owner=member) if member else Q(pk__in=[]),
        "nobody": Q(WAITING, owner=None),
        "late": late,
        "all": WAITING,
        "ask": Q(state=Request.State.DONE),
        "closed": ~Q(WAITING),
    }
    rows = rows.filter(chosen[asked.show])
    if asked.need:
        rows = rows.filter(need=asked.need)
    if asked.level:
        rows = rows.filter(level=asked.level)
    return rows


def matching(rows: QuerySet[Request], words: str, rights: Any) -> QuerySet[Request]:
    """By number, by door (3-501), else by the words of the request."""
    plain = words.lstrip("#")
    if not words:
        return rows
    if words.startswith("#") and plain.isascii() and plain.isdigit():
        return rows.filter(number=int(plain[:9]))
    doors = [place.door.pk for place in places.find(words, rights)]
    found = Q(text__icontains=words) | Q(door__stair__building__name__icontains=words) | Q(contact__icontains=words)
    if plain.isascii() and plain.isdigit() and len(plain) < 9:
        found |= Q(number=int(plain)) | Q(door__number=plain)
    if doors:
        found = Q(door__in=doors)
    return rows.filter(found)


def counts(rows: QuerySet[Request], member: Member | None, at: datetime) -> dict[str, int]:
    """How many each tab holds. One query."""
    late = Q(due_at__lt=at, state__in=Request.OPEN) | UNTOLD | APPEALED
    found: dict[str, int] = rows.order_by().aggregate(
        mine=Count("pk", filter=Q(WAITING, owner=member) if member else Q(pk__in=[])),
        nobody=Count("pk", filter=Q(WAITING, owner=None)),
        late=Count("pk", filter=late),
        all=Count("pk", filter=WAITING),
        ask=Count("pk", filter=Q(state=Request.State.DONE)),
        closed=Count("pk", filter=~Q(WAITING)),
    )
    return found


def queue(rows: QuerySet[Request], asked: Asked, rights: Any, at: datetime) -> list[Line]:
    """Requests in the order of the queue: all of them, for a list that leaves the program."""
    found = lines(list(rows), rights, at)
    order = {pk: place for place, pk in enumerate(keys(rows, asked, at))}
    return sorted((line for line in found if line.request.pk in order), key=lambda line: order[line.request.pk])


def keys(rows: QuerySet[Request], asked: Asked, at: datetime) -> list[int]:
    """The keys of requests, the greatest number of points first; closed ones the newest first. One narrow query."""
    if asked.show == "closed":
        return list(rows.order_by("-number").values_list("pk", flat=True)[:CLOSED_SHOWN])
    first = rows.order_by().select_related(None).values_list("incident_id").first()
    if first is None:
        return []
    rules = Incident.objects.get(pk=first[0]).protocol
    found = rows.order_by().select_related(None)
    ranked = []
    for pk, number, level, facts, said_at, due_at, state in found.values_list(
        "pk", "number", "level", "facts", "said_at", "due_at", "state"
    ):
        due = due_at if state in Request.OPEN else at
        classes = facts.get("classes", ())
        points = protocol.request_points(rules, level=level, classes=classes, said_at=said_at, due_at=due, at=at)
        ranked.append((-points, number, pk))
    return [pk for _points, _number, pk in sorted(ranked)]


def page_lines(rows: QuerySet[Request], page: Iterable[int], rights: Any, at: datetime) -> list[Line]:
    """The lines of one page of keys, in their order."""
    wanted = list(page)
    found = {line.request.pk: line for line in lines(rows.filter(pk__in=wanted), rights, at)}
    return [found[pk] for pk in wanted if pk in found]


def lines(requests: Iterable[Request], rights: Any, at: datetime) -> list[Line]:
    """Requests as lines. One query for whose names are shown."""
    rows = list(requests)
    if not rows:
        return []
    incident = rows[0].incident
    known = places.sight(rights).named(row.door_id for row in rows if row.door_id)
    needs, levels = need_titles(incident), level_titles(incident)
    order = list(levels)
    return [_line(row, row.door_id in known, needs, levels, order, at) for row in rows]


def _line(
    row: Request, full: bool, needs: dict[str, str], levels: dict[str, str], order: list[str], at: datetime
) -> Line:
    alarm = alarm_from(row, at)
    return Line(
        request=row,
        need=needs.get(row.need, row.need),
        level=levels.get(row.level, row.level),
        grave=order.index(row.level) if row.level in order else len(order),
        door=place_in_words(row.door),
        head=shown_name(row.household.head, full) if row.household else "",
        points=protocol.request_points(
            row.incident.protocol,
            level=row.level,
            classes=row.facts.get("classes", ()),
            said_at=row.said_at,
            due_at=row.due_at if row.is_open else at,
            at=at,
        ),
        why=alarm[0] if alarm else "",
        waits=at - row.said_at,
        left=row.due_at - at,
    )


@dataclass(frozen=True)
class MessageLine:
    """A message in the inbox."""

    message: Message
    door: str
    sender: str
    waits: timedelta
    late: bool


def inbox(rows: QuerySet[Message], rights: Any, at: datetime) -> list[MessageLine]:
    """Messages that wait or are being dealt with: signs of danger first, then the oldest. One query more."""
    found = list(rows.order_by("-urgent", "occurred_at", "pk"))
    if not found:
        return []
    rules = protocol.request_rules(found[0].incident.protocol)
    patience = timedelta(minutes=rules.message_minutes)
    known = places.sight(rights).named(one.door_id for one in found if one.door_id)
    return [
        MessageLine(
            one,
            place_in_words(one.door),
            shown_name(one.sender, one.door_id is None or one.door_id in known) if one.sender else "",
            at - one.occurred_at,
            one.state == Message.State.NEW and one.recorded_at + patience <= at,
        )
        for one in found
    ]


def headings() -> list[str]:
    """The queue's table."""
    return [
        _("number"), _("need"), _("urgency"), _("door"), _("words"), _("persons"), _("said at"), _("due"),
        _("owner"), _("state"), _("points"),
    ]  # fmt: skip


def rows_of(found: Iterable[Line], incident: Incident) -> list[list[Any]]:
    """The queue as a table."""
    return [
        [
            line.request.number,
            line.need,
            line.level,
            line.door,
            line.request.text,
            line.request.persons,
            line.request.said_at.astimezone(incident.tz),
            line.request.due_at.astimezone(incident.tz),
            line.request.owner.name if line.request.owner else "",
            line.request.get_state_display(),
            line.points,
        ]
        for line in found
    ]


def needs_counted(rows: QuerySet[Request], incident: Incident) -> list[tuple[str, str, int]]:
    """Open requests by need, for the filter: code, title, how many. One query."""
    counted = Counter(dict(rows.filter(WAITING).order_by().values_list("need").annotate(n=Count("pk"))))
    known = need_titles(incident)
    return [(code, known[code], counted[code]) for code in known if counted[code]]


def thanks_for(member: Member | None, incident: Incident) -> list[Thanks]:
    """Thanks that were sent on to somebody and that they have not put away. One query."""
    if member is None:
        return []
    rows = Thanks.objects.filter(to=member, message__incident=incident, seen_at=None)
    return list(rows.select_related("message").order_by("at")[:10])


def offers_in(incident: Incident, rights: Any) -> QuerySet[Offer]:
    """The offers within a duty."""
    rows = Offer.objects.filter(incident=incident).select_related("door__stair__building__compound", "household")
    scope = rights.areas("see_requests")
    if scope is None:
        return rows
    return rows.filter(Q(door=None) | Q(door__in=Door.objects.filter(area_doors__area__in=scope).values("pk")))


def message_headings() -> list[str]:
    """The inbox as a table."""
    return [_("said at"), _("channel"), _("door"), _("words"), _("what it is"), _("state"), _("taken by"), _("outcome")]


def message_rows(found: Iterable[MessageLine], incident: Incident) -> list[list[Any]]:
    """The inbox as a table."""
    return [
        [
            line.message.occurred_at.astimezone(incident.tz),
            line.message.get_channel_display(),
            line.door,
            line.message.text,
            line.message.get_kind_display() if line.message.kind else "",
            line.message.get_state_display(),
            line.message.taken_by.name if line.message.taken_by else "",
            line.message.outcome,
        ]
        for line in found
    ]


def earlier_of(message: Message, rights: Any, at: datetime) -> list[Line]:
    """Open requests of the household or the number that a message comes from."""
    here = Q(pk__in=[])
    if message.household_id:
        here |= Q(household=message.household_id)
    elif message.door_id:
        here |= Q(door=message.door_id)
    if message.contact:
        here |= Q(contact=message.contact)
    rows = requests_in(message.incident, rights).filter(here).filter(WAITING)
    return lines(rows.exclude(messages=message.pk).order_by("-number")[:8], rights, at)


def board_panel(incident: Incident, at: datetime, member: Member | None) -> dict[str, Any]:
    """The board's panel: requests open, nobody's, late, confirmed; messages that wait. Two queries more than the rights."""
    rights = rights_of(member, incident)
    scope = rights.areas("see_board")
    rows, words = Request.objects.filter(incident=incident), Message.objects.filter(incident=incident)
    if scope is not None:
        rows = rows.filter(Q(area=None) | Q(area__in=scope))
        doors = Door.objects.filter(area_doors__area__in=scope).values("pk")
        words = words.filter(Q(door=None) | Q(door__in=doors))
    found: dict[str, Any] = rows.aggregate(
        ever=Count("pk"),
        open=Count("pk", filter=WAITING),
        closed=Count("pk", filter=Q(state=Request.State.CONFIRMED)),
        nobody=Count("pk", filter=Q(WAITING, owner=None)),
        late=Count("pk", filter=Q(due_at__lt=at, state__in=Request.OPEN)),
    )
    waiting = words.filter(state=Message.State.NEW).count()
    return {**found, "messages": waiting, "ever": found["ever"] or waiting, "sees": rights.may("see_requests")}
