"""One post of an incident; the standing directory outside any incident."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import queries as command_queries
from doorstep.command.models import CallOut, CommandPost, Standing
from doorstep.command.posts import holding
from doorstep.command.posts.forms import HolderForm, StandingForm
from doorstep.command.posts.queries import phone_of
from doorstep.command.posts.seats import rules_of
from doorstep.command.rights import rights_of
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked, tried
from doorstep.wiring.texts import in_language


@needs("see_log")
def post(request: Any, pk: int) -> HttpResponse:
    """Who holds it, since when, who was called for it; a commander names another."""
    if not request.incident:
        raise Http404
    found = get_object_or_404(
        CommandPost.objects.select_related("incident", "holder__organisation", "deputy__organisation", "given"),
        pk=pk,
        incident=request.incident,
    )
    form = HolderForm(request.POST if request.POST.get("do") == "hold" else None)
    at = found.incident.now()
    if request.method == "POST":
        request.rights.require_everywhere("activate")
        if request.POST.get("do") == "leave":
            holding.leave_post(found, at=at, by=request.member)
            messages.success(request, _("Nobody holds it now. It is red until somebody does."))
            return redirect("command:post", pk)
        done, made = tried(
            form, lambda: holding.assign_post(found, form.cleaned_data["member"], at=at, by=request.member)
        )
        if done:
            messages.success(request, _("%(name)s holds it now.") % {"name": made.holder.name})
            return redirect("command:post", pk)
    journal = command_queries.journal_of(found.incident).filter(subject_kind="commandpost", subject_id=str(found.pk))
    context = {
        "post": found,
        "form": form,
        "phone": phone_of(found.holder),
        "deputy_phone": phone_of(found.deputy),
        "callouts": CallOut.objects.filter(post=found).order_by("-called_at"),
        "journal": journal[:12],
        "at": at,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "command/room/post.html", context, status=status)


@needs("manage_people")
def directory(request: Any) -> HttpResponse:
    """Every post that any rules know, with who takes it, in order."""
    titles = _titles()
    named: dict[str, list[Any]] = {code: [] for code in titles}
    for line in Standing.objects.select_related("member__organisation"):
        named.setdefault(line.post, []).append(line.member)
    lines = [(code, titles.get(code, code), people) for code, people in named.items()]
    if table_asked(request):
        rows = [
            [title, number, one.name, one.organisation.name if one.organisation else "", phone_of(one)]
            for _code, title, people in lines
            for number, one in enumerate(people, 1)
        ]
        return table(request, "standing-directory", ("post", "order", "who", "organisation", "phone"), rows)
    context = {"lines": lines, "empty": sum(not people for _c, _t, people in lines), "may": _keeps(request)}
    return render(request, "command/room/directory.html", context)


@needs("manage_people")
def seat(request: Any, code: str) -> HttpResponse:
    """Say who takes one post. It holds for every incident to come, so only whoever manages people everywhere may."""
    titles = _titles()
    if code not in titles:
        raise Http404
    lines = Standing.objects.filter(post=code).select_related("member__organisation")
    form = StandingForm([line.member for line in lines], request.POST or None)
    if request.method == "POST":
        rights_of(request.member, None).require_everywhere("manage_people")
        incident = request.incident or None
        at = incident.now() if incident else _now()
        done, _made = tried(
            form,
            lambda: holding.keep_standing(code, form.members(), at=at, by=request.member, incident=incident),
        )
        if done:
            messages.success(request, _("%(name)s is kept.") % {"name": titles[code]})
            return redirect("command:standing")
    context = {"form": form, "title": titles[code], "may": _keeps(request)}
    return render(request, "command/room/seat.html", context, status=422 if request.method == "POST" else 200)


def _titles() -> dict[str, str]:
    """Every post of the shipped rules, each once, in the order of their calls."""
    found: dict[str, str] = {}
    for key in protocol.shipped_ids():
        for one in rules_of(protocol.shipped(key)).posts:
            found.setdefault(one.code, in_language(one.title))
    return found


def _keeps(request: Any) -> bool:
    return rights_of(request.member, None).covers("manage_people")


def _now() -> Any:
    from django.utils import timezone

    return timezone.now()
