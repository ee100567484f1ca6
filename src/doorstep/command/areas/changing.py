"""An area changed in part or in its zone class, in one act with what its doors are owed (F24).

Places are taken out into a following zone, or the whole area changes its class, from an exact instant: at once, or when
that hour comes (`carry_out_due`). What is owed in both classes goes on without a break. A change is taken back while nothing
was built on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.areas.deciding import keep_decision, newest_advice
from doorstep.command.areas.measures import bring_in
from doorstep.command.areas.sealing import seal_requirements
from doorstep.command.drawing import code_of, place_of
from doorstep.command.events import AreaChanged, ChangeTakenBack
from doorstep.command.models import (
    Area,
    AreaAdvice,
    AreaChange,
    AreaDecision,
    AreaDoor,
    AreaPlace,
    Incident,
    Member,
    Restriction,
    RoleGrant,
    ZonePeriod,
)
from doorstep.command.places import doors_meant, work_out_doors
from doorstep.errors import UserError
from doorstep.wiring.events import publish
from doorstep.wiring.texts import in_language

OWN = (AreaPlace, AreaDoor, Restriction, AreaDecision, AreaAdvice, AreaChange, ZonePeriod, RoleGrant)


def paths_lost(incident: Incident, before: str, after: str) -> list[str]:
    """By which ways people get their goods in one zone class and no more in the next (none follows: all of them)."""
    rules = incident.protocol
    lost = [in_language(kit.title) for kit in rules.supply.kits if before in kit.zones and after not in kit.zones]
    later = {m.code for m in rules.zones[after].measures} if after else set()
    lost += [in_language(m.title) for m in rules.zones[before].measures if m.brings_supply and m.code not in later]
    return lost


def doors_moved(area: Area, codes: Sequence[str]) -> set[int]:
    """The doors of an area that some places name."""
    have = set(AreaDoor.objects.filter(area=area).values_list("door_id", flat=True))
    return doors_meant([place_of(code) for code in codes]) & have


@transaction.atomic
def change_part(
    area: Area,
    codes: Sequence[str],
    zone: str,
    *,
    effective_at: datetime,
    reason: str,
    replacement: str = "",
    at: datetime,
    by: Member | None = None,
) -> AreaChange:
    """Take places out of an area into the zone that follows (`zone` empty: they are free) from an exact instant."""
    _may_change(area, zone, effective_at, reason, replacement)
    moving = doors_moved(area, codes)
    if not moving:
        raise UserError(
            _("No door of this area is named."), field="places", mend=_("Choose stairs or buildings of it.")
        )
    if moving == set(AreaDoor.objects.filter(area=area).values_list("door_id", flat=True)):
        raise UserError(
            _("That is the whole area."), field="places", mend=_("Lift the area, or change its zone class instead.")
        )
    same = area.changes.filter(kind="part", zone=zone, moved=list(codes), effective_at=effective_at)
    if (there := same.exclude(state=AreaChange.State.UNDONE).first()) is not None:
        return there
    return _decided(area, "part", zone, list(codes), effective_at, reason, replacement, at, by)


@transaction.atomic
def change_zone(
    area: Area,
    zone: str,
    *,
    effective_at: datetime,
    reason: str,
    replacement: str = "",
    at: datetime,
    by: Member | None = None,
) -> AreaChange:
    """Give the whole area another zone class: a positive turns a control zone into a sealed one."""
    if zone == area.zone:
        raise UserError(_("It is of this class already."), field="zone", mend=_("Choose another class."))
    if not zone:
        raise UserError(_("Choose the class that follows."), field="zone", mend=_("Or lift the area."))
    _may_change(area, zone, effective_at, reason, replacement)
    since = area.zone_since or area.effective_at
    if since is not None and effective_at <= since:
        raise UserError(
            _("Its present class began then or later."), field="effective_at", mend=_("Choose a later instant.")
        )
    wanted = Area(**{field.attname: getattr(area, field.attname) for field in Area._meta.concrete_fields})
    wanted.zone = zone
    if missing := seal_requirements(wanted):
        raise UserError(
            _("The area lacks what this class asks."),
            field=", ".join(lack.field for lack in missing),
            mend=" ".join(lack.mend for lack in missing),
        )
    return _decided(area, "zone", zone, [], effective_at, reason, replacement, at, by)


def carry_out_due(incident: Incident, at: datetime) -> int:
    """Carry out the changes whose hour has come. Returns how many."""
    due = AreaChange.objects.filter(
        area__incident=incident, state=AreaChange.State.PLANNED, effective_at__lte=at, area__state=Area.State.IN_FORCE
    )
    changes = list(due.select_related("area__incident", "decided_by").order_by("effective_at", "pk"))
    for change in changes:
        carry_out(change, at=at)
    return len(changes)


@transaction.atomic
def carry_out(change: AreaChange, *, at: datetime, tell: bool = True) -> AreaChange:
    """Do what was decided; without `tell` nobody hears of it (for a look at what would come of it)."""
    if change.state != AreaChange.State.PLANNED:
        return change
    area = change.area
    change.before = [code_of(place) for place in area.places.order_by("pk")]
    if change.kind == AreaChange.Kind.PART:
        moving = doors_moved(area, change.moved)
        have = set(AreaDoor.objects.filter(area=area).values_list("door_id", flat=True))
        change.made = _following(change, moving) if change.zone else None
        _set_places(area, [*_without(change.before, change.moved), *(f"-{c}" for c in change.moved)], have - moving)
        told: tuple[int, ...] | None = tuple(moving)
    else:
        _to_zone(area, change.zone, change.effective_at, by=change.decided_by)
        told = None
    change.state = AreaChange.State.DONE
    change.save()
    if tell:
        publish(AreaChanged(area.pk, at, told))
        if change.made is not None:
            publish(AreaChanged(change.made.pk, at, told))
    return change


@transaction.atomic
def undo_change(change: AreaChange, *, at: datetime, by: Member | None = None) -> AreaChange:
    """Take a change back. Refused once something was built on it: a visit, a task, a kept promise, a later change."""
    if change.state == AreaChange.State.UNDONE:
        return change
    area = change.area
    if change.state == AreaChange.State.DONE:
        if area.changes.filter(pk__gt=change.pk, state=AreaChange.State.DONE).exists():
            raise UserError(
                _("A later change rests on this one."), field="change", mend=_("Take the later one back first.")
            )
        publish(ChangeTakenBack(area.pk, change.made_id, change.effective_at, at))
        made = change.made
        change.made = None
        if made is not None:
            _nothing_built(made)
        if change.kind == AreaChange.Kind.ZONE:
            _back_to_zone(area, change)
        else:
            moving = tuple(doors_meant([place_of(code) for code in change.moved]))
            change.save(update_fields=["made"])
            if made is not None:
                made.delete()
            area.places.all().delete()
            _store(area, change.before)
            work_out_doors(area)
            publish(AreaChanged(area.pk, at, moving))
    change.state = AreaChange.State.UNDONE
    change.save()
    keep_decision(area, "undo", change.reason, at=at, by=by, about=str(change.get_kind_display()))
    journal.record("undo_change", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name)
    if change.kind == AreaChange.Kind.ZONE:
        publish(AreaChanged(area.pk, at))
    return change


def _may_change(area: Area, zone: str, effective_at: datetime, reason: str, replacement: str) -> None:
    if area.state != Area.State.IN_FORCE:
        raise UserError(_("Only an area in force is changed."), field="state", mend=_("Redraw the proposal instead."))
    if zone and zone not in area.incident.protocol.zones:
        raise UserError(_("The protocol has no such zone."), field="zone", mend=_("Choose one of the list."))
    if area.effective_at and effective_at < area.effective_at:
        raise UserError(
            _("That is before the area was in force."), field="effective_at", mend=_("Choose a later instant.")
        )
    if not reason.strip():
        raise UserError(_("A change needs a reason."), field="reason", mend=_("Say in a sentence why."))
    if paths_lost(area.incident, area.zone, zone) and not replacement.strip():
        raise UserError(
            _("People got their goods by what ends here."),
            field="replacement",
            mend=_("Say how they get them from now on: no supply ends without that."),
        )


def _decided(
    area: Area,
    kind: str,
    zone: str,
    codes: list[str],
    effective_at: datetime,
    reason: str,
    replacement: str,
    at: datetime,
    by: Member | None,
) -> AreaChange:
    """Keep the decision, and carry it out where its hour has come."""
    said = "\n".join(text.strip() for text in (reason, replacement) if text.strip())
    change = AreaChange.objects.create(
        area=area,
        kind=kind,
        zone=zone,
        zone_before=area.zone,
        moved=codes,
        reason=said,
        effective_at=effective_at,
        decided_by=by,
        decided_at=at,
    )
    title = in_language(area.incident.protocol.zones[zone].title) if zone else _("free")
    keep_decision(area, kind, said, at=at, by=by, about=title, advice=newest_advice(area, at))
    facts = {"zone": zone, "from": effective_at.isoformat(timespec="minutes"), "reason": said}
    journal.record(
        f"change_{kind}", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, **facts
    )
    return carry_out(change, at=at) if effective_at <= at else change


def _following(change: AreaChange, moving: set[int]) -> Area:
    """The area that takes the places on, with all that invariant 10 asks; it continues the one they come from."""
    area, rules, starts = change.area, change.area.incident.protocol, change.effective_at
    zone = rules.zones[change.zone]
    base = f"{area.name} · {in_language(zone.title)}"[:112]
    names = set(area.incident.areas.values_list("name", flat=True))
    name = next(n for n in (base, *(f"{base} ({i})" for i in range(2, len(names) + 3))) if n not in names)
    made = Area.objects.create(
        incident=area.incident,
        name=name,
        zone=change.zone,
        state=Area.State.IN_FORCE,
        effective_at=starts,
        decided_by=change.decided_by,
        reason=change.reason,
        basis=area.basis,
        ends_when=in_language(zone.exit) or area.ends_when,
        review_at=protocol.restriction_review(rules, started=starts).due,
        continues=area,
        **{
            name: getattr(area, name)
            for name in (
                "supply_team",
                "first_delivery_at",
                "supply_accepted_at",
                "supply_accepted_by",
                "letter",
                "emergency_phone",
                "exits_checked_at",
                "owner",
            )
        },
    )
    RoleGrant.objects.bulk_create(  # whoever had a duty in the area has it here, too
        RoleGrant(member_id=grant.member_id, role=grant.role, incident_id=grant.incident_id, area=made)
        for grant in area.grants.all()
    )
    excepts = [code for code in change.before if code.startswith("-")]
    _set_places(made, [*change.moved, *_without(excepts, change.moved)], moving)
    advice = newest_advice(area, change.decided_at)
    bring_in(made, from_=starts, by=change.decided_by, advice=None)
    keep_decision(made, "seal", change.reason, at=change.decided_at, by=change.decided_by, about=str(advice or ""))
    return made


def _to_zone(area: Area, zone: str, starts: datetime, *, by: Member | None) -> None:
    began = area.zone_since or area.effective_at or starts
    ZonePeriod.objects.create(area=area, zone=area.zone, began_at=began, ended_at=starts)
    area.zone, area.zone_since = zone, starts
    area.save(update_fields=["zone", "zone_since"])
    kept = {measure.code for measure in protocol.measures_of(area.incident.protocol, zone)}
    ending = area.restrictions.filter(ended_at=None).exclude(measure__in=kept).exclude(measure__startswith="own:")
    ending.update(ended_at=starts, end_reason=in_language(area.incident.protocol.zones[zone].title))
    bring_in(area, from_=starts, by=by, advice=newest_advice(area, starts))


def _back_to_zone(area: Area, change: AreaChange) -> None:
    last = area.zone_periods.last()
    if last is None:
        return
    area.restrictions.filter(started_at=change.effective_at).delete()
    area.restrictions.filter(ended_at=change.effective_at).update(ended_at=None, end_reason="")
    area.zone = last.zone
    area.zone_since = last.began_at if area.zone_periods.count() > 1 else None
    area.save(update_fields=["zone", "zone_since"])
    last.delete()


def _nothing_built(made: Area) -> None:
    """Refuse where any other record rests on an area; its own parts do not count."""
    for relation in Area._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel) or relation.related_model in OWN:
            continue
        rows = relation.related_model._default_manager.filter(**{relation.field.name: made.pk})
        if rows.exists():
            raise UserError(
                _("Something was built on this change: %(what)s.")
                % {"what": relation.related_model._meta.verbose_name},
                field="change",
                mend=_("Change the areas anew instead."),
            )


def _without(codes: Iterable[str], dropped: Iterable[str]) -> list[str]:
    gone = set(dropped)
    return [code for code in codes if code.lstrip("-") not in gone]


def _set_places(area: Area, codes: Sequence[str], target: set[int]) -> None:
    """Give an area places that mean exactly these doors: by the codes, and door by door where they mean others."""
    meant = doors_meant([place_of(code) for code in codes])
    area.places.all().delete()
    single = [f"-d{pk}" for pk in sorted(meant - target)] + [f"d{pk}" for pk in sorted(target - meant)]
    _store(area, _without(codes, [code.lstrip("-") for code in single]) + single)
    work_out_doors(area)


def _store(area: Area, codes: Iterable[str]) -> None:
    places = [place_of(code) for code in codes]
    for place in places:
        place.area = area
    AreaPlace.objects.bulk_create(places)
