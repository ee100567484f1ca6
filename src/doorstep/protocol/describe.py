"""A protocol as text for the terminal, for whoever reads rules for a living."""

from __future__ import annotations

from doorstep.protocol.explain import Line, Section, explain, said
from doorstep.protocol.schema import MARKS, Protocol


def describe(protocol: Protocol, lang: str) -> str:
    """Every block of a file in `zh` or `en`, each value with its mark and the name of its source; sources at the end."""
    lines = [f"{protocol.title[lang]}  ({protocol.id})", protocol.issuer[lang]]
    for section in explain(protocol, lang):
        lines += ["", section.title + _basis(section, lang)]
        lines += [_line(line, lang) for line in section.lines]
    if protocol.extends:
        lines += ["", said("phrases", "taken", lang)]
        named = {one.file: ", ".join(said("blocks", block, lang) for block in one.take) for one in protocol.extends}
        lines += [f"  {file}: {blocks}" for file, blocks in named.items()]
    used = {basis.mark for basis in protocol.basis.values()}
    lines += ["", said("phrases", "marks", lang)]
    lines += [f"  {said('marks', mark, lang)}: {said('meanings', mark, lang)}" for mark in MARKS if mark in used]
    lines += ["", said("phrases", "sources", lang)]
    lines += [f"  {name}: {text[lang]}" for name, text in protocol.sources.items()]
    return "\n".join(lines)


def _line(line: Line, lang: str) -> str:
    indent = "  " * (line.depth + 1)
    if line.is_heading:
        return f"{indent}{line.label}{_basis(line, lang)}"
    text = f"{line.label}: {line.value}" if line.label else f"· {line.value}"
    return indent + text + _basis(line, lang)


def _basis(part: Line | Section, lang: str) -> str:
    return f"  [{said('marks', part.mark, lang)}: {part.source}]" if part.mark else ""
