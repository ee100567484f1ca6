"""The pages of the plan: the period with its lines, meetings, versions; signed by whoever may."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident, Meeting, Period, PlanLine, PlanVersion
from doorstep.command.plan import acts, queries
from doorstep.command.plan.forms import MeetingForm, PeriodForm, PlanLineForm
from doorstep.command.plan.tables import plan_headings, plan_rows
from doorstep.command.plan.workstreams import titles_of
from doorstep.errors import NotAllowedError, UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked, tried


def incident_here(request: Any) -> Incident:
    """The incident at work, or no page."""
    if not request.incident:
        raise Http404
    found: Incident = request.incident
    return found


def period_of(request: Any, pk: int) -> Period:
    """A period of the incident at work."""
    return get_object_or_404(Period.objects.select_related("incident"), pk=pk, incident=incident_here(request))


@needs("see_log")
def home(request: Any) -> HttpResponse:
    """The plan of the period that runs, or of ?period=; as XLSX or CSV, too."""
    incident = incident_here(request)
    asked = request.GET.get("period", "")
    found = incident.periods.filter(number=int(asked)).first() if asked.isdecimal() and len(asked) < 5 else None
    period = found or queries.current_period(incident, incident.now())
    if period is None:
        return render(request, "command/plan/none.html", {"may_plan": request.rights.may("write_log")})
    period.incident = incident
    if table_asked(request):
        return table(request, f"plan-{period.number}", plan_headings(), plan_rows(queries.plan_page(period)))
    return _home(request, period)


def _home(request: Any, period: Period, error: UserError | None = None) -> HttpResponse:
    context = {
        "page": queries.plan_page(period),
        "period": period,
        "at": period.incident.now(),
        "error": error,
        "may_plan": request.rights.may("write_log"),
        "may_sign": request.rights.may("sign_plan"),
        "form_numbers": ("201", "202", "203", "204", "205A", "209", "211", "214"),
        "typed": request.POST.get("because", ""),
    }
    return render(request, "command/plan/home.html", context, status=422 if error else 200)


@needs("write_log")
def new_period(request: Any) -> HttpResponse:
    """Open the next period."""
    incident = incident_here(request)
    form = PeriodForm(incident, None, request.POST or None)
    if request.method == "POST":
        by = request.member or None
        done, made = tried(form, lambda: acts.open_period(incident, at=incident.now(), by=by, **form.cleaned_data))
        if done:
            messages.success(request, _("The period is open. What was open before has come along."))
            return _back(made)
    title = _("Next period") if incident.periods.exists() else _("First period")
    return _form(request, form, title)


@needs("write_log")
def save_period(request: Any, pk: int) -> HttpResponse:
    """Change what a period is to reach."""
    period = period_of(request, pk)
    form = PeriodForm(period.incident, period, request.POST or None)
    if request.method == "POST":
        at, by = period.incident.now(), request.member or None
        done, _made = tried(form, lambda: acts.change_period(period, at=at, by=by, **form.cleaned_data))
        if done:
            return _back(period)
    return _form(request, form, _("Period %(n)d") % {"n": period.number})


@needs("write_log")
def line(request: Any, pk: int = 0) -> HttpResponse:
    """Write down what was decided, or change it."""
    incident = incident_here(request)
    found = get_object_or_404(PlanLine.objects.select_related("period", "task"), pk=pk) if pk else None
    meeting = None
    if found is not None:
        period = period_of(request, found.period_id)
    elif request.GET.get("meeting", "").isdecimal():
        meeting = get_object_or_404(
            Meeting.objects.select_related("chair"), pk=request.GET["meeting"], incident=incident
        )
        period = period_of(request, meeting.period_id)
    else:
        period = period_of(request, int(request.GET["period"]) if request.GET.get("period", "").isdecimal() else 0)
    first = {"workstream": request.GET["workstream"]} if request.GET.get("workstream") else {}
    form = PlanLineForm(incident, found, request.POST or None, **first)
    if request.method == "POST":
        at, by = incident.now(), request.member or None

        def save() -> PlanLine:
            if found is not None:
                return acts.change_line(found, form.decided(), at=at, by=by)
            return acts.decide(period, form.decided(meeting), at=at, by=by, meeting=meeting)

        done, _made = tried(form, save)
        if done:
            messages.success(request, _("It stands in the plan, and its task is open."))
            return redirect("command:meeting", meeting.pk) if meeting else _back(period)
    return _form(request, form, _("Change a line of the plan") if found else _("What is decided"))


@needs("write_log")
@require_POST
def drop(request: Any, pk: int) -> HttpResponse:
    """Take a line out of the plan, or put it in again."""
    found = get_object_or_404(PlanLine.objects.select_related("task"), pk=pk)
    found.period = period_of(request, found.period_id)
    back = request.POST.get("do") == "back"
    acts.drop_line(found, at=found.period.incident.now(), by=request.member or None, back=back)
    messages.success(
        request, _("It stands in the plan again.") if back else _("It is out of the plan; it can be put back.")
    )
    return _back(found.period)


@needs("write_log")
def new_meeting(request: Any) -> HttpResponse:
    """Write a meeting down."""
    incident = incident_here(request)
    period = queries.current_period(incident, incident.now())
    if period is None:
        messages.error(request, _("Open the first period, then the meeting has its place."))
        return redirect("command:period_new")
    period.incident = incident
    form = MeetingForm(incident, request.POST or None)
    if request.method == "POST":
        at, by = incident.now(), request.member or None
        done, made = tried(form, lambda: acts.hold_meeting(period, at=at, by=by, **form.facts()))
        if done:
            return redirect("command:meeting", made.pk)
    return _form(request, form, _("New meeting"))


@needs("see_log")
def meeting(request: Any, pk: int) -> HttpResponse:
    """One meeting: who is there, what is on the agenda, what was decided."""
    found = meeting_of(request, pk)
    lines = found.lines.select_related("owner", "team", "task").order_by("pk")
    unowned = [stream for stream in queries.streams_in(found.period) if not stream.owned]
    context = {"meeting": found, "lines": lines, "unowned": unowned, "may_plan": request.rights.may("write_log")}
    return render(request, "command/plan/meeting.html", context)


def meeting_of(request: Any, pk: int) -> Meeting:
    """A meeting of the incident at work."""
    meetings = Meeting.objects.select_related("incident", "period__incident", "chair")
    return get_object_or_404(
        meetings.prefetch_related("participants__organisation"), pk=pk, incident=incident_here(request)
    )


@needs("write_log")
@require_POST
def end(request: Any, pk: int) -> HttpResponse:
    """The meeting is over."""
    found = meeting_of(request, pk)
    acts.end_meeting(found, at=found.incident.now(), by=request.member or None)
    return redirect("command:meeting", pk)


@needs("sign_plan")
@require_POST
def sign(request: Any, pk: int) -> HttpResponse:
    """Sign the plan of a period as it stands."""
    request.rights.require_everywhere("sign_plan")
    period = period_of(request, pk)
    if not request.member:
        raise NotAllowedError(_("You are no member here."), mend=_("Ask a commander of the incident."))
    try:
        made = acts.sign(period, at=period.incident.now(), by=request.member, because=request.POST.get("because", ""))
    except UserError as refused:
        return _home(request, period, refused)
    messages.success(request, _("Version %(n)d is signed.") % {"n": made.number})
    return redirect("command:plan_version", made.pk)


@needs("see_log")
def version(request: Any, pk: int) -> HttpResponse:
    """A version as it was signed, beside what the plan says now."""
    found = version_of(request, pk)
    gone, new = queries.differences(found.content, acts.content_of(found.period), titles_of(found.period.incident))
    holds = acts.hash_of(found.content) == found.hash
    context = {"version": found, "gone": gone, "new": new, "holds": holds}
    return render(request, "command/plan/version.html", context)


def version_of(request: Any, pk: int) -> PlanVersion:
    """A signed version of the incident at work."""
    versions = PlanVersion.objects.select_related("period__incident", "signed_by__organisation")
    return get_object_or_404(versions, pk=pk, period__incident=incident_here(request))


def _form(request: Any, form: Any, title: str) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "command/plan/form.html", {"form": form, "title": title}, status=status)


def _back(period: Period) -> HttpResponse:
    answer = redirect("command:plan")
    answer["Location"] += f"?period={period.number}"
    return answer
