"""The page of the gate: parcels that wait, how long, who holds them; one more written down in a few taps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.register.models import Door, Gate
from doorstep.supplies import parcel_queries, parcels
from doorstep.supplies.models import Parcel
from doorstep.supplies.rules import defaults
from doorstep.supplies.stock import door_label
from doorstep.supplies.stock_forms import choose, named_door
from doorstep.supplies.stock_views import incident_of
from doorstep.wiring.access import needs
from doorstep.wiring.forms import ActForm
from doorstep.wiring.pages import page_of, table, table_asked, tried

SHOWN = 60


class ParcelForm(ActForm):
    """One parcel."""

    door = forms.CharField(label=_("For which door"), max_length=80, help_text=_("Building, stair, room: 3-2-501."))
    sender = forms.CharField(label=_("From whom"), required=False, max_length=120)
    sender_phone = forms.CharField(
        label=_("Their phone"), required=False, max_length=40, widget=forms.TextInput({"inputmode": "tel"})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Parcel.Kind.choices, initial=Parcel.Kind.FAMILY)
    what = forms.CharField(label=_("What it is"), required=False, max_length=240)
    cold = forms.BooleanField(label=_("must stay cold"), required=False)
    kg = forms.FloatField(label=_("Weight, kg"), required=False, min_value=0, max_value=200)
    gate = forms.ChoiceField(label=_("At which gate"), required=False)

    def __init__(self, doors: QuerySet[Door], gates: Sequence[Gate], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doors = doors
        self.gates = choose(self, "gate", gates, gettext("not said"))

    def brought(self) -> parcels.Brought:
        """What the form says. Raises UserError where no single door is meant."""
        given = self.cleaned_data
        return parcels.Brought(
            self.act,
            named_door(given["door"], self.doors),
            given["kind"],
            given["sender"],
            given["sender_phone"],
            given["what"],
            given["cold"],
            given["kg"] or 0.0,
            self.gates.get(given["gate"]),
        )


@needs("handle_parcels")
def home(request: Any) -> HttpResponse:
    """Parcels that wait, refusals to be told, and the form for one more."""
    incident = incident_of(request)
    form = _form(request, incident, request.POST or None)
    at = incident.now()
    if request.method == "POST":
        done, made = tried(form, lambda: parcels.register(incident, form.brought(), at=at, by=request.member))
        if done:
            limit = parcels.limit_of(made).astimezone(incident.tz)
            said = gettext("Written down for %(door)s; to be at the door by %(when)s.")
            messages.success(request, said % {"door": door_label(made.door), "when": f"{limit:%H:%M}"})
            return redirect("supplies:parcels")
    mine = parcel_queries.parcels_in(incident, request.rights)

    def line(one: Parcel) -> parcel_queries.ParcelLine:
        return parcel_queries.parcel_line(one, request.rights, request.member, at)

    if table_asked(request):
        every = [line(one) for one in mine[:50_000]]
        return table(request, "parcels", parcel_queries.headings(), parcel_queries.rows_of(every, incident))
    untold = mine.filter(state=Parcel.State.REFUSED, ended_at__gt=at - timedelta(days=2))
    done_now = mine.filter(state=Parcel.State.HANDED).order_by("-ended_at")[:8]
    lines = sorted((line(one) for one in mine.filter(state=Parcel.State.WAITS)[:2000]), key=lambda line: line.limit)
    context = {
        "form": form,
        "waiting": page_of(request, lines, SHOWN),
        "count": len(lines),
        "refused": [line(one) for one in untold.order_by("-ended_at")[:20]],
        "handed": [line(one) for one in done_now],
        "minutes": defaults(),
        "may_export": request.rights.may("export"),
    }
    return render(request, "supplies/parcels.html", context, status=422 if form.errors else 200)


@needs("handle_parcels")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """What the page asks for with one parcel."""
    incident = incident_of(request)
    parcel = get_object_or_404(parcel_queries.parcels_in(incident, request.rights), pk=pk)
    given: dict[str, Any] = {"at": incident.now(), "by": request.member}
    wanted = request.POST.get("do", "")
    try:
        if wanted == "hold":
            parcels.take_over(parcel, request.member, **given)
            messages.success(request, gettext("You hold it now."))
        elif wanted == "hand":
            parcels.hand_over(parcel, **given)
            messages.success(request, gettext("Handed over."))
        elif wanted == "refuse":
            parcels.refuse(parcel, reason=request.POST.get("reason", ""), **given)
            messages.success(request, gettext("Refused. Tell both sides now, then say so below."))
        elif wanted in ("tell_sender", "tell_door"):
            parcels.tell(parcel, wanted.removeprefix("tell_"), **given)
        elif wanted == "back":
            parcels.reopen(parcel, **given)
    except UserError as error:
        messages.error(request, str(error))
    return redirect("supplies:parcels")


def _form(request: Any, incident: Incident, data: Any) -> ParcelForm:
    doors = parcel_queries.doors_in(incident, request.rights)
    compounds = doors.values("stair__building__compound")
    gates = Gate.objects.filter(compound__in=compounds).select_related("compound").order_by("compound__name", "name")
    return ParcelForm(doors, list(gates), data)
