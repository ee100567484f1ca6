"""A person's medicines: written down from a list, read back line by line, counted, ended. Each act is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.desk import dosing
from doorstep.desk.dosing import ReadLine
from doorstep.desk.dosing.runout import COUNTED
from doorstep.desk.medicines import asking, refills
from doorstep.desk.medicines.models import MedicineAsk, MedicineLine, Refill
from doorstep.desk.medicines.rules import rule_of
from doorstep.desk.models import Message
from doorstep.errors import UserError
from doorstep.register.models import Person

FACTS = (
    "written", "name", "drug", "brand", "strength", "form", "release", "unit", "pack_count", "volume_ml",
    "dose_per_day", "dose_unit", "as_needed", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is said of a line when it is read back. `stock` counts `unit`; `days_left` where they only know the days."""

    written: str
    name: str
    drug: str = ""
    brand: str = ""
    strength: str = ""
    form: str = ""
    release: str = ""
    unit: str = "tablet"
    pack_count: float | None = None
    volume_ml: float | None = None
    dose_per_day: float | None = None
    dose_unit: str = ""
    as_needed: bool = False
    stock: float | None = None
    days_left: float | None = None
    note: str = ""

    @classmethod
    def of(cls, read: ReadLine) -> Facts:
        """From a line that was read."""
        stock, left = None, read.left
        if left is not None and left.amount is not None:
            stock = left.amount * (read.count or 1) if left.unit == "pack" else left.amount
        dose = read.dose
        return cls(
            read.written[:240],
            read.name[:120],
            read.drug.code if read.drug else "",
            read.brand[:80],
            str(read.strength) if read.strength else "",
            read.form,
            read.release,
            read.unit,
            read.count,
            read.volume_ml,
            dose.per_day if dose else None,
            dose.unit if dose and dose.unit not in COUNTED else "",
            bool(dose and dose.as_needed),
            stock,
            left.days if left else None,
        )


@transaction.atomic
def write_list(
    person: Person,
    text: str,
    *,
    incident: Incident,
    at: datetime,
    by: Member | None,
    message: Message | None = None,
    client_id: UUID | None = None,
) -> list[MedicineLine]:
    """A paper list or what was said becomes lines that wait to be read back. Sent twice, it is written once."""
    read = dosing.read_list(text)
    if not read:
        raise UserError(
            _("No medicine stands in it."),
            field="text",
            mend=_("Write one on each line, such as: 二甲双胍 0.5g 早晚各1片."),
        )
    return write_read(person, read, incident=incident, at=at, by=by, message=message, client_id=client_id)


@transaction.atomic
def write_read(
    person: Person,
    read: Sequence[ReadLine],
    *,
    incident: Incident,
    at: datetime,
    by: Member | None,
    message: Message | None = None,
    client_id: UUID | None = None,
) -> list[MedicineLine]:
    """Lines that were read, from paper or a file, wait to be read back."""
    if client_id and (there := list(MedicineLine.objects.filter(client_id=client_id))):
        return there
    lines = []
    for one in read:
        facts = Facts.of(one)
        line = MedicineLine(incident=incident, person=person, written_at=at, message=message, client_id=client_id)
        line.sure = one.sure
        _put(line, facts, at)
        line.save()
        lines.append(line)
    asking.asked(person.household, MedicineAsk.Answer.LISTED, incident=incident, at=at, by=by)
    _noted("medicine_list", person, incident, at, by, lines=len(lines))
    return lines


@transaction.atomic
def confirm_line(line: MedicineLine, facts: Facts, *, at: datetime, by: Member | None) -> MedicineLine:
    """The resident heard it read back and says that it is right (F20); only then is it in use and watched."""
    _known(line)
    if not facts.name.strip():
        raise UserError(_("The name is missing."), field="name", mend=_("Write it as it stands on the box."))
    if facts.dose_per_day is not None and facts.dose_per_day < 0:
        raise UserError(_("A dose is not below nothing."), field="dose_per_day", mend=_("Write how much a day."))
    before = (line.state, line.stock, line.dose_per_day)
    _put(line, facts, at)
    line.sure = True
    line.state = MedicineLine.State.USED
    line.confirmed_at, line.confirmed_by = at, by
    line.save()
    after = (line.state, line.stock, line.dose_per_day)
    if before != after:
        _noted("medicine_confirm", line.person, line.incident, at, by, line=line.pk, klass=line.klass)
    return line


@transaction.atomic
def count_stock(line: MedicineLine, stock: float, *, at: datetime, by: Member | None) -> MedicineLine:
    """What is left at home was counted; the end follows. Counting the same again only renews the time."""
    _known(line)
    if stock < 0:
        raise UserError(_("There cannot be less than nothing."), field="stock", mend=_("Write 0 if it is used up."))
    line.stock, line.counted_at = stock, at
    line.runs_out_at = dosing.run_out_at(stock, line.a_day, at)
    line.save(update_fields=["stock", "counted_at", "runs_out_at"])
    _noted("medicine_count", line.person, line.incident, at, by, line=line.pk)
    return line


@transaction.atomic
def end_line(line: MedicineLine, *, at: datetime, by: Member | None, reason: str = "") -> MedicineLine:
    """It is not used any more, or was read wrongly: its open supply falls away."""
    if line.state == MedicineLine.State.ENDED:
        return line
    line.state, line.note = MedicineLine.State.ENDED, reason.strip()[:240] or line.note
    line.save(update_fields=["state", "note"])
    for refill in line.refills.filter(state__in=(Refill.State.WANTED, Refill.State.PLANNED)):
        refills.drop(refill, at=at, by=by)
    _noted("medicine_end", line.person, line.incident, at, by, line=line.pk)
    return line


@transaction.atomic
def use_again(line: MedicineLine, *, at: datetime, by: Member | None) -> MedicineLine:
    """Take the ending back: it waits to be read back again."""
    if line.state != MedicineLine.State.ENDED:
        return line
    line.state = MedicineLine.State.READ if line.confirmed_at is None else MedicineLine.State.USED
    line.save(update_fields=["state"])
    _noted("medicine_again", line.person, line.incident, at, by, line=line.pk)
    return line


@transaction.atomic
def allow_substitute(
    line: MedicineLine, *, resident: bool, clinician: str = "", at: datetime, by: Member | None
) -> MedicineLine:
    """The resident agrees to another brand or medicine; for those dangerous to miss a clinician is named, too (F20)."""
    line.substitute_at = (line.substitute_at or at) if resident else None
    named = clinician.strip()[:80] if resident else ""
    if named != line.clinician:
        line.clinician, line.clinician_at = named, at if named else None
    line.save(update_fields=["substitute_at", "clinician", "clinician_at"])
    _noted("medicine_substitute", line.person, line.incident, at, by, line=line.pk, agreed=resident)
    return line


def may_differ(line: MedicineLine) -> bool:
    """Whether another brand or medicine may be taken: the resident's word, for the essential also a clinician's."""
    return line.substitute_at is not None and (bool(line.clinician) or not line.is_essential)


def _put(line: MedicineLine, facts: Facts, at: datetime) -> None:
    """Set what was said, and what follows from it: class, cold, how much a day, when it ends."""
    for name in FACTS:
        setattr(line, name, getattr(facts, name))
    line.name = line.name.strip()[:120]
    drug = dosing.drug(line.drug)
    line.drug = drug.code if drug else ""
    line.klass = drug.klass if drug else ""
    line.cold, line.special = bool(drug and drug.cold), bool(drug and drug.special)
    line.rule = rule_of(line.incident, line.klass)
    strength = dosing.read_line(f"{line.name} {line.strength}").strength
    line.a_day = dosing.counted_a_day(line.dose_per_day, line.dose_unit, strength, line.volume_ml)
    stock = facts.stock
    if stock is None and facts.days_left is not None:
        stock = facts.days_left * line.a_day if line.a_day else None
    if stock is not None and (line.stock is None or abs(stock - line.stock) > 1e-9 or line.counted_at is None):
        line.stock, line.counted_at = stock, at
    if stock is None and facts.days_left is not None:
        line.stock, line.counted_at = None, at
        line.runs_out_at = dosing.run_out_at(facts.days_left, 1, at)
    else:
        line.runs_out_at = dosing.run_out_at(line.stock, line.a_day, line.counted_at)


def _known(line: MedicineLine) -> None:
    if line.state == MedicineLine.State.ENDED:
        raise UserError(_("It is not used any more."), field="line", mend=_("Take the ending back first."))


def _noted(act: str, person: Person, incident: Incident, at: datetime, by: Member | None, **data: Any) -> None:
    journal.record(act, incident=incident, subject=person, by=by, occurred_at=at, label="", **data)
