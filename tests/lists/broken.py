"""Broken household lists made from real shapes: each says how many good rows must survive. Names are invented."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl
import xlwt
from odf import opendocument
from odf.table import Table, TableCell, TableRow
from odf.text import P

Row = list[Any]
Rows = list[Row]
PEOPLE = 12
FAMILY, GIVEN = "柳杨梅林桂松", "青蓝白红紫黄"


@dataclass(frozen=True)
class Shape:
    """A form in which a committee keeps its list: the heading and the rows, `room` and `note` by their columns."""

    code: str
    heading: Row
    rows: Rows
    room: int
    name: int
    age: int
    note: int


@dataclass(frozen=True)
class Case:
    """One file: its bytes, its name, and what must come of it. `good` None: it must be refused with a mend."""

    code: str
    data: bytes
    filename: str
    good: int | None
    bad: int | None = None


def names() -> list[str]:
    return [FAMILY[n % 6] + GIVEN[n // 6 % 6] + GIVEN[n % 6] for n in range(PEOPLE)]


def shapes() -> list[Shape]:
    """Five forms of the same twelve people."""
    columns = [
        [n + 1, f"{n % 3 + 1}号楼", f"{n % 2 + 1}单元", f"{n % 6 + 1}01", who, "男女"[n % 2], 30 + n, "独居"]
        for n, who in enumerate(names())
    ]
    address = [[n + 1, f"{r[1]}{r[2]}{r[3]}室", r[4], f"{1950 + n}年5月", "高血压"] for n, r in enumerate(columns)]
    english = [[f"Bldg {n % 3 + 1}", str(n % 2 + 1), r[3], r[4], r[6], "lives alone"] for n, r in enumerate(columns)]
    homes = [[f"{n % 3 + 1}栋{n % 6 + 1}0{n % 4 + 1}", r[4], 1 + n % 4, "租户"] for n, r in enumerate(columns)]
    dashed = [[f"{n % 3 + 1}-{n % 2 + 1}-{r[3]}", r[4], f"{r[6]}岁", "糖尿病"] for n, r in enumerate(columns)]
    return [
        Shape("columns", ["序号", "楼栋", "单元", "室号", "姓名", "性别", "年龄", "备注"], columns, 3, 4, 6, 7),
        Shape("address", ["序号", "居住地址", "姓名", "出生年月", "特殊情况"], address, 1, 2, 3, 4),
        Shape("english", ["building", "unit", "room", "name", "age", "notes"], english, 2, 3, 4, 5),
        Shape("homes", ["地址", "户主", "人数", "备注"], homes, 0, 1, 2, 3),
        Shape("dashed", ["门牌", "姓名", "年龄", "备注"], dashed, 0, 1, 2, 3),
    ]


Break = Callable[[Shape, Rows, random.Random], tuple[Rows, int, int]]


def _swapped(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    order = list(range(len(shape.heading)))
    chance.shuffle(order)
    return [[row[n] for n in order] for row in rows], PEOPLE, 0


def _blank_headings(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return [[row[0], "", *row[1:], "", ""] for row in rows], PEOPLE, 0


def _unknown_headings(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    head, *body = rows
    return [["网格员", *head, "打印"], *(["某某", *row, "√"] for row in body)], PEOPLE, 0


def _twice(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    head, *body = rows
    return [[*head, head[shape.note]], *([*row, "养狗"] for row in body)], PEOPLE, 0


def _titles(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return [["某某社区居民登记表"], [], ["填表人：某某", "", "填表日期：2021年12月"], *rows], PEOPLE, 0


def _two_headings(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    head, *body = rows
    return [["基本情况"] + [""] * (len(head) - 1), head, *body], PEOPLE, 0


def _heading_again(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return [*rows[:6], rows[0], *rows[6:]], PEOPLE, 1


def _comment(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    row: Row = [""] * len(shape.heading)
    row[shape.room] = "以下为租户，请核实"
    return [*rows[:4], row, *rows[4:]], PEOPLE, 1


def _blank_rows(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    body = [line for row in rows[1:] for line in (row, [""] * len(row), [])]
    return [rows[0], *body, *([""] for _ in range(300))], PEOPLE, 0


def _wide(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    table = str.maketrans("0123456789-", "０１２３４５６７８９－")
    return [[str(cell).translate(table) for cell in row] for row in rows], PEOPLE, 0


def _letter_o(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return _at(rows, shape.room, lambda text: text.replace("01", "o1")), PEOPLE, 0


def _slip(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return _at(rows, shape.room, lambda text: text.removesuffix("室") + "是"), PEOPLE, 0


def _spaces(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    body = [[f" \u3000{cell}\u00a0 " if isinstance(cell, str) else cell for cell in row] for row in rows[1:]]
    return [rows[0], *body], PEOPLE, 0


def _ages(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    if shape.code == "homes":
        return _at(rows, shape.age, lambda text: f"{text}人"), PEOPLE, 0
    said = ["83岁", "6个月", "1938-5", "1938年5月12日", "19380512", "38.5.1", "不详", "八十", "1938/13/45", "83周岁"]
    return [rows[0], *_put(rows[1:], shape.age, said)], PEOPLE, 0


def _negative(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    if shape.code != "homes":
        return [rows[0], *_put(rows[1:], shape.age, [-3, 500, "-1"])], PEOPLE, 0
    return [rows[0], *_put(rows[1:4], shape.age, [-3, 500, "-1"]), *rows[4:]], PEOPLE - 3, 3


def _errors(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return [rows[0], *_put(rows[1:], shape.note, ["#REF!", "#N/A", "#VALUE!", "#NAME?"])], PEOPLE, 0


def _formulas(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    said = ['=HYPERLINK("http://x")', "=1+1", "+1", "-1", "@SUM(A1)", "\t=1"]
    return [rows[0], *_put(rows[1:], shape.note, said)], PEOPLE, 0


def _no_door(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    changed = _put(rows[1:5], shape.room, ["五楼东", "商务楼", "待核实", "不知道哪户"])
    return [rows[0], *changed, *rows[5:]], PEOPLE - 4, 4


def _huge(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return [rows[0], *_put(rows[1:2], shape.note, ["独居" * 9000]), *rows[2:]], PEOPLE, 0


def _long_name(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return [rows[0], *_put(rows[1:2], shape.name, ["柳" * 3000]), *rows[2:]], PEOPLE - 1, 1


def _ragged(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    last = max(shape.room, shape.name) + 1
    return [rows[0], *([*row, "多", "余"] if n % 2 else row[:last] for n, row in enumerate(rows[1:]))], PEOPLE, 0


def _newlines(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return [rows[0], *_put(rows[1:], shape.note, ['独居\n要"电话"', "糖尿病\r\n高血压"])], PEOPLE, 0


def _nothing(shape: Shape, rows: Rows, chance: random.Random) -> tuple[Rows, int, int]:
    return rows[:1], 0, 0


ROW_BREAKS: list[Break] = [
    *(_swapped, _blank_headings, _unknown_headings, _twice, _titles, _two_headings, _heading_again, _comment),
    *(_blank_rows, _wide, _letter_o, _slip, _spaces, _ages, _negative, _errors, _formulas, _no_door, _huge),
    *(_long_name, _ragged, _newlines, _nothing),
]


def _at(rows: Rows, column: int, change: Callable[[str], str]) -> Rows:
    return [rows[0], *([*row[:column], change(str(row[column])), *row[column + 1 :]] for row in rows[1:])]


def _put(rows: Rows, column: int, values: list[Any]) -> Rows:
    return [[*row[:column], values[n % len(values)], *row[column + 1 :]] for n, row in enumerate(rows)]


def as_xlsx(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append([_printable(cell) for cell in row])
    for line in page.iter_rows():
        for cell in line:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    return _bytes(book.save)


def as_xls(rows: Rows) -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("名单")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            page.write(number, column, cell)
    return _bytes(book.save)


def as_ods(rows: Rows) -> bytes:
    book = opendocument.OpenDocumentSpreadsheet()
    table = Table(name="名单")
    for row in rows:
        line = TableRow()
        for cell in row:
            one = TableCell(valuetype="string")
            for part in str(_printable(cell)).splitlines() or [""]:
                one.addElement(P(text=part))
            line.addElement(one)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    return _bytes(book.save)


def as_csv(rows: Rows, *, encoding: str = "utf-8", mark: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows(rows)
    return out.getvalue().encode(encoding)


def _printable(cell: Any) -> Any:
    return "".join(char for char in cell if char >= " " or char == "\n") if isinstance(cell, str) else cell


def _bytes(save: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


def row_cases() -> Iterator[Case]:
    """Each way to break the rows on each shape, in one of the coats in turn."""
    coats: list[tuple[str, Callable[[Rows], bytes]]] = [
        ("list.xlsx", as_xlsx),
        ("list.csv", as_csv),
        ("list.xls", as_xls),
        ("list.csv", lambda rows: as_csv(rows, encoding="gb18030", mark="\t")),
        ("list.ods", as_ods),
        ("list.csv", lambda rows: as_csv(rows, encoding="utf-16", mark=";")),
    ]
    number = 0
    for way in ROW_BREAKS:
        for shape in shapes():
            for filename, coat in (coats[number % 6], coats[(number + 1) % 6]):
                rows, good, bad = way(shape, [shape.heading, *shape.rows], random.Random(number))
                code = f"{way.__name__[1:]}-{shape.code}-{filename[5:]}-{number % 6}"
                yield Case(code, coat(rows), filename, good, bad)
            number += 1


def byte_cases() -> Iterator[Case]:
    """Files that arrive cut short, patched, renamed, mixed, or are something else."""
    shape = shapes()[0]
    rows = [shape.heading, *shape.rows]
    book, text = as_xlsx(rows), as_csv(rows)
    lines = text.splitlines(keepends=True)
    for share in (0.2, 0.5, 0.9, 0.99):
        yield Case(f"cut-{share}", book[: int(len(book) * share)], "list.xlsx", None)
    yield Case("renamed-xlsx", book, "list.csv", PEOPLE)
    yield Case("renamed-csv", text, "list.xlsx", PEOPLE)
    yield Case("renamed-xls", as_xls(rows), "list.xlsx", PEOPLE)
    yield Case("no-name", text, "", PEOPLE)
    yield Case("nul-cells", text.replace("独居".encode(), "独\x00居".encode()), "list.csv", PEOPLE)
    yield Case("nul-tail", text + b"\x00" * 4000, "list.csv", PEOPLE)
    yield Case("utf16-no-bom", text.decode().encode("utf-16-le"), "list.csv", PEOPLE)
    mixed = b"".join(line.decode().encode("gb18030") if n % 2 else line for n, line in enumerate(lines))
    yield Case("two-encodings", mixed, "list.csv", PEOPLE)
    yield Case("two-encodings-again", lines[0].decode().encode("gb18030") + b"".join(lines[1:]), "list.csv", PEOPLE)
    yield Case("broken-character", text.replace("独居".encode(), "独居".encode()[:-1]), "list.csv", PEOPLE)
    yield Case("bom-twice", b"\xef\xbb\xbf\xef\xbb\xbf" + text, "list.csv", PEOPLE)
    yield Case("open-quote", text.replace("独居".encode(), '"独居'.encode(), 1), "list.csv", PEOPLE)
    yield Case("old-newlines", text.replace(b"\r\n", b"\r"), "list.csv", PEOPLE)
    yield Case("latin-1", "building,room,name\n1,501,José\n1,502,Zoë\n".encode("latin-1"), "list.csv", 2)
    yield Case("html", b"<html><table><tr><td>501</td></tr></table></html>", "list.xls", None)
    yield Case("html-bom", b"\xef\xbb\xbf<HTML><body>501", "list.xls", None)
    yield Case("xml-2003", b'<?xml version="1.0"?><Workbook><Worksheet/></Workbook>', "list.xls", None)
    yield Case("pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj", "list.pdf", None)
    yield Case("rtf", b"{\\rtf1 501 }", "list.doc", None)
    yield Case("locked", _locked(), "list.xlsx", None)
    yield Case("ole-only", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "list.xls", None)
    yield Case("not-a-book", _zip({"word/document.xml": b"<w/>"}), "list.xlsx", None)
    yield Case("empty-zip", _zip({}), "list.xlsx", None)
    yield Case("bomb", _zip({"xl/worksheets/sheet1.xml": bytes(80_000_000)}), "list.xlsx", None)
    yield Case("nothing", b"", "list.xlsx", None)
    yield Case("only-spaces", b" \r\n\t\r\n", "list.csv", None)
    yield Case("only-bom", b"\xef\xbb\xbf", "list.csv", None)
    yield Case("titles-only", "某某社区\n填表日期：2021年\n".encode(), "list.csv", None)
    yield Case("chain", "1. 柳 501 两份\n2. 杨 302 一份不要辣\n3. 梅 401\n".encode(), "接龙.txt", None)
    yield Case("picture", b"\x89PNG\r\n\x1a\n" + random.Random(5).randbytes(2000), "list.png", None)
    chance = random.Random(11)
    for number in range(12):
        patched = bytearray(book)
        for _ in range(number + 1):
            patched[chance.randrange(len(patched))] = chance.randrange(256)
        yield Case(f"patched-{number}", bytes(patched), "list.xlsx", -1)
    for number in range(6):
        yield Case(f"noise-{number}", chance.randbytes(chance.randrange(1, 4000)), "list.xls", -1)


def sheet_cases() -> Iterator[Case]:
    """Books with merged cells, formulas, dates, more than one sheet."""
    shape = shapes()[0]
    rows = [shape.heading, *shape.rows]
    book = openpyxl.Workbook()
    book.active.append(["说明：名单在第二页"])
    page = book.create_sheet("名单")
    for row in rows:
        page.append(row)
    yield Case("second-sheet", _bytes(book.save), "list.xlsx", PEOPLE)
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append(row)
    page.insert_rows(1)
    page["A1"] = "某某社区"
    page.merge_cells("A1:H1")
    page.merge_cells("B3:B5")
    page.merge_cells("C3:C4")
    yield Case("merged", _bytes(book.save), "list.xlsx", PEOPLE)
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append(row)
    for number in range(2, 6):
        page[f"G{number}"] = f"=2021-19{number}0"
        page[f"H{number}"] = '=HYPERLINK("http://x.invalid","点")'
    yield Case("live-formulas", _bytes(book.save), "list.xlsx", PEOPLE)


def _locked() -> bytes:
    """The head of an OLE file that holds an encrypted package, as a password makes it."""
    name = "EncryptedPackage".encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + name + bytes(5000)


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def every_case() -> list[Case]:
    return [*row_cases(), *byte_cases(), *sheet_cases()]
