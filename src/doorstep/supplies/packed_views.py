"""The packing table: one kit, scanned or tapped line by line; what is wrong is said in large letters."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.supplies import pack_papers, pack_table, table_queries
from doorstep.supplies.models import KitLine, PackedKit
from doorstep.supplies.pack_forms import InsteadForm, ManyForm, key_of
from doorstep.supplies.stock_views import incident_of
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, tell


@needs("see_supplies")
def find(request: Any) -> HttpResponse:
    """The kit of a scanned or typed label."""
    incident = incident_of(request)
    try:
        kit = pack_table.kit_with(incident, request.GET.get("code", ""))
    except UserError as error:
        messages.error(request, str(error))
        return redirect("supplies:packing")
    return redirect("supplies:packed_kit", kit.code)


@needs("see_supplies")
def table(request: Any, code: str) -> HttpResponse:
    """One kit at the table."""
    kit = _kit(request, code)
    if request.method != "POST":
        return _page(request, kit)
    return _do(request, kit)


@needs("see_supplies")
def label(request: Any, code: str) -> HttpResponse:
    """The labels of one kit as PDF."""
    kit = _kit(request, code)
    content = pack_papers.labels(kit.order.incident, [kit.order], kit.order.incident.now(), only=kit)
    return download(content, "application/pdf", f"kit-{kit.code}.pdf")


def _do(request: Any, kit: PackedKit) -> HttpResponse:
    """What was scanned or tapped."""
    request.rights.require("manage_supplies", kit.order.area_id)
    wanted, act = request.POST.get("do", "scan"), _act(request, kit)
    form = None
    try:
        if wanted == "scan":
            pack_table.scan(kit, request.POST.get("item", ""), act)
        elif wanted == "line":
            line = get_object_or_404(kit.order.lines, pk=key_of(request.POST.get("line", ""), "line"))
            pack_table.put_in(kit, line, act)
        elif wanted == "out":
            row = get_object_or_404(KitLine.objects.filter(kit=kit), pk=key_of(request.POST.get("row", ""), "row"))
            pack_table.take_out(row, act)
        elif wanted == "unpack":
            pack_table.unpack(kit, act)
        elif wanted == "instead":
            form = _instead(kit, request.POST)
            if not form.is_valid():
                return _page(request, kit, instead=form)
            given = form.cleaned_data
            more = {"instead": form.chosen_item(), "packs": given["packs"], "reason": given["reason"]}
            pack_table.put_in(kit, form.chosen_line(), act, **more)
        else:
            raise UserError(_("Nothing was chosen."), mend=_("Scan the goods, or tap their line."))
    except UserError as error:
        if form is not None and error.field in form.fields:
            tell(form, error)
            return _page(request, kit, instead=form)
        return _page(request, kit, refused=error)
    return redirect(reverse("supplies:packed_kit", args=[kit.code]))


def _kit(request: Any, code: str) -> PackedKit:
    kits = PackedKit.objects.select_related(
        "order__design", "order__incident", "order__store", "order__staging", "order__area", "place",
        "household__door__stair__building__compound", "packed_by",
    )  # fmt: skip
    kit: PackedKit = get_object_or_404(kits, order__incident=incident_of(request), code=code.upper())
    if not request.rights.may("see_supplies", kit.order.area_id):
        raise Http404
    return kit


def _act(request: Any, kit: PackedKit) -> pack_table.Act:
    form = ManyForm({"client_id": request.POST.get("client_id", ""), "count": 1})
    if not form.is_valid():
        raise UserError(_("This page is incomplete."), field="client_id", mend=_("Load it again."))
    return pack_table.Act(form.act, kit.order.incident.now(), request.member)


def _instead(kit: PackedKit, data: Any = None) -> InsteadForm:
    page = table_queries.table_page(kit, kit.order.incident.now())
    lines = [line.line for line in page.lines if not line.done]
    return InsteadForm(lines, page.instead, data, initial={"packs": lines[0].packs if lines else 1})


def _page(
    request: Any, kit: PackedKit, *, refused: UserError | None = None, instead: InsteadForm | None = None
) -> HttpResponse:
    kit = _kit(request, kit.code)
    page = table_queries.table_page(kit, kit.order.incident.now())
    lines = [line.line for line in page.lines if not line.done]
    context = {
        "kit": kit,
        "order": kit.order,
        "page": page,
        "refused": refused,
        "client_id": uuid4(),
        "instead": instead or InsteadForm(lines, page.instead, initial={"packs": lines[0].packs if lines else 1}),
        "pieces": pack_papers.pieces_of([line.line for line in page.lines]),
        "may": request.rights.may("manage_supplies", kit.order.area_id),
    }
    wrong = refused is not None or (instead is not None and instead.errors)
    return render(request, "supplies/packed_kit.html", context, status=422 if wrong else 200)
