"""Areas drawn, prepared and sealed: what invariant 10 asks, and who answers for supply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.areas.deciding import keep_decision, newest_advice
from doorstep.command.areas.measures import bring_in
from doorstep.command.areas.owners import owner_for
from doorstep.command.events import AreaChanged
from doorstep.command.models import Area, AreaPlace, Incident, Member, Notice, Team
from doorstep.command.places import work_out_doors
from doorstep.errors import UserError
from doorstep.wiring.events import publish


@transaction.atomic
def propose_area(
    incident: Incident, name: str, zone: str, places: Iterable[AreaPlace], *, at: datetime, by: Member | None = None
) -> Area:
    """Draw an area from includes and excepts. Nothing is bound before it is sealed."""
    zones = incident.protocol.zones
    if zone not in zones:
        raise UserError(f"The protocol has no zone {zone!r}.", field="zone", mend=f"Choose one of {', '.join(zones)}.")
    name = name.strip()
    if not name:
        raise UserError(_("The area has no name."), field="name", mend=_("Give the name by which people know it."))
    if incident.areas.filter(name=name).exists():
        raise UserError(_("An area of this name exists."), field="name", mend=_("Choose another name."))
    area = Area.objects.create(incident=incident, name=name, zone=zone)
    doors = _store_places(area, places)
    if not doors:
        raise UserError(_("The area has no doors."), field="places", mend=_("Choose at least one place with doors."))
    if (owner := owner_for(area)) is not None:
        area.owner = owner
        area.save(update_fields=["owner"])
    journal.record("propose_area", incident=incident, subject=area, by=by, occurred_at=at, label=name, doors=doors)
    return area


@transaction.atomic
def change_places(area: Area, places: Iterable[AreaPlace], *, at: datetime, by: Member | None = None) -> int:
    """Redraw an area; what its doors are owed follows in the same act. Returns the count of doors."""
    area.places.all().delete()
    doors = _store_places(area, places)
    if not doors:
        raise UserError(
            _("The area would have no doors left."),
            field="places",
            mend=_("Keep a place, or lift or withdraw the area instead."),
        )
    journal.record(
        "change_places", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, doors=doors
    )
    publish(AreaChanged(area.pk, at))
    return doors


@dataclass(frozen=True)
class Missing:
    """One thing without which an area may not be sealed (invariant 10)."""

    field: str
    mend: str


def seal_requirements(area: Area) -> list[Missing]:
    """What a binding area still lacks: supply owner with their word, letter, number, review, end, exits, reason."""
    return lacks_of(area, area.area_doors.exists())


def lacks_of(area: Area, has_doors: bool) -> list[Missing]:
    """The same where it is known whether the area has doors. No query."""
    if not area.incident.protocol.zones[area.zone].binding:
        return []
    rules = area.incident.protocol
    wants: list[tuple[str, Any, str]] = [
        ("reason", area.reason, _("Say why the area is closed.")),
        ("basis", area.basis, _("Name the rule it rests on.")),
        ("ends_when", area.ends_when, _("Say what ends it.")),
        ("review_at", area.review_at, _("Set the time of its review.")),
        ("emergency_phone", area.emergency_phone, _("Name a number that answers day and night.")),
        ("exits_checked_at", area.exits_checked_at, _("Have the fire exits and gates checked.")),
    ]
    if any(area.zone in kit.zones for kit in rules.supply.kits):
        wants.append(("supply_team", area.supply_team_id, _("Name the team that answers for supply.")))
        wants.append(("first_delivery_at", area.first_delivery_at, _("Ask that team for the first delivery time.")))
        wants.append(("supply_accepted", area.supply_accepted_at, _("Have the leader of that team accept the supply.")))
    if rules.letter and area.zone in rules.letter.zones:
        wants.append(("letter", area.letter_id, _("Write the letter to residents.")))
    if not has_doors:
        wants.append(("places", None, _("Choose at least one place with doors.")))
    return [Missing(field, mend) for field, value, mend in wants if not value]


PREPARED = (
    "reason",
    "basis",
    "ends_when",
    "review_at",
    "supply_team",
    "first_delivery_at",
    "letter",
    "emergency_phone",
    "exits_checked_at",
    "owner",
)
ACCEPTED = ("supply_accepted_at", "supply_accepted_by")


@transaction.atomic
def prepare_area(area: Area, facts: dict[str, Any], *, at: datetime, by: Member | None = None) -> Area:
    """Write down what sealing asks for, as far as it is known. Nothing binds by it; saying the same changes nothing.

    An area in force may not lose what invariant 10 asks, and its review is moved by `extend_review` only.
    """
    if area.state == Area.State.LIFTED:
        raise UserError(_("This area is lifted."), field="state", mend=_("Look at its page."))
    changed = sorted(name for name, value in facts.items() if name in PREPARED and getattr(area, name) != value)
    if area.state == Area.State.IN_FORCE:
        changed = [name for name in changed if name != "review_at"]
    if "exits_checked_at" in changed and facts["exits_checked_at"] and facts["exits_checked_at"] > at:
        raise UserError(
            _("The exits cannot have been checked in the future."), field="exits_checked_at", mend=_("Check the time.")
        )
    if not changed:
        return area
    had = {lack.field for lack in seal_requirements(area)}
    for name in changed:
        setattr(area, name, facts[name])
    saved = list(changed)
    if {"supply_team", "first_delivery_at"} & set(changed):  # another team, another hour: it has not been accepted
        area.supply_accepted_at, area.supply_accepted_by = None, ""
        saved += ACCEPTED
    missing = [lack for lack in seal_requirements(area) if lack.field not in had | {"supply_accepted"}]
    if area.state == Area.State.IN_FORCE and missing:
        raise UserError(
            _("An area in force must keep this."),
            field=", ".join(lack.field for lack in missing),
            mend=" ".join(lack.mend for lack in missing),
        )
    area.save(update_fields=saved)
    label = area.name
    journal.record("prepare_area", incident=area.incident, subject=area, by=by, occurred_at=at, label=label, of=changed)
    if area.state == Area.State.IN_FORCE:
        publish(AreaChanged(area.pk, at))
    return area


@transaction.atomic
def note_exits_checked(area: Area, *, at: datetime, by: Member | None = None) -> Area:
    """Fire exits and gates were looked at and can be opened from inside (F16)."""
    area.exits_checked_at = at
    area.save(update_fields=["exits_checked_at"])
    journal.record("exits_checked", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name)
    publish(AreaChanged(area.pk, at))
    return area


@transaction.atomic
def accept_supply(
    area: Area, first_delivery_at: datetime, *, at: datetime, by: Member | None, word_of: str = ""
) -> Area:
    """The supply team takes the area on, with the time of its first delivery (F25). Nothing is sealed on a typed name.

    Its leader or a member accepts; anybody else names whose word it is (`word_of`), such as the leader's on the telephone.
    """
    team = area.supply_team
    if team is None:
        raise UserError(
            _("No team answers for supply yet."), field="supply_team", mend=_("Name the team that answers for supply.")
        )
    own = by is not None and (team.leader_id == by.pk or team.members.filter(pk=by.pk).exists())
    word = by.name if own and by is not None else word_of.strip()
    if not word:
        raise UserError(
            _("You are not of this team."), field="word_of", mend=_("Say who of the team accepted, and how you know.")
        )
    if area.state == Area.State.PROPOSED and first_delivery_at < at:
        raise UserError(
            _("The first delivery lies in the past."), field="first_delivery_at", mend=_("Ask for a time to come.")
        )
    if (area.first_delivery_at, area.supply_accepted_by) == (first_delivery_at, word) and area.supply_accepted_at:
        return area
    area.first_delivery_at, area.supply_accepted_at, area.supply_accepted_by = first_delivery_at, at, word[:120]
    area.save(update_fields=["first_delivery_at", *ACCEPTED])
    facts = {"word_of": word, "first_delivery": first_delivery_at.isoformat(timespec="minutes")}
    journal.record(
        "accept_supply", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, **facts
    )
    return area


@transaction.atomic
def seal(
    area: Area,
    *,
    effective_at: datetime,
    at: datetime,
    by: Member | None = None,
    reason: str = "",
    basis: str = "",
    ends_when: str = "",
    review_at: datetime | None = None,
    supply_team: Team | None = None,
    first_delivery_at: datetime | None = None,
    letter: Notice | None = None,
    emergency_phone: str = "",
    exits_checked_at: datetime | None = None,
) -> Area:
    """Put an area in force. Refused, with everything that is missing, while invariant 10 does not hold.

    What is not given here stays as the area has it; no review time takes the protocol's. A supply team given here together
    with its first delivery has accepted both: whoever seals gives its word.
    """
    if area.state != Area.State.PROPOSED:
        raise UserError(_("This area is not a proposal any more."), field="state", mend=_("Look at its page."))
    due = protocol.restriction_review(area.incident.protocol, started=effective_at)
    given = {
        "reason": reason,
        "basis": basis,
        "ends_when": ends_when,
        "review_at": review_at or area.review_at or due.due,
        "supply_team": supply_team,
        "first_delivery_at": first_delivery_at,
        "letter": letter,
        "emergency_phone": emergency_phone,
        "exits_checked_at": exits_checked_at,
    }
    for field, value in given.items():
        if value:
            setattr(area, field, value)
    if supply_team and first_delivery_at:
        area.supply_accepted_at = area.supply_accepted_at or at
        area.supply_accepted_by = area.supply_accepted_by or (supply_team.leader or supply_team).name
    if missing := seal_requirements(area):
        raise UserError(
            _("The area cannot be sealed yet."),
            field=", ".join(lack.field for lack in missing),
            mend=" ".join(lack.mend for lack in missing),
        )
    within_one_decision(area.review_at, due.max_until)
    area.state, area.effective_at, area.decided_by = Area.State.IN_FORCE, effective_at, by
    area.save()
    advice = newest_advice(area, at)
    bring_in(area, from_=effective_at, by=by, advice=advice)
    keep_decision(area, "seal", area.reason, at=at, by=by, advice=advice)
    journal.record("seal", incident=area.incident, subject=area, by=by, occurred_at=effective_at, label=area.name)
    publish(AreaChanged(area.pk, at))
    return area


def within_one_decision(review_at: datetime | None, longest: datetime | None) -> None:
    """Refuse a review that lies after the longest time that one decision may hold (F31)."""
    if longest is not None and review_at is not None and review_at > longest:
        raise UserError(
            _("That is longer than one decision may hold."),
            field="review_at",
            mend=_("Choose a time before %(until)s, or decide anew.")
            % {"until": longest.isoformat(timespec="minutes")},
        )


@transaction.atomic
def withdraw_area(area: Area, *, at: datetime, by: Member | None = None) -> None:
    """Take a proposal back before it binds anybody."""
    if area.state != Area.State.PROPOSED:
        raise UserError(_("This area is not a proposal any more."), field="state", mend=_("Look at its page."))
    journal.record("withdraw_area", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name)
    area.delete()


def _store_places(area: Area, places: Iterable[AreaPlace]) -> int:
    for place in places:
        place.area = area
        place.save()
    return work_out_doors(area)
