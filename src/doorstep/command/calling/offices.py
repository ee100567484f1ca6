"""Who is called where an organisation or a team is asked: head, then deputy; or everybody of the team."""

from __future__ import annotations

from doorstep.command.calling.acts import Wanted
from doorstep.command.models import Member, Organisation, Team


def heads_of(office: Organisation) -> list[Wanted]:
    """The head, then the deputy (S25). Where the directory has a member of that name there, the member is asked."""
    here = {member.name: member for member in Member.objects.filter(organisation=office, available=True)}
    names = list(dict.fromkeys(name for name in (office.head, office.deputy) if name))
    found = [Wanted(name, (here[name].phone if name in here else "") or office.phone, here.get(name)) for name in names]
    if not found and office.phone:
        found = [Wanted(office.name, office.phone)]
    return found


def members_of(team: Team) -> list[Wanted]:
    """Everybody of the team who can come, the leader first."""
    able = team.members.filter(available=True, health="fit").select_related("organisation").order_by("name", "pk")
    ordered = sorted(able, key=lambda one: one.pk != team.leader_id)
    return [Wanted(one.name, one.phone or (one.organisation.phone if one.organisation else ""), one) for one in ordered]
