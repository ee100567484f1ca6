"""What a household says of itself on its page: who answers for it, how many are at home. Each can be taken back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.register.models import Household
from doorstep.resident.models import Headcount, Responder
from doorstep.resident.rules import defaults


@transaction.atomic
def name_responder(home: Household, name: str, phone: str, *, incident: Incident, at: datetime) -> Responder | None:
    """One person answers for the household from now on; with neither name nor phone, nobody does any more.

    Naming the same one again changes nothing.
    """
    name, phone = name.strip()[:60], phone.strip()[:40]
    known = Responder.objects.select_for_update().filter(household=home).first()
    if not name and not phone:
        if known is not None:
            known.delete()
            journal.record("end_responder", incident=incident, subject=home, occurred_at=at, household=home.pk)
        return None
    if not name:
        raise UserError(_("The name is missing."), field="name", mend=_("A surname is enough."))
    if sum(character.isdigit() for character in phone) < 3:
        raise UserError(_("The number is missing."), field="phone", mend=_("Write the number that we can ring."))
    if known is not None and (known.name, known.phone) == (name, phone):
        return known
    made, _new = Responder.objects.update_or_create(
        household=home, defaults={"name": name, "phone": phone, "said_at": at}
    )
    journal.record("name_responder", incident=incident, subject=home, occurred_at=at, household=home.pk)
    return made


@transaction.atomic
def tell_persons(home: Household, persons: int, *, client_id: UUID, incident: Incident, at: datetime) -> Headcount:
    """So many are at home, says the household. The register stays as it is: a person holds the two against each other."""
    if not 0 <= persons <= defaults()["most_at_home"]:
        raise UserError(_("This number cannot be."), field="persons", mend=_("Count who is at home now."))
    said, is_new = Headcount.objects.get_or_create(
        client_id=client_id, defaults={"household": home, "persons": persons, "said_at": at}
    )
    if is_new:
        journal.record("tell_persons", incident=incident, subject=home, occurred_at=at, persons=persons)
    return said


@transaction.atomic
def take_back_persons(said: Headcount, *, incident: Incident, at: datetime) -> Headcount:
    """The number was wrong: what was said before counts again. Taking back twice changes nothing."""
    said = Headcount.objects.select_for_update().get(pk=said.pk)
    if said.undone_at is None:
        said.undone_at = at
        said.save(update_fields=["undone_at"])
        journal.record("take_back_persons", incident=incident, subject=said.household, occurred_at=at)
    return said
