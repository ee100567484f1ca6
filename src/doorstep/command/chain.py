"""The chain of the journal checked: what was changed by hand, taken out, put in or cut off, and what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from doorstep.command.journal import FIRST_HASH, MARK, entry_hash, facts_of, marks_of
from doorstep.command.models import JournalEntry
from doorstep.errors import UserError, gettext_noop


@dataclass(frozen=True)
class Fault:
    """One place where the chain does not hold. `what` is changed, missing, unlinked, cut or apart; `facts` say which."""

    sequence: int
    what: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Anchor:
    """A link that was written down elsewhere: a sequence and the hash that stood there."""

    sequence: int
    hash: str
    where: str = ""

    @classmethod
    def read(cls, text: str, where: str = "") -> Anchor:
        """An anchor from `sequence:hash`, as it is printed."""
        sequence, _colon, digest = text.strip().partition(":")
        if not sequence.isdecimal() or len(digest) < 16 or set(digest.lower()) - set("0123456789abcdef"):
            raise UserError(
                gettext_noop("“%(text)s” is no anchor."),
                field="anchor",
                mend=gettext_noop("Write it as printed: number:hash, at least sixteen characters of the hash."),
                facts={"text": text},
            )
        return cls(int(sequence), digest.lower(), where)


Check = Callable[[], Iterator[Fault]]
Anchors = Callable[[], list[Anchor]]
_checks: list[Check] = []
_anchors: list[Anchors] = []


def also_check(check: Check) -> None:
    """A part of the room compares its own rows with what the journal keeps of them."""
    _checks.append(check)


def also_anchored(anchors: Anchors) -> None:
    """A part of the room holds anchors in its papers."""
    _anchors.append(anchors)


def faults(anchors: list[Anchor] | None = None) -> list[Fault]:
    """Everything that does not hold, in order of the chain; empty when nobody has touched it. Walks the whole journal."""
    asked = [*(anchors or []), *(one for known in _anchors for one in known())]
    wanted: dict[int, list[Anchor]] = {}
    for anchor in asked:
        wanted.setdefault(anchor.sequence, []).append(anchor)
    found: list[Fault] = []
    previous, expected = FIRST_HASH, 1
    for entry in JournalEntry.objects.order_by("sequence").iterator(chunk_size=2000):
        if entry.sequence > expected:
            gap = (str(expected), str(entry.sequence - 1))
            found.append(Fault(expected, "missing", gap if gap[0] != gap[1] else gap[:1]))
        if entry.hash != entry_hash(entry):
            found.append(Fault(entry.sequence, "changed", changed_facts(entry)))
        elif entry.previous_hash != previous and entry.sequence == expected:
            found.append(Fault(entry.sequence, "unlinked", ("previous_hash",)))
        if any(not entry.hash.startswith(one.hash) for one in wanted.pop(entry.sequence, [])):
            found.append(Fault(entry.sequence, "apart", ("hash",)))
        previous, expected = entry.hash, entry.sequence + 1
    found += [Fault(sequence, "cut", (str(expected - 1),)) for sequence in sorted(wanted) if sequence >= expected]
    for check in _checks:
        found += check()
    return sorted(set(found), key=lambda fault: (fault.sequence, fault.what))


def changed_facts(entry: JournalEntry) -> tuple[str, ...]:
    """Which facts of a row are not as they were written; the hash itself where the facts are."""
    now = marks_of(entry)
    if not entry.marks:
        return ()
    names = [
        name
        for number, name in enumerate(facts_of(entry))
        if now[number * MARK : (number + 1) * MARK] != entry.marks[number * MARK : (number + 1) * MARK]
    ]
    return tuple(names) or ("hash",)


def broken_links() -> list[int]:
    """The sequence numbers at which the chain does not hold; empty when nobody has touched it."""
    return sorted({fault.sequence for fault in faults()})
