"""The pages of what households bought, and of who paid for what came in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.errors import UserError
from doorstep.supplies import own, paying
from doorstep.supplies.stock import door_label, place_label
from doorstep.supplies.stock_views import incident_of
from doorstep.wiring.access import needs
from doorstep.wiring.forms import ActForm
from doorstep.wiring.pages import page_of, table, table_asked

LATELY = 8


class HandForm(ActForm):
    """One door's goods are handed over, once for each showing of the page."""

    door = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)


@needs("see_supplies")
def home(request: Any) -> HttpResponse:
    """What waits for doors, what was handed over lately; XLSX, CSV."""
    incident = incident_of(request)
    rows = own.waiting(incident, request.rights)
    if table_asked(request):
        headings = [_("compound"), _("door"), _("item"), _("lot"), _("packs"), _("state"), _("came")]
        lines = [
            [
                row.door.stair.building.compound.name,
                door_label(row.door),
                str(line.lot.item),
                line.lot.number,
                line.packs,
                line.lot.get_state_display(),
                row.since.astimezone(incident.tz),
            ]
            for row in rows
            for line in row.lines
        ]
        return table(request, "bought-by-households", headings, lines)
    pages = page_of(request, rows)
    lately = [(one, place_label(one.target)) for one in own.handed(incident, request.rights)[:LATELY]]
    context = {
        "pages": pages,
        "rows": [(row, door_label(row.door), HandForm(initial={"door": row.door.pk}, auto_id=False)) for row in pages],
        "found": len(rows),
        "lately": lately,
        "may": request.rights.may("manage_supplies"),
        "may_export": request.rights.may("export"),
    }
    return render(request, "supplies/own.html", context)


@needs("manage_supplies")
@require_POST
def hand(request: Any) -> HttpResponse:
    """What waits for a door is with its household."""
    incident, form = incident_of(request), HandForm(request.POST)
    if not form.is_valid():
        raise Http404
    if own.is_done(incident, form.act):
        return redirect("supplies:own")
    seen = {row.door.pk: row.door for row in own.waiting(incident, request.rights)}
    door = seen.get(form.cleaned_data["door"])
    try:
        if door is None:
            raise UserError(_("Nothing waits for this door."), mend=_("Look at the list again; somebody was quicker."))
        made = own.hand_over(incident, door, at=incident.now(), by=request.member, client_id=form.act)
    except UserError as error:
        messages.error(request, str(error))
    else:
        packs = sum(one.packs for one in made)
        said = ngettext("%(n)d pack is handed over to %(door)s.", "%(n)d packs are handed over to %(door)s.", packs)
        messages.success(request, said % {"n": packs, "door": door_label(door)})
    return redirect("supplies:own")


@needs("manage_supplies")
@require_POST
def back(request: Any, pk: int) -> HttpResponse:
    """What was handed over waits again."""
    incident = incident_of(request)
    rows = own.handed(incident, request.rights)
    one = get_object_or_404(rows, pk=pk)
    own.take_back(incident.moves.filter(pk=one.pk), at=incident.now(), by=request.member)
    messages.success(request, _("It waits for its door again."))
    return redirect("supplies:own")


@needs("see_supplies")
def payers(request: Any) -> HttpResponse:
    """Who paid for what came in; each receipt as XLSX, CSV."""
    incident = incident_of(request)
    rows = paying.receipts(incident)
    if table_asked(request):
        doors = request.rights.areas("see_supplies") is None
        return table(request, "who-pays", paying.headings(), paying.rows_of(rows, incident, doors=doors))
    context = {"rows": paying.by_payer(rows), "any": bool(rows), "may_export": request.rights.may("export")}
    return render(request, "supplies/payers.html", context)
