"""The pages of orders and suppliers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Area
from doorstep.errors import UserError
from doorstep.supplies import handling, order_queries, orders, papers
from doorstep.supplies.instead import instead_of
from doorstep.supplies.models import PurchaseOrder, Supplier
from doorstep.supplies.order_forms import ChangeForm, ConfirmForm, ExpectForm, OrderForm, ReasonForm
from doorstep.supplies.stock_forms import SupplierForm
from doorstep.supplies.stock_views import incident_of
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, page_of, table, table_asked, tried


@needs("see_supplies")
def home(request: Any) -> HttpResponse:
    """Orders that are awaited, or those that are over; XLSX, CSV."""
    incident = incident_of(request)
    show = "past" if request.GET.get("show") == "past" else "open"
    at, found = incident.now(), order_queries.orders_in(incident, request.rights, show)
    if table_asked(request):
        rows = [order_queries.order_row(one, at) for one in found]
        return table(request, f"orders-{show}", order_queries.headings(), order_queries.rows_of(rows, incident))
    pages = page_of(request, found)
    may = request.rights.may("manage_supplies")
    context = {
        "pages": pages,
        "rows": [order_queries.order_row(one, at) for one in pages],
        "show": show,
        "short": order_queries.below_minimum(incident, at) if may else [],
        "may": may,
        "may_export": request.rights.may("export"),
    }
    return render(request, "supplies/orders.html", context)


@needs("manage_supplies")
def new(request: Any) -> HttpResponse:
    """Propose an order by hand."""
    incident = incident_of(request)
    scope = request.rights.areas("manage_supplies")
    areas = incident.areas.exclude(state=Area.State.LIFTED)
    areas = areas if scope is None else areas.filter(pk__in=scope)
    at = incident.now()
    first = {
        "need_by": at + timedelta(hours=24),
        "item": request.GET.get("item", ""),
        "packs": request.GET.get("packs"),
    }
    form = OrderForm(incident, list(areas), scope is None, request.POST or None, initial=first)

    def act() -> PurchaseOrder:
        area = form.chosen_area()
        request.rights.require("manage_supplies", area)
        key = orders.new_key("page", form.act)
        given = {"need_by": form.cleaned_data["need_by"], "supplier": form.chosen_supplier(), "area": area}
        return orders.propose(incident, [form.wanted()], at=at, by=request.member, key=key, **given)

    if request.method == "POST":
        done, made = tried(form, act)
        if done:
            messages.success(request, _("The order is proposed. Add lines, then have it approved."))
            return redirect("supplies:order", made.pk)
    return render(request, "supplies/order_new.html", {"form": form}, status=422 if form.errors else 200)


@needs("manage_supplies")
@require_POST
def minimum(request: Any) -> HttpResponse:
    """Propose what the minimum stock lacks."""
    incident = incident_of(request)
    request.rights.require_everywhere("manage_supplies")
    made = order_queries.propose_minimum(incident, at=incident.now(), by=request.member)
    if made is None:
        messages.success(request, _("Nothing is below its minimum that is not ordered already."))
        return redirect("supplies:orders")
    messages.success(request, _("The order is proposed. Look at it, then have it approved."))
    return redirect("supplies:order", made.pk)


@needs("see_supplies")
def one(request: Any, pk: int) -> HttpResponse:
    """One order with its next step."""
    return _page(request, _order(request, pk))


@needs("manage_supplies")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """The step that the page of an order asks for."""
    found = _order(request, pk, "manage_supplies")
    given: dict[str, Any] = {"at": found.incident.now(), "by": request.member}
    wanted = request.POST.get("do", "")
    lines = list(found.lines.select_related("item").order_by("pk"))
    if wanted == "change":
        form = ChangeForm(found, lines, request.POST)
        done, _made = tried(
            form,
            lambda: orders.change(
                found,
                form.line_packs(),
                need_by=form.cleaned_data["need_by"],
                supplier=form.suppliers.get(form.cleaned_data["supplier"]),
                add=form.added(),
                **given,
            ),
        )
        return redirect("supplies:order", pk) if done else _page(request, found, change=form)
    if wanted == "confirm":
        said = ConfirmForm(found, lines, request.POST)
        done, _made = tried(
            said,
            lambda: orders.confirm(found, said.line_packs(), comes_at=said.cleaned_data["comes_at"], **given),
        )
        return redirect("supplies:order", pk) if done else _page(request, found, confirm=said)
    if wanted == "expect":
        when = ExpectForm(found, request.POST)
        done, _made = tried(when, lambda: orders.expect(found, comes_at=when.cleaned_data["comes_at"], **given))
        return redirect("supplies:order", pk) if done else _page(request, found, expect=when)
    if wanted in ("short", "cancel"):
        why = ReasonForm(request.POST)
        act = orders.close_short if wanted == "short" else orders.cancel
        done, _made = tried(why, lambda: act(found, reason=why.cleaned_data["reason"], **given))
        return redirect("supplies:order", pk) if done else _page(request, found, reason=why)
    steps = {"approve": orders.approve, "send": orders.send, "back": orders.step_back}
    if wanted not in steps:
        raise UserError(_("Nothing was chosen."), mend=_("Choose the next step on the page of the order."))
    try:
        steps[wanted](found, **given)
    except UserError as error:
        messages.error(request, str(error))
    return redirect("supplies:order", pk)


@needs("see_supplies")
def paper(request: Any, pk: int) -> HttpResponse:
    """The order as PDF."""
    found = _order(request, pk)
    return download(papers.order(found, found.incident.now()), "application/pdf", f"order-{pk}.pdf")


@needs("see_supplies")
def suppliers(request: Any) -> HttpResponse:
    """Suppliers and donors; a new one."""
    incident = incident_of(request)
    form = SupplierForm(request.POST or None)
    if request.method == "POST":
        request.rights.require("manage_supplies")
        given = {"at": incident.now(), "by": request.member}
        done, made = tried(form, lambda: handling.save_supplier(incident, **form.cleaned_data, **given))
        if done:
            return redirect("supplies:supplier", made.pk)
    rows = order_queries.suppliers_of(incident)
    if table_asked(request):
        headings = [_("supplier"), _("phone"), _("licence"), _("gives free"), _("lots"), _("packs")]
        lines = [
            [
                row.supplier.name,
                row.supplier.phone,
                row.supplier.licence,
                "✓" if row.supplier.donor else "",
                row.lots,
                row.packs,
            ]
            for row in rows
        ]
        return table(request, "suppliers", headings, lines)
    may = {"may": request.rights.may("manage_supplies"), "may_export": request.rights.may("export")}
    context = {"form": form, "rows": rows, **may}
    return render(request, "supplies/suppliers.html", context, status=422 if form.errors else 200)


@needs("see_supplies")
def supplier(request: Any, pk: int) -> HttpResponse:
    """One supplier: what is known of it, its orders, its lots."""
    incident = incident_of(request)
    found = get_object_or_404(incident.suppliers, pk=pk)
    facts = {name: getattr(found, name) for name in ("name", "phone", "licence", "donor")}
    form = SupplierForm(request.POST or None, initial=facts)
    if request.method == "POST":
        request.rights.require("manage_supplies")
        given = {"at": incident.now(), "by": request.member, "known": found}
        done, _made = tried(form, lambda: handling.save_supplier(incident, **form.cleaned_data, **given))
        if done:
            messages.success(request, _("Kept."))
            return redirect("supplies:supplier", pk)
        found.refresh_from_db()
    at = incident.now()
    theirs = order_queries.orders_in(incident, request.rights).filter(supplier=found)
    past = order_queries.orders_in(incident, request.rights, "past").filter(supplier=found)[:20]
    context = {
        "supplier": found,
        "form": form,
        "rows": [order_queries.order_row(one, at) for one in (*theirs, *past)],
        "lots": incident.lots.filter(supplier=found).select_related("item").order_by("-received_at", "-pk")[:50],
        "given": papers.given_by(incident, found),
        "may": request.rights.may("manage_supplies"),
        "at": at,
    }
    return render(request, "supplies/supplier.html", context, status=422 if form.errors else 200)


@needs("see_supplies")
def donation(request: Any, pk: int) -> HttpResponse:
    """A receipt for what somebody gave, as PDF."""
    incident = incident_of(request)
    found: Supplier = get_object_or_404(incident.suppliers, pk=pk)
    if not papers.given_by(incident, found):
        raise Http404
    return download(papers.donation(incident, found, incident.now()), "application/pdf", f"donation-{pk}.pdf")


def _order(request: Any, pk: int, act: str = "see_supplies") -> PurchaseOrder:
    incident = incident_of(request)
    rows = incident.purchase_orders.select_related("supplier", "area", "incident").prefetch_related("lines__item")
    found: PurchaseOrder = get_object_or_404(rows, pk=pk)
    if found.area_id is not None:
        request.rights.require(act, found.area_id)
    return found


def _page(request: Any, found: PurchaseOrder, **forms: Any) -> HttpResponse:
    at = found.incident.now()
    row = order_queries.order_row(found, at)
    may = request.rights.may("manage_supplies", found.area_id)
    lines = list(row.lines)
    waits = [(line.item, line.packs - line.received) for line in lines if line.packs > line.received]
    others = instead_of(found.incident, waits, at) if row.too_late or row.late else {}
    context: dict[str, Any] = {"order": found, "row": row, "may": may, "at": at}
    context["change"] = forms.get("change") or ChangeForm(found, lines)
    context["confirm"] = forms.get("confirm") or ConfirmForm(found, lines)
    context["expect"] = forms.get("expect") or ExpectForm(found)
    context["reason"] = forms.get("reason") or ReasonForm()
    context["changeable"] = found.state in orders.CHANGEABLE
    context["comes"] = found.state in (PurchaseOrder.State.SENT, PurchaseOrder.State.CONFIRMED)
    context["receive_url"] = reverse("supplies:receive")
    context["instead"] = [(line.item, others[line.item_id]) for line in lines if line.item_id in others]
    context["came"] = any(line.received for line in lines)
    bad = any(form.errors for form in forms.values())
    return render(request, "supplies/order.html", context, status=422 if bad else 200)
