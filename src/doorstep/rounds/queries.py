"""What the rounds' pages, papers and files read."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from doorstep import protocol
from doorstep.command.models import Area, Incident, Member, Task
from doorstep.command.rights import Rights, roles
from doorstep.protocol.schema import Question
from doorstep.register.models import Door, Person, masked
from doorstep.rounds.demand import defaults
from doorstep.rounds.models import Round, RoundPlan, Stop, Visit
from doorstep.rounds.told import Told, rests_of, suit_minutes, told_of
from doorstep.rounds.visits import door_label
from doorstep.rounds.words import conflict_words, item_title, why_unserved
from doorstep.wiring.texts import in_language

STILL_WALKED = timedelta(hours=12)  # a round stays on the carrier's phone so long after the plan's window


@dataclass(frozen=True)
class ItemView:
    """One thing of a visit."""

    kind: str
    title: str
    kg: float
    persons: int

    @property
    def ticked(self) -> bool:
        """Whether the knock page takes it for done unless the carrier says otherwise: what is only handed over is."""
        return protocol.base_kind(self.kind) in ("letter", "waste") or self.kind.startswith("kit:")


@dataclass(frozen=True)
class StopView:
    """One door of a round, with what stands behind it."""

    stop: Stop
    label: str
    items: tuple[ItemView, ...]
    visit: Visit | None
    notes: tuple[str, ...]

    @property
    def conflicts(self) -> list[str]:
        """The rules of visits that the plan could not hold to here, in words."""
        return [conflict_words(code) for code in self.stop.conflicts]

    @property
    def look(self) -> str:
        if self.visit is None:
            return "open"
        return "kept" if self.visit.outcome in (Visit.Outcome.OPENED, Visit.Outcome.THROUGH_DOOR) else "broken"


@dataclass(frozen=True)
class RoundView:
    """A carrier's round."""

    round: Round
    stops: tuple[StopView, ...]

    @property
    def suit_minutes(self) -> int:
        return suit_minutes(self.round)

    @property
    def rests(self) -> list[tuple[datetime, datetime]]:
        return rests_of(self.round)

    @property
    def done(self) -> int:
        return sum(stop.visit is not None for stop in self.stops)

    @property
    def trips(self) -> int:
        return len({stop.stop.trip for stop in self.stops})

    @property
    def next(self) -> StopView | None:
        return next((stop for stop in self.stops if stop.visit is None), None)


@dataclass(frozen=True)
class Lost:
    """A door that no round reaches."""

    door: Door
    label: str
    why: str


@dataclass(frozen=True)
class PlanPage:
    """A plan with its rounds, its figures in hours and what it could not serve."""

    plan: RoundPlan
    rounds: tuple[RoundView, ...]
    lost: tuple[Lost, ...]
    late: tuple[tuple[str, float], ...]
    placed: bool
    more_minutes: int
    more_carriers: int
    told: Told

    @property
    def kits(self) -> list[tuple[str, str]]:
        """The kinds of goods that this plan still brings."""
        found = {
            item.kind: item.title
            for walk in self.rounds
            for stop in walk.stops
            for item in stop.items
            if stop.visit is None and item.kind.startswith("kit:")
        }
        return sorted(found.items())

    @property
    def doors(self) -> int:
        return sum(len(walk.stops) for walk in self.rounds)

    @property
    def hours(self) -> float:
        return (self.plan.cost_s or 0) / 3600

    @property
    def hand_hours(self) -> float:
        return (self.plan.by_hand_cost_s or 0) / 3600

    @property
    def bound_hours(self) -> float:
        return (self.plan.lower_bound_s or 0) / 3600

    @property
    def saved(self) -> float:
        """Per cent less work than by hand."""
        hand = self.plan.by_hand_cost_s or 0
        return 100 * (hand - (self.plan.cost_s or 0)) / hand if hand else 0.0

    @property
    def default_walk_m(self) -> float:
        return float(defaults()["stair_apart_m"])

    @property
    def above_bound(self) -> float:
        """Per cent, at most, above the best plan there can be."""
        return 100 * (self.plan.gap or 0)


def plan_page(plan: RoundPlan) -> PlanPage:
    """A plan as its page shows it. Eight queries, whatever its size."""
    rounds = rounds_of(plan.incident, plan.rounds.filter(out=False))
    named = {line["door"] for line in [*plan.unserved, *plan.notes] if "door" in line}
    doors = {d.pk: d for d in Door.objects.filter(pk__in=named).select_related("stair__building")}
    lost = [
        Lost(doors[line["door"]], door_label(doors[line["door"]]), why_unserved(line))
        for line in plan.unserved
        if line["door"] in doors
    ]
    late = [
        (door_label(doors[line["door"]]), (line["arrive_s"] - line["due_s"]) / 60)
        for line in plan.notes
        if line.get("kind") == "late" and line["door"] in doors
    ]
    window = max(60.0, (plan.ends_at - plan.starts_at).total_seconds())
    walked = sum((v.round.ends_at - v.round.starts_at).total_seconds() for v in rounds)
    missing = max(0.0, (plan.cost_s or 0) - walked) if lost else 0.0
    return PlanPage(
        plan,
        tuple(rounds),
        tuple(lost),
        tuple(sorted(late, key=lambda pair: -pair[1])),
        placed=not any(line.get("kind") == "not_placed" for line in plan.notes),
        more_minutes=round(missing / 60),
        more_carriers=max(1, math.ceil(missing / window)) if lost else 0,
        told=told_of(plan, (stop.stop for view in rounds for stop in view.stops), doors),
    )


def rounds_of(incident: Incident, rounds: QuerySet[Round]) -> list[RoundView]:
    """Rounds with their stops, visits and what a carrier must know. Five queries."""
    stops = Stop.objects.select_related("door__stair__building__compound").order_by("order")
    found = list(rounds.prefetch_related(Prefetch("stops", queryset=stops)).order_by("number"))
    doors = [stop.door_id for walk in found for stop in walk.stops.all()]
    visits = _visits(found)
    notes = _notes(incident, doors)
    titles: dict[str, str] = {}
    views = []
    for walk in found:
        lines = []
        for stop in walk.stops.all():
            label = door_label(stop.door)
            items = tuple(_item(incident, item, titles) for item in stop.items)
            lines.append(StopView(stop, label, items, visits.get(stop.pk), tuple(notes.get(stop.door_id, ()))))
        views.append(RoundView(walk, tuple(lines)))
    return views


def _item(incident: Incident, item: dict[str, Any], titles: dict[str, str]) -> ItemView:
    kind = item["kind"]
    if kind not in titles:
        titles[kind] = item_title(incident, kind, item.get("title"))
    return ItemView(kind, titles[kind], item["kg"], item["persons"])


def _visits(rounds: list[Round]) -> dict[int, Visit]:
    return visits_at(Stop.objects.filter(round__in=rounds).values("pk"))


def visits_at(stops: Any) -> dict[int, Visit]:
    """Stop → the newest knock there that stands, for some stops (keys, or a query of them)."""
    known = Visit.objects.filter(stop__in=stops, undone_at=None).order_by("occurred_at", "pk")
    return {visit.stop_id or 0: visit for visit in known}


def _notes(incident: Incident, doors: Iterable[int]) -> dict[int, list[str]]:
    """What this task needs to know of those behind a door, and no more: vulnerability and who cannot hear or walk."""
    titles = incident.protocol.classes
    found: dict[int, list[str]] = defaultdict(list)
    people = Person.objects.filter(household__door_id__in=list(doors), active=True, present="home").exclude(classes=[])
    for door, classes in people.values_list("household__door_id", "classes"):
        for code in classes:
            if code in titles and (title := in_language(titles[code])) not in found[door]:
                found[door].append(title)
    return found


@dataclass(frozen=True)
class WorkPage:
    """A carrier's phone: the round, the next door, who lives there, knocks to repeat."""

    rounds: tuple[RoundView, ...]
    current: RoundView | None
    coming: tuple[StopView, ...]
    again_now: tuple[Task, ...]
    again_later: tuple[Task, ...]


def work_of(incident: Incident, member: Member | None, at: datetime, walk: Round | None = None) -> WorkPage:
    """The work of a member now, or one round that a coordinator opens for somebody."""
    rounds = Round.objects.filter(
        plan__incident=incident, plan__state=RoundPlan.State.READY, out=False, plan__ends_at__gte=at - STILL_WALKED
    )
    mine = rounds.filter(pk=walk.pk) if walk else rounds.filter(carrier=member) if member else rounds.none()
    views = rounds_of(incident, mine)
    current = next((view for view in views if view.next), views[0] if views else None)
    waiting = [stop for stop in current.stops if stop.visit is None] if current else []
    again = Task.objects.filter(incident=incident, kind="follow_up", state=Task.State.OPEN, opened_at__lte=at)
    wanted = Q(owner=member) | Q(door__visits__member=member)
    tasks = again.filter(wanted).distinct().select_related("door").order_by("-urgency", "due_at") if member else []
    soon = at + timedelta(minutes=defaults()["knock_again_soon_minutes"])
    now = tuple(task for task in tasks if task.urgency == 3 or current is None or (task.due_at and task.due_at <= soon))
    later = tuple(task for task in tasks if task not in now)
    return WorkPage(tuple(views), current, tuple(waiting[1:4]), now, later)


@dataclass(frozen=True)
class KnockPage:
    """One door, ready to be knocked at."""

    door: Door
    label: str
    stop: Stop | None
    items: tuple[ItemView, ...]
    people: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    questions: tuple[Question, ...]
    kit_kg: float


def knock_page(incident: Incident, door: Door, stop: Stop | None, rights: Rights) -> KnockPage:
    """What a carrier needs at one door: what to hand over, whom to expect, what to ask."""
    titles: dict[str, str] = {}
    items = tuple(_item(incident, item, titles) for item in stop.items) if stop else ()
    people = Person.objects.filter(household__door=door, active=True, present="home").order_by("pk")
    shown = tuple((p.name if rights.sees_names() else masked(p.name), p.phone) for p in people)
    return KnockPage(
        door,
        door_label(door),
        stop,
        items,
        shown,
        tuple(_notes(incident, [door.pk]).get(door.pk, ())),
        tuple(incident.protocol.welfare),
        round(sum(item.kg for item in items), 1),
    )


def possible_carriers(incident: Incident) -> list[Member]:
    """Members whose duty is to walk rounds in this incident, those who are available first."""
    duties = [code for code, role in roles().items() if "walk_rounds" in role.acts]
    members = Member.objects.filter(grants__role__in=duties).filter(
        Q(grants__incident=incident) | Q(grants__incident=None)
    )
    return list(members.distinct().select_related("organisation").order_by("-available", "pk"))


def usual_carriers(incident: Incident) -> set[int]:
    """Those whose only field duty is carrying: ticked beforehand."""
    return set(
        Member.objects.filter(grants__incident=incident, grants__role="carrier", available=True).values_list(
            "pk", flat=True
        )
    )


def plans_in(incident: Incident, rights: Rights) -> QuerySet[RoundPlan]:
    """The plans of the areas in which the member plans rounds, newest first."""
    scope = rights.areas("plan_rounds")
    plans = RoundPlan.objects.filter(incident=incident).prefetch_related("areas", "rounds")
    return plans if scope is None else plans.filter(areas__in=scope).distinct()


def areas_to_plan(incident: Incident, rights: Rights) -> list[Area]:
    """Areas in force in which the member may plan."""
    areas = incident.areas.filter(state=Area.State.IN_FORCE)
    scope = rights.areas("plan_rounds")
    return list(areas if scope is None else areas.filter(pk__in=scope))


def areas_to_join(plan: RoundPlan, rights: Rights) -> list[Area]:
    """Areas in force that a plan does not have yet and no other plan that is ready has."""
    if plan.state != RoundPlan.State.READY:
        return []
    planned = RoundPlan.objects.filter(incident=plan.incident, state=RoundPlan.State.READY, ends_at__gt=plan.starts_at)
    held = set(planned.values_list("areas", flat=True))
    return [area for area in areas_to_plan(plan.incident, rights) if area.pk not in held]


def plan_rows(page: PlanPage) -> list[list[Any]]:
    """A plan as a table: one row a stop."""
    tz = page.plan.incident.tz
    return [
        [
            view.round.number,
            view.round.carrier_name,
            stop.stop.trip,
            stop.stop.climb,
            stop.stop.order,
            stop.stop.door.stair.building.compound.name,
            stop.stop.door.stair.building.name,
            stop.stop.door.stair.name,
            stop.stop.door.floor,
            stop.stop.door.number,
            stop.stop.arrives_at.astimezone(tz).replace(tzinfo=None),
            round(stop.stop.weight_kg, 1),
            "；".join(item.title for item in stop.items),
            "；".join(stop.notes),
            stop.stop.due_at.astimezone(tz).replace(tzinfo=None) if stop.stop.due_at else None,
            "；".join(stop.conflicts),
            stop.stop.moved_from,
            stop.visit.get_outcome_display() if stop.visit else "",
        ]
        for view in page.rounds
        for stop in view.stops
    ]


PLAN_HEADINGS = (
    "round",
    "carrier",
    "trip",
    "climb",
    "order",
    "compound",
    "building",
    "stair",
    "floor",
    "door",
    "arrives",
    "kg",
    "items",
    "notes",
    "due",
    "conflicts",
    "moved_from",
    "outcome",
)


PLANS_HEADINGS = (
    *("plan", "starts", "ends", "areas", "rounds", "state", "cost_s", "by_hand_s", "lower_bound_s", "gap"),
    *("unserved", "requested"),
)


def plans_rows(plans: QuerySet[RoundPlan]) -> list[list[Any]]:
    """The plans as a table. Three queries."""
    rows = []
    for plan in plans.select_related("incident"):
        starts, ends, asked = (
            instant.astimezone(plan.incident.tz).replace(tzinfo=None)
            for instant in (plan.starts_at, plan.ends_at, plan.requested_at)
        )
        areas = "；".join(area.name for area in plan.areas.all())
        figures = [plan.cost_s, plan.by_hand_cost_s, plan.lower_bound_s, plan.gap, len(plan.unserved)]
        rows.append([plan.pk, starts, ends, areas, len(plan.rounds.all()), plan.get_state_display(), *figures, asked])
    return rows


def plan_as_data(page: PlanPage) -> dict[str, Any]:
    """A plan as one JSON object, with the keys that every planner prints."""
    plan, tz = page.plan, page.plan.incident.tz
    return {
        "plan": plan.pk,
        "starts_at": plan.starts_at.astimezone(tz),
        "ends_at": plan.ends_at.astimezone(tz),
        "cost": plan.cost_s,
        "by_hand": plan.by_hand_cost_s,
        "lower_bound": plan.lower_bound_s,
        "gap": plan.gap,
        "feasible": not page.lost and not page.late,
        "seconds": plan.seconds,
        "seed": plan.seed,
        "unserved": [{"door": lost.label, "reason": lost.why} for lost in page.lost],
        "late": [{"door": label, "minutes": round(minutes)} for label, minutes in page.late],
        **page.told.as_data,
        "rounds": [
            {
                "number": view.round.number,
                "carrier": view.round.carrier_name,
                "starts_at": view.round.starts_at.astimezone(tz),
                "ends_at": view.round.ends_at.astimezone(tz),
                "kg": round(view.round.load_kg, 1),
                "kg_storeys": round(view.round.climb_kg_storeys, 1),
                "suit_minutes": view.suit_minutes,
                "rests": [
                    {"starts_at": start.astimezone(tz), "ends_at": end.astimezone(tz)} for start, end in view.rests
                ],
                "stops": [
                    {
                        "order": stop.stop.order,
                        "trip": stop.stop.trip,
                        "climb": stop.stop.climb,
                        "door": stop.label,
                        "floor": stop.stop.door.floor,
                        "arrives_at": stop.stop.arrives_at.astimezone(tz),
                        "kg": round(stop.stop.weight_kg, 1),
                        "due_at": stop.stop.due_at and stop.stop.due_at.astimezone(tz),
                        "conflicts": stop.stop.conflicts,
                        "moved_from": stop.stop.moved_from,
                        "items": [item.kind for item in stop.items],
                    }
                    for stop in view.stops
                ],
            }
            for view in page.rounds
        ],
    }
