"""Dotted paths of a protocol's values: the one way in which errors, bases, pages and functions name a value.

An entry of a list is named by its `code` or `stage`, else by its place from 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from doorstep.protocol.schema.base import LANGUAGES


def entry_name(entry: Any, place: int) -> str:
    """How an entry of a list is named in a path."""
    if isinstance(entry, Mapping):
        return str(entry.get("code") or entry.get("stage") or place)
    return str(place)


def is_text(value: Any) -> bool:
    """A text in the two languages is one value, not two."""
    return isinstance(value, Mapping) and bool(value) and set(value) <= set(LANGUAGES)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of plain data with its path. A text is one value, and so is a list of plain values."""
    if isinstance(value, Mapping) and not is_text(value):
        for key, part in value.items():
            yield from leaves(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(entry, Mapping) for entry in value):
        for place, entry in enumerate(value):
            yield from leaves(entry, f"{path}.{entry_name(entry, place)}")
    elif value is not None and value != () and value != [] and value != {}:
        yield path, value


def above(path: str) -> Iterator[str]:
    """The path itself, then each block that holds it, from the nearest."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def nearest(path: str, bases: Collection[str]) -> str | None:
    """The most specific of `bases` that holds a path. A `*` stands for one name: `zones.*.tone`; a full name wins over it."""
    stars = sorted((base for base in bases if "*" in base), key=lambda base: base.count("*"))
    for part in above(path):
        if part in bases:
            return part
        for base in stars:
            if _matches(part, base):
                return base
    return None


def _matches(path: str, base: str) -> bool:
    steps, parts = path.split("."), base.split(".")
    return len(steps) == len(parts) and all(part in ("*", step) for part, step in zip(parts, steps, strict=True))


def is_path(base: str, paths: Collection[str]) -> bool:
    """Whether a line of `basis` names at least one of the paths."""
    return base in paths if "*" not in base else any(_matches(path, base) for path in paths)
