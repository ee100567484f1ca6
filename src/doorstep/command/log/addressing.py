"""To whom an entry can go: members, teams, organisations, and everybody with a duty. Each has a code such as team:4."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from doorstep.command.models import Addressee, Incident, Member, Organisation, RoleGrant, Team
from doorstep.command.rights import roles
from doorstep.errors import UserError
from doorstep.wiring.texts import in_language

AT = re.compile(r"[@＠]\s*")


@dataclass(frozen=True)
class Book:
    """Everybody who can be addressed in an incident, by code; `groups` are for a form, in the order people look."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    names: tuple[tuple[str, str], ...]  # (name, code), the longest first

    @property
    def labels(self) -> dict[str, str]:
        return {code: label for _title, pairs in self.groups for code, label in pairs}

    def mentioned(self, text: str) -> list[str]:
        """The codes of those whom a text calls by @name."""
        found = []
        for at in AT.finditer(text):
            rest = text[at.end() :]
            if code := next((code for name, code in self.names if rest.startswith(name)), None):
                found.append(code)
        return list(dict.fromkeys(found))

    def member_named(self, called: str) -> int | None:
        """The one member whom a name of a chat means: the same, or the only one whose name stands in it."""
        members = [(name, code) for name, code in self.names if code.startswith("member:")]
        same = [code for name, code in members if name == called.strip()]
        near = same or [code for name, code in members if len(name) > 1 and name in called]
        return int(near[0].split(":")[1]) if len(near) == 1 else None


def book_of(incident: Incident) -> Book:
    """The address book of an incident. Four queries."""
    granted = Q(incident=incident) | Q(incident=None)
    held = set(RoleGrant.objects.filter(granted).values_list("role", flat=True))
    duties = tuple((f"role:{code}", in_language(role.title)) for code, role in roles().items() if code in held)
    teams = tuple(
        (f"team:{pk}", name)
        for pk, name in incident.teams.filter(ended_at=None).order_by("name").values_list("pk", "name")
    )
    offices = tuple((f"org:{pk}", name) for pk, name in Organisation.objects.order_by("pk").values_list("pk", "name"))
    people = Member.objects.filter(_working(incident)).distinct().order_by("name").values_list("pk", "name")
    members = tuple((f"member:{pk}", name) for pk, name in people)
    groups = ((_("Duties"), duties), (_("Teams"), teams), (_("People"), members), (_("Organisations"), offices))
    named = [(name, code) for pairs in (members, teams, offices, duties) for code, name in pairs]
    return Book(groups, tuple(sorted(named, key=lambda pair: -len(pair[0]))))


def _working(incident: Incident) -> Q:
    return Q(grants__incident=incident) | Q(grants__isnull=False, grants__incident=None) | Q(teams__incident=incident)


def addressees(incident: Incident, codes: Iterable[str]) -> list[Addressee]:
    """Unsaved addressees of an entry. Raises UserError for a code that names nobody."""
    found = []
    for code in dict.fromkeys(codes):
        kind, _colon, key = code.partition(":")
        made = _one(incident, kind, key)
        if made is None:
            raise UserError(
                _("Nobody here is called “%(code)s”.") % {"code": code}, field="to", mend=_("Choose again.")
            )
        made.code = code
        found.append(made)
    return found


def _one(incident: Incident, kind: str, key: str) -> Addressee | None:
    if kind == "role" and key in roles():
        return Addressee(role=key, label=in_language(roles()[key].title))
    if not key.isdecimal():
        return None
    pk = int(key)
    if kind == "member" and (member := Member.objects.filter(pk=pk).first()):
        return Addressee(member=member, label=member.name)
    if kind == "team" and (team := Team.objects.filter(pk=pk, incident=incident).first()):
        return Addressee(team=team, label=team.name)
    if kind == "org" and (office := Organisation.objects.filter(pk=pk).first()):
        return Addressee(organisation=office, label=office.name)
    return None


def codes_of(member: Member | None, incident: Incident) -> set[str]:
    """Every code under which a member is addressed. Two queries."""
    if not member:
        return set()
    teams = Team.objects.filter(Q(members=member) | Q(leader=member), incident=incident).values_list("pk", flat=True)
    held = RoleGrant.objects.filter(Q(incident=incident) | Q(incident=None), member=member)
    codes = {f"member:{member.pk}", *(f"team:{pk}" for pk in teams)}
    codes |= {f"role:{role}" for role in held.values_list("role", flat=True)}
    return codes | ({f"org:{member.organisation_id}"} if member.organisation_id else set())


def people_of(incident: Incident, given: Iterable[Addressee]) -> set[int]:
    """The members behind some addressees: who is told. At most three queries."""
    found: set[int] = set()
    teams, offices, duties = set(), set(), set()
    for one in given:
        found |= {one.member_id} if one.member_id else set()
        teams |= {one.team_id} if one.team_id else set()
        offices |= {one.organisation_id} if one.organisation_id else set()
        duties |= {one.role} if one.role else set()
    if teams:
        for leader, member in Team.objects.filter(pk__in=teams).values_list("leader_id", "members"):
            found |= {pk for pk in (leader, member) if pk}
    if offices:
        found |= set(Member.objects.filter(organisation__in=offices).values_list("pk", flat=True))
    if duties:
        granted = RoleGrant.objects.filter(Q(incident=incident) | Q(incident=None), role__in=duties)
        found |= set(granted.values_list("member_id", flat=True))
    return found
