"""One knock: what it proves, what it opens, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member, Task
from doorstep.command.queries import bound_area_of
from doorstep.errors import UserError
from doorstep.promises.actions import keep
from doorstep.promises.models import Promise
from doorstep.register.models import Door, Household, Person
from doorstep.rounds.events import VisitRecorded, VisitUndone
from doorstep.rounds.models import Coverage, Stop, Visit
from doorstep.rounds.twice import note_twice
from doorstep.wiring.events import publish
from doorstep.wiring.texts import in_language

SPOKEN = (Visit.Outcome.OPENED, Visit.Outcome.THROUGH_DOOR)
ALIKE = str.maketrans("OILSBZ", "011582")  # what is misread counts as the figure that it looks like
PERSONS = "persons"  # beside the protocol's questions: how many are at home, as said at the door (S43)


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

    Nobody answered: no kit is handed over, and a follow-up opens with a due time by vulnerability.
    """
    kits = [kind for kind in report.handed if kind.startswith("kit:")]
    if report.outcome not in SPOKEN and kits:
        raise UserError(
            _("A kit is handed to a person, never left."),
            field="handed",
            mend=_("Take it back to the gate and knock again."),
        )
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
        _cover(visit)
        _close_follow_ups(visit)
    elif visit.outcome == Visit.Outcome.NO_ANSWER:
        _follow_up(visit, _people(door))
    _serious(visit)
    note_twice(visit, task_id=report.task_id, name=report.helper)
    label = door_label(visit.door)
    journal.record(
        "visit", incident=incident, subject=visit, by=by, occurred_at=report.occurred_at, label=label, kept=len(kept)
    )
    publish(VisitRecorded(visit.pk, at))
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
    for household in Household.objects.filter(door=visit.door):
        Coverage.objects.filter(household=household, visit=visit).delete()
    for earlier in Visit.objects.filter(door=visit.door, undone_at=None, outcome__in=SPOKEN).order_by("occurred_at"):
        _cover(earlier)
    label = door_label(visit.door)
    journal.record("undo_visit", incident=visit.incident, subject=visit, by=by, occurred_at=at, label=label)
    publish(VisitUndone(visit.pk, at))
    return visit


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


def door_label(door: Door) -> str:
    """Building-stair-number, as people say it."""
    return f"{door.stair.building.name}-{door.stair.name}-{door.number}"


def _keep(visit: Visit) -> list[int]:
    kinds = [kind for kind in visit.handed if kind == "letter" or visit.outcome in SPOKEN]
    if visit.outcome in SPOKEN:
        kinds.append("contact")
    proved = Promise.objects.filter(
        incident=visit.incident,
        door=visit.door,
        kind__in=kinds,
        state__in=[Promise.State.OPEN, Promise.State.BROKEN],
        window_start__lte=visit.occurred_at,
    )
    return keep(proved, at=visit.occurred_at, proof_kind="visit", proof_id=str(visit.pk))


def _people(door: Door) -> list[Person]:
    return list(Person.objects.filter(household__door=door, active=True, present="home"))


def _cover(visit: Visit) -> None:
    """Food handed over lasts from when the last ended, or from now (S51)."""
    until = food_until(visit.incident, visit.handed, visit.occurred_at)
    if until is None:
        return
    at_home = Household.objects.filter(door=visit.door, active=True, persons__active=True, persons__present="home")
    Coverage.objects.bulk_create(
        (
            Coverage(household_id=key, covered_until=until, last_delivery_at=visit.occurred_at, visit=visit)
            for key in at_home.values_list("pk", flat=True).distinct()
        ),
        update_conflicts=True,
        unique_fields=["household"],
        update_fields=["covered_until", "last_delivery_at", "visit"],
    )


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


def _leader(area: Area | None, visit: Visit) -> Member | None:
    team = area.supply_team if area else None
    return (team.leader if team else None) or visit.member


def _follow_up(visit: Visit, people: list[Person]) -> None:
    spoken = Visit.objects.filter(door=visit.door, incident=visit.incident, undone_at=None, outcome__in=SPOKEN)
    last = spoken.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
    misses = Visit.objects.filter(
        door=visit.door, incident=visit.incident, undone_at=None, outcome=Visit.Outcome.NO_ANSWER
    )
    if last:
        misses = misses.filter(occurred_at__gt=last)
    classes = {code for person in people for code in person.classes}
    step = protocol.follow_up_due(visit.incident.protocol, classes, visit.occurred_at, misses.count())
    at_once = step.step == "now"

    def say() -> str:
        if at_once:
            return _("Go to the door at once: nobody answered twice")
        return _("Knock again: nobody answered")

    _close_follow_ups(visit)
    _open_task(visit, "follow_up", say, step.due, 3 if at_once else 2)


def _close_follow_ups(visit: Visit) -> None:
    """A later knock answers the earlier follow-ups: somebody spoke, or the next step takes their place."""
    Task.objects.filter(
        incident=visit.incident,
        door=visit.door,
        kind="follow_up",
        state=Task.State.OPEN,
        opened_at__lte=visit.recorded_at,
    ).update(state=Task.State.DONE, done_at=visit.occurred_at, closed_by=f"visit:{visit.pk}")


def _serious(visit: Visit) -> None:
    rules = visit.incident.protocol
    codes = protocol.serious_answers(rules, visit.welfare)
    if not codes:
        return
    titles = {question.code: question for question in rules.welfare}

    def say() -> str:
        answers = [(titles[code].title, titles[code].answers[visit.welfare[code]]) for code in codes]
        return "；".join(f"{in_language(title)} {in_language(answer)}" for title, answer in answers)

    due = visit.occurred_at + timedelta(hours=rules.contact.knock_again_hours)
    _open_task(visit, "welfare", say, due, 3)


def _open_task(visit: Visit, kind: str, say: Callable[[], str], due: datetime, urgency: int) -> None:
    bound = bound_area_of(visit.incident, visit.door_id)
    titles = {}
    for short, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            titles[short] = f"{say()} · {door_label(visit.door)}"
    Task.objects.get_or_create(
        key=f"visit:{visit.pk}:{kind}",
        defaults={
            "incident": visit.incident,
            "door": visit.door,
            "area": bound,
            "kind": kind,
            "title": titles["zh"][:240],
            "titles": titles,
            "urgency": urgency,
            "owner": _leader(bound, visit),
            "opened_at": visit.occurred_at,
            "due_at": due,
        },
    )
