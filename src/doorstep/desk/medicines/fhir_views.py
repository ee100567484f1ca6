"""A person's conditions and medicines as a FHIR file, out and in."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from doorstep.desk import places
from doorstep.desk.medicines import fhir, listing, queries
from doorstep.desk.medicines.models import MedicineLine, Refill
from doorstep.desk.views import incident_of
from doorstep.errors import UserError
from doorstep.register.corrections import correct
from doorstep.wiring.access import needs
from doorstep.wiring.events import publish
from doorstep.wiring.pages import Exported, download

KIND = "application/fhir+json"


@needs("see_requests")
def person(request: Any, pk: int) -> HttpResponse:
    """GET gives the file (`?version=R5` for R5); a file sent here becomes lines that are to be read back."""
    incident = incident_of(request)
    act = "work_requests" if request.method == "POST" else "see_requests"
    found = get_object_or_404(queries.people_in(incident, request.rights, act), pk=pk)
    at = incident.now()
    if request.method == "POST":
        _bring(request, found)
        return redirect("desk:medicines_of", pk)
    request.rights.require("export")
    version = "R5" if request.GET.get("version") == "R5" else "R4"
    full = bool(places.sight(request.rights).named([found.household.door_id]))
    lines = MedicineLine.objects.filter(person=found, incident=incident, state=MedicineLine.State.USED)
    supplies = Refill.objects.filter(line__in=lines, state__in=Refill.OPEN).select_related("line")
    name = found.name if full else found.pseudonym
    made = fhir.bundle(
        found.pseudonym or f"person-{found.pk}", name, found.conditions, lines, supplies, at=at, version=version
    )
    publish(Exported(f"fhir-{version}", len(made["entry"]), incident.pk, getattr(request.member, "pk", None)))
    content = json.dumps(made, ensure_ascii=False, indent=1).encode()
    return download(content, KIND, f"medicines-{found.pk}-{version}.json")


def _bring(request: Any, found: Any) -> None:
    incident = incident_of(request)
    at, upload = incident.now(), request.FILES.get("file")
    try:
        if upload is None:
            raise UserError(_("No file is chosen."), field="file", mend=_("Choose a FHIR file in JSON."))
        taken = fhir.read(upload.read(fhir.MOST + 1))
        if taken.people > 1:
            raise UserError(
                _("The file is about several people."), field="file", mend=_("Cut it into one file a person.")
            )
        if taken.lines:
            listing.write_read(found, taken.lines, incident=incident, at=at, by=request.member)
        conditions = list(dict.fromkeys([*found.conditions, *taken.conditions]))
        if conditions != found.conditions:
            by = request.member
            correct(
                found,
                kind="manual",
                at=at,
                by=by.name if by else "",
                by_id=by.pk if by else None,
                conditions=conditions,
            )
    except UserError as refused:
        flash.error(request, str(refused))
        return
    flash.success(
        request,
        _(
            "Read: %(lines)d medicines, %(conditions)d conditions. Left out: %(past)d of the past, %(bad)d without a name."
        )
        % {"lines": len(taken.lines), "conditions": len(taken.conditions), "past": taken.past, "bad": taken.bad},
    )
