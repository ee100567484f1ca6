"""Who may do what, where: roles.yaml read once, grants of a member asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import QuerySet

from doorstep.command.models import Area, Incident, Member, RoleGrant
from doorstep.errors import NotAllowedError


@dataclass(frozen=True)
class Role:
    """A duty: its titles, the acts it gives, whether it sees full names, its own first page (the name of an address)."""

    code: str
    title: dict[str, str]
    acts: frozenset[str]
    full_names: bool
    home: str = ""


@cache
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "roles.yaml").read_text("utf-8"))
    return loaded


@cache
def roles() -> dict[str, Role]:
    """Every role by its code."""
    return {
        code: Role(code, body["title"], frozenset(body["acts"]), bool(body["full_names"]), body.get("home", ""))
        for code, body in _file()["roles"].items()
    }


@cache
def acts() -> dict[str, dict[str, str]]:
    """Every act by its code, with its titles."""
    found: dict[str, dict[str, str]] = _file()["acts"]
    return found


@dataclass(frozen=True)
class Rights:
    """What one member may do in one incident. `areas` is None where a grant covers the whole incident.

    `home` is the first page of a member whose duties all have the same one.
    """

    by_act: dict[str, frozenset[int] | None]
    full_names_in: frozenset[int] | None
    home: str = ""

    def may(self, act: str, area: Area | int | None = None) -> bool:
        """Whether the act is given: anywhere (no area asked) or in that area."""
        if act not in self.by_act:
            return False
        scope = self.by_act[act]
        if scope is None or area is None:
            return True
        return (area.pk if isinstance(area, Area) else area) in scope

    def covers(self, act: str) -> bool:
        """Whether the act is given in the whole incident, not in some of its areas only."""
        return act in self.by_act and self.by_act[act] is None

    def areas(self, act: str) -> frozenset[int] | None:
        """The areas in which the act is given: None = all; an empty set = none."""
        return self.by_act.get(act, frozenset())

    def require(self, act: str, area: Area | int | None = None) -> None:
        """Raise NotAllowedError where `may` says no."""
        if not self.may(act, area):
            title = acts()[act]
            raise NotAllowedError(
                f"{title['zh']} / {title['en']}: not among your duties here.",
                mend="Ask a commander for the duty, or sign in with another account.",
            )

    def require_everywhere(self, act: str) -> None:
        """Raise NotAllowedError unless the act is given in the whole incident."""
        if not self.covers(act):
            title = acts()[act]
            raise NotAllowedError(
                f"{title['zh']} / {title['en']}: not among your duties in the whole incident.",
                mend="Ask a commander of the incident.",
            )

    def sees_names(self, area: Area | int | None = None) -> bool:
        """Whether names are shown in full (in that area)."""
        if self.full_names_in is None:
            return True
        if area is None:
            return bool(self.full_names_in)
        return (area.pk if isinstance(area, Area) else area) in self.full_names_in


NOTHING = Rights({}, frozenset())


def rights_of(member: Member | None, incident: Incident | None) -> Rights:
    """The member's rights: grants without an incident hold everywhere. One query."""
    if member is None:
        return NOTHING
    grants = [
        grant
        for grant in RoleGrant.objects.filter(member=member)
        if grant.incident_id is None or (incident is not None and grant.incident_id == incident.pk)
    ]
    by_act: dict[str, frozenset[int] | None] = {}
    names: frozenset[int] | None = frozenset()
    homes = {roles()[grant.role].home for grant in grants if grant.role in roles()}
    for grant in grants:
        role = roles().get(grant.role)
        if role is None:
            continue
        for act in role.acts:
            by_act[act] = _wider(by_act.get(act, frozenset()), grant.area_id)
        if role.full_names:
            names = _wider(names, grant.area_id)
    return Rights(by_act, names, homes.pop() if len(homes) == 1 else "")


def incidents_of(member: Member | None) -> QuerySet[Incident]:
    """The incidents in which the member has any duty: open ones first, then the newest."""
    incidents = Incident.objects.order_by("-state", "-trigger_at", "-pk")
    if member is None:
        return incidents.none()
    if RoleGrant.objects.filter(member=member, incident=None).exists():
        return incidents
    return incidents.filter(pk__in=RoleGrant.objects.filter(member=member).values("incident_id"))


def _wider(scope: frozenset[int] | None, area_id: int | None) -> frozenset[int] | None:
    if scope is None or area_id is None:
        return None
    return scope | {area_id}
