"""What a phone says is taken over: in order, each act once, nothing dropped, no act in the way of the next."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.rounds.conflicts import built_on, keep_conflict
from doorstep.rounds.models import PhoneAct, PhonePass, RoundPlan, Stop, Visit, VisitConflict
from doorstep.rounds.passes import rounds_of_carrier, whose
from doorstep.rounds.phonedata import again_of
from doorstep.rounds.said import Said, read_act, read_visit
from doorstep.rounds.visits import record_visit, undo_visit

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


def take(phone: PhonePass, acts: Sequence[Any], *, at: datetime) -> list[Answer]:
    """Take over the acts of a phone, in the order in which they happened there; the answers come in the order sent.

    One transaction: when it answers, everything in it is kept. A repeated act gets the answer it had.
    """
    if len(acts) > MOST:
        mend = _("Send at most %(most)d at a time.") % {"most": MOST}
        raise UserError(_("These are too many at once."), field="acts", mend=mend)
    said = [read_act(act, f"{phone.pk}:") for act in acts]
    answers: dict[UUID, Answer] = {}
    with transaction.atomic():
        PhonePass.objects.select_for_update().filter(pk=phone.pk).first()  # requests of one phone follow one another
        for kept in PhoneAct.objects.filter(client_id__in=[act.client_id for act in said]):
            answers[kept.client_id] = _stored(kept)
        new = sorted((act for act in said if act.client_id not in answers), key=lambda act: act.sequence)
        mine = mine_of(phone, new)
        for act in new:
            if act.client_id not in answers:
                answers[act.client_id] = _take(phone, act, mine, at)
    return [Answer(act.named, (found := answers[act.client_id]).status, found.problem) for act in said]


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


def _stored(kept: PhoneAct) -> Answer:
    return Answer(str(kept.client_id), kept.state, kept.problem or None)


def _take(phone: PhonePass, act: Said, mine: Mine, at: datetime) -> Answer:
    """One act in a savepoint: done, or set aside with everything that was said."""
    occurred, said_at = when(phone.incident, act.at, at)
    kept = PhoneAct(
        client_id=act.client_id,
        incident=phone.incident,
        phone=phone,
        kind=act.kind,
        sequence=act.sequence,
        occurred_at=occurred,
        received_at=at,
        said=act.whole,
    )
    try:
        with transaction.atomic():
            kept.save(force_insert=True)
    except IntegrityError:  # the same act came by another phone at the same instant
        return _stored(PhoneAct.objects.get(client_id=act.client_id))
    try:
        with transaction.atomic():
            in_conflict = _do(phone, kept, act, mine, said_at)
    except UserError as error:
        return _aside(kept, act, {"message": error.message, "field": error.field, "mend": error.mend})
    except (OperationalError, InterfaceError):  # the database is gone, not this act wrong: the phone asks again
        raise
    except Exception:
        log.exception("an act of a phone is set aside: %s", act.client_id)
        mend = _("It is kept; the coordinator looks at it.")
        return _aside(kept, act, {"message": _("This could not be taken over."), "field": "", "mend": mend})
    kept.state = PhoneAct.State.CONFLICT if in_conflict else PhoneAct.State.DONE
    PhoneAct.objects.filter(pk=kept.pk).update(state=kept.state, visit=kept.visit)
    return _stored(kept)


def _do(phone: PhonePass, kept: PhoneAct, act: Said, mine: Mine, said_at: datetime | None) -> bool:
    """Carry an act out; whether it is in conflict with something."""
    if act.kind == "visit":
        return _visit(phone, kept, act, mine, said_at)
    if act.kind == "undo":
        return _undo(phone, kept, act)
    raise UserError(_("The phone does not know this act."), field="kind", mend=_("Load the newest app."))


def _visit(phone: PhonePass, kept: PhoneAct, act: Said, mine: Mine, said_at: datetime | None) -> bool:
    door, incident = act.key("door") or 0, phone.incident
    stop, gone = _stop_of(act, mine)
    report = read_visit(incident, act, stop_id=stop, occurred_at=kept.occurred_at, said_at=said_at)
    if stop is None and (act.key("task"), door) not in mine.tasks:
        raise UserError(
            _("This door is on no round of yours."), field="door", mend=_("It is kept; the coordinator looks at it.")
        )
    visit = record_visit(incident, report, by=phone.carrier, at=kept.received_at)
    if visit.door_id != door or visit.incident_id != incident.pk:
        raise UserError(_("This client_id stands for another knock."), field="id", mend=_("Make a new one."))
    kept.visit = visit
    if gone:
        keep_conflict(VisitConflict.Kind.STOP_GONE, visit, act=kept, at=kept.received_at)
    twice = VisitConflict.objects.filter(second=visit, act=None, settled_at=None).update(act=kept)
    return gone or bool(twice)


def _stop_of(act: Said, mine: Mine) -> tuple[int | None, bool]:
    """The stop that a knock belongs to now, and whether it had gone to somebody else.

    The door on the carrier's own round counts before the stop that the phone named: a plan may have been made anew.
    """
    door, named = act.key("door") or 0, act.key("stop")
    if now := mine.now.get(door):
        return (named if named in now else now[0]), False
    if before := mine.before.get(door):
        return (named if named in before else before[0]), True
    if named is not None and mine.beside.get(named) == door:
        return named, True
    return None, False


def _undo(phone: PhonePass, kept: PhoneAct, act: Said) -> bool:
    """Take back a knock of this carrier. What others have built on it is kept for the coordinator to see."""
    visit = _own_visit(phone, act.body.get("visit"))
    kept.visit = visit
    if visit.undone_at is not None:
        return False
    later, built = built_on(visit)
    undo_visit(visit, by=phone.carrier, at=kept.received_at)
    if built:
        kind = VisitConflict.Kind.UNDO_LATE
        keep_conflict(kind, visit, act=kept, at=kept.received_at, second=later)
    return built


def _own_visit(phone: PhonePass, named: Any) -> Visit:
    try:
        client_id = UUID(str(named))
    except ValueError:
        client_id = UUID(int=0)
    visits = Visit.objects.filter(client_id=client_id, incident=phone.incident)
    visit = visits.select_related("incident", "door__stair__building").first()
    if visit is None:
        raise UserError(_("The knock to take back is not known."), field="visit", mend=_("Send the knock first."))
    own = visits.filter(whose(phone.carrier, phone.carrier_name, "acts__phone__")).exists()
    if not (own or (phone.carrier_id and visit.member_id == phone.carrier_id)):
        raise UserError(_("This knock is somebody else's."), field="visit", mend=_("The coordinator may take it back."))
    return visit


def _aside(kept: PhoneAct, act: Said, problem: dict[str, str]) -> Answer:
    """Set an act aside: kept whole, shown to the coordinator, in nobody's way."""
    kept.state, kept.problem, kept.visit = PhoneAct.State.ASIDE, problem, None
    PhoneAct.objects.filter(pk=kept.pk).update(state=kept.state, problem=problem)
    conflict = keep_conflict(VisitConflict.Kind.ASIDE, None, act=kept, at=kept.received_at, door_id=act.key("door"))
    by = kept.phone.carrier if kept.phone else None
    journal.record(
        "phone_act_aside", incident=kept.incident, subject=conflict, by=by, occurred_at=kept.occurred_at, kind=kept.kind
    )
    return _stored(kept)
