"""What a household does by itself on its page: says, asks, reports, calls for help, confirms, takes back, objects."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.desk import attachments, messages, offers, owed, requests, suggesting, turning
from doorstep.desk.arriving import arrive
from doorstep.desk.emergencies import end, promote
from doorstep.desk.models import Channel, Message, Offer, Request
from doorstep.desk.notes import locked, note
from doorstep.desk.requests import Asked, open_request
from doorstep.desk.rules import defaults
from doorstep.errors import UserError
from doorstep.wiring.homes import AtHome
from doorstep.wiring.texts import in_both, in_language

STORED = "zh"  # the words that the program writes for the desk


@transaction.atomic
def say(
    home: AtHome, text: str, *, client_id: UUID, kind: str = "", upload: Any = None, grave: bool = False
) -> Message:
    """Keep what a household says, once. Danger to life opens the emergency path in the same act."""
    key = f"page:{client_id}"
    there = Message.objects.filter(incident=home.incident, channel=Channel.PAGE, external_id=key).first()
    if there is not None:
        return there
    if not grave:
        _not_too_many(home)
    name, sort = attachments.keep_sent(upload) if upload else ("", "")
    said = messages.Said(
        Channel.PAGE,
        text,
        home.at,
        door=home.household.door,
        household=home.household,
        contact=home.contact,
        external_id=key,
        attachment=name,
        attachment_kind=sort,
        kind=kind,
        urgent=grave,
    )
    return arrive(home.incident, said, at=home.at)[0]


@transaction.atomic
def call_for_help(home: AtHome, *, client_id: UUID) -> Request:
    """One press: the emergency path at once. Pressed again while it is open, it is the same one, and its owner hears of it."""
    emergency = protocol.request_rules(home.incident.protocol).emergency
    mine = Request.objects.filter(incident=home.incident, household=home.household)
    there = mine.filter(level=emergency, state__in=Request.OPEN).order_by("-number").first()
    if there is not None:
        again = there.messages.filter(external_id=f"page:{client_id}").exists()
        if not again and not there.events.filter(act="pressed", data__client=str(client_id)).exists():
            note(there, "pressed", at=home.at, by=None, client=str(client_id))
        return there
    words = in_both(lambda: _("Pressed “I need help now” on the household's page."))
    message = say(home, words[STORED], client_id=client_id, kind=Message.Kind.REQUEST, grave=True)
    made = message.requests.order_by("number").first()
    assert made is not None  # an emergency opens its request in the same act
    return made


def report(home: AtHome, signs: list[str], who: str, text: str, *, client_id: UUID) -> Message:
    """Symptoms as ticked and told. A sign of danger to life goes the emergency path at once."""
    known = defaults()["signs"]
    grave = any(known[code]["grave"] for code in signs)
    titles = "、".join(known[code]["title"][STORED] for code in signs)
    parts = [titles, who.strip(), text.strip()]
    return say(
        home,
        "。".join(part for part in parts if part),
        client_id=client_id,
        kind=Message.Kind.SYMPTOMS,
        grave=grave,
    )


@transaction.atomic
def complain(home: AtHome, text: str, *, client_id: UUID) -> Request:
    """A complaint goes above the team. What it says of danger to life goes the emergency path, too."""
    there = Request.objects.filter(client_id=client_id).first()
    if there is not None:
        return there
    _not_too_many(home)
    asked = Asked(
        requests.COMPLAINT,
        text,
        door=home.household.door,
        household=home.household,
        contact=home.contact,
        client_id=client_id,
    )
    made = turning.tell(home.incident, asked, channel=Channel.PAGE, at=home.at, by=None)
    for one in _grave(home, text):
        danger = replace(asked, need=one.need or "medical_emergency", level=one.urgency, text=one.text, client_id=None)
        open_request(home.incident, danger, at=home.at, by=None, messages=list(made.messages.all()))
    return made


def offer(home: AtHome, kind: str, text: str, *, consent: bool, client_id: UUID) -> Offer:
    """Write down what somebody can do for others."""
    offered = offers.Offered(kind, text, consent, home.household.door, home.household, None, home.contact, client_id)
    return offers.write_down(home.incident, offered, at=home.at, by=None)


@transaction.atomic
def add_words(request: Request, words: str, *, home: AtHome, client_id: UUID) -> Request:
    """More words of the household to what it asked for; its owner sees them. Signs of danger to life are not overlooked."""
    if not words.strip():
        raise UserError(_("Nothing is written."), field="text", mend=_("Write a few words."))
    locked(request)
    if request.events.filter(act="said", data__client=str(client_id)).exists():
        return request
    note(request, "said", at=home.at, by=None, words=words, client=str(client_id))
    if request.is_open and _grave(home, words):
        promote(request, by=None, at=home.at)
    return request


@transaction.atomic
def withdraw(request: Request, *, home: AtHome) -> Request:
    """The household does not need it any more. Danger to life is not closed by a press: its owner makes sure first."""
    locked(request)
    if not request.is_open:
        return request
    if protocol.is_emergency(home.incident.protocol, request.level):
        if not request.events.filter(act="mistake").exists():
            note(request, "mistake", at=home.at, by=None)
        return request
    request.state, request.confirmed_at, request.done_at = Request.State.CONFIRMED, home.at, home.at
    request.facts = {**request.facts, "withdrawn": True}
    request.result = in_both(lambda: _("Taken back by the household."))[STORED]
    request.save()
    note(request, "withdraw", at=home.at, by=None)
    end(request, at=home.at, by=None)
    owed.settle(request, at=home.at)
    return request


@transaction.atomic
def ask_again(request: Request, *, home: AtHome) -> Request:
    """What was taken back is asked for again."""
    locked(request)
    if request.facts.get("withdrawn") and not request.is_open:
        request.facts = {name: value for name, value in request.facts.items() if name != "withdrawn"}
        request.save(update_fields=["facts"])
        requests.reopen(request, _("Asked again by the household."), by=None, at=home.at)
    return request


def not_yet(request: Request, words: str, *, home: AtHome) -> Request:
    """Said to be done, and it is not: open again with the owner that it had."""
    if request.is_open:
        return request
    if request.state not in (Request.State.DONE, Request.State.CONFIRMED):
        raise UserError(_("It was not done."), field="text", mend=_("Object to the decision, or ask anew."))
    reason = words.strip() or in_both(lambda: _("The household does not have it yet."))[STORED]
    return requests.reopen(request, reason, by=None, at=home.at)


@transaction.atomic
def withdraw_message(message: Message, *, home: AtHome) -> Message:
    """What was written is not needed any more, before anybody made a request of it."""
    outcome = in_both(lambda: _("Taken back by the household."))[STORED]
    return messages.finish(message, kind=Message.Kind.NONE, outcome=outcome, by=None, at=home.at)


def number_of(message: Message) -> str:
    """The number of a message, as it is said on the phone."""
    return f"M{message.pk}"


def sign_titles() -> dict[str, str]:
    """The signs to tick, in the language of the page; the gravest first."""
    found = sorted(defaults()["signs"].items(), key=lambda pair: not pair[1]["grave"])
    return {code: in_language(body["title"]) for code, body in found}


def _grave(home: AtHome, text: str) -> list[suggesting.Proposal]:
    return [one for one in suggesting.proposals(text, home.incident) if one.life_threat]


def _not_too_many(home: AtHome) -> None:
    """No household floods the desk: after very many messages in an hour it is asked to call."""
    since = home.at - timedelta(hours=1)
    sent = Message.objects.filter(household=home.household, channel=Channel.PAGE, recorded_at__gte=since).count()
    if sent >= defaults()["page_messages_an_hour"]:
        raise UserError(
            _("Very many messages came from your page just now."), field="text", mend=_("Please call us instead.")
        )
