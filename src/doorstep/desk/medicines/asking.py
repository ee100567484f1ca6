"""Every household is asked which medicines it needs, within the protocol's hours of sealing (F4). Silence is no "none"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member
from doorstep.desk.medicines.models import MedicineAsk
from doorstep.desk.medicines.rules import ask_within, defaults
from doorstep.promises.actions import keep
from doorstep.promises.models import Promise
from doorstep.protocol import Owed
from doorstep.register.models import Household, Person
from doorstep.storage.bulk import in_batches

SUBJECT = "household"
TOLD = (MedicineAsk.Answer.NONE, MedicineAsk.Answer.LISTED)


@transaction.atomic
def asked(household: Household, answer: str, *, incident: Incident, at: datetime, by: Member | None) -> MedicineAsk:
    """A household has answered. Who has told their medicines is not set back to "later"."""
    found, is_new = MedicineAsk.objects.get_or_create(
        incident=incident, household=household, defaults={"answer": answer, "asked_at": at, "by": by}
    )
    if not is_new and found.answer != answer and answer != MedicineAsk.Answer.LATER:
        found.answer, found.asked_at, found.by = answer, at, by
        found.save(update_fields=["answer", "asked_at", "by"])
        is_new = True
    if is_new:
        journal.record(
            "medicine_ask", incident=incident, subject=household, by=by, occurred_at=at, label="", answer=answer
        )
    if found.answer in TOLD:
        rows = Promise.objects.filter(
            incident=incident, kind=defaults()["ask"]["kind"], subject_kind=SUBJECT, subject_id=household.pk
        )
        keep(list(rows), at=found.asked_at, proof_kind="ask", proof_id=str(found.pk))
    return found


def open_promises(incident: Incident, bound: Mapping[int, int]) -> Iterator[tuple[int, Owed]]:
    """The question that is owed to each household of some bound doors (door → area) with somebody at home."""
    within = ask_within(incident)
    if within is None:
        return
    areas = {area.pk: area for area in Area.objects.filter(pk__in=set(bound.values())).only("effective_at")}
    for doors in in_batches(sorted(bound)):
        homes = Household.objects.filter(door_id__in=doors, active=True)
        classes: dict[int, set[str]] = {}
        people = Person.objects.filter(household__in=homes, active=True, present=Person.Present.HOME)
        for home, named in people.values_list("household_id", "classes"):
            classes.setdefault(home, set()).update(named)
        for pk, door in homes.values_list("pk", "door_id"):
            begins = areas[bound[door]].effective_at
            if begins is None or pk not in classes:
                continue
            weight = protocol.vulnerability_weight(incident.protocol, classes[pk])
            kind = defaults()["ask"]["kind"]
            yield door, Owed(kind, SUBJECT, str(pk), 0, begins, begins + within, begins + within / 2, weight)


def not_asked(incident: Incident, bound: Mapping[int, int]) -> QuerySet[Household]:
    """The households behind bound doors that have not told us yet, those with somebody at home."""
    told = MedicineAsk.objects.filter(incident=incident, answer__in=TOLD).values("household")
    homes = Household.objects.filter(active=True, door__in=bound, persons__active=True, persons__present="home")
    return homes.exclude(pk__in=told).distinct()
