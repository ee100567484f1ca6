"""Rows without names: for study, people and places are numbers and pseudonyms, and nobody's words go out (S88)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models

from doorstep.report.rules import defaults

PEOPLE = {"register.person": "P", "command.member": "M"}


def blank(name: str, fields: Sequence[Any], identity: str) -> Callable[[list[Any]], list[Any]]:
    """A function that takes a row's values and leaves keys, numbers, instants and our own codes."""
    rules = defaults()["study"]
    keep, lists = set(rules["keep"]), set(rules["lists"])
    ways = [_way(field, keep, lists) for field in fields]
    places = {field.attname: number for number, field in enumerate(fields)}
    prefix = PEOPLE.get(name)
    shown = places.get("pseudonym", places.get("name", -1)) if prefix else -1

    def blanked(row: list[Any]) -> list[Any]:
        out = [way(value) for way, value in zip(ways, row, strict=True)]
        if prefix and shown >= 0:
            given = row[shown] if "pseudonym" in places else ""
            out[shown] = given or pseudonym(prefix, identity, row[places["id"]])
        return out

    return blanked


def pseudonym(prefix: str, identity: str, key: int) -> str:
    """The same person has the same pseudonym in every archive of this incident; only this installation can tell who."""
    secret = hmac.new(settings.SECRET_KEY.encode(), f"{identity}:{prefix}:{key}".encode(), sha256).hexdigest()
    return f"{prefix}-{secret[:10]}"


def _way(field: Any, keep: set[str], lists: set[str]) -> Callable[[Any], Any]:
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return lambda value: value.replace(month=1, day=1) if value else None
    if isinstance(field, models.JSONField):
        return (lambda value: value) if field.name in lists else lambda value: type(value)() if value else value
    if isinstance(field, models.CharField | models.TextField | models.FileField):
        if field.choices or field.name in keep:
            return lambda value: value
        return lambda value: None if value is None else ""
    return lambda value: value
