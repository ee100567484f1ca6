"""The gate's own pages: who is out, what waits, one crossing in a few taps, a permit checked, the gate opened for life."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Area, Incident
from doorstep.errors import UserError
from doorstep.gate import checking, crossings, queries
from doorstep.gate.forms import CrossingForm
from doorstep.gate.models import Crossing
from doorstep.gate.rules import areas_of, gates_of
from doorstep.register.models import Gate
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked, tried

HERE = "gate"


def incident_of(request: Any) -> Incident:
    """The incident at work. Raises Http404 where there is none."""
    if not request.incident:
        raise Http404
    found: Incident = request.incident
    return found


def my_gates(request: Any, act: str = "keep_gate") -> list[tuple[Gate, Area]]:
    """The gates of the areas in which the member has this duty."""
    return gates_of(areas_of(incident_of(request), request.rights, act))


def gate_here(request: Any, gates: list[tuple[Gate, Area]]) -> Gate | None:
    """The gate at which the member stands: the one chosen last, else the first."""
    asked = request.GET.get("gate") or request.POST.get("gate") or request.session.get(HERE, "")
    chosen = next((gate for gate, _area in gates if str(gate.pk) == str(asked)), gates[0][0] if gates else None)
    if chosen is not None and str(request.session.get(HERE)) != str(chosen.pk):
        request.session[HERE] = str(chosen.pk)
    return chosen


@needs("keep_gate")
def home(request: Any) -> HttpResponse:
    """The first page of a gate."""
    incident = incident_of(request)
    gates = my_gates(request)
    at = incident.now()
    context = {
        "gates": gates,
        "here": gate_here(request, gates),
        "page": queries.gate_home(incident, request.rights, at),
        "at": at,
        "life_id": uuid4(),
        "may_permit": request.rights.may("give_permits"),
    }
    return render(request, "gate/home.html", context)


@needs("keep_gate")
def new(request: Any) -> HttpResponse:
    """Write one crossing down, or turn somebody away with the reason."""
    incident = incident_of(request)
    areas = areas_of(incident, request.rights, "keep_gate")
    gates = gates_of(areas)
    here = gate_here(request, gates)
    what = request.GET.get("what") or request.POST.get("what") or Crossing.What.PERSON
    if what not in Crossing.What.values:
        raise Http404
    direction = request.GET.get("direction", "in")
    first = {"direction": direction, "gate": here.pk if here else "", "permission": _likely(what, direction)}
    form = CrossingForm(what, incident, gates, areas, request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        at, refused = incident.now(), request.POST.get("do") == "refuse"

        def act() -> Crossing:
            return crossings.record(incident, form.seen(at, refused=refused), at=at, by=request.member)

        done, _made = tried(form, act)
        if done:
            said = _("Turned away. Please tell who lives inside, too.") if refused else _("Written down.")
            messages.success(request, said)
            return redirect("gate:home")
        status = 422
    title = Crossing.What(what).label
    context = {
        "form": form,
        "what": what,
        "title": title,
        "direction": direction,
    }
    return render(request, "gate/new.html", context, status=status)


def _likely(what: str, direction: str) -> str:
    """The right that is named most often for this."""
    if what == Crossing.What.PERSON:
        return Crossing.Permission.PERMIT if direction == "out" else Crossing.Permission.DUTY
    return Crossing.Permission.ORDER if what == Crossing.What.GOODS else Crossing.Permission.DUTY


@needs("keep_gate")
def check(request: Any) -> HttpResponse:
    """Look at a permit by its number or its square; the answer in one colour, one shape, one sentence."""
    incident = incident_of(request)
    gates = my_gates(request)
    here, said = gate_here(request, gates), request.GET.get("n", "")
    verdict = checking.check(incident, said, at=incident.now(), gate=here) if said.strip() else None
    if (
        verdict is not None
        and verdict.permit is not None
        and not request.rights.may("keep_gate", verdict.permit.area_id)
    ):
        verdict = checking.Verdict("risk", _("Ask first"), _("This permit is for another area."))
    context = {"verdict": verdict, "said": said, "gates": gates, "here": here, "client_id": uuid4(), "life_id": uuid4()}
    return render(request, "gate/check.html", context)


@needs("keep_gate")
@require_POST
def passed(request: Any) -> HttpResponse:
    """The bearer of a checked permit passes."""
    incident = incident_of(request)
    gates = my_gates(request)
    permit, _forged = checking.find(incident, request.POST.get("n", ""))
    if permit is None:
        raise UserError(_("No permit has this number."), mend=_("Read it once more, or ask the desk."))
    request.rights.require("keep_gate", permit.area)
    at = incident.now()
    direction = "out" if request.POST.get("way") == "out" else "in"
    seen = crossings.Seen(
        _id(request.POST.get("client_id")),
        direction,
        Crossing.Permission.PERMIT,
        at,
        gate_here(request, gates),
        Crossing.What.VEHICLE if permit.bearer == permit.Bearer.VEHICLE else Crossing.What.PERSON,
        permit,
    )
    crossings.record(incident, seen, at=at, by=request.member)
    messages.success(request, _("Out: written down.") if direction == "out" else _("In: written down."))
    return redirect("gate:home")


@needs("keep_gate")
@require_POST
def life(request: Any) -> HttpResponse:
    """One press: the gate was opened because life is in danger. Nothing is asked and nothing is refused."""
    incident = incident_of(request)
    at = incident.now()
    here = gate_here(request, my_gates(request))
    crossings.open_for_life(
        incident, here, _id(request.POST.get("client_id")), at=at, by=request.member, occurred_at=at
    )
    messages.success(request, _("Open the gate now. It is written down; say later what it was for."))
    return redirect("gate:home")


@needs("keep_gate")
@require_POST
def act(request: Any, pk: int) -> HttpResponse:
    """What is done with a crossing: its other half, its reason, its undo."""
    crossing = _crossing(request, pk)
    incident, at, by, asked = crossing.incident, request.incident.now(), request.member, request.POST.get("do", "")
    if asked == "undo":
        crossings.undo(crossing, at=at, by=by)
        messages.success(request, _("Taken back."))
    elif asked == "why":
        crossings.complete(crossing, request.POST.get("reason", ""), at=at, by=by)
        messages.success(request, _("Thank you. It is written down."))
    elif asked == "told":
        crossings.tell_inside(crossing, at=at, by=by)
        messages.success(request, _("Both sides know it now."))
    elif asked in ("in", "out"):
        crossings.record(incident, _other_half(crossing, asked, request), at=at, by=by)
        messages.success(request, _("Out: written down.") if asked == "out" else _("In: written down."))
    else:
        raise Http404
    return redirect("gate:home")


def _other_half(crossing: Crossing, direction: str, request: Any) -> crossings.Seen:
    """The crossing that ends another: through the second gate, back, or away again."""
    return crossings.Seen(
        _id(request.POST.get("client_id")),
        direction,
        crossing.permission,
        request.incident.now(),
        crossing.gate,
        crossing.what,
        crossing.permit,
        crossing.permission_ref,
        crossing.role,
        crossing.label,
        crossing.door,
        crossing.count,
        crossing.cold,
        crossing.reason,
        ends=crossing,
    )


@needs("keep_gate")
def every(request: Any) -> HttpResponse:
    """Every crossing, the newest first; as XLSX and CSV too."""
    incident = incident_of(request)
    areas = None if request.rights.covers("keep_gate") else areas_of(incident, request.rights, "keep_gate")
    rows = queries.seen_in(incident, areas)
    asked = request.GET.get("what", "")
    if asked == "life":
        rows = rows.filter(permission=Crossing.Permission.EMERGENCY)
    elif asked == "refused":
        rows = rows.filter(refused=True)
    elif asked in Crossing.What.values:
        rows = rows.filter(what=asked)
    if table_asked(request):
        return table(request, "crossings", queries.crossing_headings(), queries.crossing_rows(incident, rows))
    shown = page_of(request, rows)
    at = incident.now()
    shown.object_list = [queries.line_of(incident, row, at) for row in shown.object_list]
    kinds = [("", _("all")), *Crossing.What.choices, ("life", _("opened for life")), ("refused", _("turned away"))]
    context = {"rows": shown, "kinds": kinds, "asked": asked, "may_export": request.rights.may("export")}
    return render(request, "gate/crossings.html", context)


def _crossing(request: Any, pk: int) -> Crossing:
    rows = Crossing.objects.filter(incident=incident_of(request)).select_related("incident", "permit", "gate", "door")
    found = get_object_or_404(rows, pk=pk)
    if found.area_id is not None:
        request.rights.require("keep_gate", found.area_id)
    return found


def _id(given: str | None) -> UUID:
    """The id that was made with the page; a request without one is an act of its own."""
    try:
        return UUID(str(given))
    except ValueError:
        return uuid4()
