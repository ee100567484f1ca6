"""The page that holds the register's count against every other (S43)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from doorstep.register import queries
from doorstep.register.list_views import now
from doorstep.register.reconcile import reconcile
from doorstep.register.sight import sight_of
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked


@needs("see_register")
def home(request: Any) -> HttpResponse:
    """One area or compound: the register's count, each other source, and every difference with what mends it."""
    sight = sight_of(request.rights)
    compounds = queries.compounds_of(sight)
    areas = [
        (area.pk, area.name)
        for area in (request.incident.areas.all() if request.incident else [])
        if request.rights.may("see_register", area)
    ]
    compound, area = request.GET.get("compound", ""), request.GET.get("area", "")
    doors = sight.doors()
    if compound.isdigit():
        doors = doors.filter(stair__building__compound_id=int(compound))
    if area.isdigit():
        doors = doors.filter(area_doors__area_id=int(area))
    account = reconcile(doors, sight, request.incident, now(request))
    if table_asked(request):
        headings = [_("door"), _("source"), _("the register says"), _("it says"), _("why"), _("since")]
        rows = [[d.label, d.source, d.register_says, d.source_says, d.why, d.at] for d in account.differences]
        return table(request, "reconcile", headings, rows)
    context = {
        "account": account,
        "pages": page_of(request, account.differences),
        "compounds": compounds,
        "areas": areas,
        "compound": compound,
        "area": area,
        "may_export": request.rights.may("export"),
        "may_edit": request.rights.may("edit_register"),
    }
    return render(request, "register/reconcile.html", context)
