"""Ask for a plan of rounds, and make it: the job of the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command.models import Area, AreaDoor, Incident, Member
from doorstep.errors import UserError
from doorstep.planning.rounds import RoundsPlan, plan_sites
from doorstep.promises.models import Promise
from doorstep.rounds.again import base_of, plan_again
from doorstep.rounds.demand import CarrierLine, Demand, defaults, demand_of
from doorstep.rounds.models import Round, RoundPlan, Stop
from doorstep.rounds.running import open_stops, replaced_by, taken_by_others
from doorstep.rounds.storing import store
from doorstep.supplies.kit_ways import ready_at_doors


@transaction.atomic
def request_plan(
    incident: Incident,
    areas: Sequence[Area],
    starts_at: datetime,
    ends_at: datetime,
    *,
    carriers: Iterable[CarrierLine],
    at: datetime,
    by: Member | None = None,
    seed: int = 1,
    keep: Sequence[Round] = (),
    resting: Iterable[CarrierLine] = (),
    ready: Mapping[str, datetime] | None = None,
    again: Mapping[str, Any] | None = None,
) -> RoundPlan:
    """Ask for a plan; `run_plan` makes it. Refused without areas in force, carriers or time.

    `keep` are rounds of an earlier plan that stay as they are: their doors are not planned again, and those who walk
    them (`resting`) get nothing new. Where everybody left is one of them, the other doors are named as served by nobody.
    `ready`: when the goods of a kind are packed. `again`: what a plan anew starts from (see again.py).
    """
    lines = list(carriers)
    if not areas or any(area.state != Area.State.IN_FORCE for area in areas):
        raise UserError(_("Choose areas that are in force."), field="areas", mend=_("Seal the area first."))
    if ends_at <= starts_at:
        raise UserError(_("The window ends before it starts."), field="hours", mend=_("Give at least one hour."))
    waiting = [as_line(line) for line in resting]
    if not lines and not waiting:
        raise UserError(_("Nobody is chosen to carry."), field="carriers", mend=_("Choose at least one carrier."))
    plan = RoundPlan.objects.create(
        incident=incident,
        starts_at=starts_at,
        ends_at=ends_at,
        requested_at=at,
        requested_by=by,
        seed=seed,
        carriers=[as_line(line) for line in lines],
        options={
            "keep": [walk.pk for walk in keep],
            "resting": waiting,
            "ready": {kind: instant.isoformat() for kind, instant in (ready or {}).items()},
            **({"again": dict(again)} if again else {}),
        },
    )
    plan.areas.set(areas)
    return plan


def run_plan(plan_id: int) -> None:
    """Make a requested plan: the job of the queue. A fault is kept with the plan and raised again for the log."""
    plan = RoundPlan.objects.select_related("incident").get(pk=plan_id)
    if plan.state not in (RoundPlan.State.QUEUED, RoundPlan.State.RUNNING):
        return
    RoundPlan.objects.filter(pk=plan_id).update(state=RoundPlan.State.RUNNING)
    try:
        _make(plan)
    except Exception as error:
        RoundPlan.objects.filter(pk=plan_id).update(state=RoundPlan.State.FAILED, error=str(error)[:500])
        raise


def _make(plan: RoundPlan) -> None:
    carriers = carriers_of(plan)
    areas = list(plan.areas.all())
    replaced = _replaced(plan, areas)
    taken = taken_by_others(plan.incident, plan.starts_at, plan.ends_at, at=plan.requested_at, but=replaced)
    kept: dict[int, frozenset[int] | None] = dict.fromkeys(open_doors(plan.options.get("keep", [])))
    again = plan.options.get("again")
    lines = [*carriers, *(line_of(line) for line in again["gone_lines"])] if again else carriers
    base = base_of(plan)
    demand = demand_of(
        plan.incident,
        areas,
        plan.starts_at,
        plan.ends_at,
        lines,
        without={**taken.doors, **kept},
        ready=ready_of(plan),
        short=again["short"] if again else None,
        base=base,
        at_doors=ready_at_doors(plan.incident, plan.requested_at),
    )
    found = plan_again(plan, demand, lines) if again else _planned(plan, demand)
    own = set(AreaDoor.objects.filter(area__in=areas).values_list("door_id", flat=True))
    notes = [note for note in taken.notes if note["door"] in own]
    with transaction.atomic():
        _let_go(replaced, but=plan.options.get("keep", []))
        store(plan, demand, found, lines, notes=notes, base=base)
        RoundPlan.objects.filter(pk__in=_replaced(plan, areas)).update(state=RoundPlan.State.REPLACED)


def _let_go(plans: Sequence[int], *, but: Sequence[int]) -> None:
    """Nobody comes any more for what the open stops of these plans list, until the new plan says who does."""
    stops = open_stops(Stop.objects.filter(round__plan__in=plans).exclude(round__in=but))
    promised = Stop.promises.through.objects.filter(stop__in=stops).values_list("promise_id", flat=True)
    Promise.objects.filter(pk__in=promised, state=Promise.State.OPEN).update(planned_at=None)


def _replaced(plan: RoundPlan, areas: Sequence[Area]) -> list[int]:
    found = replaced_by(plan.incident, areas, plan.starts_at, plan.ends_at, but=[plan.pk])
    before = plan.options.get("again", {}).get("of")
    return sorted({*found, before} - {None})


def _planned(plan: RoundPlan, demand: Demand) -> RoundsPlan:
    rules = defaults()
    doors = len(demand.due)
    seconds = min(
        rules["search_seconds"] + rules["search_seconds_per_100_doors"] * doors / 100, rules["search_seconds_most"]
    )

    def report(done: float, text: str) -> None:
        RoundPlan.objects.filter(pk=plan.pk).update(progress=done, progress_text=text)

    return plan_sites(
        demand.sites,
        demand.carriers,
        transfer_s=rules["site_change_s"],
        iterations=max(500, rules["iterations_per_door"] * doors),
        seconds=seconds,
        seed=plan.seed,
        workers=1 if doors < 400 else None,
        progress=report,
    )


def open_doors(rounds: Sequence[int]) -> set[int]:
    """The doors of some rounds that nobody has visited yet."""
    return set(open_stops(Stop.objects.filter(round_id__in=rounds)).values_list("door_id", flat=True))


def as_line(line: CarrierLine) -> dict[str, Any]:
    """A carrier as a plan keeps it."""
    return {**asdict(line), "starts_at": line.starts_at.isoformat(), "ends_at": line.ends_at.isoformat()}


def carriers_of(plan: RoundPlan) -> list[CarrierLine]:
    """The carriers among whom a plan shares the doors."""
    return [line_of(line) for line in plan.carriers]


def everybody_of(plan: RoundPlan) -> list[CarrierLine]:
    """Its carriers, and those who walk a locked round meanwhile."""
    return [*carriers_of(plan), *(line_of(line) for line in plan.options.get("resting", []))]


def line_of(line: dict[str, Any]) -> CarrierLine:
    """A carrier of a plan."""
    starts, ends = (datetime.fromisoformat(line[name]) for name in ("starts_at", "ends_at"))
    skills, budget = tuple(line.get("skills", ())), line.get("budget_kg_storeys")
    return CarrierLine(line["member"], line["name"], starts, ends, skills, budget)


def ready_of(plan: RoundPlan) -> dict[str, datetime]:
    """When the goods of a plan are packed, by kind."""
    return {kind: datetime.fromisoformat(text) for kind, text in plan.options.get("ready", {}).items()}
