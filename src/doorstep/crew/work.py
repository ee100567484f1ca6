"""My shifts: check in, hand over, take the last step back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.crew import actions, queries
from doorstep.crew.forms import HandOverForm
from doorstep.crew.models import Shift
from doorstep.wiring.access import needs
from doorstep.wiring.pages import tried


@needs("work_tasks")
def my_shifts(request: Any) -> HttpResponse:
    """The shift that is mine now or next, and those after it."""
    return _page(request, HandOverForm())


@needs("work_tasks")
@require_POST
def check_in(request: Any, pk: int) -> HttpResponse:
    """I am at the post."""
    found = _mine(request, pk)
    actions.check_in(found, at=found.post.incident.now(), by=request.member)
    messages.success(request, _("Checked in. Thank you for being here."))
    return _back(request, found)


@needs("work_tasks")
@require_POST
def hand_over(request: Any, pk: int) -> HttpResponse:
    """I leave the post, with a note for whoever comes next."""
    found = _mine(request, pk)
    form = HandOverForm(request.POST)
    given = {"at": found.post.incident.now(), "by": request.member}
    done, _left = tried(form, lambda: actions.hand_over(found, form.cleaned_data["note"], **given))
    if not done and found.member == request.member:
        return _page(request, form, status=422)
    if not done:
        for errors in form.errors.values():
            messages.error(request, " ".join(str(error) for error in errors))
        return redirect("crew:shift", pk)
    messages.success(request, _("Handed over. Have a good rest."))
    return _back(request, found)


@needs("work_tasks")
@require_POST
def undo(request: Any, pk: int) -> HttpResponse:
    """Take my last step back: the hand-over, else the check-in."""
    found = _mine(request, pk)
    if found.state in (Shift.State.ON_DUTY, Shift.State.DONE):
        actions.step_back(found, at=found.post.incident.now(), by=request.member)
    return _back(request, found)


def _page(request: Any, form: HandOverForm, status: int = 200) -> HttpResponse:
    if not request.incident:
        raise Http404
    at = request.incident.now()
    page = queries.my_shifts(request.incident, request.member or None, at)
    return render(request, "crew/my_shifts.html", {"page": page, "form": form, "at": at}, status=status)


def _mine(request: Any, pk: int) -> Shift:
    """My shift; another's for who plans the shifts of its area."""
    shifts = Shift.objects.select_related("post__incident", "post__area", "member")
    found = get_object_or_404(shifts, pk=pk, post__incident_id=getattr(request.incident, "pk", None))
    if found.member_id != getattr(request.member, "pk", None):
        request.rights.require("plan_shifts")
        get_object_or_404(queries.posts_in(request.incident, request.rights), pk=found.post_id)
    return found


def _back(request: Any, found: Shift) -> HttpResponse:
    if found.member_id == getattr(request.member, "pk", None):
        return redirect("crew:my_shifts")
    return redirect("crew:shift", found.pk)
