"""The pages of the stock: what is where, an item's lots, places with their count, goods carried over, moves taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.supplies import handling, keeping, stock
from doorstep.supplies.models import Item, Location, Move, Reservation
from doorstep.supplies.moves import Said
from doorstep.supplies.stock_forms import (
    CountForm,
    KeepForm,
    PlaceForm,
    TransferForm,
    doors_of,
    named_door,
    require_door,
)
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked, tell, tried


def incident_of(request: Any) -> Incident:
    """The incident at work. Raises Http404 where there is none."""
    if not request.incident:
        raise Http404
    found: Incident = request.incident
    return found


@needs("see_supplies")
def home(request: Any) -> HttpResponse:
    """What is where, by item; XLSX, CSV."""
    incident = incident_of(request)
    at, asked = incident.now(), stock.Asked.of(request.GET)
    lines = stock.stock_lines(incident, asked, at)
    if table_asked(request):
        return table(request, "stock", stock.stock_headings(), stock.stock_rows(lines, incident))
    onlys = [("low", _("below the minimum")), ("soon", _("ends soon or has ended")), ("held", _("held back"))]
    context = {
        "lines": page_of(request, lines),
        "found": len(lines),
        "asked": asked,
        "places": list(stock.places_of(incident)),
        "kinds": Item.Kind.choices,
        "onlys": onlys,
        "may": request.rights.may("manage_supplies"),
        "may_export": request.rights.may("export"),
        "filtered": asked != stock.Asked(),
        "at": at,
    }
    return render(request, "supplies/stock.html", context)


@needs("see_supplies")
def item_lots(request: Any, code: str) -> HttpResponse:
    """An item's lots, what ends first at first."""
    incident = incident_of(request)
    found = get_object_or_404(Item, code=code)
    every = request.GET.get("all") == "1"
    lines = stock.lots_of(incident, found, all_of_them=every)
    if table_asked(request):
        headings = [_("lot"), _("supplier"), _("best before"), _("state"), _("packs"), _("promised"), _("places")]
        rows = [
            [
                line.lot.number,
                str(line.lot.supplier or ""),
                line.lot.best_before.astimezone(incident.tz).date() if line.lot.best_before else "",
                line.lot.get_state_display(),
                line.packs,
                line.reserved,
                [f"{name} {packs}" for name, packs in line.places],
            ]
            for line in lines
        ]
        return table(request, f"lots-{code}", headings, rows)
    return _item_page(request, found, KeepForm(list(stock.places_of(incident))), lines=lines)


@needs("manage_supplies")
@require_POST
def keep(request: Any, code: str) -> HttpResponse:
    """Keep packs of an item back for a household or another purpose."""
    incident = incident_of(request)
    found = get_object_or_404(Item, code=code)
    form = KeepForm(list(stock.places_of(incident)), request.POST)

    def act() -> Any:
        given = form.cleaned_data
        purpose = ("other", given["purpose"].strip())
        if given["door"].strip():
            door = named_door(given["door"], doors_of(incident))
            require_door(request.rights, door)
            purpose = ("household", str(keeping.household_at(door).pk))
        facts = {"place": form.places[given["place"]], "purpose": purpose, "client_id": form.act}
        return keeping.keep_for(found, given["packs"], at=incident.now(), by=request.member, **facts)

    if not tried(form, act)[0]:
        return _item_page(request, found, form, status=422)
    messages.success(request, _("Kept back: nobody else takes them."))
    return redirect("supplies:item_lots", code)


@needs("manage_supplies")
@require_POST
def let_go(request: Any, pk: int) -> HttpResponse:
    """What was kept back by hand is free again."""
    incident = incident_of(request)
    rows = Reservation.objects.filter(balance__location__incident=incident)
    one = get_object_or_404(rows.select_related("balance__lot__incident", "balance__lot__item"), pk=pk)
    try:
        keeping.let_go(one, at=incident.now(), by=request.member)
    except UserError as error:
        messages.error(request, str(error))
    return redirect("supplies:item_lots", one.balance.lot.item.code)


def _item_page(request: Any, found: Item, form: KeepForm, *, status: int = 200, lines: Any = None) -> HttpResponse:
    incident = incident_of(request)
    every = request.GET.get("all") == "1"
    shown = stock.lots_of(incident, found, all_of_them=every) if lines is None else lines
    context = {"item": found, "lines": shown, "every": every, "at": incident.now(), "form": form}
    context |= {"may": request.rights.may("manage_supplies"), "may_export": request.rights.may("export")}
    context["kept"] = keeping.kept_of(incident, found, request.rights)
    context["free"] = any(line.packs > line.reserved and line.lot.state == "good" for line in shown)
    return render(request, "supplies/item_lots.html", context, status=status)


@needs("see_supplies")
def moves(request: Any) -> HttpResponse:
    """Every move of goods, the newest first."""
    incident = incident_of(request)
    rows = incident.moves.select_related(
        "lot__item", "source__door__stair__building", "target__door__stair__building", "by"
    ).order_by("-occurred_at", "-pk")
    if table_asked(request):
        headings = [
            _("when"),
            _("item"),
            _("lot"),
            _("packs"),
            _("from where"),
            _("to where"),
            _("why"),
            _("note"),
            _("who"),
        ]
        scope = request.rights.areas("see_supplies")
        lines = [
            [
                one.occurred_at.astimezone(incident.tz),
                str(one.lot.item),
                one.lot.number,
                one.packs,
                stock.label_for(one.source, scope),
                stock.label_for(one.target, scope),
                reason_title(one.reason),
                one.note,
                one.by.name if one.by else "",
            ]
            for one in rows[:50_000]
        ]
        return table(request, "stock-moves", headings, lines)
    pages = page_of(request, rows)
    undone = set(
        Move.objects.filter(
            incident=incident, reason="undo", ref_kind="move", ref_id__in=[str(one.pk) for one in pages]
        ).values_list("ref_id", flat=True)
    )
    scope = request.rights.areas("see_supplies")
    shown = [
        (
            one,
            reason_title(one.reason),
            stock.label_for(one.source, scope),
            stock.label_for(one.target, scope),
            handling.may_undo(one) and str(one.pk) not in undone,
        )
        for one in pages
    ]
    context = {"pages": pages, "lines": shown, "may": request.rights.may("manage_supplies")}
    return render(request, "supplies/moves.html", context | {"may_export": request.rights.may("export")})


def reason_title(code: str) -> str:
    """Why goods moved, in words."""
    titles = {
        "receipt": _("came in"),
        "hold": _("held back"),
        "release": _("let go again"),
        "recall": _("called back"),
        "transfer": _("carried over"),
        "pack": _("packed"),
        "unpack": _("taken out of a kit"),
        "hand_over": _("handed over"),
        "hand_back": _("knock taken back"),
        "returned": _("sent back"),
        "waste": _("thrown away"),
        "used": _("used on duty"),
        "issue": _("issued for duty"),
        "count_back": _("counted back"),
        "count": _("counted"),
        "undo": _("taken back"),
    }
    return str(titles.get(code, code))


@needs("manage_supplies")
@require_POST
def undo(request: Any, pk: int) -> HttpResponse:
    """Take a move back by a counter-move."""
    incident = incident_of(request)
    one = get_object_or_404(incident.moves.select_related("incident", "source", "target"), pk=pk)
    try:
        handling.undo_move(one, reason=request.POST.get("reason", ""), at=incident.now(), by=request.member)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The move is taken back by one the other way round."))
    back = request.POST.get("next", "")
    return redirect(back if back.startswith("/supplies/") else reverse("supplies:lot", args=[one.lot_id]))


@needs("see_supplies")
def places(request: Any) -> HttpResponse:
    """The places of goods; a new one."""
    incident = incident_of(request)
    form = PlaceForm(request.POST or None, initial={"kind": Location.Kind.STORE})
    if request.method == "POST":
        request.rights.require("manage_supplies")
        given = {"at": incident.now(), "by": request.member}
        done, _made = tried(form, lambda: handling.add_store(incident, **form.cleaned_data, **given))
        if done:
            messages.success(request, _("The place is there."))
            return redirect("supplies:places")
    rows = stock.places_with_packs(incident)
    context = {"form": form, "rows": rows, "may": request.rights.may("manage_supplies")}
    return render(request, "supplies/places.html", context, status=422 if form.errors else 200)


@needs("manage_supplies")
def count(request: Any, pk: int) -> HttpResponse:
    """The count sheet of a place: every lot, what the books say, what is seen."""
    incident = incident_of(request)
    place = get_object_or_404(stock.places_of(incident), pk=pk)
    lines = stock.count_sheet(place)
    if table_asked(request):
        headings = [_("item"), _("lot"), _("supplier"), _("best before"), _("in the books"), _("counted"), _("reason")]
        rows = [
            [
                str(line.lot.item),
                line.lot.number,
                str(line.lot.supplier or ""),
                line.lot.best_before.astimezone(incident.tz).date() if line.lot.best_before else "",
                line.packs,
                "",
                "",
            ]
            for line in lines
        ]
        return table(request, f"count-{pk}", headings, rows)
    form = CountForm(lines, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            seen = [handling.Counted(lot, packs, reason) for lot, packs, reason in form.counted()]
            made = handling.count_store(place, seen, at=incident.now(), by=request.member, client_id=form.act)
        except UserError as error:
            tell(form, error)
        else:
            counted = ngettext("%(n)d lot counted", "%(n)d lots counted", len(seen)) % {"n": len(seen)}
            differed = ngettext("%(n)d differs", "%(n)d differ", len(made)) % {"n": len(made)}
            messages.success(request, f"{counted}; {differed}.")
            return redirect("supplies:places")
    context = {"place": place, "form": form, "may_export": request.rights.may("export")}
    return render(request, "supplies/count.html", context, status=422 if form.errors else 200)


@needs("manage_supplies")
def transfer(request: Any, pk: int) -> HttpResponse:
    """Carry packs from this place to another."""
    incident = incident_of(request)
    place = get_object_or_404(stock.places_of(incident), pk=pk)
    lines = [line for line in stock.count_sheet(place) if line.packs > line.reserved]
    others = list(stock.places_of(incident).exclude(pk=pk))
    form = TransferForm(lines, others, request.POST or None)
    if request.method == "POST":
        at = incident.now()

        def act() -> list[Move]:
            target = form.places[form.cleaned_data["target"]]
            said = Said(form.act, at, "transfer", request.member, form.cleaned_data["note"])
            return handling.transfer(incident, form.packs(), place, target, said=said)

        done, made = tried(form, act)
        if done:
            packs = sum(one.packs for one in made)
            carried = ngettext("%(n)d pack is carried over.", "%(n)d packs are carried over.", packs) % {"n": packs}
            messages.success(request, carried)
            return redirect("supplies:places")
    context = {"place": place, "form": form, "others": others}
    return render(request, "supplies/transfer.html", context, status=422 if form.errors else 200)
