"""The desk worker's pages: the queue and one request with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep import protocol
from doorstep.command.models import Incident, Member
from doorstep.desk import emergencies, merging, offers, places, queries, request_queries, requests
from doorstep.desk.forms import ChangeForm
from doorstep.desk.models import Match, Message, Offer, Request
from doorstep.desk.rules import level_titles
from doorstep.desk.staff import workers
from doorstep.desk.ways.forms import WayForm
from doorstep.desk.ways.queries import ways_page
from doorstep.errors import UserError
from doorstep.register.events import RecordRead
from doorstep.wiring.access import needs
from doorstep.wiring.events import publish
from doorstep.wiring.pages import is_part, page_of, table, table_asked, tried
from doorstep.wiring.texts import in_language

PAGE = 60


def incident_of(request: Any) -> Incident:
    """The incident at work. Raises Http404 where there is none."""
    if not request.incident:
        raise Http404
    found: Incident = request.incident
    return found


@needs("see_requests")
def home(request: Any) -> HttpResponse:
    """The queue, by tab and filter; refreshed in place; XLSX and CSV."""
    incident = incident_of(request)
    at = incident.now()
    asked = queries.Asked.of(request.GET)
    every = queries.requests_in(incident, request.rights)
    rows = queries.narrowed(every, asked, request.member, at)
    rows = queries.matching(rows, asked.words, request.rights)
    if table_asked(request):
        found = queries.queue(rows, asked, request.rights, at)
        return table(request, f"requests-{asked.show}", queries.headings(), queries.rows_of(found, incident))
    pages = page_of(request, queries.keys(rows, asked, at), PAGE)
    counted = queries.counts(every, request.member, at)
    new = queries.messages_in(incident, request.rights).filter(state=Message.State.NEW)
    tabs = [
        ("mine", _("Mine")),
        ("nobody", _("Nobody's")),
        ("late", _("Late")),
        ("all", _("All open")),
        ("ask", _("To be confirmed")),
        ("closed", _("Closed")),
    ]
    context = {
        "asked": asked,
        "tabs": [(code, title, counted[code]) for code, title in tabs],
        "pages": pages,
        "lines": queries.page_lines(every, pages.object_list, request.rights, at),
        "at": at,
        "messages_waiting": new.count(),
        "urgent_waiting": new.filter(urgent=True).count(),
        "needs": queries.needs_counted(every, incident),
        "levels": level_titles(incident),
        "thanks": queries.thanks_for(request.member, incident),
        "may_export": request.rights.may("export"),
        "may_work": request.rights.may("work_requests"),
    }
    return render(request, "desk/_queue.html" if is_part(request) else "desk/home.html", context)


@needs("see_requests")
def request_page(request: Any, pk: int) -> HttpResponse:
    """One request. Who opens a household's facts with names is written into the journal."""
    return show(request, found_for(request, pk))


@needs("work_requests")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """What the page asks for with one request."""
    found = found_for(request, pk, "work_requests")
    order = request.POST.get("do", "")
    act = ACTS.get(order)
    if act is None:
        raise Http404
    try:
        said = act(request, found, found.incident.now())
    except UserError as refused:
        found = found_for(request, pk, "work_requests")
        return show(request, found, refused, order)
    if said:
        messages.success(request, said)
    if request.POST.get("back") == "queue":
        return redirect("desk:home")
    return redirect("desk:request", pk)


@needs("work_requests")
def change(request: Any, pk: int) -> HttpResponse:
    """Correct what is asked for."""
    found = found_for(request, pk, "work_requests")
    first = {
        "need": found.need,
        "level": found.level,
        "persons": found.persons,
        "days_left": found.days_left,
        "door": emergencies.place_in_words(found.door),
        "contact": found.contact,
    }
    form = ChangeForm(found.incident, request.rights, request.POST or None, initial=first)
    if request.method == "POST":
        done, _made = tried(form, lambda: _change(request, found, form.cleaned_data, first))
        if done:
            messages.success(request, _("Written down. The due time follows what is asked."))
            return redirect("desk:request", pk)
    context = {"form": form, "found": found}
    return render(request, "desk/change.html", context, status=422 if form.errors else 200)


@needs("see_requests")
@require_POST
def thanks_seen(request: Any, pk: int) -> HttpResponse:
    """Put thanks away that were read."""
    incident = incident_of(request)
    for one in queries.thanks_for(request.member, incident):
        if one.pk == pk:
            offers.seen(one, at=incident.now())
    return redirect("desk:home")


def found_for(request: Any, pk: int, act: str = "see_requests") -> Request:
    """A request within a duty."""
    rows = queries.requests_in(incident_of(request), request.rights, act)
    found: Request = get_object_or_404(rows, pk=pk)
    return found


def show(
    request: Any, found: Request, error: UserError | None = None, order: str = "", way: WayForm | None = None
) -> HttpResponse:
    """The page of a request; with what was refused and what was typed, where something was."""
    at = found.incident.now()
    page = request_queries.request_page(found, request.rights, at)
    if page.home.full and page.home.household is not None:
        ids = [getattr(one, "pk", None) for one in (request.incident, request.member)]
        publish(RecordRead(page.home.household.pk, page.home.label, ids[0], ids[1], at))
    rules = protocol.request_rules(found.incident.protocol)
    context = {
        "page": page,
        "found": found,
        "at": at,
        "error": error,
        "order": order,
        "typed": request.POST if error else {},
        "may_work": request.rights.may("work_requests"),
        "is_emergency": found.level == rules.emergency,
        "numbers": [(in_language(one.title), one.code) for one in found.incident.protocol.emergency.phones],
        "levels": {code: title for code, title in level_titles(found.incident).items() if code != rules.emergency},
        "complaint": found.incident.protocol.rights.complaint_body,
        "told_by": found.decided_at,
        "ways": ways_page(found, request.member, way),
    }
    return render(request, "desk/request.html", context, status=422 if error or way else 200)


def _change(request: Any, found: Request, given: dict[str, Any], first: dict[str, Any]) -> Request:
    facts = {name: given[name] for name in ("need", "level", "persons", "days_left", "contact")}
    if given["door"].strip() != first["door"]:
        place = places.one(given["door"], request.rights)
        facts["door"] = place.door if place else None
        facts["household"] = place.household if place else None
        facts["person"] = place.person if place else None
    return requests.change(found, by=request.member, at=found.incident.now(), **facts)


def _said(request: Any, name: str) -> str:
    value: str = request.POST.get(name, "")[:4000]
    return value


def _take(request: Any, found: Request, at: datetime) -> str:
    requests.take(found, by=request.member, at=at)
    return _("It is yours now.")


def _accept(request: Any, found: Request, at: datetime) -> str:
    requests.accept(found, by=request.member, at=at)
    return _("Accepted. The resident sees it; tell them, too, if they have no page.")


def _accept_part(request: Any, found: Request, at: datetime) -> str:
    requests.accept(found, part=_said(request, "part"), in_part=True, by=request.member, at=at)
    return _("Accepted in part. Tell the resident what is not possible, and why.")


def _decline(request: Any, found: Request, at: datetime) -> str:
    requests.decline(found, reason=_said(request, "reason"), by=request.member, at=at)
    return _("Declined. Tell the resident why, and that they can appeal; then press Told.")


def _tell(request: Any, found: Request, at: datetime) -> str:
    requests.tell(found, by=request.member, at=at, words=_said(request, "words"))
    return _("Written down: the resident knows.")


def _work(request: Any, found: Request, at: datetime) -> str:
    for_resident = bool(request.POST.get("for_resident"))
    requests.work(found, _said(request, "words"), by=request.member, at=at, for_resident=for_resident)
    return ""


def _finish(request: Any, found: Request, at: datetime) -> str:
    requests.finish(found, _said(request, "result"), by=request.member, at=at)
    return _("Done. It stays yours until the resident says that it is all right.")


def _confirm(request: Any, found: Request, at: datetime) -> str:
    requests.confirm(found, by=request.member, at=at, words=_said(request, "words"))
    return _("Confirmed and closed. Thank you.")


def _reopen(request: Any, found: Request, at: datetime) -> str:
    requests.reopen(found, _said(request, "reason"), by=request.member, at=at)
    return _("It is open again.")


def _appeal(request: Any, found: Request, at: datetime) -> str:
    requests.appeal(found, _said(request, "appeal"), by=request.member, at=at)
    return _("The appeal is with somebody above.")


def _answer(request: Any, found: Request, at: datetime) -> str:
    granted = request.POST.get("granted") == "yes"
    requests.answer_appeal(found, _said(request, "answer"), granted=granted, by=request.member, at=at)
    return _("Answered. Tell the resident.")


def _hand(request: Any, found: Request, at: datetime) -> str:
    to = _worker(request, found, _said(request, "to"))
    requests.give(found, to, by=request.member, at=at, words=_said(request, "words"))
    return _("%(name)s has it now.") % {"name": to.name}


def _promote(request: Any, found: Request, at: datetime) -> str:
    emergencies.promote(found, by=request.member, at=at, words=_said(request, "words"))
    return _("Command is told. Call the emergency number now; nobody needs to approve anything.")


def _calm(request: Any, found: Request, at: datetime) -> str:
    reason = _said(request, "reason")
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why it is no emergency."))
    emergencies.calm(found, _said(request, "level"), reason, by=request.member, at=at)
    return _("Its clock runs as for what it is now.")


def _merge(request: Any, found: Request, at: datetime) -> str:
    other = get_object_or_404(
        queries.requests_in(found.incident, request.rights, "work_requests"), pk=_number(request, "other")
    )
    older, newer = sorted((found, other), key=lambda one: (one.said_at, one.pk))
    merging.merge(older, newer, by=request.member, at=at)
    return _("Joined: %(kept)s goes on with both texts.") % {"kept": older}


def _apart(request: Any, found: Request, at: datetime) -> str:
    other = get_object_or_404(
        queries.requests_in(found.incident, request.rights, "work_requests"), pk=_number(request, "other")
    )
    merging.keep_apart(found, other, by=request.member, at=at)
    return _("They are not proposed again.")


def _unmerge(request: Any, found: Request, at: datetime) -> str:
    made = get_object_or_404(found.merges, pk=_number(request, "merge"))
    merging.unmerge(made, by=request.member, at=at)
    return _("Taken apart again.")


def _propose(request: Any, found: Request, at: datetime) -> str:
    offer = get_object_or_404(Offer, pk=_number(request, "offer"), incident=found.incident)
    offers.propose(offer, found, at=at, by=request.member)
    return _("Ask both now; it counts when both have said yes.")


def _match(request: Any, found: Request, at: datetime) -> str:
    match: Match = get_object_or_404(found.matches, pk=_number(request, "match"))
    said = request.POST.get("said", "")
    if said in ("helper", "resident"):
        offers.agree(match, said, at=at, by=request.member)
    elif said in ("helped", "no"):
        offers.end_match(match, helped=said == "helped", at=at, by=request.member)
    return ""


def _worker(request: Any, found: Request, key: str) -> Member:
    to = workers(found.incident, found.area).filter(pk=key if key.isascii() and key.isdigit() else 0).first()
    if to is None:
        raise UserError(_("Nobody is chosen."), field="to", mend=_("Choose who takes it over."))
    return to


def _number(request: Any, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value[:18]) if value.isascii() and value.isdigit() else 0


ACTS: dict[str, Callable[[Any, Request, datetime], str]] = {
    "take": _take,
    "accept": _accept,
    "part": _accept_part,
    "decline": _decline,
    "tell": _tell,
    "work": _work,
    "done": _finish,
    "confirm": _confirm,
    "reopen": _reopen,
    "appeal": _appeal,
    "answer": _answer,
    "hand": _hand,
    "emergency": _promote,
    "calm": _calm,
    "merge": _merge,
    "apart": _apart,
    "unmerge": _unmerge,
    "propose": _propose,
    "match": _match,
}
