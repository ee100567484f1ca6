"""What the page of parcels and the API read: whose parcels one sees, how long each has waited, who brought it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.command.models import Incident, Member
from doorstep.command.rights import Rights
from doorstep.register.models import Door
from doorstep.supplies import parcels
from doorstep.supplies.models import Parcel
from doorstep.supplies.rules import defaults
from doorstep.supplies.stock import door_label


@dataclass(frozen=True)
class ParcelLine:
    """A parcel as the gate sees it; `sender` is empty where this member need not know it."""

    parcel: Parcel
    door: str
    limit: datetime
    left: int  # minutes
    look: str
    sender: str

    @property
    def text(self) -> str:
        """How long is left, in words."""
        if self.left < 0:
            return ngettext("%(n)d minute over", "%(n)d minutes over", -self.left) % {"n": -self.left}
        return ngettext("%(n)d minute left", "%(n)d minutes left", self.left) % {"n": self.left}


def parcels_in(incident: Incident, rights: Rights) -> QuerySet[Parcel]:
    """The parcels for doors within a member's duty, in the order in which they came."""
    rows = incident.parcels.select_related("door__stair__building__compound", "holder", "gate", "incident").order_by(
        "registered_at", "pk"
    )
    scope = rights.areas("handle_parcels")
    if scope is None:
        return rows
    return rows.filter(door__in=Door.objects.filter(area_doors__area__in=scope).values("pk"))


def doors_in(incident: Incident, rights: Rights) -> QuerySet[Door]:
    """The doors for which a member takes parcels: those of areas that are not lifted."""
    scope = rights.areas("handle_parcels")
    areas = incident.areas.exclude(state="lifted")
    areas = areas if scope is None else areas.filter(pk__in=scope)
    return Door.objects.filter(pk__in=Door.objects.filter(area_doors__area__in=areas).values("pk"))


def parcel_line(parcel: Parcel, rights: Rights, member: Member | None, at: datetime) -> ParcelLine:
    """One parcel; who brought it is told to who may see names, and to who holds it or wrote it down."""
    limit = parcels.limit_of(parcel)
    left = int((limit - at).total_seconds() // 60)
    soon = timedelta(minutes=defaults()["parcel_soon_minutes"])
    look = "broken" if limit <= at else "risk" if limit - at <= soon else "open"
    me = getattr(member, "pk", None)
    knows = rights.sees_names() or (me is not None and me in (parcel.holder_id, parcel.registered_by_id))
    said = " ".join(filter(None, (parcel.sender, parcel.sender_phone)))
    return ParcelLine(parcel, door_label(parcel.door), limit, left, look, said if knows else "")


def headings() -> list[str]:
    """The headings of the parcels as a table."""
    return [
        _("compound"), _("door"), _("kind"), _("from whom"), _("cold"), _("kg"), _("came"), _("limit"), _("state"),
        _("ended"), _("holder"), _("reason"),
    ]  # fmt: skip


def rows_of(lines: Iterable[ParcelLine], incident: Incident) -> list[list[Any]]:
    """The parcels as a table."""
    return [
        [
            line.parcel.door.stair.building.compound.name,
            line.door,
            line.parcel.get_kind_display(),
            line.sender,
            "✓" if line.parcel.cold else "",
            line.parcel.kg or "",
            line.parcel.registered_at.astimezone(incident.tz),
            line.limit.astimezone(incident.tz),
            line.parcel.get_state_display(),
            line.parcel.ended_at.astimezone(incident.tz) if line.parcel.ended_at else "",
            line.parcel.holder.name if line.parcel.holder else "",
            line.parcel.reason,
        ]
        for line in lines
    ]
