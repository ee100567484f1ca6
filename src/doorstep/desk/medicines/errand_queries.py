"""What the pages of sources and errands ask: who has what, what is to be fetched, what a courier sees at each stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from doorstep.command.models import Incident, Member, RoleGrant
from doorstep.command.rights import roles
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.medicines import rules, sources
from doorstep.desk.medicines.errand_planning import travel_s
from doorstep.desk.medicines.models import Errand, MedicineLine, Refill, Source, SourceStock
from doorstep.desk.medicines.queries import Shown, lines_in, newest_words, shown
from doorstep.desk.medicines.refills import minutes_out
from doorstep.desk.staff import AT_HAND
from doorstep.register.sight import shown_name


@dataclass(frozen=True)
class SourceLine:
    """A source in the list."""

    source: Source
    old: bool
    hours: str
    minutes: int
    has: tuple[str, ...]
    failed: int


def source_lines(incident: Incident, at: datetime) -> list[SourceLine]:
    """All sources with what they have by the newest word. Two queries."""
    rows = list(Source.objects.filter(incident=incident, active=True).select_related("instead", "doors_by"))
    has: dict[int, list[str]] = {}
    failed: dict[int, int] = {}
    seen: set[tuple[int, str]] = set()
    for one in SourceStock.objects.filter(source__in=rows).order_by("-at", "-pk"):
        if (one.source_id, one.drug) in seen:
            continue
        seen.add((one.source_id, one.drug))
        if one.said in ("has", "collected"):
            has.setdefault(one.source_id, []).append(rules.generic_title(one.drug))
        elif one.said == "failed":
            failed[one.source_id] = failed.get(one.source_id, 0) + 1
    for source in rows:
        source.incident = incident
    return [
        SourceLine(
            one,
            sources.is_old(one, at),
            f"{one.opens_at:%H:%M}-{one.closes_at:%H:%M}",
            round(travel_s(None, one) / 60),
            tuple(has.get(one.pk, ())),
            failed.get(one.pk, 0),
        )
        for one in rows
    ]


def wanted_drugs(incident: Incident) -> list[tuple[str, str]]:
    """Medicines that somebody uses here, by key and title: what one asks a source for. One query."""
    rows = MedicineLine.objects.filter(incident=incident).exclude(state=MedicineLine.State.ENDED)
    keys: dict[str, str] = {}
    for drug, name in rows.values_list("drug", "name"):
        key = drug or name.strip().lower()[:120]
        keys.setdefault(key, rules.generic_title(drug) if drug else name)
    return sorted(keys.items(), key=lambda pair: pair[1])


@dataclass(frozen=True)
class Wanted:
    """A supply that is to be had, for the planning page: who has it, and whether anybody has confirmed it."""

    refill: Refill
    shown: Shown
    sources: tuple[str, ...]


def to_plan(incident: Incident, rights: Any, at: datetime) -> list[Wanted]:
    """What is to be had and on no errand, the soonest end first. Four queries."""
    lines = lines_in(incident, rights, "work_requests").filter(refills__state=Refill.State.WANTED).distinct()
    rows = shown(lines, rights, at)
    news = newest_words(incident, [rules.key_of(one.line) for one in rows])
    found = []
    for one in rows:
        refill = one.refill
        if refill is None or refill.state != Refill.State.WANTED:
            continue
        refill.line = one.line
        said = news.get(rules.key_of(one.line), [])
        found.append(Wanted(refill, one, tuple(str(s.source) for s in said if s.said in ("has", "collected"))))
    far = at + timedelta(days=3650)
    return sorted(found, key=lambda one: (not one.shown.line.is_essential, one.shown.line.runs_out_at or far))


@dataclass(frozen=True)
class AtStop:
    """One supply at a stop, as the courier sees it."""

    refill: Refill
    line: MedicineLine
    who: str
    door: str
    phone: str
    what: str
    authorities: tuple[str, ...]
    minutes: float
    warm: str  # "", "ok", "soon", "over"


@dataclass(frozen=True)
class StopLine:
    """One stop of an errand."""

    stop: Any
    hours: str
    old: bool
    lines: tuple[AtStop, ...]


def couriers(incident: Incident) -> list[Member]:
    """Who may go: members at hand with a duty that walks or works on requests."""
    may = [code for code, role in roles().items() if {"walk_rounds", "work_requests"} & set(role.acts)]
    grants = RoleGrant.objects.filter(Q(incident=incident) | Q(incident=None), role__in=may)
    return list(Member.objects.filter(AT_HAND, pk__in=grants.values("member")).order_by("name", "pk"))


def stops_of(errand: Errand, at: datetime) -> list[StopLine]:
    """The stops of an errand with what is had there; names and phones are for this errand only. Four queries."""
    most = rules.cold_minutes(errand.incident)
    supplies = Refill.objects.select_related(
        "line__incident", "line__person__household__door__stair__building__compound"
    )
    rows = errand.stops.select_related("source__instead").prefetch_related(
        Prefetch(
            "refills", supplies.prefetch_related("line__person__authorities__thing").order_by("line__person", "pk")
        )
    )
    found = []
    for stop in rows:
        stop.source.incident = errand.incident
        lines = tuple(_at_stop(refill, at, most) for refill in stop.refills.all())
        hours = f"{stop.source.opens_at:%H:%M}-{stop.source.closes_at:%H:%M}"
        found.append(StopLine(stop, hours, sources.is_old(stop.source, at), lines))
    return found


def errands_in(incident: Incident) -> QuerySet[Errand]:
    """The errands of an incident with the number of their stops and lines, the newest first."""
    rows = Errand.objects.filter(incident=incident).select_related("courier", "incident").order_by("-number")
    return rows.annotate(places=Count("stops", distinct=True), lines=Count("stops__refills", distinct=True))


def _at_stop(refill: Refill, at: datetime, most: float | None) -> AtStop:
    line, person = refill.line, refill.line.person
    minutes = minutes_out(refill, at)
    warm = ""
    if line.cold and refill.state == Refill.State.COLLECTED and most:
        warm = "over" if minutes > most else "soon" if minutes > most * 0.75 else "ok"
    shown_strength = "" if line.strength and line.strength in line.name else line.strength
    what = " ".join(filter(None, (line.brand or line.name, shown_strength, f"×{refill.packs}")))
    have = tuple(
        " ".join(filter(None, (str(one.get_kind_display()), str(one.thing.number) if one.thing else "")))
        for one in person.authorities.all()
        if one.ended_at is None and one.incident_id == line.incident_id
    )
    return AtStop(
        refill,
        line,
        shown_name(person.name, True),
        place_in_words(person.household.door),
        person.phone or person.household.phone,
        what,
        have,
        minutes,
        warm,
    )
