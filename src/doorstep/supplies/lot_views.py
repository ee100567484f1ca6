"""The pages of lots: goods received, one lot with its ledger, held, let go, recalled, warned about."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.errors import UserError
from doorstep.storage.tables import to_xlsx
from doorstep.supplies import handling, lots, orders, recalls, stock, stock_files
from doorstep.supplies.models import Location, Lot, OrderLine, Supplier
from doorstep.supplies.stock_forms import LotForm, RecallForm, ReceiptForm, ReceiptListForm, find_items, require_door
from doorstep.supplies.stock_views import incident_of, reason_title
from doorstep.wiring.access import needs
from doorstep.wiring.events import publish
from doorstep.wiring.pages import XLSX, Exported, download, table, table_asked, tell, tried
from doorstep.wiring.texts import spoken


@needs("manage_supplies")
def receive(request: Any) -> HttpResponse:
    """Find the item by name or barcode, then write down what came; or bring a list."""
    incident = incident_of(request)
    line = _line(request)
    words = request.GET.get("item", "").strip()
    items = [line.item] if line else find_items(words)
    stores = list(stock.places_of(incident))
    if len(items) != 1:
        kept = [(name, request.GET[name]) for name in ("payer", "supplier", "door") if request.GET.get(name)]
        context = {"looked": words, "items": items, "form": ReceiptListForm(stores), "stores": stores, "kept": kept}
        return render(request, "supplies/receive.html", context)
    item = items[0]
    first: dict[str, Any] = {"store": str(stores[0].pk)} if stores else {}
    first |= {name: request.GET[name] for name in ("payer", "supplier", "door") if request.GET.get(name)}
    if line:
        first |= {"packs": max(1, line.packs - line.received), "supplier": str(line.order.supplier_id or "")}
        first["payer"] = line.payer
    form = ReceiptForm(incident, item, stores, request.POST or None, initial=first)
    if request.method == "POST":
        at, by = incident.now(), request.member

        def act() -> Lot:
            name = form.cleaned_data["new_supplier"]
            donor = form.cleaned_data["payer"] == "donor"
            supplier: Supplier | None = form.chosen_supplier()
            if supplier is None and name.strip():
                supplier = handling.save_supplier(incident, name, at=at, by=by, donor=donor)
            receipt = form.receipt(supplier=supplier)
            if receipt.door is not None:
                require_door(request.rights, receipt.door)
            if line:
                return orders.receive_line(line, receipt, store=form.chosen_store(), at=at, by=by)
            return lots.receive(incident, receipt, store=form.chosen_store(), at=at, by=by)

        done, lot = tried(form, act)
        if done:
            if lot.state == Lot.State.GOOD and form.cleaned_data["payer"] == "household":
                messages.success(request, _("%(lot)s waits for its door.") % {"lot": lot})
                return redirect("supplies:order", line.order_id) if line else redirect("supplies:own")
            if lot.state == Lot.State.GOOD:
                messages.success(request, _("%(lot)s is in the store.") % {"lot": lot})
            else:
                messages.error(request, _("%(lot)s is held back: its check is not in order.") % {"lot": lot})
            return redirect("supplies:order", line.order_id) if line else redirect("supplies:lot", lot.pk)
    context = {"item": item, "form": form, "stores": stores, "line": line}
    return render(request, "supplies/receive_one.html", context, status=422 if form.errors else 200)


def _line(request: Any) -> OrderLine | None:
    asked = request.GET.get("line", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    lines = OrderLine.objects.filter(order__incident=request.incident.pk)
    found: OrderLine = get_object_or_404(lines.select_related("order__incident", "order__supplier", "item"), pk=asked)
    if found.order.area_id is not None:
        request.rights.require("manage_supplies", found.order.area_id)
    return found


@needs("manage_supplies")
@require_POST
def receive_list(request: Any) -> HttpResponse:
    """Take in a whole list; rows that cannot be taken come back with why."""
    incident = incident_of(request)
    stores = list(stock.places_of(incident))
    form = ReceiptListForm(stores, request.POST, request.FILES)
    context: dict[str, Any] = {"looked": "", "items": [], "form": form, "stores": stores}
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            brought = stock_files.receive_file(
                incident,
                upload.read(),
                upload.name,
                store=form.stores[form.cleaned_data["into"]],
                at=incident.now(),
                by=request.member,
            )
        except UserError as error:
            tell(form, spoken(error))
        else:
            taken = ngettext("%(n)d lot is in.", "%(n)d lots are in.", brought.taken) % {"n": brought.taken}
            messages.success(request, taken)
            if not brought.bad:
                return redirect("supplies:home")
            context["brought"] = brought
    return render(request, "supplies/receive.html", context, status=422 if form.errors else 200)


@needs("manage_supplies")
@require_POST
def bad_rows(request: Any) -> HttpResponse:
    """The rows to mend as a file."""
    incident = incident_of(request)
    request.rights.require("export")
    headings, rows = stock_files.to_mend(request.POST.get("rows", ""))
    publish(Exported("receipts-to-mend", len(rows), incident.pk, getattr(request.member, "pk", None)))
    return download(to_xlsx(headings, rows), XLSX, "receipts-to-mend.xlsx")


@needs("see_supplies")
def lot(request: Any, pk: int) -> HttpResponse:
    """One lot; its doors as XLSX or CSV."""
    found = _lot(request, pk)
    if table_asked(request):
        doors, _elsewhere = stock.doors_seen(found, request.rights)
        headings = [_("compound"), _("door"), _("floor"), _("item"), _("lot"), _("packs")]
        return table(request, f"lot-{pk}-doors", headings, stock.door_rows(doors, found))
    return _page(request, found)


@needs("manage_supplies")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """What the page of a lot asks for, with its reason."""
    found = _lot(request, pk)
    form = LotForm(found, _ours(found), request.POST)
    given: dict[str, Any] = {"at": found.incident.now(), "by": request.member}

    def act() -> Any:
        wanted, reason = form.cleaned_data["do"], form.cleaned_data["reason"]
        said = {"reason": reason, "client_id": form.act, **given}
        if wanted == "hold":
            return lots.hold(found, **said)
        if wanted == "release":
            return lots.release(found, store=_store(found, form), **said)
        place, packs = form.chosen_place(), form.chosen_packs()
        if wanted == "count":
            return lots.count(found, place, packs, **said)
        kinds = {"waste": Location.Kind.WASTED, "return": Location.Kind.RETURNED, "use": Location.Kind.USED}
        return lots.take_away(found, place, packs, kind=kinds[wanted], **said)

    if not tried(form, act)[0]:
        return _page(request, found, form=form)
    messages.success(request, _("Done; it stands in the moves of the lot."))
    return redirect("supplies:lot", pk)


@needs("manage_supplies")
@require_POST
def recall(request: Any, pk: int) -> HttpResponse:
    """Call the lot back and have its doors warned."""
    found = _lot(request, pk)
    form = RecallForm(request.POST)
    at, by = found.incident.now(), request.member
    done, tasks = tried(
        form,
        lambda: recalls.recall_and_warn(found, reason=form.cleaned_data["reason"], at=at, by=by, client_id=form.act),
    )
    if not done:
        return _page(request, found, recall=form)
    opened = ngettext(
        "The lot is called back; %(n)d task to warn its doors is open.",
        "The lot is called back; %(n)d tasks to warn its doors are open.",
        len(tasks),
    )
    messages.success(request, opened % {"n": len(tasks)})
    return redirect("supplies:lot", pk)


def _lot(request: Any, pk: int) -> Lot:
    return get_object_or_404(incident_of(request).lots.select_related("item", "supplier", "incident"), pk=pk)


def _ours(found: Lot) -> list[Location]:
    """The places of ours that have or had some of a lot."""
    kinds = [*handling.INSIDE, Location.Kind.QUARANTINE]
    return list(found.incident.locations.filter(kind__in=kinds, balances__lot=found).distinct())


def _store(found: Lot, form: LotForm) -> Location:
    """Where a released lot goes: the place named, else the first store."""
    named = form.places.get(form.cleaned_data["place"])
    if named is not None and named.kind in handling.INSIDE:
        return named
    store = stock.places_of(found.incident).filter(kind=Location.Kind.STORE).first()
    if store is None:
        raise UserError(_("There is no store."), field="place", mend=_("Add a store first."))
    return store


def _page(request: Any, found: Lot, form: LotForm | None = None, recall: RecallForm | None = None) -> HttpResponse:
    page = stock.lot_page(found, request.rights, found.incident.now())
    may = request.rights.may("manage_supplies")
    context = {
        "lot": found,
        "page": page,
        "moves": [(line, reason_title(line.move.reason)) for line in page.moves],
        "may": may,
        "may_export": request.rights.may("export"),
        "form": form or LotForm(found, _ours(found)),
        "recall": recall or RecallForm(),
        "tasks": found.incident.tasks.filter(key__startswith=f"{recalls.WARN}:{found.pk}:").select_related("owner"),
        "receive_more": f"{reverse('supplies:receive')}?{urlencode({'item': found.item.code})}",
    }
    bad = (form is not None and form.errors) or (recall is not None and recall.errors)
    return render(request, "supplies/lot.html", context, status=422 if bad else 200)
