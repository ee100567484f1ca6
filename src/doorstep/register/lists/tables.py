"""Open a spreadsheet or text table, whatever it is called, within limits."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from typing import Any

from doorstep.errors import UserError, gettext_noop

Cell = Any
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
PAGES = (b"<html", b"<!doctype", b"<table", b"<?xml", b"%pdf", b"{\\rtf")
MANY_LINES = 8  # a cell of more lines than that has swallowed its neighbours
MEND = gettext_noop("Open it in a spreadsheet program and save it as .xlsx or as CSV (UTF-8), then bring that file.")
CHOOSE = gettext_noop("Choose the file that holds the list.")
CUT = gettext_noop("Cut it into several lists, one a compound.")


@dataclass(frozen=True)
class Limits:
    """What a file may hold: bytes, rows of a sheet, columns, unpacked bytes, and how far it may unpack."""

    max_bytes: int = 60_000_000
    max_rows: int = 400_000
    max_columns: int = 200
    max_unpacked: int = 900_000_000
    max_ratio: int = 250


@dataclass(frozen=True)
class Sheet:
    """One sheet; `rows[0]` is the first row of the sheet, so a row's number is its index + 1."""

    name: str
    rows: list[list[Cell]]


def open_table(data: bytes, filename: str, limits: Limits = Limits()) -> list[Sheet]:
    """The sheets of an XLSX, XLS, ODS, CSV or TSV. Raises UserError with what to do about an unreadable file."""
    if not data.strip():
        raise UserError(gettext_noop("%(file)s is empty."), field="file", mend=CHOOSE, facts={"file": filename})
    if len(data) > limits.max_bytes:
        raise UserError(
            gettext_noop("%(file)s is larger than %(size)s MB."),
            field="file",
            mend=CUT,
            facts={"file": filename, "size": limits.max_bytes // 1_000_000},
        )
    sheets = _workbook(data, filename, limits) if data.startswith((ZIP, OLE)) else [_text(data, filename)]
    filled = [Sheet(sheet.name, _cut(sheet.rows, filename, limits)) for sheet in sheets]
    filled = [sheet for sheet in filled if sheet.rows]
    if not filled:
        raise UserError(gettext_noop("%(file)s holds no rows."), field="file", mend=CHOOSE, facts={"file": filename})
    return filled


def _workbook(data: bytes, filename: str, limits: Limits) -> list[Sheet]:
    import python_calamine

    if data.startswith(ZIP):
        _check_zip(data, filename, limits)
    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        return [Sheet(name, _sheet_rows(book, name)) for name in book.sheet_names]
    except UserError:
        raise
    except Exception as error:  # the reader raises many kinds; each means the same to the user
        protected = "password" in str(error).lower() or "encrypt" in str(error).lower()
        if protected:
            message = gettext_noop("%(file)s is protected by a password.")
            mend = gettext_noop("Take the password off and save it again.")
        else:
            message, mend = gettext_noop("%(file)s cannot be read."), MEND
        raise UserError(message, field="file", mend=mend, facts={"file": filename}) from error
    except BaseException as error:  # a panic of the native reader is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise UserError(
            gettext_noop("%(file)s is damaged."), field="file", mend=MEND, facts={"file": filename}
        ) from error


def _sheet_rows(book: Any, name: str) -> list[list[Cell]]:
    sheet = book.get_sheet_by_name(name)
    rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, right) in getattr(sheet, "merged_cell_ranges", None) or ():
        if bottom >= len(rows) or (bottom - top) * (right - left) > 5000:
            continue
        value = rows[top][left] if left < len(rows[top]) else ""
        for row in range(top, bottom + 1):
            for column in range(left, min(right, len(rows[row]) - 1) + 1):
                rows[row][column] = value
    return rows


def _check_zip(data: bytes, filename: str, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UserError(
            gettext_noop("%(file)s is damaged or cut short."),
            field="file",
            mend=gettext_noop("Bring the file again."),
            facts={"file": filename},
        ) from error
    if unpacked > limits.max_unpacked or unpacked > limits.max_ratio * max(len(data), 20_000):
        raise UserError(
            gettext_noop("%(file)s unpacks to far too much."), field="file", mend=MEND, facts={"file": filename}
        )


def _text(data: bytes, filename: str) -> Sheet:
    if data.lstrip(b"\xef\xbb\xbf \r\n\t")[:300].lower().startswith(PAGES):
        raise UserError(
            gettext_noop("%(file)s is a page or a document, not a table."),
            field="file",
            mend=MEND,
            facts={"file": filename},
        )
    text = _decoded(data, filename).replace("\x00", "").lstrip("\ufeff")
    sample = [line for line in text.splitlines()[:30] if line.strip()]
    delimiter = max("\t,;|", key=lambda mark: sum(min(line.count(mark), 30) for line in sample))
    csv.field_size_limit(1_000_000)
    try:
        return Sheet("1", _cells(text, delimiter))
    except csv.Error as error:
        raise UserError(
            gettext_noop("%(file)s is not a table."), field="file", mend=MEND, facts={"file": filename}
        ) from error


def _cells(text: str, delimiter: str) -> list[list[Cell]]:
    """The rows of a text table. A quote that is opened and never closed must not swallow the rows below it."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        rows: list[list[Cell]] = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if any(str(cell).count("\n") > MANY_LINES for row in rows for cell in row):
        plain = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)
        return [[cell.strip('"') for cell in row] for row in plain]
    return rows


def _decoded(data: bytes, filename: str) -> str:
    """The text of a file in any of the usual encodings, line by line where two of them are mixed."""
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _control(text) < 5:
            return text
    text = "".join(_line(line) for line in data.splitlines(keepends=True))
    if _control(text) > 5:
        raise UserError(gettext_noop("%(file)s is not a table."), field="file", mend=MEND, facts={"file": filename})
    return text


def _encodings(data: bytes) -> list[str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    head = data.rstrip(b"\x00")[:2000]
    if head.count(0) > len(head) // 20:  # commas and line ends of UTF-16 leave a NUL in each
        return ["utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be", "utf-8-sig"]
    return ["utf-8-sig", "gb18030"]


def _line(line: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    text = line.decode("utf-8", "replace")
    latin = sum(byte > 127 for byte in line) * 4 < len(line) and not any(0x4E00 <= ord(char) <= 0x9FFF for char in text)
    return line.decode("latin-1") if latin else text


def _control(text: str) -> int:
    """How many characters at the beginning no text has."""
    return sum(char < " " and char not in "\r\n\t\x00" for char in text[:2000])


def _cut(rows: list[list[Cell]], filename: str, limits: Limits) -> list[list[Cell]]:
    while rows and not any(str(cell).strip() for cell in rows[-1] if cell is not None):
        rows.pop()
    if len(rows) > limits.max_rows:
        raise UserError(
            gettext_noop("%(file)s has %(rows)s rows; %(limit)s is the limit."),
            field="file",
            mend=CUT,
            facts={"file": filename, "rows": len(rows), "limit": limits.max_rows},
        )
    return [row[: limits.max_columns] for row in rows]
