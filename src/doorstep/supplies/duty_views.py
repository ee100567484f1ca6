"""The pages of protective equipment: the need of the next duties against the stock, issued, counted back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.supplies import duty, stock
from doorstep.supplies.models import Item, Location, Move, SetAside
from doorstep.supplies.rules import defaults
from doorstep.supplies.stock_forms import choose
from doorstep.supplies.stock_views import incident_of
from doorstep.wiring.access import needs
from doorstep.wiring.contributions import OnDuty
from doorstep.wiring.forms import ActForm
from doorstep.wiring.pages import page_of, table, table_asked, tried
from doorstep.wiring.texts import in_language


@dataclass(frozen=True)
class NeedLine:
    """An item that the next duties need: packs needed, free, missing."""

    item: Item | None
    code: str
    needed: int
    free: int

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.free)


@dataclass(frozen=True)
class DutyLine:
    """A duty with its level, and whether its equipment was given or set aside."""

    duty: OnDuty
    level: str
    given: bool
    aside: SetAside | None
    short: bool


class IssueForm(ActForm):
    """What a member is given, from which store."""

    member = forms.ChoiceField(label=_("To whom"))
    store = forms.ChoiceField(label=_("From which store"))

    def __init__(
        self, incident: Incident, wanted: dict[str, int], member: int | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        people = Member.objects.filter(grants__incident=incident) | Member.objects.filter(teams__incident=incident)
        if member is not None:
            people = people | Member.objects.filter(pk=member)
        self.members = choose(self, "member", list(people.distinct().order_by("name", "pk")))
        self.stores = choose(self, "store", list(stock.places_of(incident)))
        self.items = list(Item.objects.filter(code__in=duty.equipment()))
        for item in self.items:
            self.fields[f"packs-{item.code}"] = forms.IntegerField(
                label=str(item), required=False, min_value=0, max_value=10_000, initial=wanted.get(item.code, 0)
            )
        self.fields["member"].initial = str(member or "")

    def packs(self) -> dict[str, int]:
        return {item.code: self.cleaned_data.get(f"packs-{item.code}") or 0 for item in self.items}


class BackForm(ActForm):
    """What a member brings back, by lot."""

    store = forms.ChoiceField(label=_("Into which store"))

    def __init__(self, incident: Incident, held: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores = choose(self, "store", list(stock.places_of(incident)))
        self.held = held
        for row in held:
            self.fields[f"back-{row.lot_id}"] = forms.IntegerField(
                label=str(row.lot),
                min_value=0,
                max_value=row.packs,
                initial=0,
                help_text=gettext("%(n)d were issued; the rest counts as used.") % {"n": row.packs},
            )

    def back(self) -> dict[int, int]:
        return {row.lot_id: self.cleaned_data[f"back-{row.lot_id}"] for row in self.held}


@needs("see_supplies")
def home(request: Any) -> HttpResponse:
    """The need of the next duties against the stock, who has what."""
    incident = incident_of(request)
    at = incident.now()
    end = at + timedelta(hours=defaults()["duty_hours"])
    every = duty.duties_in(incident, at, end)
    scope = request.rights.areas("see_supplies")
    mine = [one for one in every if scope is None or one.area_id in scope]
    given = duty.issued_for(incident, [one.key for one in every])
    open_ones = [one for one in every if one.key not in given]
    needed = duty.need_of(incident, open_ones)
    free = duty.free_packs(incident, needed, at)
    items = {item.code: item for item in Item.objects.filter(code__in=needed)}
    needs_lines = [NeedLine(items.get(code), code, packs, free.get(code, 0)) for code, packs in sorted(needed.items())]
    if table_asked(request):
        headings = [gettext("item"), gettext("packs needed"), gettext("free"), gettext("missing")]
        rows = [[str(line.item or line.code), line.needed, line.free, line.missing] for line in needs_lines]
        return table(request, "protection", headings, rows)
    keys = [one.key for one in mine]
    aside = {one.duty: one for one in SetAside.objects.filter(incident=incident, duty__in=keys).select_related("by")}
    missing = {line.code for line in needs_lines if line.missing}
    rules = incident.protocol.ppe
    lines = []
    for one in mine:
        level = duty.level_of(incident, one.work, one.zone)
        if rules is None or not level:
            continue
        codes = {piece.code for piece in duty.pieces_for(incident, level, 1)}
        title, short = in_language(rules.levels[level]), bool(missing & codes)
        lines.append(DutyLine(one, title, one.key in given, aside.get(one.key), short))
    held = duty.issued_packs(incident)
    people = {one.pk: one for one in Member.objects.filter(pk__in=held)}
    context = {
        "needs": needs_lines,
        "pages": page_of(request, lines),
        "hands": [(people[pk], packs) for pk, packs in held.items()],
        "counted": duty.counts_here(incident),
        "rules": rules,
        "hours": defaults()["duty_hours"],
        "may": request.rights.may("manage_supplies"),
        "may_export": request.rights.may("export"),
    }
    return render(request, "supplies/duty.html", context)


@needs("manage_supplies")
def issue(request: Any) -> HttpResponse:
    """Give a member what a duty needs."""
    incident = incident_of(request)
    at = incident.now()
    found = _duty(request, incident, request.GET.get("duty", ""))
    wanted = duty.need_of(incident, [found]) if found else {}
    form = IssueForm(incident, wanted, found.member_id if found else None, request.POST or None)

    def act() -> list[Move]:
        return duty.issue(
            incident,
            form.members[form.cleaned_data["member"]],
            form.packs(),
            store=form.stores[form.cleaned_data["store"]],
            duty=found.key if found else "",
            at=at,
            by=request.member,
            client_id=form.act,
        )

    if request.method == "POST":
        done, made = tried(form, act)
        if done:
            packs = sum(one.packs for one in made)
            messages.success(
                request, ngettext("%(n)d pack is issued.", "%(n)d packs are issued.", packs) % {"n": packs}
            )
            return redirect("supplies:duty")
    context = {"form": form, "duty": found, "stores": form.stores}
    return render(request, "supplies/issue.html", context, status=422 if form.errors else 200)


@needs("manage_supplies")
def back(request: Any, pk: int) -> HttpResponse:
    """Count back what a member brings."""
    incident = incident_of(request)
    member = get_object_or_404(Member, pk=pk)
    held = duty.held_by(incident, member)
    if not held and request.method != "POST":
        raise Http404
    form = BackForm(incident, held, request.POST or None)

    def act() -> list[Move]:
        store: Location = form.stores[form.cleaned_data["store"]]
        given: dict[str, Any] = {"at": incident.now(), "by": request.member, "client_id": form.act}
        return duty.count_back(incident, member, form.back(), store=store, **given)

    if request.method == "POST":
        done, _made = tried(form, act)
        if done:
            messages.success(request, gettext("Counted back; what did not come back counts as used."))
            return redirect("supplies:duty")
    context = {"form": form, "person": member}
    return render(request, "supplies/count_back.html", context, status=422 if form.errors else 200)


@needs("manage_supplies")
@require_POST
def aside(request: Any) -> HttpResponse:
    """Let a duty go ahead although its equipment is short, with a reason."""
    incident = incident_of(request)
    found = _duty(request, incident, request.POST.get("duty", ""))
    if found is None:
        raise Http404
    reason = request.POST.get("reason", "")
    try:
        duty.set_aside(incident, found.key, reason=reason, at=incident.now(), by=request.member)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Written down with your name."))
    return redirect("supplies:duty")


def _duty(request: Any, incident: Incident, key: str) -> OnDuty | None:
    """The duty that is asked for, where it lies within the member's areas."""
    at = incident.now()
    end = at + timedelta(hours=defaults()["duty_hours"])
    found = next((one for one in duty.duties_in(incident, at, end) if one.key == key), None)
    if found is not None and found.area_id is not None:
        request.rights.require("manage_supplies", found.area_id)
    return found
