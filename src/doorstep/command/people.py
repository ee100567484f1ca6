"""Organisations, teams, members, accounts and duties."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.events import MemberAway
from doorstep.command.models import Area, Incident, Member, Organisation, RoleGrant, Team
from doorstep.command.rights import rights_of, roles
from doorstep.errors import NotAllowedError, UserError
from doorstep.wiring.events import publish

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def answers_for(by: Member | None, member: Member) -> bool:
    """Whether `by` manages people everywhere where `member` has a duty: nobody takes a greater account over."""
    if by is None or by.pk == member.pk:
        return True
    for given in RoleGrant.objects.filter(member=member).select_related("incident"):
        rights = rights_of(by, given.incident)
        if not (rights.may("manage_people", given.area_id) if given.area_id else rights.covers("manage_people")):
            return False
    return True


def _check_answers(by: Member | None, member: Member) -> None:
    if not answers_for(by, member):
        raise NotAllowedError(
            _("This member has duties beyond yours."), mend=_("Ask whoever manages people in the whole installation.")
        )


@transaction.atomic
def first_administrator(
    at: datetime,
    *,
    name: str = "admin",
    login: str = "admin",
    password: str = "",
    organisation: Organisation | None = None,
) -> tuple[str, str] | None:
    """Make the first account of an empty installation: (login, password). None when there is any.

    Without a `password` one is made, and shown once.
    """
    if get_user_model().objects.exists():
        return None
    member = Member.objects.create(name=name, organisation=organisation)
    RoleGrant.objects.create(member=member, role="administrator")
    login, made = give_account(member, login, incident=None, at=at, by=None)
    if password and member.user is not None:
        member.user.set_password(password)
        member.user.save(update_fields=["password"])
    return login, password or made


@transaction.atomic
def give_account(
    member: Member, login: str, *, incident: Incident | None, at: datetime, by: Member | None
) -> tuple[str, str]:
    """Give a member an account, or a new first password: (login, password). The password is kept nowhere else."""
    _check_answers(by, member)
    users = get_user_model().objects
    login = login.strip()
    if member.user is None:
        if not login:
            raise UserError(_("The account has no login."), field="login", mend=_("Choose a short login."))
        if users.filter(username=login).exists():
            raise UserError(_("This login is taken."), field="login", mend=_("Choose another."))
        member.user = users.create_user(login)
        member.save(update_fields=["user"])
    password = "-".join("".join(secrets.choice(LETTERS) for _i in range(4)) for _j in range(3))
    member.user.set_password(password)
    member.user.save()
    journal.record("give_account", incident=incident, subject=member, by=by, occurred_at=at, label=member.name)
    return member.user.get_username(), password


@transaction.atomic
def grant(
    member: Member, role: str, *, incident: Incident, area: Area | None, at: datetime, by: Member | None
) -> RoleGrant:
    """Give a duty in one area, or (no area) in the whole incident. Giving it twice adds nothing."""
    if role not in roles():
        raise UserError(_("There is no such duty."), field="role", mend=_("Choose one of the list."))
    if area is not None and area.incident_id != incident.pk:
        raise UserError(_("This area is of another incident."), field="area", mend=_("Choose one of the list."))
    if by is not None and role == "administrator" and not rights_of(by, None).covers("manage_people"):
        raise NotAllowedError(
            _("Only an administrator makes another."), mend=_("Ask whoever manages people in the whole installation.")
        )
    found, is_new = RoleGrant.objects.get_or_create(member=member, role=role, incident=incident, area=area)
    if is_new:
        label = f"{member.name}: {role}"
        journal.record("grant", incident=incident, subject=member, by=by, occurred_at=at, label=label)
    return found


@transaction.atomic
def revoke(given: RoleGrant, *, at: datetime, by: Member | None) -> None:
    """Take a duty back. The last commander of an incident stays."""
    others = RoleGrant.objects.filter(incident=given.incident, role=given.role, area=None).exclude(pk=given.pk)
    if given.role == "commander" and given.area_id is None and not others.exists():
        raise UserError(_("This is the last commander."), field="role", mend=_("Give the duty to somebody else first."))
    label = f"{given.member.name}: {given.role}"
    journal.record("revoke", incident=given.incident, subject=given.member, by=by, occurred_at=at, label=label)
    given.delete()


@transaction.atomic
def save_member(
    member: Member | None, *, incident: Incident | None, at: datetime, by: Member | None, **facts: Any
) -> Member:
    """Add or change a member of the directory."""
    changed = member or Member()
    for name, value in facts.items():
        setattr(changed, name, value)
    changed.name = changed.name.strip()
    if not changed.name:
        raise UserError(_("The member has no name."), field="name", mend=_("Give the name."))
    same = Member.objects.filter(name=changed.name, organisation=changed.organisation, phone=changed.phone)
    if same.exclude(pk=changed.pk).exists():
        raise UserError(
            _("This member is in the directory already."), field="name", mend=_("Add the phone that tells them apart.")
        )
    changed.save()
    act = "change_member" if member else "add_member"
    journal.record(act, incident=incident, subject=changed, by=by, occurred_at=at, label=changed.name)
    if member is not None and not (changed.available and changed.health == "fit"):
        publish(MemberAway(changed.pk, at, by.pk if by else None))
    return changed


@transaction.atomic
def save_team(
    team: Team | None,
    *,
    incident: Incident,
    at: datetime,
    by: Member | None,
    name: str,
    leader: Member | None,
    members: Sequence[Member] = (),
    nature: str = "",
    workstream: str = "",
    area: Area | None = None,
) -> Team:
    """Add or change a team of this incident; the leader is always one of its members."""
    if not name.strip():
        raise UserError(_("The team has no name."), field="name", mend=_("Give the name."))
    same = Team.objects.filter(incident=incident, name=name.strip())
    if (same.exclude(pk=team.pk) if team else same).exists():
        raise UserError(_("A team of this name exists."), field="name", mend=_("Choose another name."))
    changed = team or Team(incident=incident)
    changed.name, changed.leader, changed.area = name.strip(), leader, area
    changed.nature, changed.workstream = nature, workstream
    changed.save()
    changed.members.set({member.pk for member in members} | ({leader.pk} if leader else set()))
    act = "change_team" if team else "add_team"
    journal.record(act, incident=incident, subject=changed, by=by, occurred_at=at, label=changed.name)
    return changed


@transaction.atomic
def end_team(team: Team, *, at: datetime, by: Member | None) -> Team:
    """A team lives as long as it is needed. One that answers for the supply of an area stays."""
    if Area.objects.filter(supply_team=team, state=Area.State.IN_FORCE).exists():
        raise UserError(
            _("This team answers for the supply of an area in force."),
            field="team",
            mend=_("Name another team for that area first."),
        )
    if team.ended_at is None:
        team.ended_at = at
        team.save(update_fields=["ended_at"])
        journal.record("end_team", incident=team.incident, subject=team, by=by, occurred_at=at, label=team.name)
    return team


@transaction.atomic
def reopen_team(team: Team, *, at: datetime, by: Member | None) -> Team:
    """Take the ending of a team back."""
    if team.ended_at is not None:
        team.ended_at = None
        team.save(update_fields=["ended_at"])
        journal.record("reopen_team", incident=team.incident, subject=team, by=by, occurred_at=at, label=team.name)
    return team


@transaction.atomic
def save_organisation(
    organisation: Organisation | None, *, incident: Incident | None, at: datetime, by: Member | None, **facts: Any
) -> Organisation:
    """Add or change a node of the organisation tree. A node never stands below itself."""
    changed = organisation or Organisation()
    for name, value in facts.items():
        setattr(changed, name, value)
    changed.name = changed.name.strip()
    if not changed.name:
        raise UserError(_("The organisation has no name."), field="name", mend=_("Give the name."))
    above = changed.parent
    while above is not None:
        if above.pk is not None and above.pk == changed.pk:
            raise UserError(
                _("An organisation cannot stand below itself."), field="parent", mend=_("Choose another parent.")
            )
        above = above.parent
    if Organisation.objects.filter(parent=changed.parent, name=changed.name).exclude(pk=changed.pk).exists():
        raise UserError(_("It is in the tree already."), field="name", mend=_("Choose another name."))
    changed.save()
    act = "change_organisation" if organisation else "add_organisation"
    journal.record(act, incident=incident, subject=changed, by=by, occurred_at=at, label=changed.name)
    return changed
