"""Service by area: the same in a large area as in a small one (S123)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from doorstep.command.models import Area, Incident
from doorstep.promises.models import Promise


@dataclass(frozen=True)
class ServiceRow:
    """What a household of one area has had until now: the same in a large area as in a small one (S123)."""

    area: Area
    households: int
    due: int
    in_time: int
    late: int
    broken: int

    @property
    def share(self) -> float | None:
        """Full per cent of what fell due that was kept in time (100 only where all was); None before anything fell due."""
        return 100 * self.in_time // self.due if self.due else None

    @property
    def per_household(self) -> float:
        return self.in_time / self.households if self.households else 0.0


def service_by_area(incident: Incident, at: datetime, areas: list[Area]) -> list[ServiceRow]:
    """Of what fell due at doors until now: kept in time, kept late, broken; area by area. One query."""
    fell = Promise.objects.filter(incident=incident, subject_kind__in=["household", "person"], door__isnull=False)
    fell = fell.exclude(state="waived")
    fell = fell.filter(Q(due_at__lte=at) | Q(state="kept"))
    counted = fell.values_list("area_id").annotate(
        households=Count("subject_id", filter=Q(subject_kind="household"), distinct=True),
        due=Count("pk"),
        in_time=Count("pk", filter=Q(state="kept", late=False)),
        late=Count("pk", filter=Q(state="kept", late=True)),
    )
    found = {row[0]: row[1:] for row in counted.order_by()}
    rows = []
    for area in areas:
        households, due, in_time, late = found.get(area.pk, (0, 0, 0, 0))
        rows.append(ServiceRow(area, households, due, in_time, late, due - in_time - late))
    return rows
