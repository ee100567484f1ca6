"""The pages of a compound's plan: the sheet, what is moved on it, the picture behind it, a map file read in. Thin."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.errors import UserError
from doorstep.register import plan_queries as queries
from doorstep.register import plans
from doorstep.register.drawing import geojson
from doorstep.register.models import Compound, PlanDraft
from doorstep.register.place_queries import may_edit
from doorstep.register.place_views import edited, now, seen
from doorstep.register.plan_forms import MapForm, PictureForm, PositionTable, ShapeTable, number
from doorstep.wiring.access import needs
from doorstep.wiring.pages import tried

KINDS = {"png": "image/png", "jpeg": "image/jpeg"}


@needs("see_register")
def plan(request: Any, pk: int) -> HttpResponse:
    """The plan of a compound, to be dragged into shape."""
    return _plan(request, seen(request, pk))


@needs("edit_register")
@require_POST
def move(request: Any, pk: int) -> HttpResponse:
    """One thing dragged to a place; the page's module asks and gets JSON."""
    compound = edited(request, pk)
    try:
        key = (request.POST.get("kind", ""), int(request.POST.get("pk", "")))
        position = (number(request.POST.get("x_m", "")), number(request.POST.get("y_m", "")))
    except ValueError:
        return JsonResponse({"error": _("This is no position on a plan.")}, status=422)
    try:
        done = plans.place(compound, {key: position}, at=now(request), by=request.member)
    except UserError as error:
        return JsonResponse({"error": str(error)}, status=422)
    undo = reverse("register:undo_place", args=[done.pk]) if done else ""
    return JsonResponse({"undo": undo, "said": _("Saved: %(name)s") % {"name": done.label} if done else ""})


@needs("edit_register")
@require_POST
def positions(request: Any, pk: int) -> HttpResponse:
    """The positions as they were typed; with an error nothing is stored and what was typed stays."""
    compound = edited(request, pk)
    typed = PositionTable(queries.plan_sheet(compound).pins, request.POST)
    said = typed.positions()
    if typed.is_valid():
        try:
            plans.place(compound, said, at=now(request), by=request.member)
        except UserError as error:
            typed.tell(error.field, str(error))
        else:
            return redirect("register:plan", pk)
    compound.refresh_from_db()
    return _plan(request, compound, typed=typed, status=422)


@needs("see_register")
def picture(request: Any, pk: int) -> HttpResponse:
    """The picture behind the plan; posting lays another one there or changes its scale."""
    if request.method == "POST":
        return _set_picture(request, pk)
    compound = seen(request, pk)
    kind = compound.plan.get("picture", {}).get("kind")
    name = compound.picture.name
    if not name or kind not in KINDS or not compound.picture.storage.exists(name):
        raise Http404
    with compound.picture.open("rb") as file:
        answer = HttpResponse(file.read(), content_type=KINDS[kind])
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@needs("edit_register")
def _set_picture(request: Any, pk: int) -> HttpResponse:
    compound = edited(request, pk)
    if "remove" in request.POST:
        plans.remove_picture(compound, at=now(request), by=request.member)
        return redirect("register:plan", pk)
    form = PictureForm(request.POST, request.FILES)
    done, _made = tried(form, lambda: plans.set_picture(compound, **form.facts(), at=now(request), by=request.member))
    if done:
        return redirect("register:plan", pk)
    compound.refresh_from_db()
    return _plan(request, compound, picture_form=form, status=422)


@needs("edit_register")
def from_map(request: Any, pk: int) -> HttpResponse:
    """Read a map file, show which shape is taken for which building, and draw what is agreed to."""
    compound = edited(request, pk)
    draft = PlanDraft.objects.select_related("compound").filter(compound=compound).first()
    if request.method == "POST" and request.FILES:
        form = MapForm(request.POST, request.FILES)
        done, _kept = tried(form, lambda: _keep_map(request, compound, form))
        return redirect("register:from_map", pk) if done else _map(request, compound, draft, form=form, status=422)
    if request.method == "POST" and "forget" in request.POST:
        plans.drop_draft(compound)
        return redirect("register:plan", pk)
    if request.method == "POST" and draft is not None:
        return _draw(request, draft)
    if request.method == "POST":
        form = MapForm(request.POST, request.FILES)
        return _map(request, compound, draft, form=form, status=422)
    return _map(request, compound, draft)


def _keep_map(request: Any, compound: Compound, form: MapForm) -> PlanDraft:
    file = form.cleaned_data["file"]
    return plans.keep_draft(compound, file.read(geojson.MOST_BYTES + 1), file.name, at=now(request))


def _draw(request: Any, draft: PlanDraft) -> HttpResponse:
    page = queries.map_page(draft)
    table = ShapeTable(page.rows, request.POST)
    chosen = table.chosen()
    if table.is_valid():
        try:
            plans.draw_from_map(draft, chosen, at=now(request), by=request.member)
        except UserError as error:
            table.tell(error.field, str(error))
        else:
            return redirect("register:plan", draft.compound_id)
    return _map(request, draft.compound, draft, table=table, status=422)


def _map(
    request: Any,
    compound: Compound,
    draft: PlanDraft | None,
    *,
    form: MapForm | None = None,
    table: ShapeTable | None = None,
    status: int = 200,
) -> HttpResponse:
    page = queries.map_page(draft) if draft else None
    context = {
        "compound": compound,
        "page": page,
        "form": form or MapForm(),
        "table": table or (ShapeTable(page.rows) if page else None),
    }
    return render(request, "register/plan_map.html", context, status=status)


def _plan(
    request: Any,
    compound: Compound,
    *,
    typed: PositionTable | None = None,
    picture_form: PictureForm | None = None,
    status: int = 200,
) -> HttpResponse:
    sheet = queries.plan_sheet(compound)
    box = compound.plan.get("picture", {})
    first = {"width_m": box.get("width_m", 100), "left_m": box.get("left_m", 0), "bottom_m": box.get("bottom_m", 0)}
    context = {
        "compound": compound,
        "sheet": sheet,
        "typed": typed or PositionTable(sorted(sheet.pins, key=lambda pin: pin.kind != "gate")),
        "picture_form": picture_form or PictureForm(initial=first),
        "may_edit": may_edit(request.rights, compound),
    }
    return render(request, "register/plan.html", context, status=status)
