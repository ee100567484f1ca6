"""All medicines by when they end; the medicines of one person; who has not been asked; shortages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident
from doorstep.command.queries import bound_doors
from doorstep.desk import dosing, places
from doorstep.desk.medicines import asking, authority, listing, queries, refills
from doorstep.desk.medicines.forms import AuthorityForm, ListForm, ReadForm
from doorstep.desk.medicines.models import MedicineAsk, MedicineLine, Refill
from doorstep.desk.medicines.rules import ask_within, class_title, generic_title
from doorstep.desk.models import Message, Request
from doorstep.desk.views import incident_of
from doorstep.errors import UserError
from doorstep.register.events import RecordRead
from doorstep.register.models import Household, Person
from doorstep.wiring.access import needs
from doorstep.wiring.events import publish
from doorstep.wiring.pages import is_part, page_of, table, table_asked, tried


@needs("see_requests")
def home(request: Any) -> HttpResponse:
    """All lines, the essential first, by when they end; XLSX and CSV; a door or name leads to its people."""
    incident = incident_of(request)
    at, asked = incident.now(), queries.Asked.of(request.GET)
    rows = queries.narrowed(queries.lines_in(incident, request.rights), asked, request.rights)
    if table_asked(request):
        lines = queries.rows_of(queries.shown(rows, request.rights, at), incident)
        return table(request, f"medicines-{asked.show}", queries.headings(), lines)
    page = page_of(request, rows)
    tabs = [
        ("ending", _("By when they end")),
        ("wanted", _("To be had")),
        ("read", _("To be read back")),
        ("hand", _("In the hand")),
        ("all", _("All")),
    ]
    counted = queries.counts(incident, request.rights)
    context = {
        "asked": asked,
        "tabs": [(code, title, counted[code]) for code, title in tabs],
        "pages": page,
        "lines": queries.shown(page, request.rights, at),
        "classes": [(code, class_title(code)) for code in dosing.classes()],
        "took": queries.took(incident),
        "may_export": request.rights.may("export"),
        "may_work": request.rights.may("work_requests"),
        "at": at,
    }
    return render(request, "desk/_medicine_lines.html" if is_part(request) else "desk/medicines.html", context)


@needs("see_requests")
def find(request: Any) -> HttpResponse:
    """A door or a name leads to the household's people."""
    words = request.GET.get("q", "")
    found = [place for place in places.find(words, request.rights) if place.household]
    if len(found) == 1 and found[0].person:
        return redirect("desk:medicines_of", found[0].person.pk)
    homes = [place.household for place in found if place.household]
    if len(homes) == 1:
        return redirect("desk:medicines_home", homes[0].pk)
    return render(request, "desk/medicine_find.html", {"words": words, "found": found})


@needs("see_requests")
def household(request: Any, pk: int) -> HttpResponse:
    """The people of a household; where only one lives there, their medicines."""
    people = list(queries.people_in(incident_of(request), request.rights).filter(household=pk).order_by("pk"))
    if not people:
        raise Http404
    if len(people) == 1:
        return redirect("desk:medicines_of", people[0].pk)
    named = places.sight(request.rights).named([people[0].household.door_id])
    context = {"people": [(one, one.name if named else str(one)) for one in people], "home": people[0].household}
    return render(request, "desk/medicine_people.html", context)


@needs("see_requests")
def person(request: Any, pk: int) -> HttpResponse:
    """One person's medicines: a list becomes lines, lines are read back, counted and asked for."""
    incident = incident_of(request)
    found: Person = get_object_or_404(queries.people_in(incident, request.rights), pk=pk)
    form = ListForm(request.POST or None)
    if request.method == "POST":
        request.rights.require("work_requests")
        done, made = tried(form, lambda: _write(request, found, form))
        if done:
            count = len(made)
            flash.success(
                request,
                ngettext(
                    "%(n)d line is read. Read it back to the resident, then confirm it.",
                    "%(n)d lines are read. Read them back to the resident, one by one, then confirm them.",
                    count,
                )
                % {"n": count},
            )
            return redirect(f"{request.path}#read")
    return _page(request, found, form)


@needs("work_requests")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """What the page of a person asks for."""
    incident = incident_of(request)
    found = get_object_or_404(queries.people_in(incident, request.rights, "work_requests"), pk=pk)
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        raise Http404
    try:
        said = act(request, found, incident, incident.now())
    except _FormError as refused:
        return _page(request, found, ListForm(), read=refused.form)
    except UserError as refused:
        return _page(request, found, ListForm(), error=refused)
    if said:
        flash.success(request, said)
    return redirect("desk:medicines_of", pk)


@needs("see_requests")
def not_asked(request: Any) -> HttpResponse:
    """Households that nobody has asked for their medicines yet (F4)."""
    incident = incident_of(request)
    if request.method == "POST":
        request.rights.require("work_requests")
        rows = Household.objects.filter(door__in=places.sight(request.rights).doors())
        home = get_object_or_404(rows, pk=_number(request, "household"))
        answer = request.POST.get("answer", "")
        if answer in (MedicineAsk.Answer.NONE, MedicineAsk.Answer.LATER):
            asking.asked(home, answer, incident=incident, at=incident.now(), by=request.member)
        return redirect(f"{request.path}?page={request.GET.get('page', '1')[:6]}")
    bound = bound_doors(incident)
    rows = queries.homes_not_asked(incident, request.rights, bound)
    page = page_of(request, rows)
    later = set(
        MedicineAsk.objects.filter(
            incident=incident, answer="later", household__in=[one.pk for one in page]
        ).values_list("household", flat=True)
    )
    named = places.sight(request.rights).named(one.door_id for one in page)
    within = ask_within(incident)
    context = {
        "pages": page,
        "left": page.paginator.count,
        "later": later,
        "named": named,
        "hours": within.total_seconds() / 3600 if within else None,
        "may_work": request.rights.may("work_requests"),
    }
    return render(request, "desk/medicine_ask.html", context)


@needs("see_requests")
def shortages(request: Any) -> HttpResponse:
    """What is wanted and is had nowhere, with failed tries and what might do instead."""
    incident = incident_of(request)
    found = queries.shortages(incident, request.rights, incident.now())
    if table_asked(request):
        heads = [_("medicine"), _("class"), _("people"), _("tries that failed"), _("perhaps instead")]
        rows = [
            [
                one.title,
                one.klass,
                len(one.refills),
                "; ".join(str(f.source) for f in one.failed),
                ", ".join(one.others),
            ]
            for one in found
        ]
        return table(request, "shortages", heads, rows)
    context = {
        "found": found,
        "may_export": request.rights.may("export"),
        "may_work": request.rights.may("work_requests"),
    }
    return render(request, "desk/shortages.html", context)


class _FormError(Exception):
    """A line's form with errors at its fields."""

    def __init__(self, form: ReadForm) -> None:
        self.form = form


def _page(
    request: Any, found: Person, form: ListForm, *, error: UserError | None = None, read: ReadForm | None = None
) -> HttpResponse:
    incident = incident_of(request)
    at = incident.now()
    page = queries.of_person(found, incident, request.rights, at)
    if page.full:
        ids = [getattr(one, "pk", None) for one in (request.incident, request.member)]
        publish(RecordRead(found.household_id, page.door, ids[0], ids[1], at))
    forms = {one.line.pk: ReadForm(one.line) for one in (*page.to_read, *page.used)}
    if read is not None:
        forms[read.line.pk] = read
    context = {
        "page": page,
        "form": form,
        "to_read": [(one, forms[one.line.pk]) for one in page.to_read],
        "used": [(one, forms[one.line.pk], one.line.pk == (read.line.pk if read else 0)) for one in page.used],
        "may_fetch": any(not (one.refill and one.refill.is_open) for one in page.used),
        "authority": AuthorityForm(list(page.things)),
        "error": error,
        "typed": request.POST,
        "from_request": _asked_request(request, found),
        "may_work": request.rights.may("work_requests"),
        "may_export": request.rights.may("export"),
        "names": sorted({generic_title(code) for code in dosing.drugs()}) if page.to_read or page.used else [],
    }
    status = 422 if error or form.errors or read else 200
    return render(request, "desk/medicines_of.html", context, status=status)


def _write(request: Any, found: Person, form: ListForm) -> list[MedicineLine]:
    incident = incident_of(request)
    paper = Message.objects.filter(incident=incident, requests__household=found.household_id).order_by("-pk").first()
    return listing.write_list(
        found,
        form.cleaned_data["text"],
        incident=incident,
        at=incident.now(),
        by=request.member,
        message=paper,
        client_id=form.act,
    )


def _asked_request(request: Any, found: Person) -> Request | None:
    key = request.GET.get("request", "")
    rows = Request.objects.filter(household=found.household_id)
    return rows.filter(pk=int(key[:18])).first() if key.isascii() and key.isdigit() else None


def _line(request: Any, found: Person) -> MedicineLine:
    line: MedicineLine = get_object_or_404(
        MedicineLine.objects.select_related("incident", "person__household"), person=found, pk=_number(request, "line")
    )
    return line


def _refill(request: Any, found: Person) -> Refill:
    rows = Refill.objects.select_related("line__incident", "line__person", "request")
    refill: Refill = get_object_or_404(rows, line__person=found, pk=_number(request, "refill"))
    return refill


def _confirm(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    line = _line(request, found)
    form = ReadForm(line, request.POST)
    done, _made = tried(form, lambda: listing.confirm_line(line, form.facts(), at=at, by=request.member))
    if not done:
        raise _FormError(form)
    return _("Confirmed: %(line)s.") % {"line": line}


def _count(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    try:
        stock = float(request.POST.get("stock", "")[:12])
    except ValueError:
        raise UserError(_("No number is written."), field="stock", mend=_("Write how many are left.")) from None
    line = listing.count_stock(_line(request, found), stock, at=at, by=request.member)
    return _("Counted: %(line)s.") % {"line": line}


def _end(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    listing.end_line(_line(request, found), at=at, by=request.member, reason=request.POST.get("reason", ""))
    return _("Taken off the list.")


def _again(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    listing.use_again(_line(request, found), at=at, by=request.member)
    return ""


def _substitute(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    agreed, who = bool(request.POST.get("agrees")), request.POST.get("clinician", "")
    listing.allow_substitute(_line(request, found), resident=agreed, clinician=who, at=at, by=request.member)
    return _("Written down.")


def _want(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    keys = [int(key[:18]) for key in request.POST.getlist("lines") if key.isascii() and key.isdigit()]
    rows = MedicineLine.objects.filter(person=found, incident=incident, pk__in=keys)
    lines = list(rows.select_related("incident", "person__household__door"))
    made = refills.want(lines, incident=incident, at=at, by=request.member)
    return _("To be had: request %(number)s.") % {"number": made[0].request}


def _drop(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    refills.drop(_refill(request, found), at=at, by=request.member)
    return _("It is not fetched.")


def _gap(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    reason, who = request.POST.get("reason", ""), request.POST.get("clinician", "")
    refills.accept_gap(_refill(request, found), reason, clinician=who, at=at, by=request.member)
    return _("The gap is written down.")


def _ungap(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    refills.ungap(_refill(request, found), at=at, by=request.member)
    return ""


def _hand(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    refills.hand_over(_refill(request, found), at=at, by=request.member)
    return _("In the hand. The stock at home is counted on.")


def _unhand(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    refills.not_handed(_refill(request, found), at=at, by=request.member)
    return ""


def _authority(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    things = list(incident.entrusted.filter(household=found.household_id))
    form = AuthorityForm(things, request.POST)
    if not form.is_valid():
        raise UserError(_("It is not said what it is."), field="kind", mend=_("Choose one of the list."))
    thing = next((one for one in things if str(one.pk) == form.cleaned_data["thing"]), None)
    authority.give(
        found,
        form.cleaned_data["kind"],
        incident=incident,
        thing=thing,
        note=form.cleaned_data["note"],
        at=at,
        by=request.member,
    )
    return _("Written down.")


def _end_authority(request: Any, found: Person, incident: Incident, at: datetime) -> str:
    one = get_object_or_404(found.authorities, pk=_number(request, "authority"))
    authority.end(one, at=at, by=request.member)
    return ""


def _number(request: Any, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value[:18]) if value.isascii() and value.isdigit() else 0


ACTS: dict[str, Callable[[Any, Person, Incident, datetime], str]] = {
    "confirm": _confirm,
    "count": _count,
    "end": _end,
    "again": _again,
    "substitute": _substitute,
    "want": _want,
    "drop": _drop,
    "gap": _gap,
    "ungap": _ungap,
    "hand": _hand,
    "unhand": _unhand,
    "authority": _authority,
    "end_authority": _end_authority,
}
