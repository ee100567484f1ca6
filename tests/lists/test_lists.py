"""Lists as committees keep them, read without a database."""

from __future__ import annotations

import io
import random
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from doorstep.errors import UserError
from doorstep.register import lists

TODAY = date(2021, 12, 8)


def xlsx(rows, *, merge=()) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet("名单")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            page.write(number, column, value)
    for top, left, bottom, right, value in merge:
        page.merge_range(top, left, bottom, right, value)
    book.close()
    return out.getvalue()


def read(data: bytes, name: str = "list.xlsx", **kw) -> lists.Reading:
    sheet = lists.open_table(data, name)[0]
    return lists.read_rows(sheet, lists.guess_layout(sheet), today=TODAY, **kw)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("7-3号南楼2单元501室", ("7-3号南楼", "2", "501")),
        ("2栋501", ("2栋", "", "501")),
        ("12号401室", ("12号", "", "401")),
        ("3号楼2单元502", ("3号楼", "2", "502")),
        ("5-1-402", ("5", "1", "402")),
        ("3号楼二单元501是", ("3号楼", "2", "501")),
        ("3栋50o", ("3栋", "", "500")),
        ("３号楼１单元１２０３室", ("3号楼", "1", "1203")),
        ("Bldg 2 Unit 1 Apt 402", ("2号楼", "1", "402")),
    ],
)
def test_addresses_as_people_write_them(text, parts):
    found = lists.parse_address(text)
    assert (found.building, found.stair, found.room) == parts


def test_an_address_without_a_room_is_not_guessed():
    assert lists.parse_address("商务楼") is None


def test_spellings_of_one_building_are_one():
    assert {lists.building_key(name) for name in ("7", "7号楼", "7栋", "七号楼", "７幢")} == {"7"}
    assert lists.building_key("7-3号南楼") != lists.building_key("7-3号北楼")


def test_floors_come_from_room_numbers():
    assert [lists.floor_of(room) for room in ("501", "1203", "B101", "7")] == [5, 12, 1, None]


@pytest.mark.parametrize(
    "value", ["83岁", 83, "1938", "1938-5", "1938年5月", 19380512, "1938/5/12", "１９３８年", 13992]
)
def test_ages_and_births(value):
    assert lists.parse_birth(value, TODAY).date.year == 1938


def test_notes_mean_what_they_say_and_negations_count():
    said = lists.parse_note("独居，糖尿病用胰岛素；清真；养狗；租户")
    assert set(said.classes) == {"alone_elder", "insulin", "chronic"}
    assert (said.tenancy, said.pets, "halal" in said.diets) == ("tenant", ("dog",), True)
    assert lists.parse_note("无糖尿病，非独居").classes == ()


def test_a_messy_list_under_title_rows_with_merged_cells():
    data = xlsx(
        [
            ["湖南路街道某某社区居民台账"],
            ["填表日期：2021年12月"],
            ["序号", "楼栋", "单元", "室号", "姓名", "年龄", "备注"],
            [1, "7-3号南楼", "2单元", 501, "柳青", "83岁", "独居"],
            [2, "7-3号南楼", "2单元", 502, "柳蓝", "30", "怀孕32周"],
            [3, "", "", "", "柳白", "31", ""],
            ["", "", "", "", "", "", ""],
            [4, "7-3号南楼", "2单元", "商务", "柳红", "5", ""],
        ]
    )
    reading = read(data)
    assert [row.room for row in reading.good] == ["501", "502", "502"]
    assert "pregnant" in reading.good[1].classes
    assert {"alone_elder", "elder"} <= set(reading.good[0].classes)
    assert (reading.bad[0].row, reading.blank) == (8, 1)
    assert reading.bad[0].mend["zh"]


def test_one_row_a_household_with_its_members_in_one_cell():
    sheet = lists.open_table("地址,户主,家庭成员,人数\n2栋501,柳青,柳青、柳蓝,3人\n".encode("gb18030"), "户.csv")[0]
    layout = lists.guess_layout(sheet)
    row = lists.read_rows(sheet, layout, today=TODAY).good[0]
    assert layout.shape == "household"
    assert (row.size, row.members) == (3, ("柳青", "柳蓝"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_text_tables_in_every_coat(encoding, mark):
    lines = [["building", "room", "name"], ["3", "501", "柳青"]]
    reading = read("\n".join(mark.join(line) for line in lines).encode(encoding), "list.txt")
    assert [row.name for row in reading.good] == ["柳青"]


def test_the_bad_rows_come_back_in_a_file_that_can_be_mended_and_imported(tmp_path):
    sheet = lists.open_table(xlsx([["楼栋", "室号", "姓名"], ["3", "五楼东", "=1+1"], ["3", "501", "柳青"]]), "a.xlsx")[
        0
    ]
    layout = lists.guess_layout(sheet)
    reading = lists.read_rows(sheet, layout, today=TODAY)
    path = tmp_path / "bad.xlsx"
    lists.bad_rows_file(sheet, layout, reading.bad, path)
    book = openpyxl.load_workbook(path)
    assert book.active["A2"].data_type == "s"
    book.active["B2"] = "502"
    book.save(path)
    assert [row.room for row in read(path.read_bytes()).good] == ["502"]


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(-5, 99999),
    st.floats(allow_nan=True),
    st.sampled_from(["501", "3号楼", "男"]),
)


@given(st.lists(st.lists(CELLS, min_size=4, max_size=6), max_size=30))
def test_no_row_is_ever_lost(body):
    sheet = lists.Sheet("1", [["楼栋", "室号", "姓名", "年龄", "人数", "备注"], *body])
    reading = lists.read_rows(sheet, lists.guess_layout(sheet), today=TODAY)
    assert reading.seen == len(body)


def broken_files(count: int):
    """Files as they really arrive broken: cut short, renamed, patched, mixed."""
    chance = random.Random(7)
    good = [["楼栋", "室号", "姓名", "备注"]] + [
        [f"{n % 3 + 1}号楼", f"{n % 6 + 1}0{n % 2 + 1}", "柳青", "#REF!"] for n in range(20)
    ]
    book, text = xlsx(good), "\n".join(",".join(row) for row in good).encode()
    for number in range(count):
        data = bytearray(book if number % 2 else text)
        kind = number % 8
        if kind in (0, 1):
            data = data[: chance.randrange(len(data))]
        elif kind in (2, 3):
            for _ in range(chance.randrange(1, 40)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        elif kind == 4:
            data = b"<html><table><tr><td>" + data
        elif kind == 5:
            data = bytearray(chance.randbytes(chance.randrange(1, 3000)))
        elif kind == 6:
            data[0:0] = "说明：请勿外传\n\n".encode("gb18030")
        else:
            data[40:40] = b"\x00\x00\x00"
        yield bytes(data), ("list.xlsx", "list.csv", "list.xls", "list.ods")[number % 4]


def test_two_hundred_broken_files_give_an_answer_and_never_a_traceback():
    refused = []
    for data, name in broken_files(200):
        try:
            for sheet in lists.open_table(data, name):
                reading = lists.read_rows(sheet, layout := lists.guess_layout(sheet), today=TODAY)
                assert reading.seen == len(sheet.rows) - layout.first_row
        except UserError as error:
            refused.append(error)
    assert 20 < len(refused) < 200
    assert all(error.mend for error in refused)


def test_a_room_in_its_own_column_takes_its_building_from_the_address():
    rows = [["居住地址", "室号", "姓名"], ["3号楼2单元", "501", "柳青"], ["3号楼2单元502室", "502", "柳蓝"]]
    found = read(xlsx(rows)).good
    assert [(row.building, row.stair, row.room) for row in found] == [("3号楼", "2", "501"), ("3号楼", "2", "502")]


def test_a_name_longer_than_the_register_keeps_comes_back_to_be_mended():
    reading = read(xlsx([["楼栋", "室号", "姓名"], ["3", "501", "柳" * 81], ["3", "502", "柳" * 80]]))
    assert [row.room for row in reading.good] == ["502"]
    assert reading.bad[0].mend["en"] == "write at most 80 letters"
