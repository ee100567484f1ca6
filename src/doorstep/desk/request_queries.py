"""What the page of one request asks: its household, what happened, its words, what looks like it, who could help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.desk import places
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.merging import Pair, alike
from doorstep.desk.models import Match, Merge, Message, Request
from doorstep.desk.offers import Neighbour, neighbours
from doorstep.desk.queries import Line, lines, requests_in
from doorstep.desk.rules import offer_kinds
from doorstep.desk.staff import workers
from doorstep.desk.words import EVENTS, NEAR, WHY
from doorstep.register.models import Door, Household
from doorstep.register.sight import shown_name, shown_phone
from doorstep.register.words import titles


@dataclass(frozen=True)
class EventLine:
    """One thing that happened, in words."""

    at: datetime
    what: str
    who: str
    words: str
    for_resident: bool
    told_at: datetime | None


@dataclass(frozen=True)
class HomeFacts:
    """What the desk may know of a household for its purpose."""

    household: Household | None
    label: str
    head: str
    phone: str
    persons: int
    classes: tuple[str, ...]
    languages: tuple[str, ...]
    diets: tuple[str, ...]
    allergies: tuple[str, ...]
    channel: str
    full: bool


@dataclass(frozen=True)
class MatchLine:
    """A neighbour's help for this request."""

    match: Match
    kind: str
    near: str


@dataclass(frozen=True)
class RequestPage:
    """Everything about one request on one page."""

    line: Line
    home: HomeFacts
    events: tuple[EventLine, ...]
    words: tuple[Message, ...]
    others: tuple[Line, ...]
    pairs: tuple[tuple[Request, str], ...]
    merges: tuple[Merge, ...]
    neighbours: tuple[tuple[Neighbour, str, str], ...]
    matches: tuple[MatchLine, ...]
    staff: tuple[Member, ...]

    @property
    def request(self) -> Request:
        return self.line.request


def request_page(request: Request, rights: Any, at: datetime) -> RequestPage:
    """One request. A known number of queries, whatever its age."""
    kinds = offer_kinds()
    near = [] if not request.is_open else neighbours(request)
    taken = list(request.matches.select_related("offer__door__stair__building").order_by("at", "pk"))
    return RequestPage(
        line=lines([request], rights, at)[0],
        home=home_facts(request.household, request.door, rights, request.incident),
        events=_events(request),
        words=tuple(request.messages.select_related("recorded_by").order_by("occurred_at", "pk")),
        others=tuple(_others(request, rights, at)),
        pairs=_pairs(request),
        merges=tuple(request.merges.filter(undone_at=None).select_related("joined", "by")),
        neighbours=tuple(
            (one, kinds.get(one.offer.kind, one.offer.kind), str(NEAR[one.near]))
            for one in near
            if one.offer.pk not in {match.offer_id for match in taken}
        ),
        matches=tuple(
            MatchLine(match, kinds.get(match.offer.kind, match.offer.kind), place_in_words(match.offer.door))
            for match in taken
        ),
        staff=tuple(workers(request.incident, request.area).exclude(pk=request.owner_id or 0)),
    )


def home_facts(home: Household | None, door: Door | None, rights: Any, incident: Incident) -> HomeFacts:
    """A household for the desk's purpose: who is vulnerable, how to reach them, what they may eat. Two queries."""
    full = bool(door) and bool(places.sight(rights).named([door.pk] if door else []))
    if home is None:
        return HomeFacts(None, place_in_words(door), "", "", 0, (), (), (), (), "", full)
    rows = list(home.persons.filter(active=True, present="home").values_list("classes", flat=True))
    classes = sorted({code for found in rows for code in found})
    return HomeFacts(
        home,
        place_in_words(door),
        shown_name(home.head, full),
        shown_phone(home.phone, full),
        len(rows),
        tuple(titles("classes", classes, incident)),
        tuple(titles("languages", home.languages)),
        tuple(titles("diets", home.diets)),
        tuple(home.allergies),
        str(home.get_channel_display()) if home.channel else "",
        full,
    )


def _events(request: Request) -> tuple[EventLine, ...]:
    rows = list(request.events.all())
    keys = {row.data["to"] for row in rows if isinstance(row.data.get("to"), int)}
    names = dict(Member.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
    return tuple(
        EventLine(
            row.at,
            " → ".join(filter(None, (str(EVENTS.get(row.act, row.act)), names.get(row.data.get("to"), "")))),
            row.by_label,
            row.words if row.act != "open" else "",
            row.for_resident,
            row.told_at,
        )
        for row in rows
    )


def _others(request: Request, rights: Any, at: datetime) -> list[Line]:
    here = Q(household=request.household_id) if request.household_id else Q(door=request.door_id)
    if not request.household_id and not request.door_id:
        return []
    rows = requests_in(request.incident, rights).filter(here).exclude(pk=request.pk)
    return lines(rows.order_by("-number")[:12], rights, at)


def _pairs(request: Request) -> tuple[tuple[Request, str], ...]:
    return tuple(
        (pair.newer if pair.older.pk == request.pk else pair.older, why_in_words(pair)) for pair in alike(request)
    )


def why_in_words(pair: Pair) -> str:
    """Why two are proposed as one."""
    return _(", ").join(str(WHY[code]) for code in pair.why)
