"""A household's requests as it reads them: plain words, who has it, what was said, what it can do now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.functions import functions_of
from doorstep.desk.households import number_of
from doorstep.desk.models import Message, Offer, Request, RequestEvent
from doorstep.desk.rules import need_titles, offer_kinds
from doorstep.desk.ways.queries import in_words
from doorstep.desk.words import EVENTS
from doorstep.wiring.homes import AtHome, Step

SHOWN = 20
State = Request.State
BY_HOUSEHOLD = ("open", "said", "confirm", "reopen", "appeal", "withdraw")


@dataclass(frozen=True)
class Mine:
    """One request of the household. `look` gives its shape; `state` and `words` say how it stands."""

    request: Request
    need: str
    state: str
    words: str
    who: str
    look: str
    grave: bool
    due_at: datetime | None
    untold: bool
    steps: tuple[Step, ...]
    ways: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        return str(self.request.number)


@dataclass(frozen=True)
class Waiting:
    """Something that was said and of which no request was made yet."""

    message: Message
    number: str
    state: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Happened:
    """One thing that happened to a request, for its household."""

    at: datetime
    what: str
    words: str
    who: str


def mine(home: AtHome, number: str) -> Request | None:
    """A request of this household by its number."""
    if not number.isdecimal() or len(number) > 9:
        return None
    rows = Request.objects.filter(incident=home.incident, household=home.household, number=int(number))
    return rows.select_related("incident", "merged_into").first()


def lines(home: AtHome, rows: Iterable[Request]) -> list[Mine]:
    """Requests as their household reads them. Four queries."""
    found = list(rows)
    prefetch_related_objects(found, "ways__calls")
    titles = functions_of((one.owner_id for one in found), home.incident, "work_requests")
    needs = need_titles(home.incident)
    untold = set(
        RequestEvent.objects.filter(request__in=[one.pk for one in found], for_resident=True, told_at=None)
        .exclude(act__in=BY_HOUSEHOLD)
        .values_list("request_id", flat=True)
    )
    return [_line(home, one, titles.get(one.owner_id or 0, ""), needs, one.pk in untold) for one in found]


def requests_of(home: AtHome) -> list[Mine]:
    """The household's requests, what is open first. Five queries."""
    rows = Request.objects.filter(incident=home.incident, household=home.household)
    rows = rows.select_related("incident", "merged_into").order_by("-number")[:SHOWN]
    return sorted(lines(home, rows), key=lambda one: not one.request.is_live)


def waiting_of(home: AtHome) -> list[Waiting]:
    """Messages of which nothing was made yet, and those laid aside of late. One query."""
    rows = Message.objects.filter(incident=home.incident, household=home.household, requests=None)
    shown = Q(state__in=[Message.State.NEW, Message.State.TAKEN]) | Q(kind=Message.Kind.NONE, channel="page")
    said = {
        Message.State.NEW: _("We have it. Nobody has read it yet."),
        Message.State.TAKEN: _("Somebody is reading it now."),
        Message.State.DONE: _("Read and laid aside. If you still need something, please ask again or call."),
    }
    found = []
    for one in rows.filter(shown).order_by("-occurred_at", "-pk")[:6]:
        back = Step("message-back", str(one.pk), _("I do not need it any more"), at_once=True)
        steps = () if one.state == Message.State.DONE else (back,)
        found.append(Waiting(one, number_of(one), said[Message.State(one.state)], steps))
    return found


def offers_of(home: AtHome) -> list[tuple[Offer, str]]:
    """What the household offers to others. One query."""
    kinds = offer_kinds()
    rows = Offer.objects.filter(incident=home.incident, household=home.household).exclude(state=Offer.State.ENDED)
    return [(one, kinds.get(one.kind, one.kind)) for one in rows[:6]]


def story_of(home: AtHome, request: Request) -> list[Happened]:
    """What was said and done, for the household's eyes. Two queries."""
    rows = list(request.events.filter(Q(for_resident=True) | Q(act__in=BY_HOUSEHOLD)).order_by("at", "pk"))
    titles = functions_of((one.by_id for one in rows), home.incident, "work_requests")
    return [
        Happened(one.at, str(EVENTS.get(one.act, one.act)), one.words, titles.get(one.by_id or 0, "")) for one in rows
    ]


def _line(home: AtHome, request: Request, who: str, needs: dict[str, str], untold: bool) -> Mine:
    grave = protocol.is_emergency(home.incident.protocol, request.level)
    state, words, look = _stands(request, who)
    return Mine(
        request,
        needs.get(request.need, request.need),
        state,
        words,
        who if request.is_live else "",
        look,
        grave,
        request.due_at if request.is_open and request.due_at > home.at else None,
        untold,
        tuple(_steps(request, grave, untold)),
        tuple(in_words(request.ways.all(), home.incident.tz)) if request.is_open else (),
    )


def _stands(request: Request, who: str) -> tuple[str, str, str]:
    """How a request stands: a few words, what was said, and the look."""
    if request.has_appeal:
        return _("You objected. Somebody above the team looks at it again."), request.reason, "open"
    if request.facts.get("withdrawn"):
        return _("You took it back."), "", "done"
    part = request.decision == Request.Decision.PART
    said = {
        State.NEW: (
            _("Somebody has it and will answer you.") if who else _("We have it. Nobody has taken it yet."),
            "",
            "wait",
        ),
        State.ACCEPTED: (_("Yes, in part.") if part else _("Yes, we do it."), request.reason, "open"),
        State.WORKING: (_("We are on it."), request.reason, "open"),
        State.DONE: (_("We think that it is done. Do you have it?"), request.result, "ask"),
        State.CONFIRMED: (_("Done."), request.result, "done"),
        State.DECLINED: (_("We cannot do it."), request.reason, "no"),
        State.MERGED: (_merged(request), "", "done"),
    }
    state, words, look = said[State(request.state)]
    if request.state == State.DECLINED and request.appeal_answer:
        words = f"{words} {request.appeal_answer}"
    return state, words, look


def _merged(request: Request) -> str:
    kept = request.merged_into
    if kept is not None and kept.household_id == request.household_id:
        return _("It goes on as number %(number)d.") % {"number": kept.number}
    return _("It goes on together with another request.")


def _steps(request: Request, grave: bool, untold: bool) -> Iterable[Step]:
    """What its household can do now, the likeliest first."""
    ref = str(request.number)
    if request.state == State.DONE:
        yield Step("confirm", ref, _("I have it"), at_once=True)
        yield Step("not-yet", ref, _("Not yet"))
    if untold and request.state != State.DONE:
        yield Step("read", ref, _("I have read this"), at_once=True)
    objects = request.decision in (Request.Decision.DECLINED, Request.Decision.PART)
    if objects and not request.has_appeal and request.state != State.CONFIRMED:
        yield Step("object", ref, _("I do not agree"))
    if request.is_open:
        yield Step("more", ref, _("Tell us more"))
        back = _("It was a mistake") if grave else _("I do not need it any more")
        yield Step("back", ref, back, at_once=True)
    if request.facts.get("withdrawn"):
        yield Step("again", ref, _("I need it after all"), at_once=True)
    elif request.state == State.CONFIRMED:
        yield Step("not-yet", ref, _("It is not done after all"))


def page_of(home: AtHome, ref: str) -> dict[str, Any] | None:
    """One request of the household with all that was said."""
    request = mine(home, ref)
    if request is None:
        return None
    return {"line": lines(home, [request])[0], "story": story_of(home, request)}
