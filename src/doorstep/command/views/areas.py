"""Areas: compared, drawn, prepared, sealed, reviewed, lifted, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep import protocol
from doorstep.command import actions, queries
from doorstep.command.areas.keeping import longest_until
from doorstep.command.areas.kept import kept_loads
from doorstep.command.areas.measures import measure_lines, outdoors
from doorstep.command.forms.areas import (
    AcceptForm,
    AdviceForm,
    DecideForm,
    LiftForm,
    LiftingFactsForm,
    MeasureForm,
    PrepareForm,
    RenameForm,
    ReviewForm,
    WhyForm,
)
from doorstep.command.lifting import condition_lines, lifting_of
from doorstep.command.models import Area
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked, tried
from doorstep.wiring.texts import in_language


@needs("see_board")
def home(request: Any) -> HttpResponse:
    """The areas side by side: who is bound, what service each brings."""
    if not request.incident:
        raise Http404
    lines = queries.area_lines(request.incident, request.rights)
    if table_asked(request):
        return table(request, "areas", queries.AREA_HEADINGS, queries.area_rows(lines))
    groups = [
        (_("Proposals"), [line for line in lines if line.area.state == Area.State.PROPOSED]),
        (_("In force"), [line for line in lines if line.area.state == Area.State.IN_FORCE]),
        (_("Lifted"), [line for line in lines if line.area.state == Area.State.LIFTED]),
    ]
    proposals = [line for line in lines if line.area.state == Area.State.PROPOSED]
    context = {
        "proposals": proposals,
        "groups": [(title, found) for title, found in groups if found],
        "at": request.incident.now(),
    }  # type: dict[str, Any]
    context["draws"] = request.rights.covers("manage_areas")
    return render(request, "command/areas.html", context)


@needs("see_board")
def area(request: Any, pk: int) -> HttpResponse:
    """One area: what it lacks, what is in force, what would lift it."""
    return area_page(request, area_of(request, pk))


@needs("manage_areas")
@require_POST
def prepare(request: Any, pk: int) -> HttpResponse:
    """Keep what is known of an area; with the button `seal`, put it in force. What is missing stands at its field."""
    found = area_of(request, pk, "manage_areas")
    at, by = found.incident.now(), request.member
    form = PrepareForm(found, request.POST)
    done, _found = tried(form, lambda: actions.prepare_area(found, form.facts(), at=at, by=by))
    if not done:
        return area_page(request, area_of(request, pk), prepare=form)
    if request.POST.get("do") != "seal":
        messages.success(
            request, _("Kept. Nothing binds before the area is sealed.") if _proposed(found) else _("Kept.")
        )
        return redirect("command:area", pk)
    for lack in actions.seal_requirements(found):
        form.add_error(lack.field if lack.field in form.fields else None, lack.mend)
    effective = form.cleaned_data.get("effective_at") or at
    if form.errors or not tried(form, lambda: actions.seal(found, effective_at=effective, at=at, by=by))[0]:
        return area_page(request, area_of(request, pk), prepare=form)
    messages.success(
        request, _("%(name)s is in force. What its doors are owed is on the board.") % {"name": found.name}
    )
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def exits(request: Any, pk: int) -> HttpResponse:
    """The exits were looked at just now."""
    found = area_of(request, pk, "manage_areas")
    actions.note_exits_checked(found, at=found.incident.now(), by=request.member)
    messages.success(request, _("The check of the exits is written down."))
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def review(request: Any, pk: int) -> HttpResponse:
    """Keep a restriction until a later review."""
    found = area_of(request, pk, "manage_areas")
    form = ReviewForm(found.incident.tz, request.POST)

    def extend() -> Area:
        given = form.cleaned_data
        return actions.extend_review(
            found, given["review_at"], reason=given["reason"], at=found.incident.now(), by=request.member
        )

    if not tried(form, extend)[0]:
        return area_page(request, found, review=form)
    messages.success(request, _("The restriction holds until its next review; supply and care are extended with it."))
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def lifting(request: Any, pk: int) -> HttpResponse:
    """Note what the lifting conditions are measured by."""
    found = area_of(request, pk, "manage_areas")
    form = LiftingFactsForm(found, request.POST)
    at = found.incident.now()
    if not tried(form, lambda: actions.note_lifting_facts(found, form.facts(), at=at, by=request.member))[0]:
        return area_page(request, found, facts=form)
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def lift(request: Any, pk: int) -> HttpResponse:
    """End an area."""
    found = area_of(request, pk, "manage_areas")
    at = found.incident.now()
    form = LiftForm(_may_lift(found, at), request.POST)
    reason = request.POST.get("reason", "")
    if not tried(form, lambda: actions.lift(found, at=at, by=request.member, reason=reason))[0]:
        return area_page(request, found, lift=form)
    messages.success(request, _("%(name)s is lifted.") % {"name": found.name})
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def again(request: Any, pk: int) -> HttpResponse:
    """Propose a lifted area once more, in the zone that follows or as it was."""
    found = area_of(request, pk)
    request.rights.require_everywhere("manage_areas")
    at = found.incident.now()
    made = actions.propose_again(found, request.POST.get("zone", ""), at=at, by=request.member)
    return redirect("command:area", made.pk)


@needs("manage_areas")
@require_POST
def withdraw(request: Any, pk: int) -> HttpResponse:
    """Take a proposal back."""
    found = area_of(request, pk, "manage_areas")
    actions.withdraw_area(found, at=found.incident.now(), by=request.member)
    messages.success(request, _("The proposal %(name)s is withdrawn.") % {"name": found.name})
    return redirect("command:areas")


def area_of(request: Any, pk: int, act: str = "see_board") -> Area:
    found = get_object_or_404(
        Area.objects.select_related("incident", "supply_team__leader", "letter", "decided_by", "owner", "continues"),
        pk=pk,
    )
    if not request.incident or found.incident_id != request.incident.pk:
        raise Http404
    request.rights.require(act, found)
    return found


def _of_team(found: Area, member: Any) -> bool:
    team = found.supply_team
    return bool(team and member and (team.leader_id == member.pk or team.members.filter(pk=member.pk).exists()))


def _proposed(found: Area) -> bool:
    return found.state == Area.State.PROPOSED


def _may_lift(found: Area, at: datetime) -> bool:
    return found.zone not in found.incident.protocol.lifting or lifting_of(found, at).may_end


def area_page(request: Any, found: Area, **tried_forms: Any) -> HttpResponse:
    """The page of an area; a form that was refused is shown as it was filled in."""
    at, rules = found.incident.now(), found.incident.protocol
    if _proposed(found) and found.review_at is None and "prepare" not in tried_forms:
        found.review_at = protocol.restriction_review(rules, started=at).due
    missing = actions.seal_requirements(found)
    follows = rules.lifting[found.zone].then if found.zone in rules.lifting else None
    context = {
        "area": found,
        "zone": rules.zones[found.zone],
        "at": at,
        "load": kept_loads(found.incident, [found])[found.pk],
        "missing": missing,
        "mends": {lack.field for lack in missing},
        "measures": measure_lines(found, at),
        "places": queries.place_lines(found),
        "conditions": condition_lines(found, at),
        "may_lift": _may_lift(found, at),
        "manages": request.rights.may("manage_areas", found),
        "draws": request.rights.covers("manage_areas"),
        "then": (follows, in_language(rules.zones[follows].title)) if follows else None,
        "prepare": PrepareForm(found),
        "review": ReviewForm(found.incident.tz),
        "facts": LiftingFactsForm(found),
        "accept": AcceptForm(found),
        "advice": AdviceForm(),
        "decide": DecideForm(),
        "add": MeasureForm(found),
        "why": WhyForm(),
        "rename": RenameForm(initial={"name": found.name}),
        "said": list(found.advice.select_related("by")),
        "decisions": list(found.decisions.select_related("advice")),
        "changes": list(found.changes.select_related("made")),
        "of_team": _of_team(found, request.member),
        "longest": longest_until(found),
        "outdoors": outdoors(found),
        "lift": LiftForm(_may_lift(found, at)),
        "journal": queries.journal_of(found.incident).filter(subject_kind="area", subject_id=str(found.pk))[:8],
        **tried_forms,
    }
    return render(request, "command/area.html", context, status=422 if tried_forms else 200)
