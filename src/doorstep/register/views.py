"""The register's pages: who lives where, one household with its facts, and what people correct."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.errors import NotAllowedError, UserError
from doorstep.register import codes, corrections, queries
from doorstep.register.corrections import Word
from doorstep.register.events import RecordRead
from doorstep.register.forms import HOUSEHOLD, PERSON, PRIVATE, FactsForm, FilterForm, PlaceForm
from doorstep.register.household_queries import household_page
from doorstep.register.list_queries import door_text
from doorstep.register.list_views import now
from doorstep.register.models import Correction, Door, Household, Person
from doorstep.register.sight import Sight, shown_name, sight_of
from doorstep.wiring.access import needs
from doorstep.wiring.events import publish
from doorstep.wiring.pages import page_of, table, table_asked, tried

COMING = ("name", "sex", "birth_date", "relation", "phone", "classes")


@needs("see_register")
def home(request: Any) -> HttpResponse:
    """Doors with who lives behind them; as XLSX and CSV too, with every name masked."""
    sight = sight_of(request.rights)
    form = FilterForm(
        queries.compounds_of(sight),
        queries.buildings_of(request.GET.get("compound", "")),
        request.incident,
        request.GET,
    )
    asked = form.asked()
    keys = queries.keys_of(sight, asked, request.incident)
    if table_asked(request):
        lines = queries.lines_of(keys, sight, request.incident, masked=True)
        return table(request, "register", queries.headings(), queries.table_rows(lines))
    pages = page_of(request, keys)
    context = {
        "form": form,
        "asked": asked,
        "pages": pages,
        "found": len(keys),
        "lines": queries.lines_of(list(pages), sight, request.incident),
        "totals": queries.totals_of(sight, asked),
        "may_import": request.rights.may("import_lists"),
        "may_export": request.rights.may("export"),
    }
    return render(request, "register/home.html", context)


@needs("see_register")
def door(request: Any, pk: int) -> HttpResponse:
    """A door: its household, or a page that says that nobody is known there."""
    found = get_object_or_404(sight_of(request.rights).doors().select_related("stair__building__compound"), pk=pk)
    homes = list(found.households.filter(active=True))
    if len(homes) == 1:
        return redirect("register:household", homes[0].pk)
    context = {"door": found, "homes": homes, "may_edit": _may_edit(request, found)}
    return render(request, "register/door.html", context)


@needs("see_register")
def household(request: Any, pk: int) -> HttpResponse:
    """One household. Who opens it with names and conditions is written into the journal."""
    page = household_page(pk, sight_of(request.rights), request.incident)
    if page is None:
        raise Http404
    if page.full:
        ids = [getattr(one, "pk", None) for one in (request.incident, request.member)]
        publish(RecordRead(pk, page.label, ids[0], ids[1], now(request)))
    may_edit = _may_edit(request, page.household.door)
    sees_code = page.full and _within(request, "see_codes", page.household.door)
    context = {
        "page": page,
        "places": [(view, PlaceForm(initial={"present": view.person.present})) for view in page.people],
        "may_edit": may_edit,
        "code": page.household.private_code if sees_code else "",
        "sees_code": sees_code and page.household.active,
    }
    return render(request, "register/household.html", context)


@needs("edit_register")
def edit_household(request: Any, pk: int) -> HttpResponse:
    """Facts of a household, each with how it is known."""
    found = _household(request, pk)
    return _edit(request, found, HOUSEHOLD, found, door_text(found))


@needs("edit_register")
def edit_person(request: Any, pk: int) -> HttpResponse:
    """Facts of a person, each with how it is known."""
    found = _person(request, pk)
    full = _full(request, found.household.door)
    return _edit(request, found, PERSON, found.household, shown_name(found.name, full))


def _edit(
    request: Any, subject: Person | Household, names: tuple[str, ...], home_of: Household, title: str
) -> HttpResponse:
    full = _full(request, home_of.door)
    seen = tuple(name for name in names if full or name not in PRIVATE)
    form = FactsForm(seen, subject, request.POST or None, today=_today(request), incident=request.incident)
    if request.method == "POST":
        done, changed = tried(
            form, lambda: corrections.set_facts({subject: form.facts()}, _word(request, form.cleaned_data["known"]))
        )
        if done:
            messages.success(request, _("Written down.") if changed else _("Nothing was changed."))
            return redirect("register:household", home_of.pk)
    context = {"form": form, "household": home_of, "title": title, "hidden": not full}
    return render(request, "register/edit.html", context, status=422 if form.errors else 200)


@needs("edit_register")
@require_POST
def place(request: Any, pk: int) -> HttpResponse:
    """Where a person is now: kits, counts and checks follow (S73)."""
    found = _person(request, pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        raise UserError(_("This is no place."), field="present", mend=_("Choose one from the list."))
    word = _word(request, form.cleaned_data["known"])
    if corrections.set_facts({found: {"present": form.cleaned_data["present"]}}, word):
        messages.success(request, _("Written down. What is owed at this door follows."))
    return redirect("register:household", found.household_id)


@needs("edit_register")
def move_in(request: Any, pk: int) -> HttpResponse:
    """A person who came to live here."""
    found = _household(request, pk)
    form = FactsForm(
        COMING, Person(household=found), request.POST or None, today=_today(request), incident=request.incident
    )
    if request.method == "POST":
        done, _made = tried(
            form, lambda: corrections.move_in(found, form.facts(), _word(request, form.cleaned_data["known"]))
        )
        if done:
            messages.success(request, _("Written down. What is owed at this door follows."))
            return redirect("register:household", pk)
    context = {"form": form, "household": found, "title": _("Somebody moves in"), "hidden": False}
    return render(request, "register/edit.html", context, status=422 if form.errors else 200)


@needs("edit_register")
@require_POST
def move_out(request: Any, pk: int) -> HttpResponse:
    """A person lives here no more."""
    found = _person(request, pk)
    corrections.move_out(found, _word(request, request.POST.get("known", "door")))
    messages.success(request, _("Written down: moved out. It can be taken back below."))
    return _back(request, found.household)


@needs("edit_register")
@require_POST
def left(request: Any, pk: int) -> HttpResponse:
    """A whole household lives here no more."""
    found = _household(request, pk)
    corrections.household_left(found, _word(request, request.POST.get("known", "door")))
    messages.success(request, _("Written down: moved out. It can be taken back below."))
    return _back(request, found)


@needs("edit_register")
@require_POST
def settle(request: Any, pk: int) -> HttpResponse:
    """Somebody lives behind a door of which the register knew nobody."""
    found = get_object_or_404(Door.objects.select_related("stair__building"), pk=pk)
    _require_edit(request, found)
    made = corrections.settle(found, _word(request, request.POST.get("known", "door")))
    return redirect("register:move_in", made.pk)


@needs("edit_register")
@require_POST
def confirm(request: Any, pk: int) -> HttpResponse:
    """Somebody looked, and the register is right about this household or (person=) this person."""
    found = _household(request, pk)
    person = request.POST.get("person", "")
    subject = get_object_or_404(found.persons, pk=int(person)) if person.isdigit() else found
    corrections.confirm(subject, "active", _word(request, request.POST.get("known", "door")))
    messages.success(request, _("Written down: the register is right."))
    return _back(request, found)


@needs("edit_register")
@require_POST
def take_back(request: Any, pk: int, batch: UUID) -> HttpResponse:
    """Put back what one act changed of this household."""
    found = _household(request, pk)
    keys = {("household", found.pk)} | {("person", key) for key in found.persons.values_list("pk", flat=True)}
    rows = Correction.objects.filter(batch=batch).values_list("model", "object_id")
    if not rows or not set(rows) <= keys:
        raise Http404
    by = request.member
    corrections.take_back(batch, at=now(request), by=by.name if by else "", by_id=getattr(by, "pk", None))
    messages.success(request, _("Taken back."))
    return redirect("register:household", pk)


def _today(request: Any) -> date:
    at = now(request)
    return at.astimezone(request.incident.tz if request.incident else timezone.get_current_timezone()).date()


def _word(request: Any, kind: str) -> Word:
    by = request.member
    return Word(
        kind if kind in ("door", "manual") else "manual", now(request), by.name if by else "", getattr(by, "pk", None)
    )


def _within(request: Any, act: str, door: Door) -> bool:
    return bool(request.rights.may(act)) and sight_of(request.rights, act).doors().filter(pk=door.pk).exists()


def _may_edit(request: Any, door: Door) -> bool:
    return _within(request, "edit_register", door)


def _require_edit(request: Any, door: Door) -> None:
    if not _may_edit(request, door):
        raise NotAllowedError(_("This door lies outside your areas."), mend=_("Ask somebody with the duty there."))


def _full(request: Any, door: Door) -> bool:
    sight: Sight = sight_of(request.rights)
    return door.pk in sight.named([door.pk])


def _household(request: Any, pk: int) -> Household:
    found = get_object_or_404(Household.objects.select_related("door__stair__building"), pk=pk)
    _require_edit(request, found.door)
    return found


def _person(request: Any, pk: int) -> Person:
    found = get_object_or_404(Person.objects.select_related("household__door__stair__building"), pk=pk)
    _require_edit(request, found.household.door)
    return found


def _back(request: Any, household: Household) -> HttpResponse:
    if request.POST.get("back") == "reconcile":
        return redirect(f"{reverse('register:reconcile')}?compound={household.door.stair.building.compound_id}")
    return redirect("register:household", household.pk)


@needs("see_codes")
@require_POST
def code(request: Any, pk: int) -> HttpResponse:
    """A new private code for a household, or none: its page closes."""
    found = get_object_or_404(Household.objects.select_related("door__stair__building"), pk=pk)
    if not _within(request, "see_codes", found.door):
        raise NotAllowedError(_("This door lies outside your areas."), mend=_("Ask somebody with the duty there."))
    reason, word = request.POST.get("reason", ""), _word(request, "manual")
    try:
        if request.POST.get("do") == "close":
            codes.close(found, reason, word)
            messages.success(request, _("The page is closed. It opens again with a new code."))
        else:
            codes.renew(found, reason, word, seen=request.POST.get("seen"))
            messages.success(request, _("The code is renewed. Print its card: the old code is dead."))
    except UserError as refused:
        messages.error(request, str(refused))
    return redirect("register:household", found.pk)
