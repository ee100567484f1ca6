"""Permits: asked for, decided, printed; the list for each gate on paper."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.gate import permits, queries, slips
from doorstep.gate.forms import PermitForm
from doorstep.gate.models import Permit
from doorstep.gate.rules import areas_of, gates_of, is_emergency
from doorstep.gate.views import incident_of
from doorstep.gate.words import bearer_label, kind_title
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, page_of, table, table_asked, tried


def _line(request: Any, permit: Permit) -> dict[str, Any]:
    full = request.rights.sees_names(permit.area_id)
    looks = {"asked": "risk", "granted": "kept", "refused": "broken", "withdrawn": "waived", "used": "open"}
    return {
        "permit": permit,
        "label": bearer_label(permit, full=full),
        "kind": kind_title(request.incident, permit.kind),
        "window": slips.window(permit),
        "look": looks[permit.state],
        "emergency": is_emergency(request.incident, permit.kind),
    }


@needs("give_permits")
def home(request: Any) -> HttpResponse:
    """Permits: those that wait first; as XLSX and CSV too."""
    incident = incident_of(request)
    at = incident.now()
    show = request.GET.get("show", "asked")
    rows = queries.permits_in(incident, request.rights, show, at)
    if table_asked(request):
        headings = [_("Number"), _("For"), _("Kind"), _("Valid"), _("State"), _("Reason"), _("Decided by")]
        body = [
            [
                one.number,
                bearer_label(one),
                kind_title(incident, one.kind),
                slips.window(one),
                one.get_state_display(),
                one.reason,
                one.decided_by.name if one.decided_by else "",
            ]
            for one in rows[:50_000]
        ]
        return table(request, "permits", headings, body)
    shown = page_of(request, rows)
    shown.object_list = [_line(request, one) for one in shown.object_list]
    shows = [("asked", _("to decide")), ("now", _("valid now")), ("out", _("out now")), ("all", _("all"))]
    context = {
        "rows": shown,
        "show": show,
        "shows": shows,
        "may_export": request.rights.may("export"),
        "gates": gates_of(areas_of(incident, request.rights, "give_permits")),
    }
    return render(request, "gate/permits.html", context)


@needs("give_permits")
def new(request: Any) -> HttpResponse:
    """Ask for a permit; who may decide can give it at once."""
    incident = incident_of(request)
    areas = areas_of(incident, request.rights, "give_permits")
    form = PermitForm(incident, gates_of(areas), areas, request.POST or None, initial={"door": request.GET.get("door")})
    if request.method != "POST":
        return render(request, "gate/permit_new.html", {"form": form, "areas": areas})
    at = incident.now()

    def act() -> Permit:
        asked = form.asked()
        request.rights.require("give_permits", asked.area)
        made = permits.ask(incident, asked, at=at, by=request.member)
        if request.POST.get("do") == "give":
            return permits.grant(made, at=at, by=request.member)
        return made

    done, made = tried(form, act)
    if not done:
        return render(request, "gate/permit_new.html", {"form": form, "areas": areas}, status=422)
    messages.success(request, _("The permit is %(state)s.") % {"state": made.get_state_display()})
    return redirect("gate:permit", made.pk)


@needs("give_permits")
def one(request: Any, pk: int) -> HttpResponse:
    """One permit with its square, its crossings and what can be decided."""
    permit = _permit(request, pk)
    line = _line(request, permit)
    rows = queries.seen_in(permit.incident, None).filter(permit=permit)
    at = permit.incident.now()
    context = {
        **line,
        "square": mark_safe(slips.square(permit)) if permit.state == Permit.State.GRANTED else "",
        "token": slips.token_of(permit),
        "gates": list(permit.gates.all()),
        "crossings": [queries.line_of(permit.incident, row, at) for row in rows],
        "over": permit.ends_at <= at,
    }
    return render(request, "gate/permit.html", context)


@needs("give_permits")
@require_POST
def decide(request: Any, pk: int) -> HttpResponse:
    """Give, refuse or withdraw it."""
    permit = _permit(request, pk)
    asked, reason = request.POST.get("do"), request.POST.get("reason", "")
    given = {"at": permit.incident.now(), "by": request.member}
    if asked == "grant":
        made = permits.grant(permit, reason=reason, **given)
    elif asked == "refuse":
        made = permits.refuse(permit, reason, **given)
    elif asked == "withdraw":
        made = permits.withdraw(permit, reason, **given)
    else:
        raise Http404
    messages.success(request, _("The permit is %(state)s.") % {"state": made.get_state_display()})
    return redirect("gate:permit", pk)


@needs("give_permits")
def slip(request: Any, pk: int) -> HttpResponse:
    """The permit on paper."""
    permit = _permit(request, pk)
    if permit.state != Permit.State.GRANTED:
        raise Http404
    made = slips.slip(permit, at=permit.incident.now(), by=request.member)
    return download(made, "application/pdf", f"permit-{permit.number}.pdf")


@needs("keep_gate")
def paper_list(request: Any) -> HttpResponse:
    """The permits that hold, a page for each gate, for a gate without a device."""
    incident = incident_of(request)
    gates = gates_of(areas_of(incident, request.rights, "keep_gate"))
    only = request.GET.get("gate")
    chosen = [pair for pair in gates if not only or str(pair[0].pk) == only]
    if not chosen:
        raise Http404
    made = slips.gate_list(incident, chosen, at=incident.now(), by=request.member)
    return download(made, "application/pdf", "permits.pdf")


def _permit(request: Any, pk: int) -> Permit:
    rows = Permit.objects.filter(incident=incident_of(request)).select_related(
        "incident", "area", "person", "door__stair__building__compound", "asked_by", "decided_by"
    )
    found = get_object_or_404(rows, pk=pk)
    request.rights.require("give_permits", found.area)
    return found
