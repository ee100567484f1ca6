"""The pages of pack orders: the list, a new run, one order with its acts, the pick list, labels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.command.models import Area
from doorstep.errors import UserError
from doorstep.supplies import (
    kit_state,
    kit_ways,
    pack_many,
    pack_papers,
    pack_queries,
    pack_table,
    packing,
    stock,
    table_queries,
)
from doorstep.supplies.designing import kits_of
from doorstep.supplies.models import PackOrder
from doorstep.supplies.pack_forms import InsteadForm, ManyForm, RunForm, TimeForm, WhyForm, key_of
from doorstep.supplies.packing import Ordered, Run
from doorstep.supplies.rules import defaults
from doorstep.supplies.stock_views import incident_of
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, page_of, table, table_asked, tried


@needs("see_supplies")
def home(request: Any) -> HttpResponse:
    """Orders on the way, or those that are over; XLSX, CSV."""
    incident = incident_of(request)
    show = "past" if request.GET.get("show") == "past" else "open"
    found, at = pack_queries.orders_in(incident, request.rights, show), incident.now()
    if table_asked(request):
        rows = pack_queries.order_rows(incident, found, at)
        return table(request, "packing", pack_queries.headings(), pack_queries.rows_of(rows, incident))
    pages = page_of(request, found)
    context = {
        "pages": pages,
        "rows": pack_queries.order_rows(incident, pages, at),
        "show": show,
        "may": request.rights.may("manage_supplies"),
        "may_export": request.rights.may("export"),
    }
    return render(request, "supplies/packing.html", context)


@needs("manage_supplies")
def new(request: Any) -> HttpResponse:
    """Order the kits that are owed in some areas: an order for each class of household and area."""
    incident = incident_of(request)
    scope = request.rights.areas("manage_supplies")
    sealed = incident.areas.filter(state=Area.State.IN_FORCE)
    areas = list(sealed if scope is None else sealed.filter(pk__in=scope))
    places, at = list(stock.places_of(incident)), incident.now()
    first = {"until": at + timedelta(hours=24), "ready_by": _quarter(at + timedelta(hours=2))}
    form = RunForm(incident, areas, places, request.POST or None, initial=first)
    if request.method == "POST":
        done, made = tried(form, lambda: _order(request, form, at))
        if done:
            _tell(request, made)
            if made.kits:
                return redirect("supplies:packing")
    context = {"form": form, "areas": areas, "places": places, "kits": kits_of(incident)}
    return render(request, "supplies/pack_new.html", context, status=422 if form.errors else 200)


def _order(request: Any, form: RunForm, at: datetime) -> Ordered:
    given, incident, total = form.cleaned_data, incident_of(request), Ordered()
    for area in form.chosen():
        request.rights.require("manage_supplies", area)
        run = Run(given["kind"], form.chosen_store(), form.chosen_staging(), given["ready_by"], area)
        owed = packing.owed_kits(incident, given["kind"], until=given["until"], areas=[area])
        made = packing.order_run(incident, run, owed, at=at, by=request.member)
        total.orders += made.orders
        total.kits += made.kits
        total.without += made.without
    return total


def _tell(request: Any, made: Ordered) -> None:
    if made.kits:
        told = ngettext("%(n)d kit is ordered.", "%(n)d kits are ordered.", made.kits) % {"n": made.kits}
        messages.success(request, told)
    elif not made.without:
        messages.warning(request, _("Nothing is to be ordered: whoever is owed a kit by then has one on an order."))
    if made.without:
        names = " · ".join(f"{words} ({count})" for words, count in made.without.most_common(6))
        said = _("No design in use is for these households: %(names)s. Design their kit and put it to use.")
        messages.error(request, said % {"names": names})


@needs("see_supplies")
def one(request: Any, pk: int) -> HttpResponse:
    """One order: its kits, its goods, what is missing and what would mend it."""
    return _page(request, _found(request, pk))


@needs("manage_supplies")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """What the page of an order asks for."""
    order = _found(request, pk, "manage_supplies")
    wanted, given = request.POST.get("do", ""), {"at": order.incident.now(), "by": request.member}
    if wanted == "many":
        return _many(request, order)
    if wanted == "undo":
        act = _act(request, order)
        count = pack_many.undo_many(order, _tap(request), act)
        messages.success(request, ngettext("%(n)d kit is unpacked.", "%(n)d kits are unpacked.", count) % {"n": count})
    elif wanted == "instead":
        form = _instead(order, request.POST)
        done, _line = tried(
            form,
            lambda: packing.substitute(
                form.chosen_line(),
                form.chosen_item(),
                form.cleaned_data["packs"],
                reason=form.cleaned_data["reason"],
                **given,
            ),
        )
        if not done:
            return _page(request, order, instead=form)
    elif wanted == "drop":
        why = WhyForm(request.POST)
        done, _dropped = tried(why, lambda: packing.drop(order, reason=why.cleaned_data["reason"], **given))
        if not done:
            return _page(request, order, why=why)
    elif wanted == "time":
        when = TimeForm(order.incident, list(stock.places_of(order.incident)), request.POST)
        done, _changed = tried(
            when, lambda: packing.change(order, when.cleaned_data["ready_by"], when.chosen_store(), **given)
        )
        if not done:
            return _page(request, order, when=when)
    else:
        _step(request, order, wanted)
    return redirect("supplies:pack_order", pk)


def _step(request: Any, order: PackOrder, wanted: str) -> None:
    """Staged, not staged, taken along, a cancellation taken back."""
    given = {"at": order.incident.now(), "by": request.member}
    try:
        if wanted == "stage":
            count = kit_ways.stage(order, None, **given)
            told = ngettext("%(n)d kit is staged.", "%(n)d kits are staged.", count) % {"n": count}
        elif wanted == "unstage":
            count = kit_ways.unstage(order, **given)
            told = ngettext("%(n)d kit is at the table again.", "%(n)d kits are at the table again.", count)
            told %= {"n": count}
        elif wanted == "take":
            count = kit_ways.take(order, **given)
            told = ngettext("%(n)d kit is with its carrier.", "%(n)d kits are with their carrier.", count)
            told %= {"n": count}
        elif wanted == "undrop":
            packing.undrop(order, **given)
            told = _("The order is on again.")
        else:
            raise UserError(_("Nothing was chosen."), mend=_("Choose the next step on the page of the order."))
        messages.success(request, told)
    except UserError as error:
        messages.error(request, str(error))


def _many(request: Any, order: PackOrder) -> HttpResponse:
    form = ManyForm(request.POST)
    but = [key_of(text, "count") for text in request.POST.getlist("but")]

    def act() -> pack_many.Many:
        tap = pack_table.Act(form.act, order.incident.now(), request.member)
        return pack_many.pack_many(order, form.cleaned_data["count"], tap, but=but)

    if not form.is_valid():
        return _page(request, order, many=form)
    try:
        made = act()
    except UserError as error:
        return _page(request, order, many=form, refused=error)
    count = len(made.packed)
    messages.success(request, ngettext("%(n)d kit is packed.", "%(n)d kits are packed.", count) % {"n": count})
    for kit, why in made.refused[:5]:
        messages.error(request, _("Kit %(code)s is left out: %(why)s") % {"code": kit.code, "why": why})
    return redirect("supplies:pack_order", order.pk)


@needs("see_supplies")
def pick(request: Any) -> HttpResponse:
    """What is to be fetched from each store for the orders that are open, or for one of them."""
    incident = incident_of(request)
    lists = pack_queries.pick_lists(_to_pick(request))
    return render(request, "supplies/pick.html", {"lists": lists, "at": incident.now()})


@needs("see_supplies")
def pick_pdf(request: Any, store: int) -> HttpResponse:
    """The pick list of a store as PDF."""
    incident = incident_of(request)
    lists = [one for one in pack_queries.pick_lists(_to_pick(request)) if one.store.pk == store]
    if not lists:
        raise Http404
    return download(pack_papers.pick_list(incident, lists[0], incident.now()), "application/pdf", f"pick-{store}.pdf")


@needs("see_supplies")
def labels(request: Any, pk: int) -> HttpResponse:
    """The labels of an order's kits as PDF."""
    order = _found(request, pk)
    content = pack_papers.labels(order.incident, [order], order.incident.now())
    return download(content, "application/pdf", f"kit-labels-{pk}.pdf")


def _to_pick(request: Any) -> list[PackOrder]:
    incident = incident_of(request)
    found = pack_queries.orders_in(incident, request.rights).exclude(state=PackOrder.State.DROPPED)
    asked = request.GET.get("order", "")
    if asked:
        return list(found.filter(pk=key_of(asked, "order")))
    return list(found.exclude(state=PackOrder.State.READY))


def _found(request: Any, pk: int, act: str = "see_supplies") -> PackOrder:
    orders = pack_queries.orders_in(incident_of(request), request.rights, "any")
    order: PackOrder = get_object_or_404(orders.select_related("incident", "design", "area", "store", "staging"), pk=pk)
    if order.area_id is None:
        request.rights.require_everywhere(act)
    request.rights.require(act, order.area_id)
    return order


def _act(request: Any, order: PackOrder) -> pack_table.Act:
    form = ManyForm({**request.POST.dict(), "count": 1})
    if not form.is_valid():
        raise UserError(_("This page is incomplete."), field="client_id", mend=_("Load it again."))
    return pack_table.Act(form.act, order.incident.now(), request.member)


def _tap(request: Any) -> Any:
    form = ManyForm({"client_id": request.POST.get("tap", ""), "count": 1})
    if not form.is_valid():
        raise UserError(_("This page is incomplete."), field="tap", mend=_("Load it again."))
    return form.act


def _instead(order: PackOrder, data: Any = None) -> InsteadForm:
    lines = list(order.lines.select_related("item", "designed"))
    kit = order.packed.filter(dropped_at=None).select_related("order__design").first()
    homes = kit_state.homes_for(order.incident, [kit] if kit else [], order.incident.now())
    items = table_queries.instead_for(order, homes.get(kit.pk, [])[:1] if kit else [])
    known = {item.pk for item in items}
    items += [line.designed for line in lines if line.item_id != line.designed_id and line.designed_id not in known]
    return InsteadForm(lines, items, data, none=True, initial={"packs": lines[0].packs if lines else 1})


def _when(order: PackOrder) -> TimeForm:
    places = list(stock.places_of(order.incident))
    return TimeForm(order.incident, places, initial={"ready_by": order.ready_by, "store": str(order.store_id)})


def _page(
    request: Any,
    order: PackOrder,
    *,
    many: ManyForm | None = None,
    instead: InsteadForm | None = None,
    why: WhyForm | None = None,
    when: TimeForm | None = None,
    refused: UserError | None = None,
) -> HttpResponse:
    at, may = order.incident.now(), request.rights.may("manage_supplies", order.area_id)
    (order,) = pack_queries.orders_in(order.incident, request.rights, "any").filter(pk=order.pk)
    page = pack_queries.order_page(order, at)
    ready = sum(row.kit.packed_at is None and not row.wrong and row.kit.handed_at is None for row in page.kits)
    most = int(defaults()["packing"]["most_at_once"])
    last = order.packed.filter(handed_at=None, act__isnull=False).order_by("-packed_at", "-pk").first()
    wrong = refused is not None or any(form is not None and form.errors for form in (many, instead, why, when))
    enough = min(((needed - missing) // line.packs for line, needed, missing in page.lines if line.packs), default=0)
    context = {
        "order": order,
        "page": page,
        "pages": page_of(request, page.kits),
        "many": many or ManyForm(initial={"count": max(1, min(ready, most, enough))}),
        "waiting": [row for row in page.kits if row.kit.packed_at is None and row.kit.handed_at is None],
        "instead": instead or (_instead(order) if may and page.row.left else None),
        "why": why or WhyForm(),
        "when": when or _when(order),
        "last": last,
        "last_count": order.packed.filter(act=last.act, handed_at=None).count() if last else 0,
        "to_stage": sum(row.kit.packed_at is not None and row.kit.staged_at is None for row in page.kits),
        "to_take": sum(row.kit.staged_at is not None and row.kit.taken_at is None for row in page.kits),
        "refused": refused,
        "may": may,
    }
    return render(request, "supplies/pack_order.html", context, status=422 if wrong else 200)


def _quarter(at: datetime) -> datetime:
    """The next quarter of an hour."""
    on = at.replace(second=0, microsecond=0)
    return on + timedelta(minutes=-on.minute % 15)
