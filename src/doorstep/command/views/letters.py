"""The letter to residents: its versions, a new one, how it looks on paper, the areas and the doors that have it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command import actions, letters
from doorstep.command.forms.letters import TextsForm
from doorstep.command.models import Area, Notice
from doorstep.command.notices import doors, facts
from doorstep.command.notices.dates import area_dates
from doorstep.command.notices.languages import languages_of
from doorstep.wiring.access import needs
from doorstep.wiring.calendars import calendar_file
from doorstep.wiring.pages import download, page_of, table, table_asked, tried


@needs("see_board")
def home(request: Any) -> HttpResponse:
    """Every version, the newest first."""
    if not request.incident:
        raise Http404
    found = Notice.objects.filter(incident=request.incident, kind=Notice.Kind.LETTER).order_by("-version")
    areas = _areas(request)
    page = page_of(request, found, 20)
    lines = [(letter, [area for area in areas if area.letter_id == letter.pk]) for letter in page]
    standing = [doors.letters_of(area, request.incident.now()) for area in areas if area.state == Area.State.IN_FORCE]
    context = {"pages": page, "lines": lines, "standing": standing}
    context["writes"] = request.rights.covers("manage_areas")
    return render(request, "command/letters.html", context)


@needs("manage_areas")
def new(request: Any) -> HttpResponse:
    """Write a new version, starting from the last one or from the protocol's text; looked at as often as one likes."""
    if not request.incident:
        raise Http404
    request.rights.require_everywhere("manage_areas")
    incident, last = request.incident, letters.last_letter(request.incident)
    fresh = last is None or request.GET.get("from") == "start"
    texts = letters.starting_text(incident) if fresh or last is None else last.texts
    form = TextsForm(languages_of(incident), texts, request.POST or None)
    shown = None
    if "look" in request.POST and form.is_valid():
        shown = _look(request, form.texts())
    elif request.method == "POST":
        at = incident.now()
        done, made = tried(form, lambda: letters.write_letter(incident, form.texts(), at=at, by=request.member or None))
        if done:
            messages.success(request, _("Version %(n)s is kept. Choose the areas that get it.") % {"n": made.version})
            return redirect("command:letter", made.pk)
    context = {"form": form, "last": last, "fresh": fresh, "shown": shown, "facts": facts.fact_titles()}
    context |= {"areas": _areas(request), "asked_area": request.POST.get("area", "")}
    return render(request, "command/letter_new.html", context, status=422 if form.errors else 200)


def _look(request: Any, texts: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """A draft as it would be printed for an area, in each language."""
    kept = {code: text for code, text in texts.items() if text["body"].strip()}
    draft = Notice(incident=request.incident, texts=kept, created_at=request.incident.now())
    area = next((area for area in _areas(request) if str(area.pk) == request.POST.get("area")), None)
    found = []
    for code in kept:
        text = facts.filled_text(draft, code, area)
        found.append({"code": code, "title": text["title"], "blocks": letters.blocks(text["body"])})
    return found


@needs("see_board")
def letter(request: Any, pk: int) -> HttpResponse:
    """One version as it is printed, with the facts of a chosen area; what it changed; what is missing where."""
    found = _letter(request, pk)
    language, area = _language(request, found), _chosen(request)
    text = facts.filled_text(found, language, area)
    with translation.override(facts.spoken_for(language)):
        below = letters.facts_of(area) if area else []
    areas = _areas(request)
    older = Notice.objects.filter(incident=found.incident, kind=found.kind, version__lt=found.version)
    before = older.order_by("-version").first()
    lacking = [(one, facts.missing_facts(found.texts, found.incident, one)) for one in areas]
    context = {
        "letter": found,
        "language_shown": language,
        "languages": [(code, facts.language_name(code)) for code in found.written_in],
        "title": text["title"],
        "blocks": letters.blocks(text["body"]),
        "area": area,
        "facts": below,
        "areas": areas,
        "without": [a for a in areas if a.letter_id != found.pk and request.rights.may("manage_areas", a)],
        "no_office": area is not None and letters.complaint_of(area) is None,
        "lacking": [(one, missing) for one, missing in lacking if missing],
        "before": before,
        "changes": letters.differences(before, found, language) if before else [],
    }
    return render(request, "command/letter.html", context)


@needs("see_board")
def as_pdf(request: Any, pk: int) -> HttpResponse:
    """The same as a PDF; ?large=1 in large type."""
    found = _letter(request, pk)
    language, area = _language(request, found), _chosen(request)
    content = letters.letter_pdf(found, language, area, large=request.GET.get("large") == "1")
    return download(content, "application/pdf", f"letter-{found.version}-{language[:2]}.pdf")


@needs("see_board")
def who_has(request: Any, pk: int) -> HttpResponse:
    """Who has the letter in an area: by building, then the doors that wait; the list to deliver as a file."""
    area = get_object_or_404(
        Area.objects.select_related("incident", "letter"), pk=pk, incident=request.incident or None
    )
    request.rights.require("see_board", area)
    at = area.incident.now()
    found = doors.letters_of(area, at)
    show = request.GET.get("show", "")
    if show in doors.STATES:
        lines = [door for door in found.doors if door.state == show]
    elif show == "all":
        lines = found.doors
    else:
        show, lines = "wait", [door for door in found.doors if door.state != "has"]
    if table_asked(request):
        return table(request, f"letters-{area.pk}-{show}", doors.DOOR_HEADINGS, doors.door_rows(found, lines))
    counts, titles = found.counts, doors.state_titles()
    context = {
        "area": area,
        "found": found,
        "at": at,
        "late": found.due is not None and at > found.due and counts["none"] > 0,
        "show": show,
        "page": page_of(request, lines),
        "titles": titles,
        "tabs": [
            ("wait", _("to deliver"), len(found.doors) - counts["has"]),
            *((code, titles[code], counts[code]) for code in doors.STATES),
            ("all", _("all doors"), len(found.doors)),
        ],
        "areas": _areas(request),
    }
    return render(request, "command/letter_doors.html", context)


@needs("see_board")
def dates(request: Any, pk: int) -> HttpResponse:
    """The dates of an area as a calendar."""
    area = get_object_or_404(Area.objects.select_related("incident"), pk=pk, incident=request.incident or None)
    request.rights.require("see_board", area)
    return calendar_file(area.name, f"area-{area.pk}", area_dates(area), at=area.incident.now())


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
    areas = request.incident.areas.exclude(state=Area.State.LIFTED).select_related("incident", "letter")
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
    return asked if asked in found.texts else next(iter(found.written_in), letters.LANGUAGES[0])
