"""The page of one household: it lays out the rooms' panels, opens their forms, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from doorstep.register.models import Household
from doorstep.resident.dates import household_dates
from doorstep.resident.languages import LANGUAGES, own_language
from doorstep.resident.opening import at_home, open_door, plain, remember
from doorstep.resident.rules import defaults
from doorstep.wiring.calendars import calendar_file
from doorstep.wiring.contributions import contributions
from doorstep.wiring.homes import AtHome
from doorstep.wiring.pages import tried

SIZES = ("1", "2")
YEAR = 31_536_000
View = Callable[..., HttpResponse]


def _private(view: View) -> View:
    """Open the household of the code, in its language and type, and let nothing of the page be kept or passed on.

    No CSRF token: the code in the address is itself what a stranger cannot know, so that the page needs no cookie, and a
    form that lay open for a day is still taken.
    """

    @never_cache
    @csrf_exempt
    @wraps(view)
    def opened(request: Any, code: str, **more: Any) -> HttpResponse:
        household = open_door(request, code)
        language = _language(request, household)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            if household is None:
                return _sealed(request, unknown(request))
            if _too_large(request):
                answer = render(request, "resident/too_large.html", _frame(request, household), status=413)
            else:
                try:
                    answer = view(request, household, **more)
                except Http404:
                    answer = render(request, "resident/nothing.html", _frame(request, household), status=404)
            remember(request, answer, household)
            return _sealed(request, answer)

    return opened


def unknown(request: Any) -> HttpResponse:
    """The same answer for a wrong code, an old one, and any after too many wrong ones."""
    return render(request, "resident/unknown.html", _frame(request, None), status=404)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: Any) -> HttpResponse:
    """Type the code by hand, for those who cannot scan."""
    code = plain(request.POST.get("code", ""))
    if request.method == "POST" and code:
        return _sealed(request, redirect("resident:page", code))
    with translation.override(_language(request, None)):
        return _sealed(request, render(request, "resident/enter.html", _frame(request, None)))


@_private
@require_safe
def page(request: Any, household: Household) -> HttpResponse:
    """Everything of one household on one page."""
    context = _frame(request, household)
    home: AtHome | None = context["home"]
    panels = []
    for panel in contributions.resident_panels:
        facts = panel.context(home) if home else None
        if facts is not None:
            panels.append({"code": panel.code, "title": panel.title, "template": panel.template, "facts": facts})
    return render(request, "resident/page.html", context | {"panels": panels, "at_start": True})


@_private
@require_http_methods(["GET", "HEAD", "POST"])
def do(request: Any, household: Household, act: str, ref: str = "") -> HttpResponse:
    """One act: its form, or (posted) what it does. What was typed stays where something is wrong."""
    context = _frame(request, household)
    home, found = _home(context), _named(contributions.resident_acts, act)
    posted = request.method == "POST"
    form = found.form(home, ref, request.POST if posted else None, request.FILES if posted else None)
    if posted:
        done, about = tried(form, lambda: found.do(home, ref, form))
        if done:
            return redirect("resident:heard", household.private_code, act, about or "0")
    context |= {"act": found, "form": form, "ref": ref}
    return render(request, "resident/act.html", context, status=422 if form.errors else 200)


@_private
@require_safe
def heard(request: Any, household: Household, act: str, ref: str) -> HttpResponse:
    """What came of an act, with the number to say on the phone; it may be opened again."""
    context = _frame(request, household)
    said = _named(contributions.resident_acts, act).heard(_home(context), ref)
    if said is None:
        raise Http404
    return render(request, "resident/heard.html", context | {"said": said})


@_private
@require_safe
def dates(request: Any, household: Household) -> HttpResponse:
    """What is still to come at this door, as a calendar."""
    home = _home(_frame(request, household))
    title = _("Door %(number)s") % {"number": household.door.number}
    return calendar_file(title, f"door-{household.door.number}", household_dates(home), at=home.at)


@_private
@require_safe
def see(request: Any, household: Household, leaf: str, ref: str) -> HttpResponse:
    """A page behind the page: one request, one letter."""
    context = _frame(request, household)
    found = _named(contributions.resident_leaves, leaf)
    facts = found.context(_home(context), ref)
    if facts is None:
        raise Http404
    return render(request, found.template, context | {"leaf": found, "facts": facts})


def _frame(request: Any, household: Household | None) -> dict[str, Any]:
    """What every page of a household stands on."""
    home = at_home(household) if household else None
    size = request.GET.get("size") or request.COOKIES.get("size", "")
    return {
        "household": household,
        "code": household.private_code if household else "",
        "home": home,
        "incident": home.incident if home else None,
        "size": size if size in SIZES else SIZES[0],
        "language": translation.get_language(),
        "back": reverse("resident:page", args=[household.private_code]) if household else "",
    }


def _home(context: dict[str, Any]) -> AtHome:
    if context["home"] is None:
        raise Http404
    found: AtHome = context["home"]
    return found


def _named(registry: Any, code: str) -> Any:
    if code not in registry.names():
        raise Http404
    return registry.get(code)


def _language(request: Any, household: Household | None) -> str:
    """The language that was chosen here, else the household's own where the register knows it, else the device's."""
    for asked in (request.GET.get("lang", ""), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")):
        if asked in LANGUAGES:
            return asked
    return own_language(household) or translation.get_language_from_request(request)


def _too_large(request: Any) -> bool:
    """Whether a form is larger than what is taken: found out before it is read."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    return not length.isdecimal() or int(length) > defaults()["largest_upload_mb"] * 1024 * 1024


def _sealed(request: Any, answer: HttpResponse) -> HttpResponse:
    """Nothing of it is kept, found by search engines or told to other sites; what was chosen is remembered."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    secure = request.is_secure()
    if (lang := request.GET.get("lang")) in LANGUAGES:
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, lang, max_age=YEAR, secure=secure, samesite="Lax")
    if (size := request.GET.get("size")) in SIZES:
        answer.set_cookie("size", size, max_age=YEAR, path="/door/", secure=secure, httponly=True, samesite="Lax")
    return answer
