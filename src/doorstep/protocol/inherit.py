"""Blocks taken from a shared file: one level, only what is named, and every value keeps the basis of its own file.

A file's own keys are laid over the taken ones: maps key by key, lists whose entries carry a `code` by their code,
everything else is replaced. `extends` stays in the protocol, so that whoever reads it sees what was taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from doorstep.protocol.schema import IDENTITY, Fault
from doorstep.protocol.schema.paths import is_text, leaves, nearest

Content = dict[str, Any]


@dataclass
class Inherited:
    """A file with what it takes laid under it, and what is wrong with the taking."""

    content: Content
    faults: list[Fault] = field(default_factory=list)


def taken_by(content: Content) -> list[tuple[str, list[str]]]:
    """Which blocks a file takes from which shared file; malformed entries are left to the schema."""
    found = []
    for entry in content.get("extends") or []:
        if isinstance(entry, Mapping) and isinstance(entry.get("file"), str) and isinstance(entry.get("take"), list):
            found.append((entry["file"], [str(block) for block in entry["take"]]))
    return found


def inherit(content: Content, shared: Mapping[str, Content]) -> Inherited:
    """The file laid over the blocks it takes. `shared` holds every shared file that it names."""
    found = Inherited({key: value for key, value in content.items() if key not in ("sources", "basis")})
    sources: Content = {}
    basis: Content = {}
    for place, (name, blocks) in enumerate(taken_by(content)):
        under = shared[name]
        if "extends" in under:
            found.faults.append(
                Fault(
                    f"extends.{place}.file", f"{name} takes from another file itself.", "Take from that file directly."
                )
            )
        for block in blocks:
            if block in IDENTITY or block not in under:
                has = ", ".join(key for key in under if key not in IDENTITY)
                found.faults.append(Fault(f"extends.{place}.take", f"{name} has no block {block!r}.", f"It has {has}."))
                continue
            found.content[block] = laid_over(content[block], under[block]) if block in content else under[block]
            lines = _lines(under.get("basis"), block)
            basis |= lines
            sources |= {line["source"]: under.get("sources", {}).get(line["source"], "") for line in lines.values()}
    own_sources, own_basis = _mapping(content.get("sources")), _mapping(content.get("basis"))
    mine = dict(leaves({key: value for key, value in content.items() if key not in IDENTITY}))
    basis = {path: line for path, line in basis.items() if not (path in mine and path in own_basis)}
    found.faults += _clashes(own_sources, sources, own_basis, basis)
    found.faults += _misattributed(mine, found.content, own_basis, basis)
    found.content["sources"] = {**sources, **own_sources} if sources else content.get("sources")
    found.content["basis"] = {**basis, **own_basis} if basis else content.get("basis")
    return Inherited({key: value for key, value in found.content.items() if value is not None}, found.faults)


def laid_over(own: Any, under: Any) -> Any:
    """One value over another."""
    if isinstance(own, Mapping) and isinstance(under, Mapping) and not is_text(own):
        merged = dict(under)
        for key, value in own.items():
            merged[key] = laid_over(value, under[key]) if key in under else value
        return merged
    if _coded(own) and _coded(under):
        mine = {entry["code"]: entry for entry in own}
        old = [laid_over(mine.pop(entry["code"], {}), entry) for entry in under]
        return [*old, *mine.values()]
    return own


def _coded(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(e, Mapping) and "code" in e for e in value)


def _mapping(value: Any) -> Content:
    return dict(value) if isinstance(value, Mapping) else {}


def _lines(basis: Any, block: str) -> Content:
    lines = _mapping(basis)
    return {
        path: dict(line)
        for path, line in lines.items()
        if (path == block or path.startswith(f"{block}.")) and isinstance(line, Mapping) and "source" in line
    }


def _clashes(own_sources: Content, sources: Content, own_basis: Content, basis: Content) -> Iterable[Fault]:
    for name in sorted(own_sources.keys() & sources.keys()):
        if own_sources[name] != sources[name]:
            yield Fault(
                f"sources.{name}", "A taken block has another source of this name.", "Give your source another name."
            )
    for path in sorted(own_basis.keys() & basis.keys()):
        yield Fault(
            f"basis.{path}", "This basis comes with a taken block.", "Name only the values that you change, one by one."
        )


def _misattributed(mine: Content, merged: Content, own: Content, taken: Content) -> Iterable[Fault]:
    """A value must rest on a basis of the file in which it stands."""
    if not taken:
        return
    for path, _ in leaves({key: value for key, value in merged.items() if key not in IDENTITY}):
        line = nearest(path, own | taken)
        if line is None or path.endswith(".code"):
            continue
        if path in mine and line in taken:
            yield Fault(
                f"basis.{path}",
                "You change a taken value without saying where yours comes from.",
                f"Add `{path}` under `basis`.",
            )
        elif path not in mine and line in own:
            yield Fault(
                f"basis.{line}",
                f"It would claim {path}, which is taken.",
                "Name only the values that you change, one by one.",
            )
