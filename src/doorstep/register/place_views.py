"""The pages of places: compounds, a compound, a building with its doors. Thin."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.errors import NotAllowedError, UserError
from doorstep.register import place_queries as queries
from doorstep.register import places
from doorstep.register.changes import undo as take_back
from doorstep.register.models import Building, Compound, Door, Gate, PlaceChange, Stair
from doorstep.register.place_forms import BuildingForm, CompoundForm, DoorTable, GateForm, NewPlaceForm
from doorstep.wiring.access import needs
from doorstep.wiring.contributions import contributions
from doorstep.wiring.pages import page_of, table, table_asked, tried


@needs("see_register")
def home(request: Any) -> HttpResponse:
    """The compounds of the register, with what is still to be looked at."""
    return _home(request, NewPlaceForm())


@needs("edit_register")
@require_POST
def new(request: Any) -> HttpResponse:
    """Add a compound; one that is known under that name is opened."""
    if request.rights.areas("edit_register") is not None:
        raise NotAllowedError(
            _("Your duty is for some areas only; a new compound lies in none yet."),
            mend=_("Ask somebody whose duty covers the whole incident."),
        )
    form = NewPlaceForm(request.POST)
    done, made = tried(form, lambda: places.add_compound(form.cleaned_data["name"], at=now(request), by=request.member))
    return redirect("register:place", made.pk) if done else _home(request, form, status=422)


@needs("see_register")
def place(request: Any, pk: int) -> HttpResponse:
    """One compound: its buildings, gates, what is derived and not confirmed; its doors as XLSX or CSV."""
    compound = seen(request, pk)
    if table_asked(request):
        return table(request, f"doors-{compound.name}", queries.door_headings(), queries.door_rows(compound))
    return _place(request, compound)


@needs("edit_register")
def edit(request: Any, pk: int) -> HttpResponse:
    """What a compound is called."""
    compound = edited(request, pk)
    form = CompoundForm.of(compound, request.POST or None)

    def act() -> Any:
        return places.edit_compound(compound, **form.cleaned_data, at=now(request), by=request.member)

    if request.method == "POST" and tried(form, act)[0]:
        return redirect("register:place", pk)
    compound.refresh_from_db()
    context = {"form": form, "compound": compound}
    return render(request, "register/place_names.html", context, status=422 if form.errors else 200)


@needs("edit_register")
@require_POST
def new_building(request: Any, pk: int) -> HttpResponse:
    """Add a building to a compound."""
    compound = edited(request, pk)
    form = NewPlaceForm(request.POST)
    done, _made = tried(
        form, lambda: places.add_building(compound, form.cleaned_data["name"], at=now(request), by=request.member)
    )
    return redirect("register:place", pk) if done else _place(request, compound, building_form=form, status=422)


@needs("edit_register")
@require_POST
def new_gate(request: Any, pk: int) -> HttpResponse:
    """Add a gate to a compound."""
    compound = edited(request, pk)
    form = NewPlaceForm(request.POST)
    done, _made = tried(
        form, lambda: places.add_gate(compound, form.cleaned_data["name"], at=now(request), by=request.member)
    )
    return redirect("register:place", pk) if done else _place(request, compound, gate_form=form, status=422)


@needs("edit_register")
def gate(request: Any, pk: int) -> HttpResponse:
    """Rename a gate, or make it the one where rounds reload."""
    found = get_object_or_404(Gate.objects.select_related("compound"), pk=pk)
    edited(request, found.compound_id)
    form = GateForm(request.POST or None, initial={"name": found.name, "reload_point": found.reload_point})

    def act() -> Any:
        return places.edit_gate(found, **form.cleaned_data, at=now(request), by=request.member)

    if request.method == "POST" and tried(form, act)[0]:
        return redirect("register:place", found.compound_id)
    context = {"form": form, "gate": found, "compound": found.compound}
    return render(request, "register/place_gate.html", context, status=422 if form.errors else 200)


@needs("see_register")
def building(request: Any, pk: int) -> HttpResponse:
    """One building: its facts and the table in which its doors are corrected."""
    return _building(request, _found_building(request, pk))


@needs("edit_register")
@require_POST
def edit_building(request: Any, pk: int) -> HttpResponse:
    """Name, address, floors and lift of a building."""
    found = _found_building(request, pk, to_edit=True)
    form = BuildingForm.of(found, request.POST)

    def act() -> Any:
        return places.edit_building(found, **form.cleaned_data, at=now(request), by=request.member)

    if tried(form, act)[0]:
        return redirect("register:building", pk)
    found.refresh_from_db()
    return _building(request, found, form=form, status=422)


@needs("edit_register")
@require_POST
def confirm(request: Any, pk: int) -> HttpResponse:
    """All floors of a building are right as they stand."""
    found = _found_building(request, pk, to_edit=True)
    if places.confirm_building(found, at=now(request), by=request.member):
        messages.success(request, _("The floors of %(name)s are confirmed.") % {"name": found.name})
    if request.POST.get("next") == "compound":
        return redirect("register:place", found.compound_id)
    return redirect("register:building", pk)


@needs("edit_register")
@require_POST
def doors(request: Any, pk: int) -> HttpResponse:
    """Store the table of doors; with an error nothing is stored and what was typed stays."""
    found = _found_building(request, pk, to_edit=True)
    shown = [door for door in queries.doors_of(found) if f"floor-{door.pk}" in request.POST]
    rows = DoorTable(shown, request.POST)
    facts = rows.facts()
    if rows.is_valid():
        try:
            done = places.correct_doors(found, facts, at=now(request), by=request.member)
        except UserError as error:
            rows.tell(error.field, str(error))
        else:
            if done:
                messages.success(request, _("The doors are corrected."))
            return redirect("register:building", pk)
    found.refresh_from_db()
    return _building(request, found, rows=rows, status=422)


@needs("edit_register")
@require_POST
def new_stair(request: Any, pk: int) -> HttpResponse:
    """Add a stair to a building."""
    found = _found_building(request, pk, to_edit=True)
    form = NewPlaceForm(request.POST)
    done, _made = tried(
        form, lambda: places.add_stair(found, form.cleaned_data["name"], at=now(request), by=request.member)
    )
    return redirect("register:building", pk) if done else _building(request, found, stair_form=form, status=422)


@needs("edit_register")
@require_POST
def case(request: Any, pk: int) -> HttpResponse:
    """A case lives on this stair, or none any more."""
    stair = get_object_or_404(Stair.objects.select_related("building__compound"), pk=pk)
    seen(request, stair.building.compound_id)
    _require_edit(request, stair.building)
    places.mark_case(stair, request.POST.get("infected") == "1", at=now(request), by=request.member)
    return redirect("register:building", stair.building_id)


@needs("edit_register")
@require_POST
def undo(request: Any, pk: int) -> HttpResponse:
    """Take one act on places back."""
    done = get_object_or_404(PlaceChange, pk=pk)
    edited(request, done.compound_id)
    stays = take_back(done, at=now(request), by=request.member)
    if stays:
        messages.warning(
            request, _("Changed again since, so it stays: %(names)s.") % {"names": _(", ").join(stays[:10])}
        )
    else:
        messages.success(request, _("Taken back: %(act)s.") % {"act": done.label})
    if request.POST.get("next") == "plan":
        return redirect("register:plan", done.compound_id)
    return redirect("register:place", done.compound_id)


def now(request: Any) -> datetime:
    """The incident's time, or the real one where none is open."""
    return request.incident.now() if request.incident else timezone.now()


def seen(request: Any, pk: int) -> Compound:
    """The compound, for a member who sees the register there."""
    return get_object_or_404(queries.compounds(request.rights), pk=pk)


def edited(request: Any, pk: int) -> Compound:
    """The compound, for a member who may change the register there."""
    compound = seen(request, pk)
    _require_edit(request, compound)
    return compound


def _require_edit(request: Any, place: Compound | Building) -> None:
    if not queries.may_edit(request.rights, place):
        raise NotAllowedError(
            _("%(name)s lies in none of the areas in which you change the register.") % {"name": place.name},
            mend=_("Ask a commander for the duty, or sign in with another account."),
        )


def _home(request: Any, form: forms.Form, status: int = 200) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:80]
    found = queries.compounds(request.rights, words)
    if table_asked(request):
        rows = (queries.compound_row(line) for line in queries.lines(found))
        return table(request, "compounds", queries.compound_headings(), rows)
    page = page_of(request, found)
    context = {"page": page, "lines": queries.lines(page), "form": form, "words_here": words}
    context["may_export"] = request.rights.may("export")
    context["may_add"] = request.rights.may("edit_register") and request.rights.areas("edit_register") is None
    return render(request, "register/places.html", context, status=status)


def _place(request: Any, compound: Compound, status: int = 200, **forms_given: Any) -> HttpResponse:
    page = queries.compound_page(compound)
    context = {
        "page": page,
        "compound": compound,
        "may_edit": queries.may_edit(request.rights, compound),
        "may_export": request.rights.may("export"),
        "notes": [note(page.unplaced, len(page.stairs)) for note in contributions.place_notes],
        "building_form": NewPlaceForm(auto_id="building_%s"),
        "gate_form": NewPlaceForm(auto_id="gate_%s"),
        **forms_given,
    }
    return render(request, "register/place.html", context, status=status)


def _found_building(request: Any, pk: int, *, to_edit: bool = False) -> Building:
    found = get_object_or_404(Building.objects.select_related("compound"), pk=pk)
    seen(request, found.compound_id)
    if to_edit:
        _require_edit(request, found)
    return found


def _building(
    request: Any, found: Building, *, rows: DoorTable | None = None, status: int = 200, **forms_given: Any
) -> HttpResponse:
    derived = request.GET.get("show") == "derived"
    line = next(line for line in queries.building_lines(found.compound) if line.pk == found.pk)
    context = {
        "building": found,
        "compound": found.compound,
        "line": line,
        "rows": rows or DoorTable(queries.doors_of(found, derived=derived)),
        "derived_only": derived,
        "kinds": Door.Kind.choices,
        "may_edit": queries.may_edit(request.rights, found),
        "form": BuildingForm.of(found),
        "stair_form": NewPlaceForm(auto_id="stair_%s"),
        **forms_given,
    }
    return render(request, "register/building.html", context, status=status)
