"""Where medicines are had: written down, open or shut, who has what, tries that failed and are kept (F2, F19)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.desk.medicines.models import Source, SourceStock
from doorstep.errors import UserError


@transaction.atomic
def save_source(
    incident: Incident, facts: dict[str, Any], *, at: datetime, by: Member | None, source: Source | None = None
) -> Source:
    """Write a source down, or correct it."""
    name, department = facts["name"].strip(), facts.get("department", "").strip()
    twin = Source.objects.filter(incident=incident, name=name, department=department)
    if twin.exclude(pk=source.pk if source else 0).exists():
        raise UserError(
            _("This department is on the list already."), field="department", mend=_("Open it and correct it.")
        )
    if facts["closes_at"] <= facts["opens_at"]:
        raise UserError(_("It closes before it opens."), field="closes_at", mend=_("Give the later hour last."))
    is_new = source is None
    source = source or Source(incident=incident)
    for field, value in {**facts, "name": name, "department": department}.items():
        setattr(source, field, value)
    source.save()
    _noted("source_new" if is_new else "source_change", source, at, by)
    return source


@transaction.atomic
def say_doors(source: Source, doors: str, *, at: datetime, by: Member | None, instead: Source | None = None) -> Source:
    """Somebody rang or was there: it is open, or it is closed and this one serves instead."""
    source.doors, source.doors_at, source.doors_by = doors, at, by
    source.instead = instead if doors == Source.Doors.CLOSED and instead and instead.pk != source.pk else None
    source.save(update_fields=["doors", "doors_at", "doors_by", "instead"])
    _noted("source_doors", source, at, by, doors=doors)
    return source


@transaction.atomic
def say_stock(
    source: Source,
    drug: str,
    said: str,
    *,
    at: datetime,
    by: Member | None,
    packs: int | None = None,
    note: str = "",
) -> SourceStock:
    """What a source has or has not. Each word is kept; the newest counts, and nobody need try in vain what somebody has tried."""
    if not drug.strip():
        raise UserError(_("No medicine is chosen."), field="drug", mend=_("Say which."))
    last = newest(source, drug)
    if last is not None and (last.said, last.packs, last.at) == (said, packs, at):
        return last
    made = SourceStock.objects.create(
        source=source, drug=drug.strip()[:120], said=said, packs=packs, note=note.strip()[:240], at=at, by=by
    )
    _noted("source_stock", source, at, by, drug=made.drug, said=said)
    return made


@transaction.atomic
def take_back_stock(stock: SourceStock, *, at: datetime, by: Member | None) -> None:
    """A word of stock that was said in error: the one before it counts again."""
    _noted("source_stock_undo", stock.source, at, by, drug=stock.drug, said=stock.said)
    stock.delete()


def newest(source: Source, drug: str) -> SourceStock | None:
    """What was said last."""
    return source.stocks.filter(drug=drug).first()


def is_old(source: Source, at: datetime) -> bool:
    """Whether nobody has confirmed lately that it is open: an alert, and no route goes there unseen (F2)."""
    return source.doors_at is None or source.doors_at < at - timedelta(hours=state_hours(source.incident))


def state_hours(incident: Incident) -> float:
    """How old the news of a facility's doors may be."""
    emergency = incident.protocol.emergency
    return float(emergency.facility_state_hours or 6) if emergency else 6.0


def _noted(act: str, source: Source, at: datetime, by: Member | None, **data: Any) -> None:
    journal.record(act, incident=source.incident, subject=source, by=by, occurred_at=at, label=str(source), **data)
