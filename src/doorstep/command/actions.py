"""What command does: open an incident, propose and seal areas, review and lift them. Each act is journalled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.events import AreaChanged
from doorstep.command.lifting import INSTANTS, lifting_of
from doorstep.command.models import Area, AreaPlace, Incident, Member, Notice, Restriction, Team
from doorstep.command.people import grant
from doorstep.command.places import work_out_doors
from doorstep.command.rights import rights_of
from doorstep.errors import UserError
from doorstep.wiring.events import publish


@transaction.atomic
def open_incident(
    name: str,
    protocol_id: str,
    trigger_at: datetime,
    *,
    at: datetime,
    by: Member | None = None,
    time_zone: str = "Asia/Shanghai",
    exercise: str = "",
    trigger_text: str = "",
    drill: bool = False,
) -> Incident:
    """Open an incident at its exact trigger (S4). An exercise's clock starts at the trigger and stands until moved.

    `exercise` names the described exercise that is played; `drill` is an exercise without a description. Whoever
    opens it commands it. Opening the same incident again gives the one there is.
    """
    rules = protocol.find(protocol_id)
    if not name.strip():
        raise UserError(_("The incident has no name."), field="name", mend=_("Say in a few words what happened where."))
    if trigger_at.tzinfo is None:
        raise UserError(
            "The trigger has no time zone.", field="trigger_at", mend="Give an instant such as 23:00+08:00."
        )
    drill = drill or bool(exercise)
    if not drill and trigger_at > at:
        raise UserError(
            _("The trigger lies in the future."),
            field="trigger_at",
            mend=_("Give the instant at which it became known, or choose the clock of an exercise."),
        )
    same = Incident.objects.filter(
        name=name.strip(), trigger_at=trigger_at, protocol_id=rules.id, state=Incident.State.OPEN, exercise=exercise
    )
    if (there := same.first()) is not None:
        return there
    incident = Incident.objects.create(
        name=name.strip(),
        protocol_id=rules.id,
        trigger_at=trigger_at,
        time_zone=time_zone,
        clock_kind=Incident.ClockKind.EXERCISE if drill else Incident.ClockKind.REAL,
        clock_anchor_real=at,
        clock_anchor_incident=trigger_at if drill else at,
        clock_rate=0.0 if drill else 1.0,
        exercise=exercise,
        trigger_text=trigger_text.strip(),
    )
    journal.record("open_incident", incident=incident, subject=incident, by=by, occurred_at=trigger_at, label=name)
    if by is not None and not rights_of(by, incident).covers("manage_areas"):
        grant(by, "commander", incident=incident, area=None, at=trigger_at, by=by)
    return incident


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
    """What a binding area still lacks: supply owner and first delivery, letter, number, review, end, exits, reason."""
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
    if rules.letter and area.zone in rules.letter.zones:
        wants.append(("letter", area.letter_id, _("Write the letter to residents.")))
    if not area.area_doors.exists():
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
)


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
    for name in changed:
        setattr(area, name, facts[name])
    if area.state == Area.State.IN_FORCE and (missing := seal_requirements(area)):
        raise UserError(
            _("An area in force must keep this."),
            field=", ".join(lack.field for lack in missing),
            mend=" ".join(lack.mend for lack in missing),
        )
    area.save(update_fields=changed)
    label = area.name
    journal.record("prepare_area", incident=area.incident, subject=area, by=by, occurred_at=at, label=label, of=changed)
    if area.state == Area.State.IN_FORCE:
        publish(AreaChanged(area.pk, at))
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

    What is not given here stays as the area has it; no review time takes the protocol's.
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
    if missing := seal_requirements(area):
        raise UserError(
            _("The area cannot be sealed yet."),
            field=", ".join(lack.field for lack in missing),
            mend=" ".join(lack.mend for lack in missing),
        )
    _within_one_decision(area.review_at, due.max_until)
    area.state, area.effective_at, area.decided_by = Area.State.IN_FORCE, effective_at, by
    area.save()
    Restriction.objects.bulk_create(
        Restriction(
            area=area,
            measure=measure.code,
            started_at=effective_at,
            review_at=area.review_at or due.due,
            max_until=due.max_until,
        )
        for measure in protocol.measures_of(area.incident.protocol, area.zone)
    )
    journal.record("seal", incident=area.incident, subject=area, by=by, occurred_at=effective_at, label=area.name)
    publish(AreaChanged(area.pk, at))
    return area


def _within_one_decision(review_at: datetime | None, longest: datetime | None) -> None:
    if longest is not None and review_at is not None and review_at > longest:
        raise UserError(
            _("That is longer than one decision may hold."),
            field="review_at",
            mend=_("Choose a time before %(until)s, or decide anew.")
            % {"until": longest.isoformat(timespec="minutes")},
        )


@transaction.atomic
def extend_review(area: Area, review_at: datetime, *, reason: str, at: datetime, by: Member | None = None) -> Area:
    """Review a restriction and keep it until `review_at`; what its doors are owed is extended in the same act (F24)."""
    longest = max((r.max_until for r in area.restrictions.all() if r.max_until), default=None)
    _within_one_decision(review_at, longest)
    if not reason.strip():
        raise UserError(_("A longer restriction needs a reason."), field="reason", mend=_("Say why it must go on."))
    area.review_at, area.reviewed_at = review_at, at
    area.save(update_fields=["review_at", "reviewed_at"])
    area.restrictions.filter(ended_at=None).update(review_at=review_at)
    journal.record(
        "extend", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, reason=reason
    )
    publish(AreaChanged(area.pk, at))
    return area


@transaction.atomic
def lift(area: Area, *, at: datetime, by: Member | None = None, reason: str = "") -> Area:
    """End an area: its restrictions end and what was owed for later falls away.

    The journal keeps the reason, and whether a lifting condition was still missing.
    """
    if area.state != Area.State.IN_FORCE:
        raise UserError(_("Only an area in force can be lifted."), field="state", mend=_("Look at its page."))
    area.state, area.lifted_at = Area.State.LIFTED, at
    area.save(update_fields=["state", "lifted_at"])
    area.restrictions.filter(ended_at=None).update(ended_at=at)
    early = area.zone in area.incident.protocol.lifting and not lifting_of(area, at).may_end
    data = {"reason": reason, "early": early}
    journal.record("lift", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, **data)
    publish(AreaChanged(area.pk, at))
    return area


@transaction.atomic
def propose_again(area: Area, zone: str, *, at: datetime, by: Member | None = None) -> Area:
    """Propose the places of an area once more, in the zone that follows it or in the same one."""
    names = set(area.incident.areas.values_list("name", flat=True))
    number = next(n for n in range(2, len(names) + 3) if f"{area.name} ({n})" not in names)
    places = [
        AreaPlace(
            include=p.include,
            compound_id=p.compound_id,
            building_id=p.building_id,
            stair_id=p.stair_id,
            door_id=p.door_id,
        )
        for p in area.places.all()
    ]
    return propose_area(area.incident, f"{area.name} ({number})", zone, places, at=at, by=by)


@transaction.atomic
def move_clock(
    incident: Incident, *, real: datetime, by: timedelta | None = None, rate: float | None = None
) -> Incident:
    """Step an exercise's clock, or let it run `rate` times as fast. A real clock is never moved."""
    if incident.clock_kind != Incident.ClockKind.EXERCISE:
        raise UserError(_("Only the clock of an exercise can be moved."), field="clock", mend=_("Open an exercise."))
    if (by is not None and by < timedelta(0)) or (rate is not None and rate < 0):
        raise UserError(_("The clock goes forward only."), field="clock", mend=_("Give a positive step."))
    clock = incident.clock.stepped(real, by) if by is not None else incident.clock.accelerated(real, rate or 0.0)
    incident.clock_anchor_real, incident.clock_anchor_incident = clock.anchor_real, clock.anchor_incident
    incident.clock_rate = clock.rate
    incident.save(update_fields=["clock_anchor_real", "clock_anchor_incident", "clock_rate"])
    return incident


def _store_places(area: Area, places: Iterable[AreaPlace]) -> int:
    for place in places:
        place.area = area
        place.save()
    return work_out_doors(area)


@transaction.atomic
def close_incident(incident: Incident, *, at: datetime, by: Member | None = None) -> Incident:
    """Close an incident. Refused while an area is in force: nobody behind a door is forgotten."""
    still = incident.areas.filter(state=Area.State.IN_FORCE).values_list("name", flat=True)
    if still:
        raise UserError(
            _("Areas are still in force: %(names)s.") % {"names": ", ".join(still)},
            field="areas",
            mend=_("Lift them first."),
        )
    if incident.state == Incident.State.OPEN:
        incident.state = Incident.State.CLOSED
        incident.save(update_fields=["state"])
        journal.record(
            "close_incident", incident=incident, subject=incident, by=by, occurred_at=at, label=incident.name
        )
    return incident


@transaction.atomic
def reopen_incident(incident: Incident, *, at: datetime, by: Member | None = None) -> Incident:
    """Take the closing of an incident back."""
    if incident.state != Incident.State.OPEN:
        incident.state = Incident.State.OPEN
        incident.save(update_fields=["state"])
        journal.record(
            "reopen_incident", incident=incident, subject=incident, by=by, occurred_at=at, label=incident.name
        )
    return incident


@transaction.atomic
def note_exits_checked(area: Area, *, at: datetime, by: Member | None = None) -> Area:
    """Fire exits and gates were looked at and can be opened from inside (F16)."""
    area.exits_checked_at = at
    area.save(update_fields=["exits_checked_at"])
    journal.record("exits_checked", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name)
    publish(AreaChanged(area.pk, at))
    return area


@transaction.atomic
def note_lifting_facts(area: Area, facts: dict[str, Any], *, at: datetime, by: Member | None = None) -> Area:
    """Keep what the lifting conditions are measured by: instants as ISO texts, and what was declared."""
    known = {*INSTANTS, "declared"}
    if unknown := set(facts) - known:
        raise UserError(
            f"Unknown: {', '.join(sorted(unknown))}.", field="facts", mend=f"Known: {', '.join(sorted(known))}."
        )
    area.lifting_facts = {**area.lifting_facts, **facts}
    area.save(update_fields=["lifting_facts"])
    journal.record(
        "lifting_facts", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, facts=facts
    )
    publish(AreaChanged(area.pk, at))
    return area


@transaction.atomic
def withdraw_area(area: Area, *, at: datetime, by: Member | None = None) -> None:
    """Take a proposal back before it binds anybody."""
    if area.state != Area.State.PROPOSED:
        raise UserError(_("This area is not a proposal any more."), field="state", mend=_("Look at its page."))
    journal.record("withdraw_area", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name)
    area.delete()
