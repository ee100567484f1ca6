"""What people corrected teaches the next proposal of the same incident: kept with the messages, learned again when it changes."""

from __future__ import annotations

from collections.abc import Iterator

from doorstep.command.models import Incident
from doorstep.desk.models import Message
from doorstep.desk.rules import defaults
from doorstep.desk.triage import Correction, Corrections, learn

_learned: dict[int, tuple[object, tuple[Correction, ...], Corrections]] = {}


def lessons_of(incident: Incident) -> Corrections:
    """The corrections of an incident. One query while nothing new was decided, two otherwise."""
    decided = Message.objects.filter(incident=incident, state=Message.State.DONE).exclude(suggested=[]).order_by("-pk")
    newest = decided.values_list("pk", "suggested").first()
    if newest is None:
        return Corrections()
    seen, before, learned = _learned.get(incident.pk, (None, (), Corrections()))
    if newest == seen:
        return learned
    rows = decided.values_list("suggested", flat=True)[: defaults()["lessons"]]
    examples = tuple(example for lines in rows for line in lines for example in _differs(line))
    if examples != before:
        learned = learn(examples)
    _learned[incident.pk] = (newest, examples, learned)
    return learned


def _differs(line: dict[str, object]) -> Iterator[Correction]:
    """The correction of one proposed line, where a person decided otherwise."""
    decided = line.get("decided")
    text = line.get("text")
    if not isinstance(decided, dict) or not isinstance(text, str):
        return
    changed = {
        name: decided[name]
        for name in ("kind", "need", "urgency")
        if decided.get(name) and line.get(name) != decided[name]
    }
    if changed:
        need = changed.get("need")
        yield Correction(text, changed.get("kind"), (need,) if need else None, changed.get("urgency"))
