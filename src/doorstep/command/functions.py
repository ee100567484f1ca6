"""Who somebody is to a resident: the function, never the name."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident, RoleGrant
from doorstep.command.rights import roles
from doorstep.wiring.texts import in_language


def functions_of(members: Iterable[int | None], incident: Incident, act: str = "") -> dict[int, str]:
    """Member → their function in an incident, of those that give an act where one is named. One query."""
    keys = {pk for pk in members if pk}
    if not keys:
        return {}
    held: dict[int, set[str]] = {pk: set() for pk in keys}
    grants = RoleGrant.objects.filter(Q(incident=incident) | Q(incident=None), member__in=keys)
    for member, role in grants.values_list("member_id", "role"):
        held[member].add(role)
    return {pk: _in_words(codes, act) for pk, codes in held.items()}


def _in_words(codes: set[str], act: str) -> str:
    fitting = [role for code, role in roles().items() if code in codes and (not act or act in role.acts)]
    found = fitting or [role for code, role in roles().items() if code in codes]
    return in_language(found[-1].title) if found else _("somebody of the team")


def team_phone(area: Area | None) -> str:
    """The number at which the team that answers for an area is reached: its office's, else the area's emergency number."""
    if area is None:
        return ""
    leader = area.supply_team.leader if area.supply_team else None
    offices = (leader.organisation if leader else None, area.owner)
    return next((office.phone for office in offices if office and office.phone), area.emergency_phone)
