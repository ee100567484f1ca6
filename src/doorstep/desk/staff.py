"""Who can answer for a request: those with the duty at its place who are at hand, those on duty now first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from doorstep.command.models import Area, Incident, Member, RoleGrant
from doorstep.command.rights import roles
from doorstep.desk.models import Request
from doorstep.wiring.contributions import contributions

ACT = "work_requests"
AT_HAND = Q(available=True, health="fit")


def at_hand(member: Member | None) -> bool:
    """Whether somebody is there to act: not away, not ill, not in quarantine."""
    return member is not None and member.available and member.health == "fit"


def workers(incident: Incident, area: Area | None = None, *, duty: str = "") -> QuerySet[Member]:
    """Members at hand who may work on requests of an area (None = anywhere in the incident); of one duty if named."""
    may = [code for code, role in roles().items() if ACT in role.acts and duty in ("", code)]
    grants = RoleGrant.objects.filter(Q(incident=incident) | Q(incident=None), role__in=may)
    if area is not None:
        grants = grants.filter(Q(area=None) | Q(area=area))
    return Member.objects.filter(AT_HAND, pk__in=grants.values("member")).order_by("name", "pk")


def holders(incident: Incident) -> QuerySet[Member]:
    """Who may hold an object: everybody at hand with any duty in this incident, a courier, too."""
    grants = RoleGrant.objects.filter(Q(incident=incident) | Q(incident=None))
    return Member.objects.filter(AT_HAND, pk__in=grants.values("member")).order_by("name", "pk")


class Roster:
    """Who is at hand at an instant, asked for once: for many requests that need somebody in one act."""

    def __init__(self, incident: Incident, at: datetime) -> None:
        self.incident, self.at = incident, at
        self._members: dict[tuple[int | None, str], list[Member]] = {}
        self._loads: Counter[int] | None = None
        self._here: set[int] = set()

    def next_for(self, area: Area | None, duty: str, without: Iterable[int] = ()) -> Member | None:
        """The one of a duty to whom a request goes: on duty now before others, then who has the fewest."""
        left_out = set(without)
        key = (area.pk if area else None, duty)
        if key not in self._members:
            self._members[key] = list(workers(self.incident, area, duty=duty))
        there = [member for member in self._members[key] if member.pk not in left_out]
        if not there:
            return None
        loads = self._counted()
        return min(there, key=lambda member: (member.pk not in self._here, loads[member.pk], member.pk))

    def gave(self, member: Member) -> None:
        """One more is on somebody's list."""
        self._counted()[member.pk] += 1

    def _counted(self) -> Counter[int]:
        if self._loads is None:
            self._here = on_duty(self.incident, self.at)
            rows = Request.objects.filter(incident=self.incident, state__in=Request.LIVE, owner__isnull=False)
            self._loads = Counter(dict(rows.order_by().values_list("owner_id").annotate(n=Count("pk"))))
        return self._loads


def next_for(
    incident: Incident, area: Area | None, duty: str, at: datetime, without: Iterable[int] = ()
) -> Member | None:
    """The one of a duty to whom one request goes. Four queries at most."""
    return Roster(incident, at).next_for(area, duty, without)


def on_duty(incident: Incident, at: datetime) -> set[int]:
    """Members who stand somewhere now, as the rooms beside this one say."""
    return {
        one.member_id
        for source in contributions.duties
        for one in source.duties(incident, at, at)
        if one.here and one.member_id is not None
    }


def above_the_team(incident: Incident, area: Area | None, at: datetime, without: Iterable[int] = ()) -> Member | None:
    """Who hears a complaint or an appeal: a coordinator or commander who is not of the area's team (F33)."""
    team = area.supply_team if area else None
    own: set[int] = set(team.members.values_list("pk", flat=True)) if team else set()
    if team and team.leader_id:
        own.add(team.leader_id)
    for left_out in (own | set(without), set(without)):
        for duty in ("coordinator", "commander"):
            found = next_for(incident, area, duty, at, left_out)
            if found is not None:
                return found
    return None
