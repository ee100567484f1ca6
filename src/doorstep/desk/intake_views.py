"""What comes in: the inbox, one message, a request told by phone or at the door, a pasted text."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident, Member
from doorstep.desk import attachments, messages, queries, reading, request_queries, requests, suggesting, turning
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.forms import LineForm, LinesFormSet, NewForm, OfferForm, PasteForm
from doorstep.desk.models import Message, Request
from doorstep.desk.offers import meant_by
from doorstep.desk.staff import workers
from doorstep.desk.views import incident_of
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import is_part, page_of, table, table_asked, tried

PAGE = 30


@needs("see_requests")
def inbox(request: Any) -> HttpResponse:
    """Messages that nobody has taken, and those that I have; refreshed in place; XLSX and CSV."""
    incident = incident_of(request)
    at = incident.now()
    every = queries.messages_in(incident, request.rights)
    show = request.GET.get("show", "new")
    states = {"new": Message.State.NEW, "taken": Message.State.TAKEN, "done": Message.State.DONE}
    show = show if show in states else "new"
    rows = every.filter(state=states[show])
    if show == "done":
        rows = rows.filter(pk__in=list(every.filter(state="done").order_by("-pk").values_list("pk", flat=True)[:500]))
    found = queries.inbox(rows, request.rights, at)
    if table_asked(request):
        return table(request, f"messages-{show}", queries.message_headings(), queries.message_rows(found, incident))
    tabs = [("new", _("Nobody has taken")), ("taken", _("Taken")), ("done", _("Dealt with"))]
    context = {
        "tabs": [(code, title, every.filter(state=states[code]).count()) for code, title in tabs],
        "show": show,
        "pages": page_of(request, found, PAGE),
        "at": at,
        "may_work": request.rights.may("work_requests"),
        "may_export": request.rights.may("export"),
    }
    return render(request, "desk/_inbox.html" if is_part(request) else "desk/inbox.html", context)


@needs("see_requests")
def message(request: Any, pk: int) -> HttpResponse:
    """One message with what it seems to ask for."""
    return _message_page(request, _message(request, pk))


@needs("work_requests")
@require_POST
def message_do(request: Any, pk: int) -> HttpResponse:
    """Take it, turn it into requests, an offer or thanks, lay it aside, give it back."""
    found = _message(request, pk, "work_requests")
    order, given = request.POST.get("do", ""), {"by": request.member, "at": found.incident.now()}
    try:
        if order == "take":
            messages.take(found, **given)
            return redirect("desk:message", pk)
        if order == "make":
            return _make(request, found)
        if order == "offer":
            return _offer(request, found)
        if order == "thanks":
            turning.make_thanks(found, _chosen(request, found.incident), **given)
            flash.success(request, _("Sent on. Thank you for passing it on."))
        elif order == "nothing":
            messages.finish(found, kind=Message.Kind.NONE, outcome=request.POST.get("outcome", ""), **given)
            flash.success(request, _("Laid aside. It can be opened again on its page."))
        elif order == "back":
            messages.put_back(found, **given)
        elif order == "reopen":
            messages.reopen(found, **given)
            return redirect("desk:message", pk)
        elif order == "remove_file":
            attachments.remove_file(found, reason=request.POST.get("reason", ""), **given)
            return redirect("desk:message", pk)
    except UserError as refused:
        return _message_page(request, found, error=refused)
    return redirect("desk:inbox")


@needs("see_requests")
@never_cache
def message_file(request: Any, pk: int) -> HttpResponse:
    """The photo or the voice of a message."""
    found = _message(request, pk)
    content, kind = attachments.read_file(found, by=request.member, at=found.incident.now())
    answer = HttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = "inline"
    return answer


@needs("work_requests")
def new(request: Any) -> HttpResponse:
    """A request that somebody tells: the words, the door, what is needed."""
    incident = incident_of(request)
    first = {name: request.GET[name][:80] for name in ("door", "need", "contact") if name in request.GET}
    form = NewForm(incident, request.rights, request.POST or None, request.FILES or None, initial=first)
    if request.method == "POST":
        done, made = tried(form, lambda: _tell(request, incident, form))
        if done:
            flash.success(request, _("Written down as %(number)s. Say the number to the resident.") % {"number": made})
            return redirect("desk:request", made.pk)
    return render(request, "desk/new.html", {"form": form}, status=422 if form.errors else 200)


@needs("work_requests")
def paste(request: Any) -> HttpResponse:
    """A pasted text or a file: its lines are proposed, a person confirms them."""
    incident = incident_of(request)
    keeps = request.POST.get("do") == "keep"
    form = PasteForm(request.POST or None, request.FILES or None)
    lines: Any = None
    notes: tuple[str, ...] = ()
    if request.method == "POST" and keeps:
        lines = LinesFormSet(request.POST, form_kwargs={"incident": incident, "rights": request.rights}, prefix="line")
        if form.is_valid():
            kept, lines = _keep_lines(request, incident, form, lines)
            if kept:
                flash.success(request, kept)
            if lines is None:
                return redirect("desk:home")
    elif request.method == "POST":
        done, found = tried(form, lambda: reading.read(form.cleaned_data["text"], form.cleaned_data["file"], incident))
        if done:
            first = [_initial(one, ticked=True) for one in found.lines]
            notes = found.notes
            lines = LinesFormSet(
                initial=first, form_kwargs={"incident": incident, "rights": request.rights}, prefix="line"
            )
            lines.extra = 0
            form = PasteForm(initial=form.cleaned_data)
    failed = bool(form.errors) or bool(lines is not None and lines.is_bound)
    return render(
        request, "desk/paste.html", {"form": form, "lines": lines, "notes": notes}, status=422 if failed else 200
    )


def _message(request: Any, pk: int, act: str = "see_requests") -> Message:
    found: Message = get_object_or_404(queries.messages_in(incident_of(request), request.rights, act), pk=pk)
    return found


def _message_page(
    request: Any, found: Message, *, error: UserError | None = None, lines: Any = None, offer: OfferForm | None = None
) -> HttpResponse:
    at = found.incident.now()
    kwargs = {"incident": found.incident, "rights": request.rights}
    if lines is None:
        first = [_initial(one, ticked=True, door=found) for one in suggesting.kept(found)]
        first.append({"use": False, "persons": 1, "kind": Message.Kind.REQUEST})
        lines = LinesFormSet(initial=first, form_kwargs=kwargs, prefix="line")
    context = {
        "found": found,
        "line": queries.inbox(Message.objects.filter(pk=found.pk).select_related("incident", "door__stair__building"),
                              request.rights, at)[0],
        "home": request_queries.home_facts(found.household, found.door, request.rights, found.incident),
        "requests": queries.lines(found.requests.select_related("incident", "owner", "household",
                                                                "door__stair__building__compound"), request.rights, at),
        "others": queries.earlier_of(found, request.rights, at),
        "lines": lines,
        "meant": meant_by(found),
        "staff": list(workers(found.incident)),
        "offer": offer or OfferForm(request.rights, initial={"text": found.text, "door": place_in_words(found.door)}),
        "error": error,
        "at": at,
        "mine": found.taken_by_id == getattr(request.member, "pk", None),
        "may_work": request.rights.may("work_requests"),
    }  # fmt: skip
    failed = error is not None or lines.is_bound or (offer is not None and bool(offer.errors))
    return render(request, "desk/message.html", context, status=422 if failed else 200)


def _make(request: Any, found: Message) -> HttpResponse:
    kwargs = {"incident": found.incident, "rights": request.rights}
    lines = LinesFormSet(request.POST, form_kwargs=kwargs, prefix="line")
    if not lines.is_valid():
        return _message_page(request, found, lines=lines)
    chosen = [(line, line.place()) for line in lines if line.cleaned_data.get("use")]
    if any(line.errors for line, _place in chosen):
        return _message_page(request, found, lines=lines)
    at = found.incident.now()
    asked = [
        requests.Asked(
            line.cleaned_data["need"],
            line.cleaned_data["text"],
            line.cleaned_data["level"],
            line.cleaned_data["persons"] or 1,
            place.door if place else found.door,
            place.household if place else found.household,
            place.person if place else found.person,
            found.contact,
            line.cleaned_data["days_left"],
            found.occurred_at,
        )
        for line, place in chosen
    ]
    try:
        made = turning.make_requests(found, asked, by=request.member, at=at, owner=request.member)
    except UserError as refused:
        return _message_page(request, found, error=refused)
    numbers = _(", ").join(str(one) for one in made)
    flash.success(request, _("Written down as %(numbers)s; they are yours.") % {"numbers": numbers})
    return redirect("desk:request", made[0].pk) if len(made) == 1 else redirect("desk:home")


def _offer(request: Any, found: Message) -> HttpResponse:
    form = OfferForm(request.rights, request.POST)
    given = {"by": request.member, "at": found.incident.now()}
    done, _made = tried(form, lambda: turning.make_offer(found, form.offered(), **given))
    if not done:
        return _message_page(request, found, offer=form)
    flash.success(request, _("The offer is written down."))
    return redirect("desk:offers")


def _tell(request: Any, incident: Incident, form: NewForm) -> Request:
    """What the form says. Its own id makes it count once."""
    at, place = incident.now(), form.place()
    upload = form.cleaned_data["file"]
    kept = attachments.keep_sent(upload) if upload else ("", "")
    owner = request.member if form.cleaned_data["mine"] else None
    given: dict[str, Any] = {"channel": form.cleaned_data["channel"], "attachment": kept, "owner": owner}
    return turning.tell(incident, form.asked(place, at), at=at, by=request.member, **given)


def _keep_lines(request: Any, incident: Incident, form: PasteForm, lines: Any) -> tuple[str, Any]:
    """What holds is kept: ticked lines become requests, the rest messages of the inbox. What is wrong comes back, with
    whatever stands in the same message; None where nothing does."""
    lines.is_valid()
    filled = [line for line in lines if str(line["text"].value() or "").strip()]
    placed = [(line, line.place() if not line.errors else None) for line in filled]
    again = {line.in_group for line in filled if line.errors}
    good = [reading.Line.of(line.cleaned_data, place) for line, place in placed if line.in_group not in again]
    said = ""
    if good:
        given: dict[str, Any] = {"channel": form.cleaned_data["channel"], "key": str(form.act)}
        made, aside = reading.keep_lines(incident, good, by=request.member, at=incident.now(), **given)
        first = ngettext("%(n)d request written down", "%(n)d requests written down", made) % {"n": made}
        second = ngettext("%(n)d message in the inbox", "%(n)d messages in the inbox", aside) % {"n": aside}
        said = f"{first} · {second}" if aside else first
    return said, _lines_again(request, incident, [line for line in filled if line.in_group in again])


def _lines_again(request: Any, incident: Incident, wrong: list[LineForm]) -> Any:
    """The lines that somebody must look at, as they were typed and with their errors."""
    if not wrong:
        return None
    given = {"line-TOTAL_FORMS": str(len(wrong)), "line-INITIAL_FORMS": "0"}
    for number, line in enumerate(wrong):
        for name in line.fields:
            if (value := request.POST.get(line.add_prefix(name))) is not None:
                given[f"line-{number}-{name}"] = value
    lines = LinesFormSet(given, form_kwargs={"incident": incident, "rights": request.rights}, prefix="line")
    lines.is_valid()
    for line in lines:
        if not line.errors:
            line.place()
    return lines


def _initial(one: suggesting.Proposal, *, ticked: bool, door: Message | None = None) -> dict[str, Any]:
    asks = one.kind not in ("none", "thanks", "offer")
    known = place_in_words(door.door) if door else ""
    named = one.door if "-" in one.door or not known else known  # a building alone says less than what is known
    return {
        "use": ticked and asks,
        "kind": one.kind or Message.Kind.REQUEST,
        "need": one.need,
        "level": one.urgency,
        "persons": one.persons,
        "door": named or known,
        "days_left": one.days_left,
        "text": one.text,
        "raw": one.raw,
        "external_id": one.external_id,
        "sender": one.sender,
        "contact": one.contact,
        "said_at": one.said_at.isoformat() if one.said_at else "",
        "danger": one.life_threat,
        "because": " · ".join(one.reasons)[:400],
    }


def _chosen(request: Any, incident: Incident) -> list[Member]:
    keys = [int(key) for key in request.POST.getlist("to") if key.isascii() and key.isdigit() and len(key) < 18]
    return list(Member.objects.filter(pk__in=keys))
