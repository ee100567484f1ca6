"""What the square on a permit says: a short text signed with the installation's own key, read without a network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

HEAD = "DSG1"


@dataclass(frozen=True)
class Pass:
    """What is signed. Times are whole minutes; `gates` empty = every gate of the area. No full name stands here."""

    incident: int
    number: str
    kind: str
    label: str
    starts_at: datetime
    ends_at: datetime
    area: int
    way: str
    many: bool
    gates: tuple[int, ...] = ()


def _key() -> Ed25519PrivateKey:
    seed = hmac.new(settings.SECRET_KEY.encode(), b"gate:permits:1", hashlib.sha256).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key() -> str:
    """The key that gates check with, as base64url of its 32 bytes."""
    raw = _key().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return _coded(raw)


def sign(found: Pass) -> str:
    """DSG1.facts.signature"""
    starts, ends = (int(at.timestamp() // 60) for at in (found.starts_at, found.ends_at))
    facts = [
        found.incident,
        found.number,
        found.kind,
        found.label,
        starts,
        ends,
        found.area,
        found.way,
        int(found.many),
        list(found.gates),
    ]
    said = _coded(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{HEAD}.{said}.{_coded(_key().sign(f'{HEAD}.{said}'.encode()))}"


def read(token: str) -> Pass | None:
    """What a square says, or None where this installation has not signed it."""
    head, _dot, rest = token.strip().partition(".")
    said, _dot, signature = rest.partition(".")
    if head != HEAD:
        return None
    try:
        _key().public_key().verify(_plain(signature), f"{head}.{said}".encode())
        facts = json.loads(_plain(said))
    except (InvalidSignature, ValueError):
        return None
    starts, ends = (datetime.fromtimestamp(0, UTC) + timedelta(minutes=minute) for minute in facts[4:6])
    incident, number, kind, label, _from, _until, area, way, many, gates = facts
    return Pass(incident, number, kind, label, starts, ends, area, way, bool(many), tuple(gates))


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _plain(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
