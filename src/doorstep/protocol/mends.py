"""What the schema refuses, said for people: the key as it stands in the file, what is wrong, what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from doorstep.protocol.schema import Part, WrongValueError
from doorstep.protocol.schema.paths import entry_name

KINDS = {
    "float": ("This must be a number.", "Write a number without a unit, such as 6 or 0.5."),
    "int": ("This must be a whole number.", "Write a whole number without a unit, such as 14."),
    "string": ("This must be text.", 'Write text; put it in quotes if it looks like a number: "1".'),
    "bool": ("This must be yes or no.", "Write true or false."),
    "tuple": ("This must be a list.", "Write [a, b], or one entry a line with a dash."),
    "dict": ("This must hold keys of its own.", "Write keys below it, or {key: value}."),
    "model": (
        "This must hold keys of its own.",
        "Write keys below it, or {key: value}; docs/protocols.md shows which.",
    ),
}
BOUNDS = {"greater_than": "above", "greater_than_equal": "at least", "less_than_equal": "at most", "less_than": "below"}


def said(entry: Mapping[str, Any], content: Any) -> tuple[str, str, str]:
    """Key, message and mend of one refusal."""
    key, kind, context = _key(entry["loc"], content), str(entry["type"]), entry.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, WrongValueError):
        return key, str(cause), cause.mend
    if kind == "extra_forbidden":
        near = get_close_matches(str(entry["loc"][-1]), sorted(_all_keys()), n=1)
        return (
            key,
            "This key is not known.",
            f"Did you mean `{near[0]}`?" if near else "Take it out, or see docs/protocols.md.",
        )
    if kind == "missing":
        return key, "This key is missing.", "Add it; docs/protocols.md says what it holds."
    if kind == "literal_error":
        return key, f"{entry['input']!r} is none of the choices.", f"Write {context['expected']}."
    if kind in BOUNDS:
        bound = next(context[name] for name in ("gt", "ge", "le", "lt") if name in context)
        return key, f"{entry['input']} is out of range.", f"Give a number {BOUNDS[kind]} {bound:g}."
    if kind in ("too_short", "too_long"):
        return key, "The list is empty.", "Give at least one entry."
    if kind == "string_type" and entry["input"] is None:
        return key, "This text is empty.", "Write it, or put it in quotes: a comma or a colon cuts a text in braces."
    message, mend = KINDS.get(kind.split("_")[0], (str(entry["msg"]), "See docs/protocols.md for this key."))
    return key, message, mend


def _key(loc: tuple[int | str, ...], content: Any) -> str:
    names, here = [], content
    for step in loc:
        if isinstance(step, int) and isinstance(here, list | tuple) and step < len(here):
            here = here[step]
            names.append(entry_name(here, step))
        else:
            here = here.get(step) if isinstance(here, Mapping) else None
            names.append(str(step))
    return ".".join(names) or "file"


def _all_keys(part: type[Part] = Part) -> set[str]:
    return set(part.model_fields).union(*(_all_keys(child) for child in part.__subclasses__()))
