"""What a phone says is taken over: in order, each act once, nothing dropped, no act in the way of the next."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.rounds import live
from doorstep.rounds.conflicts import built_on, conflict_of, known_door
from doorstep.rounds.models import PhoneAct, PhonePass, RoundPlan, Stop, Visit, VisitConflict
from doorstep.rounds.passes import rounds_of_carrier
from doorstep.rounds.phonedata import again_of
from doorstep.rounds.said import Said, read_act, read_visit
from doorstep.rounds.twice import knocker
from doorstep.rounds.visits import record_visit, undo_visit
from doorstep.supplies import coverage

MOST = 50  # acts a request
AHEAD = timedelta(minutes=5)  # how far a phone's clock may be before the incident's
log = logging.getLogger("doorstep.phone")


@dataclass(frozen=True)
class Answer:
    """What became of an act."""

    id: Any
    status: str
    problem: dict[str, str] | None = None


@dataclass
class Mine:
    """What a pass may act on: its carrier's stops by door (now and in plans that were replaced), the stops of others
    in the same plans, the carrier's follow-ups. Three queries."""

    now: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    before: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    beside: dict[int, int] = field(default_factory=dict)
    tasks: frozenset[tuple[int, int]] = frozenset()
    visits: set[int] = field(default_factory=set)  # the knocks of this batch


def take(phone: PhonePass, acts: Sequence[Any], *, at: datetime) -> list[Answer]:
    """Keep the acts of a phone and carry them out; the answers come in the order sent."""
    said = keep_acts(phone, acts, at=at)
    work_off(phone, [act.client_id for act in said])
    return answers_of(said)


def keep_acts(phone: PhonePass, acts: Sequence[Any], *, at: datetime) -> list[Said]:
    """Write down what a phone says, to be carried out by `work_off`. A repeated act is kept already. One query."""
    if len(acts) > MOST:
        mend = _("Send at most %(most)d at a time.") % {"most": MOST}
        raise UserError(_("These are too many at once."), field="acts", mend=mend)
    said = [read_act(act, f"{phone.pk}:") for act in acts]
    PhoneAct.objects.bulk_create((_act(phone, act, at) for act in said), ignore_conflicts=True)
    return said


def work_off(phone: PhonePass, ids: Sequence[UUID] = ()) -> int:
    """Carry out, in order, what waits of this phone (and of these acts, by whatever pass they came). How many it were.

    One transaction, a savepoint an act. Two at once follow one another: the second finds nothing left to do.
    """
    with transaction.atomic(), journal.together() as entries:
        waiting = PhoneAct.objects.filter(Q(phone=phone) | Q(client_id__in=ids), state=PhoneAct.State.WAITING)
        acts = list(waiting.select_for_update().order_by("sequence", "pk"))
        if not acts:
            return 0
        pairs = [(act, read_act(act.said, f"{phone.pk}:")) for act in acts]
        mine = mine_of(phone, [said for _, said in pairs])
        conflicts: list[VisitConflict] = []
        at = max(act.received_at for act in acts)
        with live.together(at), coverage.together(phone.incident, at=at) as fed:
            for act, said in pairs:
                act.incident = phone.incident
                marks = len(entries), len(fed)
                if (taken := _take(phone, act, said, mine)) is None:
                    del entries[marks[0] :], fed[marks[1] :]
                    taken = [_aside(phone, act, said)]
                conflicts += taken
        _keep(acts, conflicts)
    return len(acts)


def answers_of(said: Sequence[Said]) -> list[Answer]:
    """What became of these acts, as they stand now. One query."""
    rows = PhoneAct.objects.filter(client_id__in={act.client_id for act in said})
    kept = {
        client_id: (state, problem) for client_id, state, problem in rows.values_list("client_id", "state", "problem")
    }
    return [Answer(act.named, state, problem or None) for act in said for state, problem in [kept[act.client_id]]]


def _act(phone: PhonePass, said: Said, at: datetime) -> PhoneAct:
    occurred, _said_at = when(phone.incident, said.at, at)
    return PhoneAct(
        client_id=said.client_id,
        incident=phone.incident,
        phone=phone,
        kind=said.kind,
        sequence=said.sequence,
        occurred_at=occurred,
        received_at=at,
        said=said.whole,
        state=PhoneAct.State.WAITING,
    )


def _keep(acts: list[PhoneAct], conflicts: list[VisitConflict]) -> None:
    """Keep what became of some acts, and the conflicts that they brought. Two to four queries, however many."""
    by_visit: dict[int | None, PhoneAct] = {act.visit_id: act for act in acts if act.visit_id and act.kind == "visit"}
    twice = list(
        VisitConflict.objects.filter(
            second__in=[key for key in by_visit if key], act=None, kind=VisitConflict.Kind.TWO_VISITS
        )
    )
    for conflict in twice:
        conflict.act = by_visit[conflict.second_id]
        conflict.act.state = PhoneAct.State.CONFLICT
    VisitConflict.objects.bulk_update(twice, ["act"])
    VisitConflict.objects.bulk_create(conflicts)
    PhoneAct.objects.bulk_update(acts, ["state", "problem", "visit"])


def mine_of(phone: PhonePass, acts: Iterable[Said]) -> Mine:
    """What the doors and tasks named in these acts have to do with this pass."""
    acts, mine = list(acts), Mine()
    doors = {door for act in acts if (door := act.key("door"))}
    if not doors:
        return mine
    walks = {
        pk: (plan, state == RoundPlan.State.READY and not out)
        for pk, plan, out, state in rounds_of_carrier(phone.incident, phone.carrier, phone.carrier_name).values_list(
            "pk", "plan_id", "out", "plan__state"
        )
    }
    plans = {plan for plan, _ in walks.values()}
    rows = Stop.objects.filter(door_id__in=doors, round__plan__in=plans).order_by("-round__plan__ends_at", "order")
    for pk, door, walk in rows.values_list("pk", "door_id", "round_id"):
        if walk in walks:
            (mine.now if walks[walk][1] else mine.before)[door].append(pk)
        else:
            mine.beside[pk] = door
    if tasks := {task for act in acts if (task := act.key("task"))}:
        mine.tasks = frozenset(again_of(phone).filter(pk__in=tasks).values_list("pk", "door_id"))
    return mine


def when(incident: Incident, said: datetime | None, at: datetime) -> tuple[datetime, datetime | None]:
    """When an act happened, and the phone's own time where it cannot be the right one."""
    if said is None:
        return at, None
    if said > at + AHEAD or said < incident.trigger_at:
        return at, said
    return min(said, at), None


def _take(phone: PhonePass, act: PhoneAct, said: Said, mine: Mine) -> list[VisitConflict] | None:
    """One act in a savepoint: the conflicts that it brings, or None with its problem where it cannot be done."""
    _at, said_at = when(phone.incident, said.at, act.received_at)
    try:
        with transaction.atomic():
            conflicts = _do(phone, act, said, mine, said_at)
    except UserError as error:
        act.problem = {"message": error.message, "field": error.field, "mend": error.mend}
        return None
    except (OperationalError, InterfaceError):  # the database is gone, not this act wrong: the phone asks again
        raise
    except Exception:
        log.exception("an act of a phone is set aside: %s", said.client_id)
        mend = _("It is kept; the coordinator looks at it.")
        act.problem = {"message": _("This could not be taken over."), "field": "", "mend": mend}
        return None
    act.state = PhoneAct.State.CONFLICT if conflicts else PhoneAct.State.DONE
    return conflicts


def _do(phone: PhonePass, act: PhoneAct, said: Said, mine: Mine, said_at: datetime | None) -> list[VisitConflict]:
    """Carry an act out; the conflicts that it brings."""
    if said.kind == "visit":
        return _visit(phone, act, said, mine, said_at)
    if said.kind == "undo":
        return _undo(phone, act, said, mine)
    raise UserError(_("The phone does not know this act."), field="kind", mend=_("Load the newest app."))


def _visit(phone: PhonePass, act: PhoneAct, said: Said, mine: Mine, said_at: datetime | None) -> list[VisitConflict]:
    door, incident = said.key("door") or 0, phone.incident
    stop, gone = _stop_of(said, mine)
    helper = "" if phone.carrier_id else phone.carrier_name
    report = read_visit(incident, said, stop_id=stop, occurred_at=act.occurred_at, said_at=said_at, helper=helper)
    if stop is None and (said.key("task"), door) not in mine.tasks:
        raise UserError(
            _("This door is on no round of yours."), field="door", mend=_("It is kept; the coordinator looks at it.")
        )
    visit = record_visit(incident, report, by=phone.carrier, at=act.received_at)
    if visit.door_id != door or visit.incident_id != incident.pk or visit.member_id != phone.carrier_id:
        raise UserError(_("This client_id stands for another knock."), field="id", mend=_("Make a new one."))
    act.visit = visit
    mine.visits.add(visit.pk)
    return [conflict_of(act, VisitConflict.Kind.STOP_GONE, first=visit)] if gone else []


def _stop_of(said: Said, mine: Mine) -> tuple[int | None, bool]:
    """The stop that a knock belongs to now, and whether it had gone to somebody else.

    The door on the carrier's own round counts before the stop that the phone named: a plan may have been made anew.
    """
    door, named = said.key("door") or 0, said.key("stop")
    if now := mine.now.get(door):
        return (named if named in now else now[0]), False
    if before := mine.before.get(door):
        return (named if named in before else before[0]), True
    if named is not None and mine.beside.get(named) == door:
        return named, True
    return None, False


def _undo(phone: PhonePass, act: PhoneAct, said: Said, mine: Mine) -> list[VisitConflict]:
    """Take back a knock of this carrier. What others have built on it is kept for the coordinator to see."""
    visit = _own_visit(phone, said.body.get("visit"), mine)
    act.visit = visit
    if visit.undone_at is not None:
        return []
    later, built = built_on(visit)
    undo_visit(visit, by=phone.carrier, at=act.received_at)
    return [conflict_of(act, VisitConflict.Kind.UNDO_LATE, first=visit, second=later)] if built else []


def _own_visit(phone: PhonePass, named: Any, mine: Mine) -> Visit:
    try:
        client_id = UUID(str(named))
    except ValueError:
        client_id = UUID(int=0)
    visits = Visit.objects.filter(client_id=client_id, incident=phone.incident)
    visit = visits.select_related("incident", "member", "stop__round", "door__stair__building").first()
    if visit is None:
        raise UserError(_("The knock to take back is not known."), field="visit", mend=_("Send the knock first."))
    who = ("member", phone.carrier_id) if phone.carrier_id else ("name", phone.carrier_name)
    if visit.pk not in mine.visits and knocker(visit) != who:
        raise UserError(_("This knock is somebody else's."), field="visit", mend=_("The coordinator may take it back."))
    return visit


def _aside(phone: PhonePass, act: PhoneAct, said: Said) -> VisitConflict:
    """Set an act aside: kept whole, shown to the coordinator, in nobody's way."""
    act.state, act.visit = PhoneAct.State.ASIDE, None
    facts = {"kind": act.kind, "act": str(act.client_id)}
    journal.record("phone_act_aside", incident=act.incident, by=phone.carrier, occurred_at=act.occurred_at, facts=facts)
    return conflict_of(act, VisitConflict.Kind.ASIDE, door_id=known_door(said.key("door")))
