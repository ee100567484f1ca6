"""JSON: a Telegram export (result.json) and whatever a webhook or an SMS gate sends."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doorstep.chats.instants import Calendar, instant
from doorstep.desk.intake.entries import quantity_of
from doorstep.desk.intake.model import Line, Problem, Reading, with_ids
from doorstep.desk.intake.tables import door_in, field_of
from doorstep.desk.triage import door_of
from doorstep.errors import gettext_noop

LISTS = ("messages", "items", "data", "entries", "results", "records", "events")
INNER = ("message", "payload", "data", "event", "body")
MEDIA = ("photo", "file", "media_type", "sticker_emoji", "location_information", "contact_information", "poll")
NO_TEXT = gettext_noop("The message holds no text under a key that is known.")
NAME_KEY = gettext_noop("Send the text under the key “text”.")
NO_JSON = gettext_noop("The text is no JSON that can be read.")
PASTE = gettext_noop("Export it again, or paste the messages as text.")
DEEPEST = 3


def read_json(text: str, calendar: Calendar) -> Reading:
    """A Telegram export or a webhook's message, told apart by what it holds."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return _unread(text, NO_JSON, PASTE)
    return read_telegram(data, calendar) if is_telegram(data) else read_webhook(data, calendar)


def _unread(raw: str, reason: str, mend: str) -> Reading:
    if not raw.strip():
        return Reading("webhook")
    return Reading("webhook", with_ids([Line(1, raw, raw, "webhook")]), (Problem(1, raw, reason, mend),))


def is_telegram(data: object) -> bool:
    """Whether it is the export of one chat, or of all of them."""
    return any(
        isinstance(message, Mapping)
        and "date" in message
        and ("from" in message or "actor" in message or "type" in message)
        for chat in _chats(data)
        for message in chat["messages"][:3]
    )


def _chats(data: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(data, Mapping):
        return
    if isinstance(data.get("messages"), list):
        yield data
    chats = data.get("chats")
    if isinstance(chats, Mapping) and isinstance(chats.get("list"), list):
        for chat in chats["list"]:
            if isinstance(chat, Mapping) and isinstance(chat.get("messages"), list):
                yield chat


def read_telegram(data: object, calendar: Calendar) -> Reading:
    """Every message of an export; one without words says what it holds instead."""
    lines: list[Line] = []
    titles: list[str] = []
    for chat in _chats(data):
        titles.append(str(chat.get("name") or ""))
        for message in chat["messages"]:
            lines.append(_telegram(len(lines) + 1, chat, message, calendar))
    return Reading("telegram", with_ids(lines), (), "\n".join(title for title in titles if title))


def _telegram(row: int, chat: Mapping[str, Any], message: object, calendar: Calendar) -> Line:
    raw = json.dumps(message, ensure_ascii=False)
    if not isinstance(message, Mapping):
        return Line(row, raw, str(message), "telegram")
    text = _plain(message.get("text"))
    attachments = tuple(f"{key}: {message[key]}" for key in MEDIA if message.get(key))
    said = text or str(message.get("action") or "") or "; ".join(attachments)
    scope, number, reply = chat.get("id", ""), message.get("id"), message.get("reply_to_message_id")
    return Line(
        row,
        raw,
        said,
        "telegram",
        external_id=f"telegram:{scope}:{number}" if number is not None else "",
        sender=str(message.get("from") or message.get("actor") or ""),
        at=instant(message.get("date_unixtime") or message.get("date"), calendar),
        door=door_of(said),
        attachments=attachments,
        reply_to=f"telegram:{scope}:{reply}" if reply is not None else "",
    )


def _plain(text: object) -> str:
    if isinstance(text, str):
        return text
    if isinstance(text, Sequence):
        return "".join(str(piece.get("text") or "") if isinstance(piece, Mapping) else str(piece) for piece in text)
    return ""


def read_webhook(data: object, calendar: Calendar) -> Reading:
    """One message or a list of them, under the keys that gates use (text, body, message … from, sender … id)."""
    lines: list[Line] = []
    problems: list[Problem] = []
    for message in _messages(data):
        line, problem = _message(len(lines) + 1, message, calendar)
        lines.append(line)
        problems += problem
    return Reading("webhook", with_ids(lines), tuple(problems))


def _messages(data: object, depth: int = 0) -> Iterator[object]:
    if isinstance(data, list):
        yield from data
        return
    if isinstance(data, Mapping) and depth < DEEPEST:
        for key in LISTS:
            if isinstance(data.get(key), list):
                yield from data[key]
                return
        for key in INNER:
            if isinstance(data.get(key), Mapping) and not any(
                isinstance(data.get(name), str) for name in ("text", "content")
            ):
                yield {**{name: value for name, value in data.items() if name != key}, **data[key]}
                return
    yield data


def _message(row: int, message: object, calendar: Calendar) -> tuple[Line, list[Problem]]:
    raw = json.dumps(message, ensure_ascii=False, sort_keys=True)
    if not isinstance(message, Mapping):
        text = str(message) if isinstance(message, str) else raw
        return Line(row, raw, text, "webhook", door=door_of(text)), []
    facts: dict[str, object] = {}
    for key, value in message.items():
        name = field_of(key)
        if name and not isinstance(value, list) and value not in (None, ""):
            facts.setdefault(name, _inner(value))
    text = str(facts.get("text") or "")
    identity = str(facts.get("external_id") or "")
    quantity, unit, _ = quantity_of(str(facts.get("quantity") or ""))
    if quantity is None and isinstance(facts.get("quantity"), int | float):
        quantity = float(str(facts["quantity"]))
    line = Line(
        row,
        raw,
        text or raw,
        "webhook",
        external_id=f"webhook:{identity}" if identity else "",
        sender=str(facts.get("sender") or ""),
        at=instant(facts.get("at"), calendar),
        door=door_in(str(facts.get("door") or "")) or door_of(text),
        quantity=quantity,
        unit=unit,
        remark=str(facts.get("remark") or ""),
        contact=str(facts.get("contact") or ""),
    )
    return line, [] if text else [Problem(row, raw, NO_TEXT, NAME_KEY)]


def _inner(value: object) -> object:
    """A sender or text given as an object: its name or text."""
    if isinstance(value, Mapping):
        for key in ("text", "name", "first_name", "username", "title", "id"):
            if value.get(key):
                return value[key]
        return ""
    return value
