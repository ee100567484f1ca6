"""Addresses of channels are kept sealed: only the sender opens them, and no page, journal or export shows them."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from doorstep.errors import UserError


def seal(facts: dict[str, Any]) -> str:
    """The facts of an address, encrypted with a key made from the installation's secret key."""
    return _lock().encrypt(json.dumps(facts, ensure_ascii=False).encode()).decode()


def unseal(sealed: str) -> dict[str, Any]:
    """The facts again. Raises UserError where the installation's key has changed since."""
    try:
        facts: dict[str, Any] = json.loads(_lock().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise UserError(
            _("The address of this channel cannot be read: the installation has a new key."),
            mend=_("Type the channel in again."),
        ) from error
    return facts


def _lock() -> Fernet:
    made = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"doorstep channels")
    return Fernet(base64.urlsafe_b64encode(made.derive(settings.SECRET_KEY.encode())))
