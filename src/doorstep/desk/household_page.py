"""What the desk brings to a household's own page: the button for help, my requests, asking, offering, complaining."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from doorstep import protocol
from doorstep.command.functions import team_phone
from doorstep.command.letters import complaint_of
from doorstep.desk import household_forms as forms
from doorstep.desk import household_lines as found
from doorstep.desk import households, offers, requests
from doorstep.desk.models import Message, Offer, Request
from doorstep.wiring.homes import AtHome, Heard, PageForm, ResidentAct, ResidentLeaf, ResidentPanel, Step


def help_now(home: AtHome) -> dict[str, Any]:
    """The big button, and what runs already."""
    emergency = protocol.request_rules(home.incident.protocol).emergency
    mine = Request.objects.filter(incident=home.incident, household=home.household, level=emergency)
    return {"form": PageForm(), "running": mine.filter(state__in=Request.OPEN).order_by("-number").first()}


def asked(home: AtHome) -> dict[str, Any]:
    """What this household asked for, and how it stands. Four queries."""
    return {"requests": found.requests_of(home), "waiting": found.waiting_of(home), "phone": team_phone(home.area)}


def can_do(home: AtHome) -> dict[str, Any]:
    """What one can do here, and what one offers. One query."""
    return {"acts": ("ask", "symptoms", "offer", "thanks"), "offers": found.offers_of(home)}


def above(home: AtHome) -> dict[str, Any]:
    """Whom to complain to above the team, by phone or here (F33)."""
    return {"office": complaint_of(home.area) if home.area else None}


PANELS = (
    (ResidentPanel("help", lazy("Help now"), "desk/household/_help.html", help_now), 5),
    (ResidentPanel("asked", lazy("What you asked for"), "desk/household/_asked.html", asked), 30),
    (ResidentPanel("do", lazy("What you can do here"), "desk/household/_do.html", can_do), 40),
    (ResidentPanel("above", lazy("If you are not content"), "desk/household/_above.html", above), 70),
)
LEAVES = (ResidentLeaf("request", lazy("What you asked for"), "desk/household/request.html", found.page_of),)


def acts() -> list[ResidentAct]:
    """Everything that a household does with the desk."""
    return [
        ResidentAct(
            "help", lazy("I need help now"), lazy("One press tells command. Call an emergency number, too, if you can."),
            lazy("I need help now"), _form(PageForm), _help, _helped, grave=True,
        ),
        ResidentAct(
            "ask", lazy("Ask for something"), lazy("Food, medicine, a repair, a question: anything. A person reads it."),
            lazy("Send"), _form(forms.AskForm), _ask, _heard_message,
        ),
        ResidentAct(
            "symptoms", lazy("Somebody feels unwell"), lazy("If it is bad, call an ambulance first."),
            lazy("Send"), _form(forms.SymptomsForm), _symptoms, _heard_message,
        ),
        ResidentAct(
            "offer", lazy("Offer help"), lazy("Cook, translate, look after a child: neighbours are glad of it."),
            lazy("Send"), _form(forms.OfferForm), _offer, _offered,
        ),
        ResidentAct(
            "offer-end", lazy("End the offer"), lazy("Nobody asks you any more."),
            lazy("End it"), _form(PageForm), _offer_end, _offered,
        ),
        ResidentAct(
            "thanks", lazy("Say thanks"), lazy("Your words go to those who came to your door."),
            lazy("Send"), _form(forms.ThanksForm), _thanks, _thanked,
        ),
        ResidentAct(
            "complain", lazy("Complain"), lazy("It goes to somebody above the team. It changes nothing in the service you get."),
            lazy("Send"), _form(forms.ComplaintForm), _complain, _heard_complaint,
        ),
        ResidentAct(
            "message-back", lazy("Take it back"), lazy("You do not need it any more."),
            lazy("Take it back"), _form(PageForm), _message_back, _message_gone,
        ),
        *_about_requests(),
    ]  # fmt: skip


def _about_requests() -> list[ResidentAct]:
    """What a household does with one request of its own."""

    def act(
        code: str, title: Any, lead: Any, form: type[PageForm], do: Callable[[AtHome, Request, Any], Any]
    ) -> ResidentAct:
        def carry_out(home: AtHome, ref: str, given: Any) -> str:
            request = found.mine(home, ref)
            if request is not None:
                do(home, request, given)
            return ref

        return ResidentAct(code, title, lead, title, _form(form), carry_out, _heard_request)

    def text(given: Any) -> str:
        return str(given.cleaned_data["text"])

    return [
        act("confirm", lazy("I have it"), lazy("Thank you: then it is done."), PageForm,
            lambda home, request, given: requests.confirm(request, by=None, at=home.at)),
        act("not-yet", lazy("Not yet"), lazy("We go on with it."), forms.NotYetForm,
            lambda home, request, given: households.not_yet(request, text(given), home=home)),
        act("read", lazy("I have read this"), lazy("Then nobody has to ring you to tell you."), PageForm,
            lambda home, request, given: requests.tell(request, by=None, at=home.at)),
        act("object", lazy("I do not agree"), lazy("Somebody above those who decided looks at it again."), forms.AppealForm,
            lambda home, request, given: requests.appeal(request, text(given), by=None, at=home.at)),
        act("more", lazy("Tell us more"), lazy("Whoever has it sees your words."), forms.MoreForm,
            lambda home, request, given: households.add_words(request, text(given), home=home, client_id=given.made_by(home))),
        act("back", lazy("I do not need it any more"), lazy("Then nobody goes on with it."), PageForm,
            lambda home, request, given: households.withdraw(request, home=home)),
        act("again", lazy("I need it after all"), lazy("Then it is open again."), PageForm,
            lambda home, request, given: households.ask_again(request, home=home)),
    ]  # fmt: skip


def _form(kind: type[PageForm]) -> Callable[[AtHome, str, Any, Any], PageForm]:
    def made(home: AtHome, ref: str, data: Any, files: Any) -> PageForm:
        return kind(data, files)

    return made


def _help(home: AtHome, ref: str, form: PageForm) -> str:
    return str(households.call_for_help(home, client_id=form.made_by(home)).number)


def _helped(home: AtHome, ref: str) -> Heard | None:
    request = found.mine(home, ref)
    if request is None:
        return None
    words = (
        _("Command knows it now. Somebody rings you or comes to your door at once."),
        _("Call an emergency number, too, if you can. Nobody has to allow it, and the gate lets you out."),
    )
    steps = (Step("more", ref, _("Tell us what has happened")), Step("back", ref, _("It was a mistake"), at_once=True))
    return Heard(_("Help is called"), words, ref, steps if request.is_open else (), grave=True)


def _ask(home: AtHome, ref: str, form: Any) -> str:
    given = form.cleaned_data
    return _about(households.say(home, given["text"], client_id=form.made_by(home), upload=given["file"]))


def _symptoms(home: AtHome, ref: str, form: Any) -> str:
    given = form.cleaned_data
    return _about(households.report(home, given["signs"], given["who"], given["text"], client_id=form.made_by(home)))


def _about(message: Message) -> str:
    return str(message.pk)


def _heard_message(home: AtHome, ref: str) -> Heard | None:
    message = _message(home, ref)
    if message is None:
        return None
    grave = message.requests.order_by("number").first() if message.urgent else None
    if grave is not None:
        return _helped(home, str(grave.number))
    words = (
        _("A person reads it soon. You see here what comes of it."),
        _("If you call, say this number."),
    )
    back = Step("message-back", ref, _("Take it back"), at_once=True)
    steps = (back,) if message.state != Message.State.DONE else ()
    return Heard(_("We have it"), words, households.number_of(message), steps)


def _message(home: AtHome, ref: str) -> Message | None:
    key = int(ref) if ref.isdecimal() and len(ref) < 19 else 0
    return Message.objects.filter(incident=home.incident, household=home.household, pk=key).first()


def _message_back(home: AtHome, ref: str, form: Any) -> str:
    message = _message(home, ref)
    if message is not None:
        households.withdraw_message(message, home=home)
    return ref


def _message_gone(home: AtHome, ref: str) -> Heard | None:
    message = _message(home, ref)
    if message is None:
        return None
    if message.requests.exists():
        return Heard(_("It has been read already"), (_("Look at what you asked for: there you can take it back."),))
    return Heard(_("Taken back"), (_("Nobody goes on with it."),), steps=(Step("ask", "", _("Ask for something")),))


def _offer(home: AtHome, ref: str, form: Any) -> str:
    given = form.cleaned_data
    made = households.offer(home, given["kind"], given["text"], consent=given["consent"], client_id=form.made_by(home))
    return str(made.pk)


def _offer_end(home: AtHome, ref: str, form: Any) -> str:
    offer = _my_offer(home, ref)
    if offer is not None:
        offers.set_state(offer, Offer.State.ENDED, at=home.at, by=None)
    return ref


def _offered(home: AtHome, ref: str) -> Heard | None:
    offer = _my_offer(home, ref)
    if offer is None:
        return None
    if offer.state == Offer.State.ENDED:
        return Heard(_("The offer is ended"), (_("Thank you all the same."),))
    told = _("Neighbours hear of it where it fits.") if offer.consent_at else _("Only the team knows of it.")
    end = Step("offer-end", ref, _("End the offer"), at_once=True)
    return Heard(_("Thank you for your offer"), (told, _("Somebody rings you when it is needed.")), steps=(end,))


def _my_offer(home: AtHome, ref: str) -> Offer | None:
    key = int(ref) if ref.isdecimal() and len(ref) < 19 else 0
    return Offer.objects.filter(incident=home.incident, household=home.household, pk=key).first()


def _thanks(home: AtHome, ref: str, form: Any) -> str:
    kind = Message.Kind.THANKS
    return _about(households.say(home, form.cleaned_data["text"], client_id=form.made_by(home), kind=kind))


def _thanked(home: AtHome, ref: str) -> Heard | None:
    message = _message(home, ref)
    if message is None or message.urgent:
        return _heard_message(home, ref)
    return Heard(_("Thank you"), (_("Your words are passed on."),))


def _complain(home: AtHome, ref: str, form: Any) -> str:
    return str(households.complain(home, form.cleaned_data["text"], client_id=form.made_by(home)).number)


def _heard_complaint(home: AtHome, ref: str) -> Heard | None:
    request = found.mine(home, ref)
    if request is None:
        return None
    words = (_("Somebody above the team reads it and answers you here."), _("If you call, say this number."))
    return Heard(_("Your complaint is written down"), words, ref, (Step("more", ref, _("Tell us more")),))


def _heard_request(home: AtHome, ref: str) -> Heard | None:
    """How a request stands after what its household did."""
    request = found.mine(home, ref)
    if request is None:
        return None
    line = found.lines(home, [request])[0]
    words = [line.state]
    if line.grave and request.events.filter(act="mistake").exists():
        words = [_("Good. Somebody still makes sure that you are well.")]
    return Heard(_("We have written it down"), tuple(words), ref, line.steps)
