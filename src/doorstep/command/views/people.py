"""People: the organisation tree, teams, members with their accounts and duties."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command import directory, people
from doorstep.command.forms.people import AccountForm, DutyForm, MemberForm, OrganisationForm, TeamForm
from doorstep.command.models import Member, Organisation, RoleGrant, Team
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked, tried


@needs("manage_people")
def home(request: Any) -> HttpResponse:
    """The members of the directory with their duties here."""
    incident = _incident(request)
    words = request.GET.get("name", "").strip()[:80]
    found = directory.members_found(words)
    if table_asked(request):
        lines = directory.member_lines(incident, list(found))
        return table(request, "members", directory.MEMBER_HEADINGS, directory.member_rows(lines))
    page = page_of(request, found)
    context = {"pages": page, "lines": directory.member_lines(incident, list(page)), "name": words, "tab": "members"}
    return render(request, "command/members.html", context)


@needs("manage_people")
def organisations(request: Any) -> HttpResponse:
    """The organisation tree; who cannot be reached is flagged."""
    _incident(request)
    tree = directory.organisation_tree()
    if table_asked(request):
        return table(request, "organisations", directory.ORGANISATION_HEADINGS, directory.organisation_rows(tree))
    silent = [node for _depth, node in directory.flat(tree) if not node.reachable]
    return render(request, "command/organisations.html", {"tree": tree, "silent": silent, "tab": "organisations"})


@needs("manage_people")
def organisation(request: Any, pk: int | None = None) -> HttpResponse:
    """Add or change an organisation."""
    incident = _whole(request)
    found = get_object_or_404(Organisation, pk=pk) if pk else None
    form = OrganisationForm(found, request.POST or None, parent=request.GET.get("parent", ""))
    if request.method == "POST":
        at = incident.now()
        done, made = tried(
            form,
            lambda: people.save_organisation(found, incident=incident, at=at, by=request.member, **form.cleaned_data),
        )
        if done:
            messages.success(request, _("%(name)s is kept.") % {"name": made.name})
            return redirect("command:organisations")
    context = {"form": form, "found": found, "back": "command:organisations", "what": _("Organisation")}
    return render(request, "command/person_form.html", context, status=_status(request))


@needs("manage_people")
def teams(request: Any) -> HttpResponse:
    """The teams of this incident, and the areas that have none."""
    incident = _incident(request)
    found = directory.teams_of(incident)
    if table_asked(request):
        return table(request, "teams", directory.TEAM_HEADINGS, directory.team_rows(found))
    context = {"teams": page_of(request, found), "bare": directory.areas_without_team(incident), "tab": "teams"}
    return render(request, "command/teams.html", context)


@needs("manage_people")
def team(request: Any, pk: int | None = None) -> HttpResponse:
    """Add or change a team."""
    incident = _incident(request)
    found = get_object_or_404(Team, pk=pk, incident=incident) if pk else None
    if found is not None:
        request.rights.require("manage_people", found.area_id)
    form = TeamForm(incident, found, request.POST or None, area=request.GET.get("area", ""))

    def save() -> Team:
        area = form.cleaned_data["area"]
        if area is None:
            request.rights.require_everywhere("manage_people")
        request.rights.require("manage_people", area)
        return people.save_team(found, incident=incident, at=incident.now(), by=request.member, **form.cleaned_data)

    if request.method == "POST":
        done, made = tried(form, save)
        if done:
            messages.success(request, _("%(name)s is kept.") % {"name": made.name})
            return redirect("command:teams")
    context = {"form": form, "found": found, "back": "command:teams", "what": _("Team")}
    return render(request, "command/person_form.html", context, status=_status(request))


@needs("manage_people")
@require_POST
def end_team(request: Any, pk: int) -> HttpResponse:
    """End a team, or take its ending back."""
    incident = _incident(request)
    found = get_object_or_404(Team, pk=pk, incident=incident)
    request.rights.require("manage_people", found.area_id)
    act = people.reopen_team if request.POST.get("open") == "1" else people.end_team
    act(found, at=incident.now(), by=request.member)
    return redirect("command:teams")


@needs("manage_people")
def member(request: Any, pk: int) -> HttpResponse:
    """One member: facts, duties, account."""
    return _page(request, get_object_or_404(Member.objects.select_related("user", "organisation"), pk=pk))


@needs("manage_people")
def save_member(request: Any, pk: int | None = None) -> HttpResponse:
    """Add a member, or change the facts of one."""
    incident = _incident(request)
    found = get_object_or_404(Member, pk=pk) if pk else None
    form = MemberForm(found, request.POST or None)
    if request.method == "POST":
        at = incident.now()
        done, made = tried(
            form, lambda: people.save_member(found, incident=incident, at=at, by=request.member, **form.cleaned_data)
        )
        if done:
            messages.success(request, _("%(name)s is kept.") % {"name": made.name})
            return redirect("command:member", made.pk)
        if found is not None:
            return _page(request, get_object_or_404(Member, pk=pk), facts=form)
    context = {"form": form, "found": found, "back": "command:people", "what": _("Member")}
    return render(request, "command/person_form.html", context, status=_status(request))


@needs("manage_people")
@require_POST
def duty(request: Any, pk: int) -> HttpResponse:
    """Give a duty, or take one back."""
    incident = _incident(request)
    found = get_object_or_404(Member, pk=pk)
    at = incident.now()
    if request.POST.get("revoke"):
        given = get_object_or_404(RoleGrant, pk=request.POST["revoke"], member=found, incident=incident)
        if given.area_id is None:
            request.rights.require_everywhere("manage_people")
        request.rights.require("manage_people", given.area_id)
        people.revoke(given, at=at, by=request.member)
        return redirect("command:member", pk)
    form = DutyForm(incident, request.rights, request.member, request.POST)

    def give() -> RoleGrant:
        role, area = form.cleaned_data["role"], form.cleaned_data["area"]
        return people.grant(found, role, incident=incident, area=area, at=at, by=request.member)

    if not tried(form, give)[0]:
        return _page(request, found, duty=form)
    return redirect("command:member", pk)


@needs("manage_people")
@require_POST
def account(request: Any, pk: int) -> HttpResponse:
    """Give an account or a new first password; it is shown on this answer only and kept nowhere."""
    incident = _incident(request)
    found = get_object_or_404(Member.objects.select_related("user"), pk=pk)
    form = AccountForm(request.POST)

    def give() -> tuple[str, str]:
        if form.cleaned_data["stamp"] != _stamp(found):
            raise UserError(
                _("A password has been given since this page was opened."),
                field="login",
                mend=_("If it is lost, give another one now."),
            )
        login = form.cleaned_data["login"]
        return people.give_account(found, login, incident=incident, at=incident.now(), by=request.member)

    done, given = tried(form, give)
    answer = _page(request, found, **({"given": given} if done else {"account": form}))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(request: Any, found: Member, **tried_forms: Any) -> HttpResponse:
    incident = _incident(request)
    (line,) = directory.member_lines(incident, [found])
    account = AccountForm(initial={"stamp": _stamp(found)})
    if "account" in tried_forms:
        data = {"login": tried_forms["account"].data.get("login", ""), "stamp": _stamp(found)}
        errors = tried_forms.pop("account").errors
        account = AccountForm(initial=data)
        tried_forms["account_errors"] = [error for lines in errors.values() for error in lines]
    context = {
        "found": found,
        "line": line,
        "facts": MemberForm(found),
        "duty": DutyForm(incident, request.rights, request.member),
        "account": account,
        "answers": people.answers_for(request.member, found),
        "teams": found.teams.filter(incident=incident, ended_at=None),
        **tried_forms,
    }
    refused = tried_forms and "given" not in tried_forms
    return render(request, "command/member.html", context, status=422 if refused else 200)


def _stamp(member: Member) -> str:
    """Which password a member has, without saying anything of it."""
    return hashlib.sha256(member.user.password.encode()).hexdigest()[:16] if member.user else "none"


def _incident(request: Any) -> Any:
    if not request.incident:
        raise Http404
    return request.incident


def _whole(request: Any) -> Any:
    request.rights.require_everywhere("manage_people")
    return _incident(request)


def _status(request: Any) -> int:
    return 422 if request.method == "POST" else 200
