"""Hand-over, objects entrusted, offers of help, requests that may be the same."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident, Member
from doorstep.desk import handing, merging, objects, offers, papers, places, queries, request_queries
from doorstep.desk.forms import ObjectForm, OfferForm
from doorstep.desk.lists import burden_of, errands_of, objects_of, requests_of, tasks_of
from doorstep.desk.models import EntrustedObject, Offer, Request
from doorstep.desk.rules import offer_kinds
from doorstep.desk.staff import holders, workers
from doorstep.desk.views import incident_of
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, page_of, table, table_asked, tried


@needs("work_requests")
def hand_over(request: Any) -> HttpResponse:
    """Everything that I (or, for a coordinator, somebody else) answer for, handed on in one act."""
    incident = incident_of(request)
    at, error = incident.now(), None
    member = _whose(request, incident)
    if request.method == "POST":
        to = workers(incident).filter(pk=_number(request, "to")).first()
        try:
            if to is None:
                raise UserError(_("Nobody is chosen."), field="to", mend=_("Choose who takes it over."))
            words = request.POST.get("words", "")[:240]
            done = handing.hand_all(member, to, at=at, by=request.member, incident=incident, words=words)
            flash.success(
                request,
                _(
                    "Handed over to %(name)s: %(requests)d requests, %(messages)d messages, %(objects)d objects, %(errands)d errands, %(tasks)d tasks. The list is empty."
                )
                % {
                    "name": to.name,
                    "requests": done.requests,
                    "messages": done.messages,
                    "objects": done.objects,
                    "errands": done.errands,
                    "tasks": done.tasks,
                },
            )
            return redirect(f"{request.path}?member={member.pk}")
        except UserError as refused:
            error = refused
    rows = requests_of(member, incident).select_related(
        "incident", "owner", "household", "door__stair__building__compound"
    )
    context = {
        "whose": member,
        "is_mine": member.pk == request.member.pk,
        "lines": queries.queue(rows, queries.Asked("all"), request.rights, at),
        "objects": objects_of(member, incident).select_related("door__stair__building"),
        "errands": errands_of(member, incident),
        "burden": burden_of(member, incident),
        "tasks": tasks_of(member, incident),
        "staff": workers(incident).exclude(pk=member.pk),
        "everybody": workers(incident)
        if request.rights.may("manage_people") or request.rights.may("plan_shifts")
        else [],
        "error": error,
    }
    return render(request, "desk/handover.html", context, status=422 if error else 200)


@needs("see_requests")
def things(request: Any) -> HttpResponse:
    """Objects that residents entrusted: who has what; one more written down; XLSX and CSV."""
    incident = incident_of(request)
    at = incident.now()
    staff = list(holders(incident))
    members = staff if request.member in staff else [request.member, *staff]
    first = {"door": request.GET.get("door", "")[:80], "request": request.GET.get("request", "")[:8]}
    form = ObjectForm(members, request.member, request.POST or None, initial=first)
    if request.method == "POST":
        request.rights.require("work_requests")
        done, made = tried(form, lambda: _take_in(request, incident, form))
        if done:
            flash.success(request, _("Written down. Print the receipt and give it to the household."))
            return redirect("desk:object", made.pk)
    show = "returned" if request.GET.get("show") == "returned" else "held"
    every = _things(request, incident)
    if table_asked(request):
        return table(request, f"entrusted-{show}", papers.object_headings(), papers.object_rows(every, incident))
    rows = every.filter(state=show)
    context = {
        "form": form,
        "pages": page_of(request, rows),
        "show": show,
        "held": every.filter(state="held").count(),
        "returned": every.filter(state="returned").count(),
        "named": places.sight(request.rights).named(row.door_id for row in rows[:200]),
        "may_work": request.rights.may("work_requests"),
        "may_export": request.rights.may("export"),
        "at": at,
    }
    return render(request, "desk/objects.html", context, status=422 if form.errors else 200)


@needs("see_requests")
def thing(request: Any, pk: int) -> HttpResponse:
    """One object with its chain of hands."""
    incident = incident_of(request)
    found: EntrustedObject = get_object_or_404(_things(request, incident), pk=pk)
    error = None
    if request.method == "POST":
        request.rights.require("work_requests")
        try:
            return _thing_do(request, found)
        except UserError as refused:
            error = refused
    context = {
        "thing": found,
        "chain": found.chain.all(),
        "staff": holders(incident).exclude(pk=found.holder_id or 0),
        "error": error,
        "may_work": request.rights.may("work_requests"),
    }
    return render(request, "desk/object.html", context, status=422 if error else 200)


@needs("see_requests")
def receipt(request: Any, pk: int) -> HttpResponse:
    """The receipt for the household, as PDF."""
    incident = incident_of(request)
    found: EntrustedObject = get_object_or_404(_things(request, incident), pk=pk)
    content = papers.receipt(found, incident.now())
    return download(content, "application/pdf", f"receipt-{found.number}.pdf")


@needs("see_requests")
def offered(request: Any) -> HttpResponse:
    """What residents offer, and a form for one more; XLSX and CSV."""
    incident = incident_of(request)
    form = OfferForm(request.rights, request.POST or None)
    if request.method == "POST":
        request.rights.require("work_requests")
        given = {"at": incident.now(), "by": request.member}
        done, _made = tried(form, lambda: offers.write_down(incident, form.offered(), **given))
        if done:
            flash.success(request, _("The offer is written down."))
            return redirect("desk:offers")
    rows = queries.offers_in(incident, request.rights)
    if table_asked(request):
        return table(request, "offers", papers.offer_headings(), papers.offer_rows(rows, incident))
    kind = request.GET.get("kind", "")
    rows = rows.filter(kind=kind) if kind in offer_kinds() else rows
    context = {
        "form": form,
        "pages": page_of(request, rows),
        "kinds": offer_kinds(),
        "kind": kind,
        "may_work": request.rights.may("work_requests"),
        "may_export": request.rights.may("export"),
    }
    return render(request, "desk/offers.html", context, status=422 if form.errors else 200)


@needs("work_requests")
@require_POST
def offer_do(request: Any, pk: int) -> HttpResponse:
    """Consent given or taken back, ready, paused, ended."""
    incident = incident_of(request)
    found: Offer = get_object_or_404(queries.offers_in(incident, request.rights), pk=pk)
    given = {"at": incident.now(), "by": request.member}
    order = request.POST.get("do", "")
    if order in ("consent", "no_consent"):
        offers.consent(found, given=order == "consent", **given)
    else:
        offers.set_state(found, order, **given)
    return redirect("desk:offers")


@needs("see_requests")
def duplicates(request: Any) -> HttpResponse:
    """Requests that may be the same, side by side."""
    incident = incident_of(request)
    rows = list(queries.requests_in(incident, request.rights).filter(state__in=Request.LIVE))
    found = merging.pairs(incident, rows)
    at = incident.now()
    page = page_of(request, found, 20)
    sides = {
        line.request.pk: line
        for line in queries.lines([one for pair in page for one in (pair.older, pair.newer)], request.rights, at)
    }
    context = {
        "pages": page,
        "pairs": [(sides[pair.older.pk], sides[pair.newer.pk], request_queries.why_in_words(pair)) for pair in page],
        "found": len(found),
        "may_work": request.rights.may("work_requests"),
    }
    return render(request, "desk/duplicates.html", context)


@needs("work_requests")
@require_POST
def pair_do(request: Any) -> HttpResponse:
    """Join two requests, or say that they are two."""
    incident = incident_of(request)
    rows = queries.requests_in(incident, request.rights, "work_requests")
    older = get_object_or_404(rows, pk=_number(request, "older"))
    newer = get_object_or_404(rows, pk=_number(request, "newer"))
    given = {"at": incident.now(), "by": request.member}
    try:
        if request.POST.get("do") == "merge":
            merging.merge(older, newer, **given)
            flash.success(request, _("Joined: %(kept)s goes on with both texts.") % {"kept": older})
        else:
            merging.keep_apart(older, newer, **given)
    except UserError as refused:
        flash.error(request, str(refused))
    return redirect("desk:duplicates")


def _whose(request: Any, incident: Incident) -> Member:
    """Whose list is handed over: mine, or that of somebody whom a coordinator has chosen."""
    asked = request.GET.get("member", "") or request.POST.get("member", "")
    mine: Member = request.member
    if not (asked.isascii() and asked.isdigit()) or int(asked[:18]) == mine.pk:
        return mine
    if not (request.rights.may("plan_shifts") or request.rights.may("manage_people")):
        request.rights.require("plan_shifts")
    return get_object_or_404(Member, pk=int(asked[:18]))


def _things(request: Any, incident: Incident) -> Any:
    rows = incident.entrusted.select_related(
        "incident", "holder", "household", "request", "door__stair__building__compound"
    )
    scope = request.rights.areas("see_requests")
    if scope is None:
        return rows
    doors = places.sight(request.rights).doors().values("pk")
    return rows.filter(door__in=doors)


def _take_in(request: Any, incident: Incident, form: ObjectForm) -> EntrustedObject:
    given = form.cleaned_data
    place = places.one(given["door"], request.rights)
    if place is None:
        raise UserError(_("No door or name is called so."), field="door", mend=_("Write it as 3-2-501."))
    asked = None
    if given["request"]:
        asked = queries.requests_in(incident, request.rights).filter(number=given["request"]).first()
        if asked is None:
            raise UserError(_("There is no request of this number."), field="request", mend=_("Leave it empty."))
    what = objects.Given(
        given["kind"], place.door, given["what"], given["amount"], place.household, place.person, asked, form.act
    )
    holder = form.members[given["holder"]]
    return objects.take_in(incident, what, holder=holder, at=incident.now(), by=request.member)


def _thing_do(request: Any, found: EntrustedObject) -> HttpResponse:
    given = {"at": found.incident.now(), "by": request.member, "note": request.POST.get("note", "")[:240]}
    order = request.POST.get("do", "")
    if order == "pass":
        to = holders(found.incident).filter(pk=_number(request, "to")).first()
        if to is None:
            raise UserError(_("Nobody is chosen."), field="to", mend=_("Choose who takes it over."))
        objects.pass_on(found, to, **given)
    elif order == "mine":
        objects.pass_on(found, request.member, **given)
    elif order == "back":
        objects.give_back(found, **given)
        flash.success(request, _("It is with its household again."))
    elif order == "undo":
        objects.not_back(found, at=given["at"], by=request.member)
    return redirect("desk:object", found.pk)


def _number(request: Any, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value[:18]) if value.isascii() and value.isdigit() else 0
