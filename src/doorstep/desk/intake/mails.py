"""E-mail as it was pasted or saved (.eml)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, message_from_string
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

from doorstep.desk.intake.model import Line, Problem, Reading, with_ids
from doorstep.desk.triage import door_of
from doorstep.errors import gettext_noop

HEADER = re.compile(r"^(?:from|subject|date|to|message-id|mime-version|received|return-path|发件人|主题)\s*[:：]", re.I)
QUOTED = re.compile(
    r"^(?:>|-{3,}\s*(?:original message|原始邮件|forwarded message|转发邮件|回复的原邮件)|_{10,}|on .{5,80} wrote:|在.{4,60}写道[:：]|发件人[:：].*@|from: .*@)",
    re.I,
)
CHARSETS = ("utf-8", "gb18030")
LEAST_HEADERS = 2
EMPTY = gettext_noop("The letter has no text that can be read.")
OPEN = gettext_noop("Open it in a mail program, copy its text, and paste that.")


class _Words(HTMLParser):
    """The text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("style", "script", "head")
        if tag in ("br", "p", "div", "tr", "li"):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "head"):
            self.hidden = max(0, self.hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(data)


def is_mail(text: str) -> bool:
    """Whether a text begins with the headers of a letter."""
    first = text.lstrip().split("\n\n", 1)[0].splitlines()
    return sum(bool(HEADER.match(row)) for row in first) >= LEAST_HEADERS


def read_mail(source: bytes | str) -> Reading:
    """One letter: subject and text without what it quotes; the whole source stays in `raw`."""
    raw = source if isinstance(source, str) else _decoded(source, None)
    try:
        letter = (
            message_from_string(source.lstrip(), policy=default)
            if isinstance(source, str)
            else message_from_bytes(source.lstrip(), policy=default)
        )
        body, attachments = _body(letter)
        subject = _header(letter, "Subject")
        name, address = parseaddr(_header(letter, "From"))
        identity, reply_to = _header(letter, "Message-ID"), _header(letter, "In-Reply-To")
        at = _date(_header(letter, "Date"))
    except (LookupError, ValueError, TypeError, AttributeError, IndexError, AssertionError):
        return _unread(raw)
    said = without_quotes(body)
    text = "\n".join(part for part in (subject, said) if part)
    line = Line(
        1,
        raw,
        text or raw,
        "mail",
        external_id=f"mail:{identity.strip()}" if identity.strip() else "",
        sender=name or address,
        at=at,
        door=door_of(text),
        contact=address,
        attachments=attachments,
        reply_to=f"mail:{reply_to.strip()}" if reply_to.strip() else "",
    )
    problems = () if text else (Problem(1, raw, EMPTY, OPEN),)
    return Reading("mail", with_ids([line]), problems)


def _unread(raw: str) -> Reading:
    return Reading("mail", with_ids([Line(1, raw, raw, "mail")]), (Problem(1, raw, EMPTY, OPEN),))


def _header(letter: Message, name: str) -> str:
    return " ".join(str(letter.get(name, "") or "").split())


def _date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _body(letter: Message) -> tuple[str, tuple[str, ...]]:
    plain: list[str] = []
    pages: list[str] = []
    attachments: list[str] = []
    for part in letter.walk():
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            attachments.append(str(name or part.get_content_type()))
        elif part.get_content_type() == "text/html":
            pages.append(_page(_content(part)))
        elif part.get_content_maintype() == "text":
            plain.append(_content(part))
        else:
            attachments.append(part.get_content_type())
    text = "\n".join(piece.strip() for piece in plain if piece.strip())
    return text or "\n".join(piece.strip() for piece in pages if piece.strip()), tuple(attachments)


def _content(part: Message) -> str:
    data = part.get_payload(decode=True)
    if isinstance(data, bytes):
        if isinstance(part, EmailMessage) and part.get("Content-Transfer-Encoding", "8bit").lower() in (
            "8bit",
            "7bit",
            "binary",
        ):
            given = part.get_payload()
            if isinstance(given, str) and not any("\udc80" <= char <= "\udcff" for char in given):
                return given
        return _decoded(data, part.get_content_charset())
    return str(part.get_payload() or "")


def _decoded(data: bytes, charset: str | None) -> str:
    first = "gb18030" if (charset or "").lower() in ("gbk", "gb2312", "gb_2312-80") else charset
    for name in (first, *CHARSETS):
        try:
            if name:
                return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")


def _page(text: str) -> str:
    words = _Words()
    words.feed(text)
    rows = (" ".join(row.split()) for row in "".join(words.pieces).splitlines())
    return "\n".join(row for row in rows if row)


def without_quotes(text: str) -> str:
    """What the writer of a letter says, without the letter that it answers."""
    kept: list[str] = []
    for row in text.splitlines():
        if row.startswith(">"):
            continue
        if kept and QUOTED.match(row.strip()):
            break
        kept.append(row.rstrip())
    return "\n".join(kept).strip() or text.strip()
