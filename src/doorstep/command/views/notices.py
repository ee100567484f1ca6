"""Public notices: the list, writing, publishing, taking back, all versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep import protocol
from doorstep.command import letters
from doorstep.command.forms.notices import NoticeForm, PublishForm, WithdrawForm
from doorstep.command.models import Notice
from doorstep.command.notices import publishing
from doorstep.command.notices.facts import language_name, text_of
from doorstep.command.notices.languages import languages_of
from doorstep.command.questions import queries as questions
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, tried


@needs("publish")
def home(request: Any) -> HttpResponse:
    """Every public notice with its state, and how many questions wait: the first page of who informs the public."""
    incident = _incident(request)
    found = publishing.standing_of(_notices(request).prefetch_related("areas"))
    language, at = get_language() or "", incident.now()
    counts = questions.counts_of(questions.questions_of(incident, request.rights), at)
    page = page_of(request, found, 20)
    lines = [(one, text_of(one.newest, language).get("title", "")) for one in page]
    return render(request, "command/notices/home.html", {"page": page, "lines": lines, "counts": counts})


@needs("publish")
def edit(request: Any, number: int = 0) -> HttpResponse:
    """Write a notice, or a new version of one."""
    incident = _incident(request)
    standing = _standing(request, number) if number else None
    newest = standing.newest if standing else None
    texts, chosen = (newest.texts, list(newest.areas.all())) if newest else ({}, [])
    form = NoticeForm(incident, request.rights, languages_of(incident), texts, chosen, request.POST or None)
    if request.method == "POST":

        def act() -> Notice:
            areas, at = list(form.cleaned_data["areas"]), incident.now()
            for area in areas:
                request.rights.require("publish", area)
            by = request.member or None
            return publishing.write_notice(incident, form.texts(), areas, at=at, by=by, number=number)

        done, made = tried(form, act)
        if done:
            messages.success(request, _("The draft is kept. Look at it, then publish it."))
            return redirect("command:notice", made.number)
    context = {"form": form, "standing": standing}
    return render(request, "command/notices/edit.html", context, status=422 if form.errors else 200)


@needs("publish")
def notice(request: Any, number: int) -> HttpResponse:
    """One notice: the version that waits as the public will see it, the published ones, what may be done."""
    standing = _standing(request, number)
    return _shown(request, standing, PublishForm(standing.newest.incident.tz), WithdrawForm())


def _shown(request: Any, standing: publishing.Standing, publish: PublishForm, withdraw: WithdrawForm) -> HttpResponse:
    newest = standing.newest
    texts = [
        {
            "code": code,
            "name": language_name(code),
            "title": newest.texts[code]["title"],
            "blocks": letters.blocks(newest.texts[code]["body"]),
        }
        for code in newest.written_in
    ]
    versions = standing.published
    changes = [
        (newer, older, letters.differences(older, newer, "zh-hans"))
        for newer, older in zip([newest, *versions][not standing.draft :], versions[not standing.draft :], strict=False)
    ]
    context = {
        "standing": standing,
        "notice": newest,
        "texts": texts,
        "changes": changes,
        "alert": protocol.alert_of(newest.incident.protocol),
        "publish": publish,
        "withdraw": withdraw,
    }
    status = 422 if publish.errors or withdraw.errors else 200
    return render(request, "command/notices/notice.html", context, status=status)


@needs("publish")
@require_POST
def publish(request: Any, number: int) -> HttpResponse:
    """Show the draft to everybody."""
    standing = _standing(request, number)
    if standing.draft is None:
        return redirect("command:notice", number)
    draft, incident = standing.draft, standing.draft.incident
    form = PublishForm(incident.tz, request.POST)
    sender = request.get_host().partition(":")[0]

    def act() -> Notice:
        until = form.cleaned_data["holds_until"]
        by = request.member or None
        return publishing.publish_notice(draft, sender=sender, at=incident.now(), by=by, holds_until=until)

    done, _made = tried(form, act)
    if not done:
        return _shown(request, standing, form, WithdrawForm())
    messages.success(request, _("Everybody can read it now."))
    return redirect("command:notice", number)


@needs("publish")
@require_POST
def withdraw(request: Any, number: int) -> HttpResponse:
    """Take the notice back."""
    standing = _standing(request, number)
    form = WithdrawForm(request.POST)

    def act() -> Notice:
        given = form.cleaned_data
        why = {code: {"body": given[f"{name}_reason"]} for code, name in (("zh-hans", "zh"), ("en", "en"))}
        at = standing.newest.incident.now()
        return publishing.withdraw_notice(standing.newest, why, at=at, by=request.member or None)

    done, _made = tried(form, act)
    if not done:
        return _shown(request, standing, PublishForm(standing.newest.incident.tz), form)
    messages.success(request, _("The notice is taken back; the public page says so."))
    return redirect("command:notice", number)


def _incident(request: Any) -> Any:
    if not request.incident:
        raise Http404
    return request.incident


def _notices(request: Any) -> Any:
    return Notice.objects.filter(incident=_incident(request), kind=Notice.Kind.NOTICE).select_related("incident")


def _standing(request: Any, number: int) -> publishing.Standing:
    """A notice that the member may publish: one of no area is the whole incident's."""
    found = publishing.standing_of(_notices(request).filter(number=number).prefetch_related("areas"))
    if not found:
        raise Http404
    areas = list(found[0].newest.areas.all())
    for area in areas:
        request.rights.require("publish", area)
    if not areas:
        request.rights.require_everywhere("publish")
    return found[0]
