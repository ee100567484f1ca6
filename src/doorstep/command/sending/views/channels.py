"""Channels: whose, of which kind, when they were last tested. Addresses are typed once and never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from doorstep.command.models import Channel
from doorstep.command.sending import channels as acts
from doorstep.command.sending import queries
from doorstep.command.sending.forms import ChannelForm
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, tried


@sensitive_post_parameters("address", "secret")
@needs("manage_people")
def home(request: Any) -> HttpResponse:
    """The list, and the form that adds one. An address may reach anywhere, so that only the whole incident's people manager adds it."""
    form = ChannelForm(request.POST or None, initial={"kind": "apprise", "least_urgency": 1})
    if request.method == "POST":
        request.rights.require_everywhere("manage_people")
        done, _made = tried(form, lambda: _add(request, form))
        if done:
            messages.success(request, _("The channel is kept. Test it now."))
            return redirect("command:channels")
    context = {"form": form, "channels": page_of(request, queries.channels())}
    return render(request, "command/room/channels.html", context, status=422 if request.method == "POST" else 200)


@needs("manage_people")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """Test a channel, or take it away."""
    request.rights.require_everywhere("manage_people")
    channel = get_object_or_404(Channel.objects.select_related("member", "organisation"), pk=pk)
    incident, at = request.incident or None, timezone.now()
    if request.POST.get("do") == "remove":
        acts.remove_channel(channel, at=at, by=request.member, incident=incident)
        messages.success(request, _("The channel is taken away."))
        return redirect("command:channels")
    try:
        state = acts.try_channel(channel, incident=incident, at=at, by=request.member)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("command:channels")
    if state == "loopback":
        messages.success(request, _("This is an exercise: nothing left the program. Work on a real incident to test."))
    else:
        messages.success(request, _("The test is sent."))
    return redirect("command:channels")


def _add(request: Any, form: ChannelForm) -> Channel:
    given = form.cleaned_data
    return acts.add_channel(
        given["member"] or given["organisation"],
        given["kind"],
        given["address"],
        label=given["label"],
        at=timezone.now(),
        by=request.member or None,
        incident=request.incident or None,
        secret=given["secret"],
        least_urgency=given["least_urgency"],
    )
