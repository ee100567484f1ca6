"""A paper as plain blocks: the same report as PDF, as DOCX and as text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from doorstep.paper import chinese_type, pdf

FOLDER = Path(__file__).parent / "paper"


@dataclass(frozen=True)
class Block:
    """One part of a paper: "heading", "text", "list", "table" or "bars"."""

    kind: str
    text: str = ""
    lines: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    bars: list[tuple[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Paper:
    """A paper with its title, what stands below it, its blocks and what stands at the foot of each page."""

    title: str
    subtitle: str
    footer: str
    blocks: list[Block]
    lang: str


def heading(text: str) -> Block:
    return Block("heading", text)


def text(said: str) -> Block:
    return Block("text", said)


def lines(said: str | Sequence[str]) -> Block:
    """Sentences, one a line, as a list."""
    found = said.splitlines() if isinstance(said, str) else list(said)
    return Block("list", lines=[line.strip() for line in found if line.strip()])


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> Block:
    return Block("table", heads=list(heads), rows=[[str(cell) for cell in row] for row in rows])


def bars(title: str, values: Sequence[tuple[str, float]]) -> Block:
    return Block("bars", title, bars=[(label, float(value)) for label, value in values])


def to_pdf(paper: Paper, *, at: datetime) -> bytes:
    """The paper as PDF with its type in it."""
    return pdf(FOLDER / "report.typ", asdict(paper), at=at)


def to_text(paper: Paper) -> str:
    """The paper as plain text, to paste into a message."""
    said = [paper.title, paper.subtitle, ""]
    for block in paper.blocks:
        if block.kind == "heading":
            said += ["", f"【{block.text}】" if paper.lang == "zh" else block.text.upper()]
        elif block.kind == "text":
            said.append(block.text)
        elif block.kind == "list":
            said += [f"· {line}" for line in block.lines]
        elif block.kind == "table":
            said += [" | ".join(cell for cell in row if cell) for row in block.rows]
    return "\n".join(said).strip() + "\n"


def to_docx(paper: Paper, *, at: datetime) -> bytes:
    """The paper as DOCX. Latin and Chinese runs each have their type named, so that no program puts boxes there."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    face = chinese_type()
    document = Document()
    for style in ("Normal", "Title", "Heading 1", "Heading 2", "List Bullet", "Table Grid"):
        fonts = document.styles[style].element.get_or_add_rPr().get_or_add_rFonts()
        for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(name), face)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    document.styles["Normal"].font.size = Pt(10.5)
    document.core_properties.title = paper.title
    document.core_properties.author = "Doorstep"
    document.core_properties.created = document.core_properties.modified = at.replace(tzinfo=None)
    document.add_heading(paper.title, 0)
    under = document.add_paragraph().add_run(paper.subtitle)
    under.font.color.rgb = RGBColor(0x55, 0x55, 0x55)
    for block in paper.blocks:
        _add(document, block)
    document.sections[0].footer.paragraphs[0].text = paper.footer
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _add(document: Any, block: Block) -> None:
    if block.kind == "heading":
        document.add_heading(block.text, 1)
    elif block.kind == "text":
        document.add_paragraph(block.text)
    elif block.kind == "list":
        for line in block.lines:
            document.add_paragraph(line, style="List Bullet")
    else:
        heads, rows = block.heads, block.rows
        if block.kind == "bars":
            document.add_paragraph(block.text)
            heads, rows = [label for label, _value in block.bars], [[f"{value:g}" for _label, value in block.bars]]
        grid = document.add_table(rows=1 if heads else 0, cols=len(heads or rows[0]), style="Table Grid")
        for cell, head in zip(grid.rows[0].cells if heads else [], heads, strict=False):
            cell.text = ""
            cell.paragraphs[0].add_run(head).bold = True
        for row in rows:
            for cell, value in zip(grid.add_row().cells, row, strict=False):
                cell.text = value
        document.add_paragraph()
