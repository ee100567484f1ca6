"""What the page of a request shows of its ways, and what its household reads of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.translation import gettext as _

from doorstep.command.models import Member
from doorstep.desk.models import Request
from doorstep.desk.ways.forms import FORMS, WayForm
from doorstep.desk.ways.models import Call, Way
from doorstep.desk.ways.steps import kinds_for

BEGINS = {"buy": Way.Kind.PURCHASE, "repair": Way.Kind.REPAIR, "exit": Way.Kind.EXIT, "talk": Way.Kind.TALK}


@dataclass(frozen=True)
class WayLine:
    """One way, the calls of it, and the forms for what comes next."""

    way: Way
    calls: tuple[Call, ...]
    forms: tuple[WayForm, ...]

    @property
    def look(self) -> str:
        if self.way.permit in (Way.Permit.REFUSED, Way.Permit.WITHDRAWN):
            return "broken"
        return {"done": "kept", "dropped": "waived"}.get(self.way.state, "open")


@dataclass(frozen=True)
class WaysPage:
    """The ways of a request and those that can begin: first what suits its need, then the others."""

    lines: tuple[WayLine, ...]
    begin: tuple[WayForm, ...]
    others: tuple[WayForm, ...]
    refused: str


def ways_page(request: Request, member: Member | None, bad: WayForm | None = None) -> WaysPage:
    """The ways of a request with their forms. Three queries."""

    def form(order: str) -> WayForm:
        return bad if bad is not None and bad.order == order else FORMS[order](request, member)

    rows = list(request.ways.select_related("member", "money").prefetch_related("calls"))
    lines = tuple(WayLine(way, tuple(way.calls.all()), tuple(form(order) for order in _next(way))) for way in rows)
    open_kinds = {way.kind for way in rows if way.is_open}
    suits = set(kinds_for(request))
    free = [order for order, kind in BEGINS.items() if kind not in open_kinds] if request.is_open else []
    return WaysPage(
        lines,
        tuple(form(order) for order in free if BEGINS[order] in suits),
        tuple(form(order) for order in free if BEGINS[order] not in suits),
        bad.order if bad is not None else "",
    )


def _next(way: Way) -> list[str]:
    if way.state == Way.State.PLANNED:
        return {"purchase": ["bought"], "talk": ["called"]}.get(way.kind, ["way_done"])
    return ["way_done"] if way.state == Way.State.BOUGHT else []


def next_call(way: Way) -> Call | None:
    """The call that is due next."""
    return way.calls.filter(called_at=None).order_by("due_at").first()


def as_time(at: datetime, tz: tzinfo) -> str:
    """Day and time as people read it there."""
    return f"{at.astimezone(tz):%m-%d %H:%M}"


def in_words(ways: Iterable[Way], tz: tzinfo) -> list[str]:
    """How open ways stand, in the household's words."""
    return [words for way in ways if way.is_open and (words := _words(way, tz))]


def _words(way: Way, tz: tzinfo) -> str:
    if way.kind == Way.Kind.PURCHASE:
        bought = way.state == Way.State.BOUGHT
        return (
            _("Bought; it comes with the next round: %(what)s") if bought else _("Somebody buys it for you: %(what)s")
        ) % {"what": way.what}
    if way.kind == Way.Kind.TALK:
        call = min((one.due_at for one in way.calls.all() if one.called_at is None), default=None)
        when = as_time(call, tz) if call else ""
        return _("One of us calls you by %(when)s.") % {"when": when} if when else ""
    window = f"{as_time(way.starts_at, tz)} – {as_time(way.ends_at, tz)}" if way.starts_at and way.ends_at else ""
    said = {
        Way.Permit.ASKED: _("The gate is asked and has not answered yet."),
        Way.Permit.GRANTED: _("The permit is there: %(number)s") % {"number": way.permit_number},
        Way.Permit.REFUSED: _("The gate has refused it: %(reason)s") % {"reason": way.permit_reason},
        Way.Permit.WITHDRAWN: _("The permit is taken back: %(reason)s") % {"reason": way.permit_reason},
        Way.Permit.USED: _("The permit was used."),
    }
    return " ".join(filter(None, (window, said.get(Way.Permit(way.permit), ""))))
