"""One knock: what it proves, what it opens, and how it is taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Incident, Member, Task
from doorstep.errors import UserError
from doorstep.promises.actions import keep
from doorstep.promises.models import Promise
from doorstep.register.models import Door, Household
from doorstep.rounds.events import VisitRecorded, VisitUndone, WelfareAnswered
from doorstep.rounds.follow import SPOKEN, door_label, follow
from doorstep.rounds.models import Stop, Visit
from doorstep.rounds.twice import note_twice
from doorstep.rounds.welfare import PERSONS
from doorstep.rounds.words import OF_PERSONS
from doorstep.supplies import coverage
from doorstep.wiring.events import publish

__all__ = ["PERSONS", "SPOKEN", "VisitReport", "door_label", "food_until", "record_visit", "undo_visit"]

WITHOUT_A_PERSON = ("letter", "waste")  # a letter may be put through the door, a bag taken from before it
ALIKE = str.maketrans("OILSBZ", "011582")  # what is misread counts as the figure that it looks like


@dataclass(frozen=True)
class VisitReport:
    """What a carrier says of one knock. `client_id` is made by the phone, once for each knock."""

    client_id: UUID
    door_id: int
    outcome: str
    occurred_at: datetime
    handed: tuple[str, ...] = ()
    welfare: dict[str, str] = field(default_factory=dict)
    note: str = ""
    stop_id: int | None = None
    source: str = Visit.Source.PAGE
    said_at: datetime | None = None  # the phone's own time, where it cannot be the right one
    code: str = ""  # what the resident said for the private code
    task_id: int | None = None  # the follow-up that this knock answers
    helper: str = ""  # who knocked, where it is no member


@transaction.atomic
def record_visit(incident: Incident, report: VisitReport, *, by: Member | None, at: datetime) -> Visit:
    """Store one knock and keep the promises that it proves. Repeating the same report changes nothing.

    Without a word from behind the door nothing is handed over but a letter, and a follow-up opens (follow.py).
    """
    _never_left(report)
    door = Door.objects.select_related("stair__building").filter(pk=report.door_id).first()
    if door is None:
        raise UserError(_("There is no such door here."), field="door", mend=_("Load the round again."))
    facts = {
        "incident": incident,
        "door": door,
        "stop": Stop.objects.filter(pk=report.stop_id, door_id=report.door_id).first() if report.stop_id else None,
        "member": by,
        "outcome": report.outcome,
        "occurred_at": report.occurred_at,
        "recorded_at": at,
        "handed": list(report.handed),
        "welfare": report.welfare,
        "note": report.note,
        "source": report.source,
        "said_at": report.said_at,
        "proof_code": proof_of(door.pk, report.code),
    }
    visit, is_new = Visit.objects.get_or_create(client_id=report.client_id, defaults=facts)
    if not is_new:
        return visit
    kept = _keep(visit)
    if visit.outcome in SPOKEN:
        _cover(visit, at)
    follow(visit)
    note_twice(visit, task_id=report.task_id, name=report.helper)
    label = door_label(visit.door)
    journal.record(
        "visit", incident=incident, subject=visit, by=by, occurred_at=report.occurred_at, label=label, kept=len(kept)
    )
    publish(VisitRecorded(visit.pk, at))
    _tell_answers(visit, at)
    return visit


@transaction.atomic
def undo_visit(visit: Visit, *, by: Member | None, at: datetime) -> Visit:
    """Take a knock back: its promises are open again, its tasks fall away, the cupboard counts as before."""
    if visit.undone_at is not None:
        return visit
    visit.undone_at = at
    visit.save(update_fields=["undone_at"])
    Promise.objects.filter(incident=visit.incident, proof_kind="visit", proof_id=str(visit.pk)).update(
        state=Promise.State.OPEN, kept_at=None, late=False, proof_kind="", proof_id=""
    )
    Task.objects.filter(key__startswith=f"visit:{visit.pk}:").update(state=Task.State.DROPPED, done_at=at)
    Task.objects.filter(closed_by=f"visit:{visit.pk}").update(state=Task.State.OPEN, done_at=None, closed_by="")
    coverage.take_back(visit.incident, proof_kind="visit", proof_id=str(visit.pk), at=at)
    label = door_label(visit.door)
    journal.record("undo_visit", incident=visit.incident, subject=visit, by=by, occurred_at=at, label=label)
    publish(VisitUndone(visit.pk, at))
    return visit


def _never_left(report: VisitReport) -> None:
    """F8: what is handed over is confirmed by a person, and a kit with something perishable before all."""
    if report.outcome in SPOKEN:
        return
    kinds = [kind for kind in report.handed if protocol.base_kind(kind) not in WITHOUT_A_PERSON]
    if any(kind.startswith("kit:") for kind in kinds):
        raise UserError(
            _("A kit is handed to a person, never left."),
            field="handed",
            mend=_("Take it back to the gate and knock again."),
        )
    if kinds:
        raise UserError(
            _("This is done with a person, never without one."), field="handed", mend=_("Leave it out and knock again.")
        )


def proof_of(door_id: int, said: str) -> str:
    """Whether the code said at the door is a household's of that door. Case, spaces and misread letters do not count."""
    if not (words := _plain(said)):
        return ""
    codes = Household.objects.filter(door_id=door_id, active=True).values_list("private_code", flat=True)
    return Visit.ProofCode.RIGHT if words in {_plain(code) for code in codes} else Visit.ProofCode.WRONG


def _plain(code: str) -> str:
    """A code as it is compared: letters and digits only, those that look alike as one."""
    kept = "".join(character for character in code.upper() if character.isalnum())
    return kept.translate(ALIKE)


def _keep(visit: Visit) -> list[int]:
    """The promises that this knock proves: each thing by itself; a contact by speaking.

    `test` proves the tests of everybody here, `test:12` that of one person.
    """
    whole = [kind for kind in visit.handed if ":" not in kind or kind.startswith("kit:")]
    kinds = [kind for kind in whole if kind != "contact"]
    proved = Q(kind__in=kinds)
    for kind in visit.handed:
        base, _colon, person = kind.partition(":")
        if base in OF_PERSONS and person.isascii() and person.isdigit() and len(person) < 19:
            proved |= Q(kind=base, subject_kind="person", subject_id=int(person))
    if visit.outcome in SPOKEN:
        proved |= Q(kind="contact")
    open_now = Q(window_start__lte=visit.occurred_at)
    if visit.stop_id:  # the visit was made for it: a kit that comes early is not owed again
        early = Q(kind__startswith="kit:") | Q(kind__in=["letter", "waste"])
        links = Stop.promises.through.objects.filter(stop=visit.stop_id).values_list("promise_id", flat=True)
        open_now |= early & Q(pk__in=list(links))
    waiting = Promise.objects.filter(
        proved,
        open_now,
        incident=visit.incident,
        door=visit.door,
        state__in=[Promise.State.OPEN, Promise.State.BROKEN],
    )
    return keep(waiting, at=visit.occurred_at, proof_kind="visit", proof_id=str(visit.pk))


def _tell_answers(visit: Visit, at: datetime) -> None:
    """What was said goes to the rooms above, which make requests of it (S116)."""
    rules = visit.incident.protocol
    given = tuple((q.code, visit.welfare[q.code]) for q in rules.welfare if q.code in visit.welfare)
    if given and visit.outcome in SPOKEN:
        serious = tuple(protocol.serious_answers(rules, visit.welfare))
        publish(WelfareAnswered(visit.pk, visit.door_id, given, serious, at))


def _cover(visit: Visit, at: datetime) -> None:
    """Food handed over is a delivery: so many days for as many as its kit was packed for (S51, F10)."""
    days = {f"kit:{kit.code}": kit.covers_days for kit in visit.incident.protocol.supply.kits if kit.food}
    food = [kind for kind in dict.fromkeys(visit.handed) if kind in days]
    if not food:
        return
    here = Q(persons__active=True, persons__present="home")
    homes = Household.objects.filter(door=visit.door, active=True).annotate(eaters=Count("persons", filter=here))
    at_home = dict(homes.filter(eaters__gt=0).values_list("pk", "eaters"))
    packed = {item["kind"]: item.get("persons", 0) for item in visit.stop.items} if visit.stop else {}
    handed = [
        coverage.Handed(
            household, kind, days[kind] * ((len(at_home) == 1 and packed.get(kind)) or eaters), visit.occurred_at
        )
        for household, eaters in at_home.items()
        for kind in food
    ]
    coverage.deliver(visit.incident, handed, proof_kind="visit", proof_id=str(visit.pk), at=at)


def food_until(incident: Incident, kinds: Iterable[str], handed_at: datetime) -> datetime | None:
    """When the food of these kits ends, handed over at this instant; None where none of them is food.

    A kit is packed for the persons of its household (`kg_per_person`), so that it lasts the same for each.
    """
    kits = {f"kit:{kit.code}": kit for kit in incident.protocol.supply.kits if kit.food}
    food = [kits[kind] for kind in kinds if kind in kits]
    until = handed_at
    for kit in food:
        until = protocol.covered_until(until, kit.covers_days, 1)
    return until if food else None
