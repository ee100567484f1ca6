"""What a carrier's phone keeps to walk without a network: the rounds, the doors, what to ask and to hand over."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q

from doorstep.command.models import Area, Incident, Task
from doorstep.command.rights import rights_of
from doorstep.register.models import Household, Person, masked
from doorstep.rounds.models import PhonePass, Round, RoundPlan, Stop, Visit
from doorstep.rounds.passes import whose
from doorstep.rounds.queries import STILL_WALKED
from doorstep.rounds.words import conflict_words, item_title
from doorstep.wiring.texts import LANGUAGES, in_both

PLACE = {
    "number": "door__number",
    "floor": "door__floor",
    "stair": "door__stair__name",
    "building": "door__stair__building__name",
    "compound": "door__stair__building__compound__name",
}
LIFT = "door__stair__building__has_lift"


@dataclass(frozen=True)
class Behind:
    """Who and what is behind some doors, by door."""

    people: dict[int, list[dict[str, str]]]
    notes: dict[int, list[dict[str, str]]]
    coded: frozenset[int]


def round_data(phone: PhonePass, at: datetime) -> dict[str, Any]:
    """Everything that the phone keeps, with a version that changes when any of it does. Nine queries."""
    incident = phone.incident
    walks = list(
        Round.objects.filter(
            whose(phone.carrier, phone.carrier_name),
            plan__incident=incident,
            plan__state=RoundPlan.State.READY,
            out=False,
            plan__ends_at__gte=at - STILL_WALKED,
        )
        .order_by("starts_at", "number")
        .values("pk", "number", "starts_at", "ends_at", "rests", "plan_id", "plan__ends_at")
    )
    stops = _stops([walk["pk"] for walk in walks])
    tasks = _again(phone, at)
    doors = {stop["door_id"] for stop in stops} | {task["door_id"] for task in tasks}
    behind = _behind(phone, doors)
    visits = _visits(phone, [stop["pk"] for stop in stops])
    by_round: dict[int, list[dict[str, Any]]] = defaultdict(list)
    at_door: dict[int, dict[str, Any]] = {}
    kinds: dict[str, dict[str, str] | None] = {}
    for stop in stops:
        kinds.update((item["kind"], item.get("title")) for item in stop["items"])
        line = _stop(incident, stop, behind, visits.get(stop["pk"]))
        by_round[stop["round_id"]].append(line)
        at_door[stop["door_id"]] = line
    body = {
        "incident": _incident(incident, [walk["plan_id"] for walk in walks], at),
        "carrier": phone.carrier_name,
        "expires_at": max([phone.expires_at, *(walk["plan__ends_at"] + STILL_WALKED for walk in walks)]),
        "kinds": {kind: _kind(incident, kind, title) for kind, title in sorted(kinds.items())},
        "questions": questions(incident),
        "photo": True,
        "rounds": [
            {
                "id": walk["pk"],
                **{name: walk[name] for name in ("number", "starts_at", "ends_at", "rests")},
                "stops": by_round[walk["pk"]],
            }
            for walk in walks
        ],
        "again": [_task(task, behind, at_door.get(task["door_id"])) for task in tasks],
    }
    text = json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    return {"version": hashlib.sha256(text.encode()).hexdigest()[:16], **clock_of(incident, at), **body}


def clock_of(incident: Incident, at: datetime) -> dict[str, Any]:
    """The incident's instant, and how fast it goes on from there."""
    rate = incident.clock_rate if incident.clock_kind == Incident.ClockKind.EXERCISE else 1.0
    return {"at": at, "clock": {"at": at, "rate": rate, "kind": incident.clock_kind}}


def questions(incident: Incident) -> list[dict[str, Any]]:
    """The welfare questions of the protocol; `many` may have several answers."""
    return [
        {
            "code": question.code,
            "title": question.title,
            "answers": question.answers,
            "serious": list(question.serious),
            "many": bool(getattr(question, "many", False)),
        }
        for question in incident.protocol.welfare
    ]


def _stops(walks: list[int]) -> list[dict[str, Any]]:
    columns = ("pk", "round_id", "door_id", "trip", "climb", "order", "arrives_at", "expected_at", "weight_kg")
    rows = Stop.objects.filter(round_id__in=walks).order_by("round_id", "order", "pk")
    return list(rows.values(*columns, "items", "conflicts", *PLACE.values(), LIFT))


def _stop(incident: Incident, row: dict[str, Any], behind: Behind, visit: dict[str, Any] | None) -> dict[str, Any]:
    door = row["door_id"]
    return {
        "id": row["pk"],
        "door": door,
        **_place(row),
        "lift": row[LIFT],
        **{name: row[name] for name in ("trip", "climb", "order", "arrives_at", "expected_at")},
        "kg": round(row["weight_kg"], 1),
        "items": row["items"],
        "people": behind.people.get(door, []),
        "notes": behind.notes.get(door, []),
        "conflicts": [in_both(partial(conflict_words, code)) for code in row["conflicts"]],
        "ask": bool(incident.protocol.welfare),
        "code": door in behind.coded,
        "visit": visit,
    }


def _place(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[column] for name, column in PLACE.items()}


def _again(phone: PhonePass, at: datetime) -> list[dict[str, Any]]:
    """The doors of this carrier at which nobody answered, the most pressing first."""
    columns = ("pk", "door_id", "due_at", "urgency", "title", "titles")
    tasks = again_of(phone).filter(opened_at__lte=at).order_by("-urgency", "due_at", "pk")
    return list(tasks.values(*columns, *PLACE.values()))


def again_of(phone: PhonePass) -> Any:
    """The open follow-ups of a pass: at doors of the carrier's rounds, of the carrier's own knocks, or given to them."""
    walked = Stop.objects.filter(
        whose(phone.carrier, phone.carrier_name, "round__"),
        round__plan__incident_id=phone.incident_id,
        round__out=False,
    )
    mine = Q(door__in=walked.values("door"))
    if phone.carrier_id:
        mine |= Q(owner_id=phone.carrier_id)
    waiting = Task.objects.filter(
        incident_id=phone.incident_id, kind="follow_up", state=Task.State.OPEN, door__isnull=False
    )
    return waiting.filter(mine)


def _task(row: dict[str, Any], behind: Behind, stop: dict[str, Any] | None) -> dict[str, Any]:
    door = row["door_id"]
    titles = row["titles"] or {short: row["title"] for short, _ in LANGUAGES}
    return {
        "task": row["pk"],
        "door": door,
        **_place(row),
        "due_at": row["due_at"],
        "urgency": row["urgency"],
        "title": titles,
        "stop": stop["id"] if stop else None,
        "items": stop["items"] if stop else [],
        "people": behind.people.get(door, []),
        "notes": behind.notes.get(door, []),
    }


def _behind(phone: PhonePass, doors: set[int]) -> Behind:
    """Who is at home and what a carrier must know of them. Names in full for those who may see them (S6)."""
    names = rights_of(phone.carrier, phone.incident).sees_names()
    classes = phone.incident.protocol.classes
    people: dict[int, list[dict[str, str]]] = defaultdict(list)
    notes: dict[int, list[dict[str, str]]] = defaultdict(list)
    at_home = Person.objects.filter(
        household__door_id__in=doors, household__active=True, active=True, present=Person.Present.HOME
    )
    for door, name, number, codes in at_home.order_by("pk").values_list(
        "household__door_id", "name", "phone", "classes"
    ):
        people[door].append({"name": name if names else masked(name), "phone": number})
        for code in codes:
            if code in classes and (title := dict(classes[code])) not in notes[door]:
                notes[door].append(title)
    coded = Household.objects.filter(door_id__in=doors, active=True).exclude(private_code="")
    return Behind(people, notes, frozenset(coded.values_list("door_id", flat=True)))


def _visits(phone: PhonePass, stops: list[int]) -> dict[int, dict[str, Any]]:
    """The last knock at each stop, and whether it was this carrier's."""
    found = {}
    rows = Visit.objects.filter(stop_id__in=stops, undone_at=None).order_by("occurred_at", "pk")
    for stop, client, outcome, occurred, member in rows.values_list(
        "stop_id", "client_id", "outcome", "occurred_at", "member_id"
    ):
        mine = member == phone.carrier_id
        found[stop] = {"client_id": client, "outcome": outcome, "occurred_at": occurred, "mine": mine}
    return found


def _incident(incident: Incident, plans: list[int], at: datetime) -> dict[str, Any]:
    areas = Area.objects.filter(plans__in=plans).exclude(emergency_phone="").order_by("pk")
    offset = at.astimezone(incident.tz).utcoffset()
    return {
        "name": incident.name,
        "exercise": incident.clock_kind == Incident.ClockKind.EXERCISE,
        "tz": incident.time_zone,
        "utc_offset_minutes": round(offset.total_seconds() / 60) if offset is not None else 0,
        "emergency_phone": areas.values_list("emergency_phone", flat=True).first() or "",
    }


def _kind(incident: Incident, kind: str, title: dict[str, str] | None) -> dict[str, Any]:
    rule = next((kit for kit in incident.protocol.supply.kits if kind == f"kit:{kit.code}"), None)
    return {
        "title": in_both(lambda: item_title(incident, kind, title)),
        "kit": kind.startswith("kit:"),
        "perishable": bool(rule and rule.perishable),
        "hot": bool(rule and rule.hot),
    }
