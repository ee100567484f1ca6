"""How a note leaves the program: Apprise, e-mail, a signed webhook, the console. Nothing of an exercise ever does."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import smtplib
import time
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from doorstep.command.models import Channel, Incident
from doorstep.command.sending.sealing import unseal
from doorstep.errors import UserError

SECONDS = 15
HERE_ONLY = ("dbus", "gnome", "glib", "kde", "qt", "macosx", "windows", "syslog")  # they would act on the server itself
log = structlog.get_logger("doorstep.tell")


@dataclass(frozen=True)
class Note:
    """What is sent: a title, a few lines, the address of the page, the urgency."""

    title: str
    body: str
    url: str
    urgency: int

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self.body, self.url) if part)


class ExerciseError(RuntimeError):
    """Something of an exercise was about to leave the program: a fault of ours, never of the user."""


def send(channel: Channel, note: Note, incident: Incident | None) -> None:
    """Send, or raise UserError with the reason in words. The last gate: an exercise is refused whoever asks."""
    if incident is not None and incident.clock_kind != Incident.ClockKind.REAL:
        raise ExerciseError("an exercise sends nothing outward")
    facts = unseal(channel.sealed)
    ways = {"apprise": _apprise, "email": _email, "webhook": _webhook, "console": _console}
    ways[channel.kind](facts, note)


def check_apprise(address: str) -> None:
    """Raise UserError unless Apprise is there and understands the address."""
    scheme = address.partition("://")[0].lower()
    if scheme in HERE_ONLY:
        raise UserError(
            _("This kind of address would act on the server itself."),
            field="address",
            mend=_("Choose a service that reaches a person."),
        )
    if not _sender().add(address):
        raise UserError(
            _("Apprise does not understand this address."),
            field="address",
            mend=_("Write it as its service says, such as wecombot://key or dingtalk://token."),
        )


def _sender() -> Any:
    try:
        import apprise  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError as error:
        raise UserError(
            _("The services of Apprise are not installed here."),
            field="kind",
            mend=_("Install the extra: pip install 'doorstep[notify]'. E-mail and webhooks work without it."),
        ) from error
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines hold addresses
    return apprise.Apprise()


def _apprise(facts: dict[str, Any], note: Note) -> None:
    sender = _sender()
    if not sender.add(facts["address"]) or not sender.notify(title=note.title, body=note.text):
        raise UserError(_("The service did not take it."), mend=_("Check the channel with its test."))


def _email(facts: dict[str, Any], note: Note) -> None:
    if not settings.EMAIL_HOST:
        raise UserError(_("No mail server is set up."), mend=_("Set DOORSTEP_SMTP, then test the channel."))
    letter = EmailMessage(note.title, note.text, settings.DEFAULT_FROM_EMAIL, [facts["address"]])
    try:
        letter.send()
    except (OSError, smtplib.SMTPException) as error:
        raise UserError(
            _("The mail server did not take it: %(kind)s.") % {"kind": type(error).__name__},
            mend=_("Check the mail server."),
        ) from error


class _Straight(HTTPRedirectHandler):
    """A webhook is not led elsewhere: what it holds is for one address."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the stamp, a dot and the body, as the header X-Doorstep-Signature carries it."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _webhook(facts: dict[str, Any], note: Note) -> None:
    said = {"title": note.title, "body": note.body, "url": note.url, "urgency": note.urgency}
    body = json.dumps(said, ensure_ascii=False).encode()
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Doorstep-Signature": f"t={stamp},v1={signature(facts['secret'], stamp, body)}",
    }
    try:
        build_opener(_Straight).open(Request(facts["address"], body, headers), timeout=SECONDS).close()
    except HTTPError as error:
        raise UserError(
            _("The other side answered %(code)s.") % {"code": error.code}, mend=_("Check the address.")
        ) from error
    except (URLError, OSError) as error:
        raise UserError(_("The other side did not answer."), mend=_("Check the address.")) from error


def _console(facts: dict[str, Any], note: Note) -> None:
    log.info("tell", title=note.title, urgency=note.urgency)
