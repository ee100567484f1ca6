"""A protocol block by block in plain words, each value with its source and mark: what pages and the terminal print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from doorstep.protocol.basis import nearest_basis
from doorstep.protocol.schema import Condition, Part, Protocol
from doorstep.protocol.schema.paths import is_text

SHORT = 4
NAMES = ("code", "title", "stage", "name")


@dataclass(frozen=True)
class Line:
    """One value in words, or a heading (`value` empty). `depth` is how far it stands in.

    A line without `mark` has the basis of the nearest heading above it that bears one.
    """

    path: str
    depth: int
    label: str
    value: str
    mark: str = ""
    source: str = ""

    @property
    def is_heading(self) -> bool:
        return not self.value


@dataclass(frozen=True)
class Section:
    """A block. `mark` and `source` hold for each of its lines that bears none and has no heading that does."""

    key: str
    title: str
    lines: tuple[Line, ...]
    mark: str = ""
    source: str = ""


@cache
def words() -> dict[str, dict[str, list[str]]]:
    """words.yaml."""
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text("utf-8"))
    return loaded


def said(kind: str, key: str, lang: str) -> str:
    """A word of words.yaml in `zh` or `en`; the key itself where it has none."""
    pair = words()[kind].get(key)
    return pair[0 if lang == "zh" else 1] if pair else key


def explain(protocol: Protocol, lang: str, *, brief: bool = True) -> tuple[Section, ...]:
    """Every block that the file gives, zones first. `brief` says a small entry in one line; without it each value has its own."""
    teller = _Teller(protocol, lang, brief)
    found = []
    for block in words()["blocks"]:
        value = getattr(protocol, block)
        if block not in protocol.model_fields_set or not value:
            continue
        lines = tuple(teller.block(block, value))
        if lines:
            found.append(_section(block, said("blocks", block, lang), lines))
    return tuple(found)


def _section(key: str, title: str, lines: tuple[Line, ...]) -> Section:
    head, *rest = _said_once([Line(key, -1, title, ""), *lines])
    return Section(key, title, tuple(rest), head.mark, head.source)


def _said_once(lines: list[Line]) -> list[Line]:
    """A basis that most lines below a heading have is said there; a line that differs says its own."""
    found, said_at = [], {-2: ("", "")}  # depth -> the basis that holds there
    for place, line in enumerate(lines):
        above = said_at[max(depth for depth in said_at if depth < line.depth)]
        said_at = {depth: basis for depth, basis in said_at.items() if depth < line.depth}
        own = _most_common(_below(lines, place)) if line.is_heading else (line.mark, line.source)
        said_at[line.depth] = own if own[0] else above
        mark, source = own if own != above else ("", "")
        found.append(replace(line, mark=mark, source=source))
    return found


def _below(lines: list[Line], place: int) -> list[Line]:
    depth = lines[place].depth
    return list(takewhile(lambda other: other.depth > depth, lines[place + 1 :]))


def _most_common(lines: list[Line]) -> tuple[str, str]:
    counts = Counter((line.mark, line.source) for line in lines if not line.is_heading)
    (basis, count), *_ = counts.most_common(1)
    return basis if count * 2 > counts.total() else ("", "")


class _Teller:
    """Walks the parts of one protocol in one language."""

    def __init__(self, protocol: Protocol, lang: str, brief: bool) -> None:
        self.protocol, self.lang, self.brief = protocol, lang, brief
        self.names = _names(protocol)

    def block(self, block: str, value: Any) -> Iterator[Line]:
        if isinstance(value, Part):
            yield from self._part(value, block, 0)
        elif isinstance(value, Mapping | tuple):
            yield from self._many(block, value, block, 0)
        else:
            yield self._line(block, 0, said("blocks", block, self.lang), self._scalar(block, value))

    def _part(self, part: Part, path: str, depth: int) -> Iterator[Line]:
        for field in type(part).model_fields:
            value = getattr(part, field)
            if field in part.model_fields_set and field not in NAMES and value not in (None, (), {}, ""):
                yield from self._field(part, field, value, f"{path}.{field}", depth)

    def _field(self, part: Part, field: str, value: Any, path: str, depth: int) -> Iterator[Line]:
        label = self._label(part, field)
        if field == "declared":
            yield self._line(path, depth, label, self._titled(part))
        elif field == "serious":
            answers = getattr(part, "answers", {})
            yield self._line(path, depth, label, self._joined(answers[code][self.lang] for code in value))
        elif is_text(value):
            yield self._line(path, depth, label, value[self.lang])
        elif isinstance(value, Part):
            if _is_plain(value):
                yield self._line(f"{path}.title", depth, label, self._titled(value))
                return
            yield Line(path, depth, label, "")
            yield from self._part(value, path, depth + 1)
        elif isinstance(value, Mapping) or (isinstance(value, tuple) and isinstance(value[0], Part | dict)):
            yield Line(path, depth, label, "")
            yield from self._many(field, value, path, depth + 1)
        elif isinstance(value, tuple):
            yield self._line(path, depth, label, self._joined(self._scalar(field, entry) for entry in value))
        else:
            yield self._line(path, depth, label, self._scalar(field, value))

    def _many(self, field: str, value: Any, path: str, depth: int) -> Iterator[Line]:
        pairs = value.items() if isinstance(value, Mapping) else ((None, entry) for entry in value)
        for place, (key, entry) in enumerate(pairs):
            name = key or getattr(entry, "code", None) or getattr(entry, "stage", None) or str(place)
            where = f"{path}.{name}"
            if isinstance(entry, Part) and _is_plain(entry):
                yield self._line(f"{where}.title", depth, "", self._titled(entry))
            elif isinstance(entry, Part):
                yield from self._entry(entry, key and self._scalar(field, key), where, depth)
            elif is_text(entry):
                label = self._scalar(field, key) if field == "substitutes" else ""
                yield self._line(where, depth, label, entry[self.lang])
            else:
                yield self._line(where, depth, self._scalar(field, key), self._scalar(f"{field}=", entry))

    def _entry(self, entry: Part, key: str | None, path: str, depth: int) -> Iterator[Line]:
        heading = self._titled(entry) or key
        short = None if isinstance(entry, Condition) else self._short(entry, heading or "", path, depth)
        if short:
            yield short
        elif heading and not isinstance(entry, Condition):
            given = getattr(entry, "title", None) or getattr(entry, "name", None)
            field = "title" if getattr(entry, "title", None) else "name"
            if given:
                yield replace(self._line(f"{path}.{field}", depth, heading, ""), value="")
            else:
                yield Line(path, depth, heading, "")
            yield from self._part(entry, path, depth + 1)
        else:
            yield from self._part(entry, path, depth)

    def _short(self, entry: Part, heading: str, path: str, depth: int) -> Line | None:
        """A small entry in one line, where its values have one basis."""
        lines = list(self._part(entry, path, depth))
        if not self.brief or len(lines) > SHORT or any(line.is_heading for line in lines):
            return None
        if len({(line.mark, line.source) for line in lines}) > 1:
            return None
        unit = next((line.value for line in lines if line.path.endswith(".unit")), "")
        values = [line for line in lines if not line.path.endswith(".unit")]
        said_ = [f"{line.label} {line.value}" if line.label else line.value for line in values]
        if unit:
            said_[0] += f" {unit}" if values[0].value[-1].isdigit() else f" ({unit})"
        return replace(lines[0], label=heading, value=" · ".join(said_))

    def _label(self, part: Part, field: str) -> str:
        for kind in type(part).__mro__:
            if f"{kind.__name__}.{field}" in words()["fields"]:
                return said("fields", f"{kind.__name__}.{field}", self.lang)
        return said("fields", field, self.lang)

    def _titled(self, part: Part) -> str:
        title = getattr(part, "title", None) or getattr(part, "name", None)
        return title[self.lang] if title else ""

    def _joined(self, values: Iterator[str]) -> str:
        return ("、" if self.lang == "zh" else ", ").join(values)

    def _scalar(self, field: str, value: Any) -> str:
        if isinstance(value, bool):
            return said("phrases", "yes" if value else "no", self.lang)
        if isinstance(value, int | float):
            return f"{value:g}"
        named = self.names.get(field, {}).get(value)
        if named:
            return named[self.lang]
        own = f"{field}.{value}"
        return said("values", own if own in words()["values"] else str(value), self.lang)

    def _line(self, path: str, depth: int, label: str, value: str) -> Line:
        basis = nearest_basis(self.protocol, path)
        return Line(path, depth, label, value, basis.mark, basis.source)


def _is_plain(part: Part) -> bool:
    """Only a code and a title."""
    return not (part.model_fields_set - set(NAMES))


def _names(protocol: Protocol) -> dict[str, dict[str, dict[str, str]]]:
    """For fields that hold codes of the file itself: the titles of those codes. `field=` is the value under a key."""
    zones = {key: zone.title for key, zone in protocol.zones.items()}
    paths = {key: path.title for key, path in protocol.pathways.items()}
    sampling = protocol.sampling
    tubes = {key: tube.title for key, tube in sampling.tubes.items()} if sampling else {}
    named = dict.fromkeys(
        ("limit_hours", "two_way", "weights", "missed_checks", "never_companions", "power_classes"), protocol.classes
    )
    named |= dict.fromkeys(("zones", "then", "becomes=", "lifting", "zone_tests"), zones)
    kinds = {code: {"zh": pair[0], "en": pair[1]} for code, pair in words()["kinds"].items()}
    kinds |= {f"kit:{kit.code}": kit.title for kit in protocol.supply.kits}
    named["buffer_minutes"] = {code: {"zh": pair[0], "en": pair[1]} for code, pair in words()["crossers"].items()}
    named |= dict.fromkeys(("before_hour", "skills", "alone", "extra_s"), kinds)
    named |= {
        "only": zones | paths,
        "call_hours": {one.code: one.title for one in protocol.requests.levels} if protocol.requests else {},
        "tube": tubes,
        "sample": sampling.samples if sampling else {},
        "level": protocol.ppe.levels if protocol.ppe else {},
        "covers": protocol.exit_kinds,
        "exits": protocol.exit_kinds,
        "warn_hours": protocol.medicine.classes if protocol.medicine else {},
    }
    return named
