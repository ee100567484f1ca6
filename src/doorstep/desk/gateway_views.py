"""The door for programs, and the page where an administrator gives them keys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident, Organisation
from doorstep.desk import gateways
from doorstep.desk.models import Channel, Gateway
from doorstep.desk.rules import defaults
from doorstep.desk.views import incident_of
from doorstep.errors import NotAllowedError, UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import tried


class GatewayForm(forms.Form):
    """Whose program, and what it brings."""

    name = forms.CharField(label=_("Whose program"), max_length=80)
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.order_by("name"), required=False
    )
    channel = forms.ChoiceField(
        label=_("What it brings"), choices=[(code, Channel(code).label) for code in gateways.CHANNELS]
    )


@csrf_exempt
@require_POST
@never_cache
def bring(request: HttpRequest, key: str) -> JsonResponse:
    """A signed message of a program: kept once, answered with its number."""
    if int(request.headers.get("Content-Length") or 0) > gateways.MOST_BYTES:
        error = UserError(
            gettext("The message is too large."), field="body", mend=gettext("Send one message at a time.")
        )
        return _problem(error, 413)
    now = timezone.now()
    head = request.headers
    signed = gateways.Signed(key, head.get("X-Doorstep-Time", ""), head.get("X-Doorstep-Signature", ""), request.body)
    try:
        gateway = gateways.checked(signed, real_now=now)
        message, is_new = gateways.bring(gateway, signed.body, at=gateway.incident.now(), real_now=now)
    except NotAllowedError as refused:
        return _problem(refused, 403)
    except UserError as wrong:
        return _problem(wrong, 422)
    return JsonResponse({"message": message.pk, "new": is_new}, status=201 if is_new else 200)


@needs("manage_people")
def home(request: Any) -> HttpResponse:
    """The programs that may bring messages, and a form for one more."""
    incident = incident_of(request)
    request.rights.require_everywhere("manage_people")
    form = GatewayForm(request.POST or None)
    if request.method == "POST":
        given = {"at": incident.now(), "by": request.member}
        done, made = tried(form, lambda: gateways.make(incident, **form.cleaned_data, **given))
        if done:
            flash.success(request, gettext("The key is made. Its page shows the secret."))
            return redirect("desk:gateway", made.pk)
    rows = incident.gateways.select_related("organisation", "made_by")
    return render(request, "desk/gateways.html", {"form": form, "gateways": rows}, status=422 if form.errors else 200)


@needs("manage_people")
@never_cache
def one(request: Any, pk: int) -> HttpResponse:
    """One program: its address, its secret, and how it signs."""
    incident = incident_of(request)
    request.rights.require_everywhere("manage_people")
    found: Gateway = get_object_or_404(_all(incident), pk=pk)
    if request.method == "POST":
        gateways.revoke(found, at=incident.now(), by=request.member)
        flash.success(request, gettext("The key is taken back."))
        return redirect("desk:gateways")
    context = {
        "gateway": found,
        "secret": gateways.secret_of(found) if found.revoked_at is None else "",
        "minutes": defaults()["gateway_window_minutes"],
        "address": request.build_absolute_uri(f"/desk/in/{found.key}/"),
    }
    return render(request, "desk/gateway.html", context)


def _all(incident: Incident) -> Any:
    return incident.gateways.select_related("organisation", "incident")


def _problem(error: UserError, status: int) -> JsonResponse:
    body = {"message": error.message, "field": error.field, "mend": error.mend}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
