"""The pages of kit designs: by class, one design with its lines and figures, its versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.command.models import Area
from doorstep.protocol import KitRule
from doorstep.supplies import designing, instead, kit_queries
from doorstep.supplies import nutrition as nutrition_of
from doorstep.supplies.homes import home_of
from doorstep.supplies.kit_forms import DesignForm, LineForm
from doorstep.supplies.models import Item, KitDesign
from doorstep.supplies.rules import defaults
from doorstep.supplies.stock_views import incident_of
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked, tried


@needs("see_supplies")
def home(request: Any) -> HttpResponse:
    """Designs by class; a form asks for them; XLSX, CSV."""
    incident = incident_of(request)
    areas = list(incident.areas.filter(state=Area.State.IN_FORCE))
    form = DesignForm(incident, areas, request.POST or None)
    if request.method == "POST":
        request.rights.require_everywhere("manage_supplies")
        done, made = tried(form, lambda: _design(request, form))
        if done:
            messages.success(request, _told(made))
            if not made.complete and made.gap > float(defaults()["designs"]["far"]):
                messages.warning(request, _("The time was short for so many classes: design fewer areas at once."))
            return redirect("supplies:kits")
    rows = kit_queries.rows_in(incident)
    if table_asked(request):
        return table(request, "kits", kit_queries.headings(), kit_queries.rows_of(rows))
    context = {
        "form": form,
        "areas": areas,
        "kits": designing.kits_of(incident),
        "goods": Item.objects.filter(active=True, kind__in=designing.IN_KITS).exists(),
        "pages": page_of(request, rows),
        "found": len(rows),
        "short": sum(bool(row.short) for row in rows),
        "seconds": int(defaults()["designs"]["seconds"]),
        "may": request.rights.covers("manage_supplies"),
        "may_export": request.rights.may("export"),
    }
    return render(request, "supplies/kits.html", context, status=422 if form.errors else 200)


@needs("see_supplies")
def nutrition(request: Any) -> HttpResponse:
    """What the kits in use give every class of household, per person and day; XLSX, CSV."""
    found = nutrition_of.overview(incident_of(request))
    if table_asked(request):
        return table(request, "nutrition", nutrition_of.headings(), nutrition_of.rows_of(found.rows))
    context = {"found": found, "pages": page_of(request, found.rows), "may_export": request.rights.may("export")}
    return render(request, "supplies/nutrition.html", context)


@needs("see_supplies")
def one(request: Any, pk: int) -> HttpResponse:
    """One design."""
    return _page(request, _design_of(request, pk))


@needs("manage_supplies")
@require_POST
def line(request: Any, pk: int) -> HttpResponse:
    """So many packs of some goods, as a new version."""
    request.rights.require_everywhere("manage_supplies")
    found = _design_of(request, pk)
    items = [*kit_queries.goods_for(found), *(row.item for row in found.lines.select_related("item"))]
    form = LineForm(items, request.POST)
    at = found.incident.now()
    done, made = tried(
        form,
        lambda: designing.change_line(found, form.chosen(), form.cleaned_data["packs"], at=at, by=request.member),
    )
    if not done:
        return _page(request, found, form)
    if made.pk != found.pk:
        messages.success(request, _("This is version %(n)d now.") % {"n": made.version})
    return redirect("supplies:kit", made.pk)


@needs("manage_supplies")
@require_POST
def use(request: Any, pk: int) -> HttpResponse:
    """Pack by this version from now on."""
    request.rights.require_everywhere("manage_supplies")
    found = _design_of(request, pk)
    designing.use(found, at=found.incident.now(), by=request.member)
    messages.success(request, _("Kits for these households are packed by this version from now on."))
    return redirect("supplies:kit", pk)


def _design(request: Any, form: DesignForm) -> designing.Designed:
    incident, given = incident_of(request), form.cleaned_data
    facts: dict[str, Any] = {"at": incident.now(), "by": request.member, "buy": bool(given["buy"])}
    return designing.design_kits(incident, given["kind"], form.chosen(), **facts)


def _told(made: designing.Designed) -> str:
    if not made.made:
        return _("Planned again: nothing is different from the designs that are here.")
    return ngettext("%(n)d kit is designed.", "%(n)d kits are designed.", made.made) % {"n": made.made}


def _design_of(request: Any, pk: int) -> KitDesign:
    return get_object_or_404(
        KitDesign.objects.select_related("incident", "made_by"), incident=incident_of(request), pk=pk
    )


def _rule(found: KitDesign) -> KitRule | None:
    return next((kit for kit in found.incident.protocol.supply.kits if kit.code == found.kind), None)


def _page(request: Any, found: KitDesign, form: LineForm | None = None) -> HttpResponse:
    may = request.rights.covers("manage_supplies")
    names = kit_queries.need_names()
    same = KitDesign.objects.filter(
        incident=found.incident, kind=found.kind, household_class=found.household_class
    ).select_related("made_by")
    context = {
        "design": found,
        "title": kit_queries.kit_titles(found.incident).get(found.kind, found.kind),
        "lines": kit_queries.lines_of(found),
        "bars": kit_queries.bars_of(found),
        "short": [kit_queries.said(one, names) for one in found.figures["short"]],
        "mends": kit_queries.mends_of(found),
        "instead": instead.said_for(_rule(found), home_of(found.facts["home"])),
        "versions": list(same.order_by("-version")[:50]),
        "form": form or (LineForm(kit_queries.goods_for(found)) if may else None),
        "may": may,
    }
    return render(request, "supplies/kit.html", context, status=422 if form and form.errors else 200)
