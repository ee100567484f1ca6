"""Barriers, their daily look, the tents at the gate, and the map for the fire service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.gate import barriers, watches
from doorstep.gate.forms import BarrierForm, FacilityForm, LookForm, OpenerForm
from doorstep.gate.models import Barrier, BarrierCheck, Facility
from doorstep.gate.rules import areas_of, check_hours, gates_of
from doorstep.gate.views import incident_of
from doorstep.gate.words import title_of
from doorstep.register.models import Compound
from doorstep.register.plan_queries import plan_sheet
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked, tried


@dataclass(frozen=True)
class BarrierLine:
    """A barrier as the list shows it."""

    barrier: Barrier
    kind: str
    faults: tuple[str, ...]
    opener: str

    @property
    def look(self) -> str:
        return "broken" if self.faults else "kept" if self.barrier.check_ok else "open"


def lines_of(incident: Any, rows: Any, at: datetime) -> list[BarrierLine]:
    """Barriers with what is wrong with each."""
    kinds = incident.protocol.gate.barriers
    return [
        BarrierLine(
            row,
            title_of(kinds, row.kind),
            tuple(what for what, _since, _level in watches.faults(incident, row, at)),
            row.opener_name or str(row.get_opener_display()),
        )
        for row in rows
    ]


@needs("keep_gate")
def home(request: Any) -> HttpResponse:
    """Every barrier with its opener and its last look; the tents at the gates; as XLSX and CSV too."""
    incident = incident_of(request)
    at = incident.now()
    areas = areas_of(incident, request.rights, "keep_gate")
    rows = Barrier.objects.filter(area__in=areas, removed_at=None).select_related("area", "gate__compound")
    lines = lines_of(incident, rows, at)
    if table_asked(request):
        return table(request, "barriers", _headings(), [_row(incident, line) for line in lines])
    kinds = incident.protocol.gate.facilities
    stands = Facility.objects.filter(area__in=areas).select_related("area", "gate__compound")
    looks = {"ready": "kept", "coming": "open", "lacks": "risk", "shut": "broken"}
    context = {
        "lines": lines,
        "facilities": [(one, title_of(kinds, one.kind), looks[one.state]) for one in stands],
        "compounds": Compound.objects.filter(buildings__stairs__doors__area_doors__area__in=areas).distinct(),
        "every": check_hours(incident),
        "may_export": request.rights.may("export"),
        "areas": areas,
    }
    return render(request, "gate/barriers.html", context)


def _headings() -> list[str]:
    return [
        _("Barrier"),
        _("Kind"),
        _("Area"),
        _("Gate"),
        _("Who opens it"),
        _("Phone"),
        _("Last look"),
        _("Opens from inside"),
        _("Seconds"),
        _("What is wrong"),
    ]


def _row(incident: Any, line: BarrierLine) -> list[Any]:
    one = line.barrier
    looked = f"{one.checked_at.astimezone(incident.tz):%Y-%m-%d %H:%M}" if one.checked_at else ""
    opens = "" if one.check_ok is None else _("yes") if one.check_ok else _("no")
    gate = one.gate.name if one.gate else ""
    wrong = "; ".join(line.faults)
    return [one.name, line.kind, one.area.name, gate, line.opener, one.phone, looked, opens, one.opened_in_s, wrong]


@needs("keep_gate")
def new(request: Any) -> HttpResponse:
    """Put a barrier up. A door locked from outside is refused with the reason."""
    incident = incident_of(request)
    areas = areas_of(incident, request.rights, "keep_gate")
    form = BarrierForm(incident, gates_of(areas), areas, request.POST or None)
    if request.method != "POST":
        return render(request, "gate/barrier_new.html", {"form": form, "areas": areas})

    def act() -> Barrier:
        facts = form.facts()
        request.rights.require("keep_gate", facts.area)
        return barriers.put_up(incident, facts, at=incident.now(), by=request.member)

    done, made = tried(form, act)
    if not done:
        return render(request, "gate/barrier_new.html", {"form": form, "areas": areas}, status=422)
    messages.success(request, _("The barrier is written down. Please open it once now, against the clock."))
    return redirect("gate:barrier", made.pk)


@needs("keep_gate")
def one(request: Any, pk: int) -> HttpResponse:
    """One barrier: the look of today, its opener, its history."""
    return _page(request, _barrier(request, pk))


@needs("keep_gate")
@require_POST
def look(request: Any, pk: int) -> HttpResponse:
    """Somebody tried it: it opens, or it does not."""
    barrier = _barrier(request, pk)
    form = LookForm(request.POST)
    at = barrier.incident.now()

    def act() -> BarrierCheck:
        given = form.cleaned_data
        opens = request.POST.get("do") == "opens"
        return barriers.check(
            barrier, form.act, opens, at=at, by=request.member, seconds=given["seconds"], note=given["note"]
        )

    before = barrier.area.exits_checked_at
    done, _made = tried(form, act)
    if not done:
        return _page(request, barrier, look=form, status=422)
    barrier.area.refresh_from_db(fields=["exits_checked_at"])
    every = barrier.area.exits_checked_at != before
    said = _("Written down. All barriers of %(area)s open: its exits are checked.") if every else _("Written down.")
    messages.success(request, said % {"area": barrier.area.name} if every else said)
    return redirect("gate:barrier", pk)


@needs("keep_gate")
@require_POST
def change(request: Any, pk: int) -> HttpResponse:
    """Its opener, its end, the undo of a look."""
    barrier = _barrier(request, pk)
    given = {"at": barrier.incident.now(), "by": request.member}
    asked = request.POST.get("do")
    if asked == "opener":
        form = OpenerForm(request.POST)
        names = ("opener", "opener_name", "phone")
        done, _made = tried(
            form, lambda: barriers.set_opener(barrier, *(form.cleaned_data[name] for name in names), **given)
        )
        if not done:
            return _page(request, barrier, opener=form, status=422)
    elif asked == "undo":
        made = get_object_or_404(barrier.checks, pk=request.POST.get("check") or 0)
        barriers.undo_check(made, **given)
    elif asked == "away":
        barriers.take_away(barrier, **given)
    elif asked == "back":
        barriers.put_back(barrier, **given)
    else:
        raise Http404
    messages.success(request, _("Written down."))
    return redirect("gate:barrier", pk)


def _page(request: Any, barrier: Barrier, *, status: int = 200, **forms: Any) -> HttpResponse:
    first = {"opener": barrier.opener, "opener_name": barrier.opener_name, "phone": barrier.phone}
    (line,) = lines_of(barrier.incident, [barrier], barrier.incident.now())
    context = {
        "line": line,
        "barrier": barrier,
        "look": forms.get("look") or LookForm(),
        "opener": forms.get("opener") or OpenerForm(initial=first),
        "checks": barrier.checks.select_related("by")[:40],
    }
    return render(request, "gate/barrier.html", context, status=status)


@needs("keep_gate")
def facility(request: Any) -> HttpResponse:
    """Write down a tent, or change one."""
    incident = incident_of(request)
    areas = areas_of(incident, request.rights, "keep_gate")
    there = Facility.objects.filter(area__in=areas, pk=request.GET.get("pk") or 0).first()
    names = ("gate_id", "kind", "name", "equipment", "state", "note")
    first = {name.removesuffix("_id"): getattr(there, name) for name in names} if there else {}
    form = FacilityForm(incident, gates_of(areas), areas, request.POST or None, initial=first)
    if request.method != "POST":
        return render(request, "gate/facility.html", {"form": form})

    def act() -> Facility:
        given = {name: form.cleaned_data[name] for name in ("kind", "equipment", "state", "note")}
        gate = form.gates[form.cleaned_data["gate"]]
        area = form.by_gate[form.cleaned_data["gate"]]
        name = form.cleaned_data["name"]
        return barriers.set_facility(area, name, gate=gate, at=incident.now(), by=request.member, **given)

    done, _made = tried(form, act)
    if not done:
        return render(request, "gate/facility.html", {"form": form}, status=422)
    messages.success(request, _("Written down."))
    return redirect("gate:barriers")


@needs("keep_gate")
def fire_map(request: Any, pk: int) -> HttpResponse:
    """The map for the fire service: buildings, gates and barriers of a compound, who opens each, the numbers to ring."""
    incident = incident_of(request)
    areas = areas_of(incident, request.rights, "keep_gate")
    pairs = [(gate, area) for gate, area in gates_of(areas) if gate.compound_id == pk]
    compound = get_object_or_404(
        Compound.objects.filter(buildings__stairs__doors__area_doors__area__in=areas).distinct(), pk=pk
    )
    at = incident.now()
    here = [area for area in areas if area.area_doors.filter(door__stair__building__compound=compound).exists()]
    rows = Barrier.objects.filter(area__in=here, removed_at=None).select_related("area", "gate__compound")
    lines = [
        line
        for line in lines_of(incident, rows, at)
        if line.barrier.gate is None or line.barrier.gate.compound_id == pk
    ]
    sheet = plan_sheet(compound)
    context = {
        "compound": compound,
        "sheet": sheet,
        "pins": [pin for pin in sheet.pins if not pin.waits],
        "marks": [
            (number, line.barrier.x_m, -line.barrier.y_m, line)
            for number, line in enumerate(lines, start=1)
            if line.barrier.x_m is not None and line.barrier.y_m is not None
        ],
        "lines": list(enumerate(lines, start=1)),
        "gates": pairs,
        "areas": here,
        "phones": incident.protocol.emergency.phones,
        "at": at,
    }
    return render(request, "gate/fire_map.html", context)


def _barrier(request: Any, pk: int) -> Barrier:
    rows = Barrier.objects.filter(incident=incident_of(request)).select_related("incident", "area", "gate__compound")
    found = get_object_or_404(rows, pk=pk)
    request.rights.require("keep_gate", found.area)
    return found
