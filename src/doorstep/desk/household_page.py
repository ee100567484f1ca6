"""What the desk brings to a household's own page: the button for help, my requests, asking, offering, complaining."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
    (ResidentPanel("help", _("Help now"), "desk/household/_help.html", help_now), 5),
    (ResidentPanel("asked", _("What you asked for"), "desk/household/_asked.html", asked), 30),
    (ResidentPanel("do", _("What you can do here"), "desk/household/_do.html", can_do), 40),
    (ResidentPanel("above", _("If you are not content"), "desk/household/_above.html", above), 70),
)
LEAVES = (ResidentLeaf("request", _("What you asked for"), "desk/household/request.html", found.page_of),)


def acts() -> list[ResidentAct]:
    """Everything that a household does with the desk."""
    return [
        ResidentAct(
            "help", _("I need help now"), _("One press tells command. Call an emergency number, too, if you can."),
            _("I need help now"), _form(PageForm), _help, _helped, grave=True,
        ),
        ResidentAct(
            "ask", _("Ask for something"), _("Food, medicine, a repair, a question: anything. A person reads it."),
            _("Send"), _form(forms.AskForm), _ask, _heard_message,
        ),
        ResidentAct(
            "symptoms", _("Somebody feels unwell"), _("If it is bad, call an ambulance first."),
            _("Send"), _form(forms.SymptomsForm), _symptoms, _heard_message,
        ),
        ResidentAct(
            "offer", _("Offer help"), _("Cook, translate, look after a child: neighbours are glad of it."),
            _("Send"), _form(forms.OfferForm), _offer, _offered,
        ),
        ResidentAct(
            "offer-end", _("End the offer"), _("Nobody asks you any more."),
            _("End it"), _form(PageForm), _offer_end, _offered,
        ),
        ResidentAct(
            "thanks", _("Say thanks"), _("Your words go to those who came to your door."),
            _("Send"), _form(forms.ThanksForm), _thanks, _thanked,
        ),
        ResidentAct(
            "complain", _("Complain"), _("It goes to somebody above the team. It changes nothing in the service you get."),
            _("Send"), _form(forms.ComplaintForm), _complain, _heard_complaint,
        ),
        ResidentAct(
            "message-back", _("Take it back"), _("You do not need it any more."),
            _("Take it back"), _form(PageForm), _message_back, _message_gone,
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
        act("confirm", _("I have it"), _("Thank you: then it is done."), PageForm,
            lambda home, request, given: requests.confirm(request, by=None, at=home.at)),
        act("not-yet", _("Not yet"), _("We go on with it."), forms.NotYetForm,
            lambda home, request, given: households.not_yet(request, text(given), home=home)),
        act("read", _("I have read this"), _("Then nobody has to ring you to tell you."), PageForm,
            lambda home, request, given: requests.tell(request, by=None, at=home.at)),
        act("object", _("I do not agree"), _("Somebody above those who decided looks at it again."), forms.AppealForm,
            lambda home, request, given: requests.appeal(request, text(given), by=None, at=home.at)),
        act("more", _("Tell us more"), _("Whoever has it sees your words."), forms.MoreForm,
            lambda home, request, given: households.add_words(request, text(given), home=home, client_id=given.made_by(home))),
        act("back", _("I do not need it any more"), _("Then nobody goes on with it."), PageForm,
            lambda home, request, given: households.withdraw(request, home=home)),
        act("again", _("I need it after all"), _("Then it is open again."), PageForm,
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
        gettext("Command knows it now. Somebody rings you or comes to your door at once."),
        gettext("Call an emergency number, too, if you can. Nobody has to allow it, and the gate lets you out."),
    )
    steps = (
        Step("more", ref, gettext("Tell us what has happened")),
        Step("back", ref, gettext("It was a mistake"), at_once=True),
    )
    return Heard(gettext("Help is called"), words, ref, steps if request.is_open else (), grave=True)


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
        gettext("A person reads it soon. You see here what comes of it."),
        gettext("If you call, say this number."),
    )
    back = Step("message-back", ref, gettext("Take it back"), at_once=True)
    steps = (back,) if message.state != Message.State.DONE else ()
    return Heard(gettext("We have it"), words, households.number_of(message), steps)


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
        return Heard(
            gettext("It has been read already"), (gettext("Look at what you asked for: there you can take it back."),)
        )
    return Heard(
        gettext("Taken back"),
        (gettext("Nobody goes on with it."),),
        steps=(Step("ask", "", gettext("Ask for something")),),
    )


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
        return Heard(gettext("The offer is ended"), (gettext("Thank you all the same."),))
    told = (
        gettext("Neighbours hear of it where it fits.") if offer.consent_at else gettext("Only the team knows of it.")
    )
    end = Step("offer-end", ref, gettext("End the offer"), at_once=True)
    return Heard(
        gettext("Thank you for your offer"), (told, gettext("Somebody rings you when it is needed.")), steps=(end,)
    )


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
    return Heard(gettext("Thank you"), (gettext("Your words are passed on."),))


def _complain(home: AtHome, ref: str, form: Any) -> str:
    return str(households.complain(home, form.cleaned_data["text"], client_id=form.made_by(home)).number)


def _heard_complaint(home: AtHome, ref: str) -> Heard | None:
    request = found.mine(home, ref)
    if request is None:
        return None
    words = (
        gettext("Somebody above the team reads it and answers you here."),
        gettext("If you call, say this number."),
    )
    return Heard(gettext("Your complaint is written down"), words, ref, (Step("more", ref, gettext("Tell us more")),))


def _heard_request(home: AtHome, ref: str) -> Heard | None:
    """How a request stands after what its household did."""
    request = found.mine(home, ref)
    if request is None:
        return None
    line = found.lines(home, [request])[0]
    words = [line.state]
    if line.grave and request.events.filter(act="mistake").exists():
        words = [gettext("Good. Somebody still makes sure that you are well.")]
    return Heard(gettext("We have written it down"), tuple(words), ref, line.steps)
