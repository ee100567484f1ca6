"""A public notice as an alert of the Common Alerting Protocol (CAP 1.2, OASIS 2010), for sirens, apps and other offices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as xml

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
_BARRED = re.compile(r"[\s,<&]+")
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Place:
    """Where it holds: in words, as a polygon of (latitude, longitude) that ends where it began, as codes of places."""

    words: str
    polygon: Sequence[tuple[float, float]] = ()
    codes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Said:
    """The notice in one language."""

    language: str
    event: str
    headline: str
    description: str
    sender_name: str
    contact: str = ""
    audience: str = ""


@dataclass(frozen=True)
class Message:
    """One message. `references` are those that it changes or takes back, as (sender, identifier, sent)."""

    identifier: str
    sender: str
    sent: datetime
    status: str  # Actual | Exercise
    kind: str  # Alert | Update | Cancel
    said: Sequence[Said]
    places: Sequence[Place]
    category: Sequence[str]
    response: Sequence[str]
    urgency: str
    severity: str
    certainty: str
    effective: datetime
    expires: datetime | None
    web: str = ""
    note: str = ""
    references: Sequence[tuple[str, str, datetime]] = ()


def cap_time(at: datetime) -> str:
    """An instant as CAP wants it: whole seconds, the offset with a sign, never Z."""
    text = at.replace(microsecond=0).isoformat()
    return text.replace("+00:00", "-00:00")


def plain_id(text: str) -> str:
    """An identifier or a sender without what CAP forbids: spaces, commas, < and &."""
    return _BARRED.sub("-", text)


def to_xml(message: Message) -> bytes:
    """The message as XML, its elements in the order of the schema."""
    xml.register_namespace("", NAMESPACE)
    root = xml.Element(f"{{{NAMESPACE}}}alert")
    _add(root, "identifier", plain_id(message.identifier))
    _add(root, "sender", plain_id(message.sender))
    _add(root, "sent", cap_time(message.sent))
    _add(root, "status", message.status)
    _add(root, "msgType", message.kind)
    _add(root, "scope", "Public")
    _add(root, "note", message.note)
    _add(root, "references", " ".join(_reference(*one) for one in message.references))
    for said in message.said:
        _info(root, message, said)
    xml.indent(root)
    made: bytes = xml.tostring(root, encoding="UTF-8", xml_declaration=True)
    return made


def _info(root: xml.Element, message: Message, said: Said) -> None:
    info = xml.SubElement(root, f"{{{NAMESPACE}}}info")
    _add(info, "language", said.language)
    for category in message.category:
        _add(info, "category", category)
    _add(info, "event", said.event)
    for response in message.response:
        _add(info, "responseType", response)
    _add(info, "urgency", message.urgency)
    _add(info, "severity", message.severity)
    _add(info, "certainty", message.certainty)
    _add(info, "audience", said.audience)
    _add(info, "effective", cap_time(message.effective))
    _add(info, "expires", cap_time(message.expires) if message.expires else "")
    _add(info, "senderName", said.sender_name)
    _add(info, "headline", said.headline)
    _add(info, "description", said.description)
    _add(info, "web", message.web)
    _add(info, "contact", said.contact)
    for place in message.places:
        area = xml.SubElement(info, f"{{{NAMESPACE}}}area")
        _add(area, "areaDesc", place.words)
        _add(area, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lat, lon in place.polygon))
        for name, value in place.codes:
            code = xml.SubElement(area, f"{{{NAMESPACE}}}geocode")
            _add(code, "valueName", name)
            _add(code, "value", value)


def _reference(sender: str, identifier: str, sent: datetime) -> str:
    return f"{plain_id(sender)},{plain_id(identifier)},{cap_time(sent)}"


def _add(parent: xml.Element, name: str, text: str) -> None:
    """An element with a text; none where there is nothing to say."""
    if text:
        xml.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = _NO_XML.sub("", text)
