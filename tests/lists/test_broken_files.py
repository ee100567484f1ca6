"""Two hundred and more broken files: an answer for each, never a traceback, and no good row lost."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from lists.broken import Case, as_csv, as_xlsx, every_case

from doorstep.errors import UserError
from doorstep.register import lists
from doorstep.storage.tables import to_csv, to_xlsx

TODAY = date(2021, 12, 8)
CASES = every_case()


def read(case: Case) -> tuple[lists.Sheet, lists.Layout, lists.Reading] | UserError:
    """As the register reads a file: the first sheet that holds a list, or why there is none."""
    try:
        sheets = lists.open_table(case.data, case.filename)
    except UserError as error:
        return error
    last = UserError("no sheet")
    for sheet in sheets:
        try:
            layout = lists.guess_layout(sheet)
        except UserError as error:
            last = error
            continue
        return sheet, layout, lists.read_rows(sheet, layout, compound="柳树院", today=TODAY)
    return last


def test_there_are_enough_of_them():
    assert len(CASES) >= 200
    assert len({case.data for case in CASES}) >= 190


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case.code}" for number, case in enumerate(CASES)])
def test_a_broken_file_loses_no_good_row_and_gives_no_traceback(case):
    found = read(case)
    if isinstance(found, UserError):
        assert case.good in (None, -1), f"refused: {found.message}"
        assert found.mend
        return
    sheet, layout, reading = found
    if case.good == -1:
        assert reading.seen == len(sheet.rows) - layout.first_row
        return
    assert case.good is not None, "read as a list"
    assert len(reading.good) == case.good
    assert reading.seen == len(sheet.rows) - layout.first_row
    if case.bad is not None:
        assert len(reading.bad) == case.bad
    assert all(row.room and len(row.name) <= 80 for row in reading.good)
    if reading.bad:
        comes_back(sheet, layout, reading)


def comes_back(sheet: lists.Sheet, layout: lists.Layout, reading: lists.Reading) -> None:
    """Each bad row stands in the file with its reason and mend; nothing in it runs."""
    out = io.BytesIO()
    lists.bad_rows_file(sheet, layout, reading.bad, out)
    page = openpyxl.load_workbook(io.BytesIO(out.getvalue())).active
    assert page.max_row == len(reading.bad) + 1
    for number, bad in enumerate(reading.bad, start=2):
        cells = [cell.value for cell in page[number]]
        assert str(bad.row) in cells
        assert f"{bad.mend['zh']} / {bad.mend['en']}" in cells
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)


ROWS = [["楼栋", "室号", "姓名"], *([f"{n}号楼", "501", "柳青"] for n in range(40))]


@pytest.mark.parametrize(
    ("limits", "data"),
    [
        (lists.Limits(max_bytes=100), as_csv(ROWS)),
        (lists.Limits(max_rows=10), as_csv(ROWS)),
        (lists.Limits(max_rows=10), as_xlsx(ROWS)),
        (lists.Limits(max_unpacked=2000), as_xlsx(ROWS)),
    ],
)
def test_a_file_beyond_the_limits_is_refused_with_what_to_do(limits, data):
    with pytest.raises(UserError) as caught:
        lists.open_table(data, "list.xlsx", limits)
    assert caught.value.mend


def test_columns_beyond_the_limit_are_left_out_and_the_rows_stay():
    rows = [["楼栋", "室号", "姓名", *[""] * 500, "备注"], ["1号楼", "501", "柳青", *[""] * 500, "独居"]]
    sheet = lists.open_table(as_csv(rows), "list.csv")[0]
    assert max(len(row) for row in sheet.rows) == lists.Limits().max_columns
    assert len(lists.read_rows(sheet, lists.guess_layout(sheet), today=TODAY).good) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "\r=1", " =1"])
def test_no_formula_leaves_live(text):
    page = openpyxl.load_workbook(io.BytesIO(to_xlsx(["note"], [[text]]))).active
    assert page["A2"].data_type in ("s", "inlineStr", "n")
    assert page["A2"].data_type != "f"
    line = to_csv(["note"], [[text]]).decode("utf-8-sig").split("\n", 1)[1]
    assert line.lstrip('"')[0] not in "=+-@\t\r"


def test_a_heading_word_inside_another_word_means_nothing():
    assert lists.field_of("message") is None
    assert lists.field_of("VoyageId") is None
    assert lists.field_of("default_language") is None
    assert lists.field_of("type text") is None
    assert lists.field_of("Date of birth (day)") == "birth_date"
    assert lists.field_of("现居住地址（详细）") == "address"
