"""An e-mail as a message: its words without markup and quoted letters, who sent it, when, and its own id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any

from django.utils.translation import gettext as _

from doorstep.errors import UserError

TAG = re.compile(r"<(script|style).*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)
BREAK = re.compile(r"<(br|/p|/div|/li|/tr)[^>]*>", re.IGNORECASE)
QUOTED = re.compile(r"^\s*>|^-{2,}\s*(Original Message|原始邮件)", re.IGNORECASE)


@dataclass(frozen=True)
class Letter:
    """What is read of an e-mail."""

    text: str
    sender: str
    message_id: str
    sent_at: datetime | None


def text_of(data: bytes) -> Letter:
    """Read an e-mail file. Raises UserError where it holds no words."""
    found = message_from_bytes(data, policy=policy.default)
    body = found.get_body(("plain", "html")) if isinstance(found, EmailMessage) else None
    text = _words(body) if body is not None else ""
    subject = str(found.get("Subject", "")).strip()
    whole = "\n".join(filter(None, (subject, text))).strip()
    if not whole or not found.get("From"):
        raise UserError(_("This e-mail cannot be read."), field="file", mend=_("Paste its text instead."))
    return Letter(whole, str(found["From"])[:120], str(found.get("Message-ID", "")).strip()[:150], _sent(found))


def _words(body: Any) -> str:
    try:
        text = str(body.get_content())
    except (LookupError, UnicodeDecodeError):  # a charset that nobody knows: what can be read is read
        raw = body.get_payload(decode=True)
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    if body.get_content_type() == "text/html":
        text = unescape(TAG.sub("", BREAK.sub("\n", text)))
    lines = []
    for line in text.splitlines():
        if QUOTED.match(line):
            break
        lines.append(line.rstrip())
    return "\n".join(lines).strip()


def _sent(found: object) -> datetime | None:
    try:
        sent = parsedate_to_datetime(str(found["Date"]))  # type: ignore[index]
    except (TypeError, ValueError):
        return None
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)
