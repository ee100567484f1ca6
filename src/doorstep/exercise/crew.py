"""The crew of an exercise at work while its clock is played: rounds walked, doors knocked at, gates relieved.

Everything goes through the acts that users have. Where somebody has planned an area or filled a shift, the crew leaves it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from django.db.models import QuerySet

from doorstep.command.actions import extend_review
from doorstep.command.models import Area, Incident, Member
from doorstep.command.queries import bound_doors
from doorstep.crew import actions as shifts
from doorstep.crew import filling
from doorstep.crew.duties import shifts as shift_duties
from doorstep.crew.models import Shift
from doorstep.desk.handing import scatter
from doorstep.desk.medicines import asking
from doorstep.desk.medicines.models import MedicineAsk
from doorstep.exercise import gatehouse, room, supply
from doorstep.exercise.description import Exercise, RosterLine, Work
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.duties import rounds as round_duties
from doorstep.rounds.models import RoundPlan, Stop, Visit
from doorstep.rounds.visits import SPOKEN, VisitReport, door_label, record_visit
from doorstep.rounds.welfare import all_well

Moment = tuple[datetime, int, Callable[[datetime], None]]


def begin(incident: Incident, exercise: Exercise, work: Work) -> None:
    """Start one piece of work at its time."""
    if work.do == "roster":
        for line in work.roster:
            _put(incident, line, work.at)
    elif work.do == "fill":
        _fill(incident, exercise, work)
    elif work.do == "supply":
        supply.work(incident, at=work.at)
    elif work.do == "receive":
        supply.receive(incident, at=work.at)
    elif work.do == "ask":
        _ask(incident, work.at)
    elif work.do == "gates":
        gatehouse.work(incident, work)
    elif work.do == "look":
        gatehouse.look(incident, at=work.at)
    elif work.do == "checklist":
        room.close_lines(incident, exercise, work)
    elif work.do == "review":
        _keep_areas(incident, exercise, work.at)
    else:
        _plan(incident, work)


def go_on(incident: Incident, exercise: Exercise, after: datetime, until: datetime) -> None:
    """What happens by itself in (after, until]: doors are knocked at, reliefs check in, then the shift before goes."""
    moments: list[Moment] = []
    stops = _knocks(incident, after, until)
    goods = supply.HandOut(incident, after) if stops else None
    moments += [(stop.arrives_at, 0, partial(_knock, incident, stop, goods)) for stop in stops]
    live = Shift.objects.filter(post__incident=incident, member__in=_team(incident), ends_at__gt=after)
    for shift in live.exclude(state=Shift.State.DROPPED).select_related("post"):
        if shift.expected_at <= until:
            moments.append((max(shift.expected_at, after), 1, partial(_come, shift.pk)))
        if shift.ends_at <= until:
            moments.append((shift.ends_at, 2, partial(_leave, shift.pk, exercise.handover.get("zh", "—"))))
    for at, _order, act in sorted(moments, key=lambda moment: moment[:2]):
        act(at)
    if goods is not None:
        goods.write_down()


def _come(pk: int, at: datetime) -> None:
    """The relief checks in, unless somebody has seen to it, or the same person still stands elsewhere."""
    shift = Shift.objects.select_related("post__incident", "member").get(pk=pk)
    elsewhere = Shift.objects.filter(member=shift.member, state=Shift.State.ON_DUTY)
    if shift.state == Shift.State.PLANNED and at < shift.ends_at and not elsewhere.exists():
        shifts.check_in(shift, at=at, by=shift.member)
        here = [one for one in shift_duties(shift.post.incident, at, at) if one.key == f"shift:{pk}"]
        supply.equip(shift.post.incident, here, at=at)


def _leave(pk: int, note: str, at: datetime) -> None:
    """Who has been there hands over: first what they answer for at the desk, then the post."""
    shift = Shift.objects.select_related("post__incident", "member").get(pk=pk)
    if shift.state == Shift.State.ON_DUTY:
        scatter(shift.member, shift.post.incident, at=at, by=shift.member)
        shifts.hand_over(shift, note, at=at, by=shift.member)


def _ask(incident: Incident, at: datetime) -> None:
    """The desk asks each household by phone for its medicines. Whom the register knows as ill is left to who plays along."""
    by = Member.objects.filter(grants__incident=incident, grants__role="desk").first()
    for household in asking.not_asked(incident, bound_doors(incident)).prefetch_related("persons"):
        if not any(person.medicines or person.conditions for person in household.persons.all()):
            asking.asked(household, MedicineAsk.Answer.NONE, incident=incident, at=at, by=by)


def _keep_areas(incident: Incident, exercise: Exercise, at: datetime) -> None:
    """Areas whose review is near stay closed up to the next one, as long as the decision allows."""
    commander = Member.objects.filter(grants__incident=incident, grants__role="commander").first()
    step = timedelta(hours=incident.protocol.review.restriction_hours)
    for area in incident.areas.filter(state=Area.State.IN_FORCE, review_at__lte=at + timedelta(days=1)):
        longest = [one.max_until for one in area.restrictions.all() if one.max_until]
        until = min([area.review_at + step, *longest]) if area.review_at else at + step
        if area.review_at is None or until > area.review_at:
            extend_review(area, until, reason=exercise.go_on.get("zh", "—"), at=at, by=commander)


def _plan(incident: Incident, work: Work) -> None:
    in_force = incident.areas.filter(state=Area.State.IN_FORCE)
    areas = list(in_force.filter(name=work.area) if work.area else in_force)
    assert work.starts is not None
    assert work.ends is not None
    areas = [area for area in areas if not _somebody_plans(incident, area, work.starts)]
    if not areas:
        return
    members = Member.objects.filter(user__username__in=work.carriers).order_by("pk")
    lines = [CarrierLine(member.pk, member.name, work.starts, work.ends) for member in members]
    plan = request_plan(incident, areas, work.starts, work.ends, carriers=lines, at=work.at)
    plan.options = {**plan.options, "work": {"hands": work.hands, "shut": work.shut}}
    plan.save(update_fields=["options"])
    run_plan(plan.pk)
    mine = {f"round:{pk}" for pk in plan.rounds.values_list("pk", flat=True)}
    walking = round_duties(incident, work.starts, work.ends)
    supply.equip(incident, [one for one in walking if one.key in mine], at=work.at)


def _somebody_plans(incident: Incident, area: Area, at: datetime) -> bool:
    mine = incident.plans.filter(areas=area, state=RoundPlan.State.READY, ends_at__gt=at)
    return any("work" not in plan.options for plan in mine)


def _put(incident: Incident, line: RosterLine, at: datetime) -> None:
    post = incident.posts.filter(name=line.post, ended_at=None).first()
    if post is None:
        return
    window = (line.starts, line.starts + timedelta(hours=incident.protocol.shifts.hours))
    there = post.shifts.filter(starts_at=window[0]).exclude(state=Shift.State.DROPPED).count()
    free = [m for m in _team(incident).filter(name__in=line.names) if not shifts.clashes_of(m, window, post)]
    for member in free[: max(0, post.persons_needed - there)]:
        shifts.assign(post, member, window, at=at)


def _fill(incident: Incident, exercise: Exercise, work: Work) -> None:
    posts = list(incident.posts.filter(ended_at=None).select_related("incident"))
    proposal = filling.propose(incident, posts, list(_team(incident)), at=work.at, hours=work.hours)
    batch = uuid5(NAMESPACE_URL, f"{incident.pk}:{work.at.isoformat()}")
    filling.store(incident, [line.key for line in proposal.lines], batch, at=work.at)


def _team(incident: Incident) -> QuerySet[Member]:
    return Member.objects.filter(teams__incident=incident, teams__workstream="gates").order_by("pk")


def _knocks(incident: Incident, after: datetime, until: datetime) -> list[Stop]:
    stops = Stop.objects.filter(
        round__plan__incident=incident,
        round__plan__state=RoundPlan.State.READY,
        round__plan__options__has_key="work",
        round__out=False,
        arrives_at__gt=after,
        arrives_at__lte=until,
        visits=None,  # a knock that somebody took back is not done again
    )
    return list(stops.select_related("round__plan", "round__carrier", "door__stair__building"))


def _knock(incident: Incident, stop: Stop, goods: supply.HandOut | None, at: datetime) -> None:
    work = stop.round.plan.options["work"]
    outcome = Visit.Outcome.NO_ANSWER if door_label(stop.door) in work["shut"] else Visit.Outcome.OPENED
    due = [item["kind"] for item in stop.items if item["kind"] != "contact"]
    handed = [kind for kind in due if not work["hands"] or kind in work["hands"]] if outcome in SPOKEN else []
    report = VisitReport(
        uuid5(NAMESPACE_URL, f"{stop.round.plan_id}:{stop.pk}"),
        stop.door_id,
        outcome,
        at,
        handed=tuple(handed),
        welfare=all_well(incident) if outcome in SPOKEN else {},
        stop_id=stop.pk,
    )
    visit = record_visit(incident, report, by=stop.round.carrier, at=at)
    if goods is not None and handed:
        goods.follow(visit)
