"""Change a plan by hand: take a carrier out, lock a round, move a stop, plan the rest anew, take the plan back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Area, Member
from doorstep.errors import UserError
from doorstep.promises.models import Promise
from doorstep.rounds.actions import as_line, everybody_of, line_of, ready_of, request_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.live import correct
from doorstep.rounds.models import Round, RoundPlan, Stop


@transaction.atomic
def take_out_carrier(walk: Round, *, at: datetime, by: Member | None = None) -> RoundPlan:
    """A carrier falls out: what is not visited yet is planned anew, from now, for those who are left."""
    left = [line for line in everybody_of(walk.plan) if line.name != walk.carrier_name]
    incident = walk.plan.incident
    journal.record("take_out_carrier", incident=incident, subject=walk, by=by, occurred_at=at, label=walk.carrier_name)
    Round.objects.filter(pk=walk.pk).update(out=True, locked=False)
    gone = [line for line in everybody_of(walk.plan) if line.name == walk.carrier_name]
    return _anew(walk.plan, left, at=at, by=by, gone=gone)


@transaction.atomic
def bring_back(plan: RoundPlan, name: str, *, at: datetime, by: Member | None = None) -> RoundPlan:
    """Undo of taking a carrier out: the doors go back to whom they were with before, as far as nobody has knocked."""
    again = plan.options.get("again") or {}
    lines = [line_of(line) for line in again.get("gone_lines", []) if line["name"] == name]
    if plan.state != RoundPlan.State.READY or not lines:
        raise UserError(_("Nobody of that name is out of this plan."), field="name", mend=_("Look at the newest plan."))
    journal.record("bring_back_carrier", incident=plan.incident, subject=plan, by=by, occurred_at=at, label=name)
    return _anew(plan, [*everybody_of(plan), *lines], at=at, by=by, standing=again["of"])


@transaction.atomic
def short_of(plan: RoundPlan, kind: str, count: int, *, at: datetime, by: Member | None = None) -> RoundPlan:
    """Of one kind there are only so many left: who comes first keeps it, the other doors are named and still owed it."""
    listed = Stop.objects.filter(round__plan=plan).values_list("items", flat=True)
    if kind not in {item["kind"] for items in listed for item in items}:
        raise UserError(_("This plan brings none of these."), field="kind", mend=_("Choose what the plan brings."))
    if count < 0:
        raise UserError(_("A number below 0 cannot be."), field="count", mend=_("Say how many are left."))
    journal.record("short_kit", incident=plan.incident, subject=plan, by=by, occurred_at=at, label=kind, count=count)
    short = {**(plan.options.get("again") or {}).get("short", {}), kind: count}
    return _anew(plan, everybody_of(plan), at=at, by=by, short=short)


@transaction.atomic
def join_areas(plan: RoundPlan, areas: Sequence[Area], *, at: datetime, by: Member | None = None) -> RoundPlan:
    """Areas sealed meanwhile join a plan that is walked: their doors are put among the others with few moves."""
    if not areas or any(area.state != Area.State.IN_FORCE for area in areas):
        raise UserError(_("Choose areas that are in force."), field="areas", mend=_("Seal the area first."))
    label = ", ".join(area.name for area in areas)
    journal.record("join_areas", incident=plan.incident, subject=plan, by=by, occurred_at=at, label=label)
    return _anew(plan, everybody_of(plan), at=at, by=by, joining=areas)


@transaction.atomic
def replan(plan: RoundPlan, *, at: datetime, by: Member | None = None) -> RoundPlan:
    """Plan anew what is still open, with the same carriers and few moves; locked rounds stay as they are."""
    return _anew(plan, everybody_of(plan), at=at, by=by)


@transaction.atomic
def lock_round(walk: Round, locked: bool, *, at: datetime, by: Member | None = None) -> Round:
    """Keep a round as it is when the rest is planned anew, or let it go again."""
    if walk.locked != locked:
        walk.locked = locked
        walk.save(update_fields=["locked"])
        act = "lock_round" if locked else "unlock_round"
        journal.record(act, incident=walk.plan.incident, subject=walk, by=by, occurred_at=at, label=walk.carrier_name)
    return walk


@transaction.atomic
def move_stop(stop: Stop, *, to: Round, at: datetime, by: Member | None = None) -> Stop:
    """Give one door to another carrier of the same plan: it becomes the last stop of that round."""
    if to.plan_id != stop.round.plan_id:
        raise UserError(_("That round is of another plan."), field="round", mend=_("Choose a round of this plan."))
    if stop.visits.filter(undone_at=None).exists():
        raise UserError(_("This door has been visited."), field="stop", mend=_("Move one that is still open."))
    if stop.round_id == to.pk:
        return stop
    before, giver = stop.round.carrier_name, stop.round_id
    last = to.stops.order_by("-order").first()
    stop.round, stop.order = to, (last.order if last else 0) + 1
    stop.trip, stop.climb = (last.trip + 1 if last else 1), 1
    stop.arrives_at = (last.arrives_at if last else max(at, to.starts_at)) + timedelta(minutes=10)
    stop.expected_at, stop.locked = None, True
    stop.save()
    Promise.objects.filter(stops=stop).update(planned_at=stop.arrives_at)
    Round.objects.filter(pk=to.pk).update(load_kg=F("load_kg") + stop.weight_kg)
    correct([giver, to.pk], at=at)
    label = f"{before} → {to.carrier_name}"
    journal.record("move_stop", incident=to.plan.incident, subject=stop, by=by, occurred_at=at, label=label)
    return stop


@transaction.atomic
def withdraw_plan(plan: RoundPlan, *, at: datetime, by: Member | None = None) -> RoundPlan:
    """Take a plan back before anybody has knocked: nothing is planned any more for what it held."""
    if plan.rounds.filter(stops__visits__undone_at=None, stops__visits__isnull=False).exists():
        raise UserError(
            _("Doors of this plan have been visited."),
            field="plan",
            mend=_("Plan the rest anew instead of taking it back."),
        )
    if plan.state != RoundPlan.State.REPLACED:
        Promise.objects.filter(stops__round__plan=plan, state=Promise.State.OPEN).update(planned_at=None)
        RoundPlan.objects.filter(pk=plan.pk).update(state=RoundPlan.State.REPLACED)
        journal.record("withdraw_plan", incident=plan.incident, subject=plan, by=by, occurred_at=at)
    plan.refresh_from_db()
    return plan


def _anew(
    plan: RoundPlan,
    carriers: list[CarrierLine],
    *,
    at: datetime,
    by: Member | None,
    gone: Sequence[CarrierLine] = (),
    standing: int | None = None,
    short: Mapping[str, int] | None = None,
    joining: Sequence[Area] = (),
) -> RoundPlan:
    """Plan what nobody has visited, without the locked rounds and their carriers, who stay known to later plans.

    A plan that was made goes on with few moves; one that failed is planned from the beginning.
    """
    before = plan.options.get("again") or {}
    locked = list(plan.rounds.filter(locked=True, out=False))
    busy = {walk.carrier_name for walk in locked}
    starts = max(at, plan.starts_at)
    lines = [line for line in carriers if line.ends_at > starts]
    areas = [*plan.areas.filter(state=Area.State.IN_FORCE), *joining]
    again = {
        "of": plan.pk,
        "standing": standing or plan.pk,
        "gone_lines": _once([*(as_line(line) for line in gone), *before.get("gone_lines", [])], but=lines),
        "short": dict(before.get("short", {}) if short is None else short),
    }
    made = request_plan(
        plan.incident,
        areas,
        starts,
        plan.ends_at,
        carriers=[line for line in lines if line.name not in busy],
        resting=[line for line in lines if line.name in busy],
        at=at,
        by=by,
        seed=plan.seed,
        keep=locked,
        ready=ready_of(plan),
        again=again if "trips" in plan.options else None,
    )
    if "base" in plan.options:
        made.options["base"] = plan.options["base"]
        made.save(update_fields=["options"])
    return made


def _once(lines: Sequence[dict[str, Any]], *, but: Sequence[CarrierLine]) -> list[dict[str, Any]]:
    """Those who are out, each once, without those who carry."""
    here = {line.name for line in but}
    return list({line["name"]: line for line in lines if line["name"] not in here}.values())
