"""The letter to residents: its versions, a new one, how it looks on paper, the areas that have it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command import actions, letters
from doorstep.command.forms.letters import LetterForm
from doorstep.command.models import Area, Notice
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, page_of, tried


@needs("see_board")
def home(request: Any) -> HttpResponse:
    """Every version, the newest first."""
    if not request.incident:
        raise Http404
    found = Notice.objects.filter(incident=request.incident, kind=Notice.Kind.LETTER).order_by("-version")
    areas = _areas(request)
    page = page_of(request, found, 20)
    lines = [(letter, [area for area in areas if area.letter_id == letter.pk]) for letter in page]
    context = {"pages": page, "lines": lines, "writes": request.rights.covers("manage_areas")}
    return render(request, "command/letters.html", context)


@needs("manage_areas")
def new(request: Any) -> HttpResponse:
    """Write a new version, starting from the last one or from the starting text."""
    if not request.incident:
        raise Http404
    request.rights.require_everywhere("manage_areas")
    last = letters.last_letter(request.incident)
    fresh = last is None or request.GET.get("from") == "start"
    texts = letters.starting_text(request.incident) if fresh or last is None else last.texts
    form = LetterForm(texts, request.POST or None)
    if request.method == "POST":
        at = request.incident.now()
        done, made = tried(
            form, lambda: letters.write_letter(request.incident, form.texts(), at=at, by=request.member or None)
        )
        if done:
            messages.success(request, _("Version %(n)s is kept. Choose the areas that get it.") % {"n": made.version})
            return redirect("command:letter", made.pk)
    context = {"form": form, "last": last, "fresh": fresh}
    return render(request, "command/letter_new.html", context, status=422 if request.method == "POST" else 200)


@needs("see_board")
def letter(request: Any, pk: int) -> HttpResponse:
    """One version as it is printed, with the facts of a chosen area below."""
    found = _letter(request, pk)
    language, area = _language(request, found), _chosen(request)
    text = found.texts.get(language, {})
    with translation.override(language):
        facts = letters.facts_of(area) if area else []
    areas = _areas(request)
    context = {
        "letter": found,
        "language_shown": language,
        "languages": [code for code in letters.LANGUAGES if code in found.texts],
        "title": text.get("title", ""),
        "blocks": letters.blocks(text.get("body", "")),
        "area": area,
        "facts": facts,
        "areas": areas,
        "without": [a for a in areas if a.letter_id != found.pk and request.rights.may("manage_areas", a)],
        "no_office": area is not None and letters.complaint_of(area) is None,
    }
    return render(request, "command/letter.html", context)


@needs("see_board")
def as_pdf(request: Any, pk: int) -> HttpResponse:
    """The same as a PDF; ?large=1 in large type."""
    found = _letter(request, pk)
    language, area = _language(request, found), _chosen(request)
    content = letters.letter_pdf(found, language, area, large=request.GET.get("large") == "1")
    return download(content, "application/pdf", f"letter-{found.version}-{language[:2]}.pdf")


@needs("manage_areas")
@require_POST
def attach(request: Any, pk: int) -> HttpResponse:
    """Give this version to an area."""
    found = _letter(request, pk)
    area = get_object_or_404(Area.objects.select_related("incident"), pk=request.POST.get("area") or 0)
    if area.incident_id != found.incident_id:
        raise Http404
    request.rights.require("manage_areas", area)
    actions.prepare_area(area, {"letter": found}, at=found.incident.now(), by=request.member)
    messages.success(request, _("%(name)s has this version now.") % {"name": area.name})
    return redirect("command:letter", pk)


def _letter(request: Any, pk: int) -> Notice:
    found = get_object_or_404(Notice.objects.select_related("incident"), pk=pk, kind=Notice.Kind.LETTER)
    if not request.incident or found.incident_id != request.incident.pk:
        raise Http404
    return found


def _areas(request: Any) -> list[Area]:
    areas = request.incident.areas.exclude(state=Area.State.LIFTED).select_related("incident")
    return [area for area in areas if request.rights.may("see_board", area)]


def _chosen(request: Any) -> Area | None:
    asked = request.GET.get("area", "")
    areas = Area.objects.filter(incident=request.incident).select_related("incident", "owner", "supply_team__leader")
    area = areas.filter(pk=int(asked)).first() if asked.isdigit() else None
    if area is not None:
        request.rights.require("see_board", area)
    return area


def _language(request: Any, found: Notice) -> str:
    asked = request.GET.get("language") or translation.get_language() or ""
    return asked if asked in found.texts else next(iter(found.texts), letters.LANGUAGES[0])
