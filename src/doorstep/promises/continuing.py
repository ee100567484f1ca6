"""What goes on when an area changes: no kit twice, none forgotten, across zone classes and across areas (F24).

A kind of promise that the class before owed, too, is counted on from where it began; one that is new counts from the change.
An area that took places out of another one owes nothing that was due before, nor what was kept there already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.events import ChangeTakenBack
from doorstep.command.models import Area, AreaChange, Incident
from doorstep.errors import UserError
from doorstep.promises.models import Promise

STEP = 1_000_000  # sequences of one stretch of a kind; the next stretch of the same kind counts on above it


@dataclass(frozen=True)
class Stretch:
    """A zone class and since when, in this area or in the one that it continues."""

    zone: str
    since: datetime


@dataclass(frozen=True)
class Bound:
    """How an area came to bind: its stretches (the present one last), from when it owes anything itself, what was kept before."""

    stretches: tuple[Stretch, ...]
    own_from: datetime
    kept: frozenset[tuple[str, str, int, int]] = frozenset()

    @property
    def is_plain(self) -> bool:
        return len(self.stretches) == 1

    def begins(self, rules: protocol.Protocol, kind: str) -> tuple[datetime, int]:
        """From when a kind counts without a break, and how many stretches of it lie before."""
        place = len(self.stretches) - 1
        while place > 0 and protocol.is_owed_in(rules, self.stretches[place - 1].zone, kind):
            place -= 1
        return self.stretches[place].since, place


def bounds_of(areas: Iterable[Area]) -> dict[int, Bound]:
    """How each area came to bind. Two queries, and two for each area that continues another."""
    given = [area for area in areas if area.effective_at is not None]
    periods: dict[int, list[Stretch]] = {area.pk: [] for area in given}
    changed = Area.objects.filter(pk__in=list(periods), zone_periods__isnull=False)
    for pk, zone, began in changed.order_by("zone_periods__began_at").values_list(
        "pk", "zone_periods__zone", "zone_periods__began_at"
    ):
        periods[pk].append(Stretch(zone, began))
    return {area.pk: _bound(area, periods[area.pk]) for area in given}


def _bound(area: Area, earlier: list[Stretch]) -> Bound:
    assert area.effective_at is not None
    here = (*earlier, Stretch(area.zone, area.zone_since or area.effective_at))
    source = area.continues
    if source is None or source.effective_at is None:
        return Bound(here, area.effective_at)
    there = [Stretch(period.zone, period.began_at) for period in source.zone_periods.all()]
    there.append(Stretch(source.zone, source.zone_since or source.effective_at))
    before = tuple(stretch for stretch in there if stretch.since < area.effective_at)
    kept = Promise.objects.filter(
        area=source, state=Promise.State.KEPT, due_at__gt=area.effective_at, door__isnull=False
    )
    keys = kept.filter(door__area_doors__area=area).values_list("kind", "subject_kind", "subject_id", "sequence")
    return Bound((*before, *here), area.effective_at, frozenset(keys))


def owed_in(
    rules: protocol.Protocol,
    bound: Bound,
    household: protocol.HouseholdFacts,
    *,
    until: datetime,
    persons_until: datetime,
    tz: ZoneInfo,
) -> list[protocol.Owed]:
    """What a household and its persons are owed in an area, however the area came to bind."""
    zone = bound.stretches[-1].zone
    lines: list[protocol.Owed] = []
    if bound.is_plain:
        lines += protocol.owed_to_household(rules, zone, household, bound_from=bound.own_from, until=until, tz=tz)
    else:
        for since, place in {bound.begins(rules, kind) for kind in protocol.kinds_owed_in(rules, zone)}:
            counted = protocol.owed_to_household(rules, zone, household, bound_from=since, until=until, tz=tz)
            lines += [
                replace(line, sequence=line.sequence + place * STEP)
                for line in counted
                if bound.begins(rules, line.kind) == (since, place)
            ]
    for person in household.persons:
        lines += protocol.owed_to_person(rules, person, bound_from=bound.own_from, until=persons_until, tz=tz)
    if bound.is_plain:
        return lines
    return [
        line
        for line in lines
        if line.due > bound.own_from
        and (line.kind, line.subject_kind, int(line.subject_id), line.sequence) not in bound.kept
    ]


def owed_now(incident: Incident, doors: Iterable[int], areas: Iterable[int], at: datetime) -> dict[str, int]:
    """How many open promises of each kind some doors have from `at` on, brought up to date. It writes: roll it back."""
    from doorstep.promises.actions import Scope, derive

    scope = Scope(frozenset(doors), frozenset(areas))
    derive(incident, at=at, scope=scope)
    found: Counter[str] = Counter()
    keys = sorted(scope.doors)
    for start in range(0, len(keys), 5000):
        here = Promise.objects.filter(
            incident=incident, door_id__in=keys[start : start + 5000], state="open", due_at__gt=at
        )
        found.update(dict(here.values_list("kind").annotate(Count("pk")).order_by()))
    return dict(found)


@transaction.atomic(savepoint=False)
def before_change_is_taken_back(event: ChangeTakenBack) -> None:
    """Nothing that was promised by the change may have been kept; what it only derived goes with it."""
    here = Promise.objects.filter(area_id=event.made_id or event.area_id)
    if event.made_id is None and not AreaChange.objects.filter(
        area_id=event.area_id, effective_at=event.since, kind=AreaChange.Kind.ZONE
    ):
        return  # places were set free: nothing was promised by it
    if here.filter(kept_at__gte=event.since).exists() or here.exclude(waived_by="").exists():
        raise UserError(
            _("Something that this change promised has been kept already."),
            field="change",
            mend=_("Change the areas anew instead."),
        )
    if event.made_id is not None:
        Promise.objects.filter(area_id=event.made_id).delete()
