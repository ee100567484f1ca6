"""Tables out: every list leaves as XLSX or CSV, and nothing in it can run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

RISKY = ("=", "+", "-", "@", "\t", "\r")


def safe_text(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(RISKY):
        return "'" + value
    return value


def to_csv(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with a BOM, so that a Chinese Excel opens it as it is."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([safe_text(_plain(value)) for value in row])
    return ("\ufeff" + out.getvalue()).encode()


def to_xlsx(
    headings: Sequence[str], rows: Iterable[Sequence[Any]], *, sheet: str = "Doorstep", mark: str = ""
) -> bytes:
    """One sheet with a frozen heading. Strings are written as strings, whatever they begin with.

    `mark` says who took the list and when (F21): it stands in the file's properties and at the foot of each printed page.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet(sheet[:31])
    if mark:
        book.set_properties({"author": mark, "comments": mark})
        page.set_footer("&L" + mark.replace("&", "&&") + "&R&P / &N")
    bold = book.add_format({"bold": True, "bg_color": "#EEEEEE"})
    for column, heading in enumerate(headings):
        page.write_string(0, column, str(heading), bold)
        page.set_column(column, column, max(10, min(40, 2 * len(str(heading)))))
    page.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            plain = _plain(value)
            if isinstance(plain, bool) or not isinstance(plain, int | float):
                page.write_string(number, column, "" if plain is None else str(plain))
            else:
                page.write_number(number, column, plain)
    book.close()
    return out.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set):
        return "、".join(str(item) for item in value)
    return value
