"""The calendar of treatments that come again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep import protocol
from doorstep.desk import places
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.medicines import care, queries
from doorstep.desk.medicines.forms import CareForm
from doorstep.desk.medicines.models import CareSession, RecurringCare
from doorstep.desk.views import incident_of
from doorstep.errors import UserError
from doorstep.register.models import Person
from doorstep.register.sight import shown_name
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked, tried


@needs("see_requests")
def home(request: Any) -> HttpResponse:
    """Sessions to come and those to be told about, and a form for a treatment; XLSX and CSV."""
    incident = incident_of(request)
    at = incident.now()
    form = CareForm(incident, request.POST or None, initial={"door": request.GET.get("door", "")[:80]})
    if request.method == "POST":
        request.rights.require("work_requests")
        done, _made = tried(form, lambda: _begin(request, form))
        if done:
            flash.success(request, _("Written down. Settle place, vehicle and permit of each session a day before."))
            return redirect("desk:care")
    rows = CareSession.objects.filter(
        care__incident=incident, care__person__in=queries.people_in(incident, request.rights)
    )
    rows = rows.exclude(state=CareSession.State.CANCELLED).select_related(
        "care__person__household__door__stair__building"
    )
    if table_asked(request):
        return table(request, "treatments", _heads(), _rows(list(rows), incident))
    show = "past" if request.GET.get("show") == "past" else "next"
    waits = rows.filter(state=CareSession.State.DUE)
    chosen = waits if show == "next" else rows.exclude(state=CareSession.State.DUE).order_by("-starts_at")
    page = page_of(request, chosen, 30)
    named = places.sight(request.rights).named(one.care.person.household.door_id for one in page)
    ahead = protocol.outgoing_rules(incident.protocol).treatments.permit_hours
    context = {
        "form": form,
        "show": show,
        "pages": page,
        "sessions": [
            (
                one,
                shown_name(one.care.person.name, one.care.person.household.door_id in named),
                place_in_words(one.care.person.household.door),
                (one.starts_at - at).total_seconds() / 3600 <= ahead,
                one.starts_at <= at,
            )
            for one in page
        ],
        "treatments": RecurringCare.objects.filter(
            incident=incident, active=True, person__in=queries.people_in(incident, request.rights)
        ).select_related("person__household__door__stair__building"),
        "ahead": ahead,
        "may_work": request.rights.may("work_requests"),
        "may_export": request.rights.may("export"),
    }
    return render(request, "desk/care.html", context, status=422 if form.errors else 200)


@needs("work_requests")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """One session settled, told about, or taken back."""
    incident = incident_of(request)
    people = queries.people_in(incident, request.rights, "work_requests")
    session = get_object_or_404(
        CareSession.objects.select_related("care__incident", "care__person"),
        care__incident=incident,
        care__person__in=people,
        pk=pk,
    )
    given = {"at": incident.now(), "by": request.member}
    order, posted = request.POST.get("do", ""), request.POST
    try:
        if order == "settle":
            words = {name: posted.get(name, "") for name in ("place", "vehicle", "permit")}
            care.settle(session, **words, **given)
        elif order == "stop":
            care.stop(session.care, **given)
        else:
            care.end(session, order, note=posted.get("note", ""), **given)
    except UserError as refused:
        flash.error(request, str(refused))
    return redirect("desk:care")


def _begin(request: Any, form: CareForm) -> RecurringCare:
    incident = incident_of(request)
    place = places.one(form.cleaned_data["door"], request.rights)
    person = place.person if place else None
    if person is None and place is not None and place.household is not None:
        people = list(Person.objects.filter(household=place.household, active=True))
        person = people[0] if len(people) == 1 else None
    if person is None:
        raise UserError(_("It is not clear who it is."), field="door", mend=_("Write the name of the person."))
    return care.begin(person, form.told(), incident=incident, at=incident.now(), by=request.member)


def _heads() -> list[str]:
    return [_("when"), _("door"), _("treatment"), _("place"), _("vehicle"), _("permit"), _("state"), _("note")]


def _rows(rows: list[CareSession], incident: Any) -> list[list[Any]]:
    return [
        [
            one.starts_at.astimezone(incident.tz), place_in_words(one.care.person.household.door), one.care.get_kind_display(),
            one.place, one.vehicle, one.permit, one.get_state_display(), one.note,
        ]
        for one in rows
    ]  # fmt: skip
