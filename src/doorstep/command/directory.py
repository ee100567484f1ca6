"""What can be asked of people: the tree with who cannot be reached, teams, members with their duties."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from doorstep.command.models import Area, Incident, Member, Organisation, RoleGrant, Team
from doorstep.command.rights import roles
from doorstep.wiring.texts import in_language


@dataclass
class Node:
    """An organisation in the tree; `reachable` is False where no phone of it or of a member is known (S25)."""

    organisation: Organisation
    members: int
    reachable: bool
    children: list[Node] = field(default_factory=list)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What S25 asks of it and is not known."""
        here = self.organisation
        asked = (("contact", self.reachable), ("head", here.head), ("deputy", here.deputy))
        return tuple(code for code, value in asked if not value)


def organisation_tree() -> list[Node]:
    """The whole tree, roots first. Two queries."""
    phones: dict[int | None, list[str]] = defaultdict(list)
    for home, phone in Member.objects.values_list("organisation_id", "phone"):
        phones[home].append(phone)
    nodes: dict[int, Node] = {}
    for organisation in Organisation.objects.select_related("parent").order_by("name"):
        there = phones[organisation.pk]
        nodes[organisation.pk] = Node(organisation, len(there), bool(organisation.phone or any(there)))
    roots: list[Node] = []
    for node in nodes.values():
        above = node.organisation.parent_id
        (roots if above is None else nodes[above].children).append(node)
    return roots


def flat(nodes: list[Node], depth: int = 0) -> list[tuple[int, Node]]:
    """The tree as lines with their depth."""
    lines = []
    for node in nodes:
        lines.append((depth, node))
        lines += flat(node.children, depth + 1)
    return lines


ORGANISATION_HEADINGS = ("level", "organisation", "kind", "above", "head", "deputy", "phone", "members", "lacks")


def organisation_rows(nodes: list[Node]) -> list[list[Any]]:
    """The tree as a table."""
    return [
        [
            depth + 1,
            node.organisation.name,
            node.organisation.get_kind_display(),
            node.organisation.parent.name if node.organisation.parent else "",
            node.organisation.head,
            node.organisation.deputy,
            node.organisation.phone,
            node.members,
            ", ".join(node.lacks),
        ]
        for depth, node in flat(nodes)
    ]


def teams_of(incident: Incident) -> QuerySet[Team]:
    """The teams of an incident, those that have ended last."""
    teams = Team.objects.filter(incident=incident).select_related("leader", "area").prefetch_related("members")
    return teams.order_by("ended_at", "name")


def areas_without_team(incident: Incident) -> list[Area]:
    """Areas proposed or in force that no living team works in."""
    manned = Team.objects.filter(incident=incident, ended_at=None, area__isnull=False).values("area_id")
    supplied = Q(supply_team__isnull=False, supply_team__ended_at=None)
    areas = incident.areas.exclude(state=Area.State.LIFTED)
    return list(areas.exclude(pk__in=manned).exclude(supplied))


TEAM_HEADINGS = ("team", "nature", "workstream", "leader", "members", "area", "ended")


def team_rows(teams: QuerySet[Team]) -> list[list[Any]]:
    """The teams as a table."""
    return [
        [
            team.name,
            team.nature,
            team.workstream,
            team.leader.name if team.leader else "",
            ", ".join(member.name for member in team.members.all()),
            team.area.name if team.area else "",
            team.ended_at,
        ]
        for team in teams
    ]


@dataclass(frozen=True)
class Duty:
    """A duty in words: what, where, and the grant behind it."""

    grant: RoleGrant
    title: str
    where: str


@dataclass(frozen=True)
class MemberLine:
    """A member in the directory with the duties that hold in this incident."""

    member: Member
    duties: tuple[Duty, ...]


def members_found(words: str = "") -> QuerySet[Member]:
    """The directory, narrowed by name, organisation, phone or login."""
    members = Member.objects.select_related("organisation", "user").order_by("name", "pk")
    if words:
        found = Q(name__icontains=words) | Q(phone__icontains=words) | Q(organisation__name__icontains=words)
        members = members.filter(found | Q(user__username__icontains=words))
    return members


def member_lines(incident: Incident, members: list[Member]) -> list[MemberLine]:
    """Members with their duties here. One query."""
    duties: dict[int, list[Duty]] = defaultdict(list)
    grants = RoleGrant.objects.filter(member__in=members).filter(Q(incident=incident) | Q(incident=None))
    for grant in grants.select_related("area").order_by("role", "pk"):
        duties[grant.member_id].append(_duty(grant))
    return [MemberLine(member, tuple(duties[member.pk])) for member in members]


def _duty(grant: RoleGrant) -> Duty:
    role = roles().get(grant.role)
    where = grant.area.name if grant.area else "" if grant.incident_id else "*"
    return Duty(grant, in_language(role.title) if role else grant.role, where)


MEMBER_HEADINGS = ("member", "organisation", "phone", "login", "duties", "available")


def member_rows(lines: list[MemberLine]) -> list[list[Any]]:
    """The directory as a table."""
    return [
        [
            line.member.name,
            line.member.organisation.name if line.member.organisation else "",
            line.member.phone,
            line.member.user.get_username() if line.member.user else "",
            ", ".join(f"{duty.title} ({duty.where})" if duty.where else duty.title for duty in line.duties),
            "yes" if line.member.available else "no",
        ]
        for line in lines
    ]
