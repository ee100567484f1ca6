"""Pages that everybody may read without an account. Nothing is set, counted or remembered of who reads."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doorstep.command.letters import PAPER
from doorstep.command.notices import cap, reading
from doorstep.command.notices.facts import spoken_for
from doorstep.command.notices.publishing import Standing, message_of
from doorstep.paper import pdf
from doorstep.paper.codes import qr_svg
from doorstep.wiring.pages import download

CAP = "application/cap+xml"
MINUTE = "public, max-age=60"


@require_safe
def home(request: Any) -> HttpResponse:
    """Every notice of the open incidents and every published answer."""
    language = _language(request)
    found = reading.for_everybody(language)
    languages = reading.languages_read([one.notice for incident in found for one in incident.notices])
    return _page(request, "command/public/home.html", language, {"incidents": found, "languages": languages})


@require_safe
def notice(request: Any, number: int) -> HttpResponse:
    """One notice in its last version; ?version= an earlier one, as it was."""
    standing = _standing(number)
    chosen = _version(standing, request.GET.get("version", ""))
    language = _language(request)
    found = reading.read(chosen, language)
    context = {
        "found": found,
        "standing": standing,
        "incident": chosen.incident,
        "older": chosen != standing.shown,
        "languages": reading.languages_read([chosen]),
    }
    return _page(request, "command/public/notice.html", found.language, context)


@require_safe
def poster(request: Any, number: int) -> HttpResponse:
    """The last version as a poster for the notice board, with its number and a code that leads to the page."""
    standing = _standing(number)
    chosen = _version(standing, request.GET.get("version", ""))
    found = reading.read(chosen, _language(request))
    address = request.build_absolute_uri(reverse("public:notice", args=[number]))
    incident = chosen.incident
    with translation.override(spoken_for(found.language)):
        assert chosen.published_at is not None
        when = formats.date_format(chosen.published_at.astimezone(incident.tz), "Y-m-d H:i")
        names = {"incident": incident.name, "number": number, "version": chosen.version, "when": when}
        sheet = {
            "lang": found.language[:2],
            "size": 16,
            "title": reading.marked(found) if not found.exercise else found.title,
            "blocks": [{"heading": part.heading, "paragraphs": part.paragraphs} for part in found.blocks],
            "facts": [],
            "facts_title": "",
            "drill": _("Exercise") if found.exercise else "",
            "footer": _("%(incident)s · notice %(number)s, version %(version)s of %(when)s") % names,
            "card": {
                "qr": qr_svg(address),
                "title": _("Is this still so?"),
                "place": " · ".join(found.areas),
                "code": _("Notice %(number)s, version %(version)s") % names,
                "what": _("Scan the code: the page shows the newest version."),
                "how": address,
            },
        }
    content = pdf(PAPER, {"title": found.title, "lang": sheet["lang"], "sheets": [sheet]}, at=chosen.published_at)
    return download(content, "application/pdf", f"notice-{number}-{chosen.version}-{found.language}.pdf")


@require_safe
def alert(request: Any, number: int, version: int) -> HttpResponse:
    """One version as a CAP 1.2 message; it stays the same for ever."""
    chosen = _version(_standing(number), str(version), only=True)
    web = request.build_absolute_uri(reverse("public:notice", args=[number]))
    answer = HttpResponse(cap.to_xml(message_of(chosen, web)), content_type=CAP)
    answer.headers["Cache-Control"] = MINUTE
    return answer


def _standing(number: int) -> Standing:
    found = reading.standing(number)
    if found is None:
        raise Http404
    return found


def _version(standing: Standing, asked: str, *, only: bool = False) -> Any:
    known = {str(one.version): one for one in standing.published}
    if only and asked not in known:
        raise Http404
    return known.get(asked, standing.published[0])


def _language(request: Any) -> str:
    """The language that the address asks for, else the device's."""
    asked: str = request.GET.get("lang", "").lower()
    return asked if asked.replace("-", "").isalnum() else translation.get_language_from_request(request)


def _page(request: Any, template: str, language: str, context: dict[str, Any]) -> HttpResponse:
    spoken = spoken_for(language)
    with translation.override(spoken):
        feed = f"lang={spoken}"
        answer = render(request, template, context | {"language_shown": language, "spoken": spoken, "feed": feed})
    answer.headers["Cache-Control"] = MINUTE
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
