"""The one way in: whatever was pasted or brought, told apart by how it looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, tzinfo

from doorstep.chats.instants import Calendar
from doorstep.desk.intake.chains import is_chain, read_chain, unchained
from doorstep.desk.intake.chats import is_chat, read_chat
from doorstep.desk.intake.mails import is_mail, read_mail
from doorstep.desk.intake.model import Line, Reading, with_ids
from doorstep.desk.intake.payloads import read_json
from doorstep.desk.intake.tables import read_table
from doorstep.desk.triage import door_of

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".ods")
ENCODINGS = ("utf-8-sig", "utf-16", "gb18030")


def read_text(text: str, *, zone: tzinfo = UTC, today: date | None = None) -> Reading:
    """Pasted text: a letter, JSON, a chat, a sign-up chain, or plain lines. Never raises; nothing is lost.

    `zone` is where the clocks of the chat stand; `today` is the day it was copied, for messages that say only an hour or "yesterday".
    """
    calendar = Calendar(zone, today)
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] in ("{", "[") and start.rstrip()[-1:] in ("}", "]"):
        reading = read_json(start, calendar)
        if not reading.problems or reading.lines[0].text != start:
            return replace(reading, lines=unchained(reading.lines))
    if is_mail(text):
        return read_mail(text)
    if is_chat(text):
        chat = read_chat(text, calendar)
        return replace(chat, lines=unchained(chat.lines))
    if is_chain(text):
        return read_chain(text)
    rows = [row for row in text.splitlines() if row.strip()]
    lines = [Line(number, row, row.strip(), "text", door=door_of(row)) for number, row in enumerate(rows, start=1)]
    return Reading("text", with_ids(lines))


def read_file(data: bytes, filename: str = "", *, zone: tzinfo = UTC, today: date | None = None) -> Reading:
    """A file: .eml, .json, .csv and workbooks, chat text. Raises UserError only where a table cannot be opened at all."""
    name = filename.lower()
    if data.startswith(WORKBOOKS) or name.endswith(TABLES):
        return read_table(data, filename, Calendar(zone, today))
    if name.endswith((".eml", ".msg")):
        return read_mail(data)
    text = _text(data)
    return read_mail(data) if is_mail(text) else read_text(text, zone=zone, today=today)


def _text(data: bytes) -> str:
    for encoding in ENCODINGS:
        if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")
