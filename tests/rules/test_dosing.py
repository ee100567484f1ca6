"""How people write medicines: each string is one that a resident, a pharmacy or a ward would write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.desk.dosing import (
    alternatives,
    classes,
    counted_a_day,
    differences,
    drugs,
    find,
    packs_for,
    read_line,
    read_list,
    rule_of_class,
    run_out_at,
)

NOON = datetime(2021, 12, 8, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("诺和灵30R 笔芯 3ml 300单位 x5", "insulin_human_30r"),
        ("甘舒霖30R笔芯 早饭前16单位", "insulin_human_30r"),
        ("优泌乐25 早20u", "insulin_lispro_25"),
        ("赖脯胰岛素25R 早20u晚16u", "insulin_lispro_25"),
        ("门冬胰岛素30注射液", "insulin_aspart_30"),
        ("门冬胰岛素", "insulin_aspart"),
        ("来得时 睡前20u", "insulin_glargine"),
        ("Lantus SoloStar 100u/ml", "insulin_glargine"),
        ("胰岛素针头 0.23*4mm", "pen_needle"),
        ("诺和针 32G", "pen_needle"),
        ("血糖试纸（罗氏）50片", "test_strip"),
        ("格华止0.85g", "metformin"),
        ("盐酸二甲双胍缓释片", "metformin"),
        ("Glucophage XR 500", "metformin"),
        ("拜新同30mg", "nifedipine"),
        ("氨氯地平5毫克", "amlodipine"),
        ("左氨氯地平 2.5mg", "levamlodipine"),
        ("缬沙坦氨氯地平片", "valsartan_amlodipine"),
        ("厄贝沙坦氢氯噻嗪片", "irbesartan_hctz"),
        ("拜阿司匹灵 100mg", "aspirin"),
        ("华法林钠片 3mg", "warfarin"),
        ("Eliquis 5 mg", "apixaban"),
        ("德巴金", "valproate"),
        ("布地奈德福莫特罗粉吸入剂", "budesonide_formoterol"),
        ("艾司西酞普兰 10mg", "escitalopram"),
        ("泼尼松龙", "prednisolone"),
        ("carbidopa/levodopa 25-100", "levodopa_carbidopa"),
        ("vitamin D 800 IU", "vitamin_d"),
        ("八因子", "factor_viii"),
    ],
)
def test_a_brand_or_a_name_says_which_medicine_it_is(written, code):
    found = find(written)
    assert found is not None
    assert (found.drug.code, found.sure) == (code, True)


@pytest.mark.parametrize("written", ["鱼油", "environment", "血压药 白色小片", "我妈的药快没了", "12345", ""])
def test_what_the_table_does_not_have_is_not_guessed_wildly(written):
    assert find(written) is None
    assert not read_line(written).sure


def test_a_slip_of_the_pen_is_a_guess_and_shown_as_one():
    for written, code in (
        ("二甲双瓜 0.5g", "metformin"),
        ("阿托伐他丁 20mg", "atorvastatin"),
        ("metformine 500", "metformin"),
    ):
        line = read_line(written)
        assert line.drug is not None
        assert (line.drug.code, line.sure) == (code, False)


@pytest.mark.parametrize(
    ("written", "strength", "count", "unit", "packs"),
    [
        ("胰岛素 300u:3ml", "300u:3ml", None, "cartridge", None),
        ("诺和灵30R 笔芯 3ml 300单位 x5", "300u:3ml", 5, "cartridge", None),
        ("二甲双胍 0.5g*6片", "0.5g", 6, "tablet", None),
        ("依诺肝素 20mg：0.5ml", "20mg:0.5ml", None, "cartridge", None),
        ("络活喜 5mg×28", "5mg", 28, "tablet", None),
        ("立普妥 20mg 7片*4板/盒", "20mg", 28, "tablet", None),
        ("格华止 0.85g×20片 3盒", "0.85g", 20, "tablet", 3),
        ("血糖试纸 50片/盒 2盒", "None", 50, "piece", 2),
        ("针头 100支", "None", 100, "piece", None),
        ("优甲乐50微克*100片", "50μg", 100, "tablet", None),
        ("Ｌａｎｔｕｓ　１００ｕ／ｍｌ　３ｍｌ＊５支　一盒", "100u:1ml", 5, "cartridge", 1),
        ("metformin 500 mg x 60 tablets", "500mg", 60, "tablet", None),
        ("Eliquis 5 mg #60", "5mg", 60, "tablet", None),
        ("缬沙坦胶囊 80mg*7粒 两盒", "80mg", 7, "capsule", 2),
        ("信必可 160ug/4.5ug 60喷", "160μg", 1, "bottle", None),
        ("骨化三醇 0.25μg×10粒", "0.25μg", 10, "capsule", None),
        ("拉坦前列素滴眼液 2.5ml 一瓶", "None", None, "bottle", 1),
    ],
)
def test_strength_and_pack_as_they_stand_on_a_box(written, strength, count, unit, packs):
    line = read_line(written)
    assert (str(line.strength), line.count, line.unit, line.packs) == (strength, count, unit, packs)


@pytest.mark.parametrize(
    ("written", "per_day", "unit"),
    [
        ("早晚各1片", 2, "tablet"),
        ("早中晚各一片", 3, "tablet"),
        ("一天三次每次两片", 6, "tablet"),
        ("一天三次，一次两片", 6, "tablet"),
        ("每日3次 每次1片", 3, "tablet"),
        ("每晚10单位", 10, "unit"),
        ("早8单位 中10单位 晚12单位", 30, "unit"),
        ("三餐前各6单位", 18, "unit"),
        ("8 units before each meal", 24, "unit"),
        ("1-0-1", 2, ""),
        ("1-1-1-1", 4, ""),
        ("0.5-0-0", 0.5, ""),
        ("bid", 2, ""),
        ("Tid", 3, ""),
        ("qn", 1, ""),
        ("2x daily", 2, ""),
        ("twice a day", 2, ""),
        ("three times a day", 3, ""),
        ("every 8 h", 3, ""),
        ("q12h", 2, ""),
        ("每8小时一次", 3, ""),
        ("隔日1片", 0.5, "tablet"),
        ("每周一次", 1 / 7, ""),
        ("早上空腹一片半", 1.5, "tablet"),
        ("每天3/4片", 0.75, "tablet"),
        ("每日半片", 0.5, "tablet"),
        ("每天吃2片", 2, "tablet"),
        ("睡前1片", 1, "tablet"),
        ("每晚睡前1片", 1, "tablet"),
        ("早1片晚2片", 3, "tablet"),
        ("每日2次 每次1g", 2, "g"),
        ("take two tablets with dinner", 2, "tablet"),
        ("half a tablet in the morning", 0.5, "tablet"),
        ("18 units at bedtime", 18, "unit"),
        ("1 tab BID", 2, "tablet"),
        ("bid 每次1喷", 2, "puff"),
        ("一天4根", 4, "piece"),
        ("１日２回 qd", 1, ""),
    ],
)
def test_a_dose_is_read_as_so_much_a_day(written, per_day, unit):
    dose = read_line(f"拜新同 {written}").dose
    assert dose is not None
    assert (dose.per_day, dose.unit) == (pytest.approx(per_day, rel=1e-3), unit)


def test_when_needed_is_no_dose_a_day():
    for words in ("必要时1片", "prn", "as needed 2 puffs", "疼时吃"):
        dose = read_line(f"布洛芬 {words}").dose
        assert dose is not None
        assert (dose.per_day, dose.as_needed) == (None, True)


def test_the_number_in_a_box_is_not_the_dose():
    line = read_line("德巴金 0.5g 30片 每天2次")
    assert (line.count, line.dose.per_day) == (30, 2)
    assert read_line("拜新同30mg×7片×4板 每日一次").dose.per_day == 1


def test_insulin_written_without_units_is_units_and_an_open_number_stays_open():
    assert read_line("诺和灵30R 早12晚10").dose.unit == "unit"
    assert read_line("insulin glargine at bedtime").dose is None


@pytest.mark.parametrize(
    ("written", "amount", "unit", "days"),
    [
        ("甘精胰岛素 300u:3ml 每晚10单位 还剩1支", 1, "cartridge", None),
        ("华法林 3mg 每日1片 剩半盒", 0.5, "pack", None),
        ("warfarin 3 mg daily, 5 left", 5, "", None),
        ("德巴金 每天2次 只够吃3天", None, "", 3),
        ("clopidogrel 75mg daily, 10 days left", None, "", 10),
        ("氯氮平 早2片 家里有12片", 12, "tablet", None),
    ],
)
def test_what_is_left_at_home(written, amount, unit, days):
    left = read_line(written).left
    assert (left.amount, left.unit, left.days) == (amount, unit, days)


def test_the_papers_list_of_the_report_becomes_five_lines():
    paper = """1、诺和灵30R笔芯 300u:3ml 早12单位晚10单位 还剩半支
    2、胰岛素针头 100支 一天2根
    ③血糖试纸 50片
    ④ 二甲双胍0.5g*20片，早晚各1片；5. 络活喜 5mg×28 每日一片"""
    lines = read_list(paper)
    assert [line.drug.code for line in lines] == [
        "insulin_human_30r", "pen_needle", "test_strip", "metformin", "amlodipine",
    ]  # fmt: skip
    assert [line.dose.per_day if line.dose else None for line in lines] == [22, 2, None, 2, 1]
    assert [line.sure for line in lines] == [True] * 5


def test_several_medicines_in_one_row_are_several_lines_and_a_dose_stays_with_its_own():
    assert [line.drug.code for line in read_list("二甲双胍、阿卡波糖和拜新同都快没了")] == [
        "metformin",
        "acarbose",
        "nifedipine",
    ]
    assert len(read_list("metformin 500 mg, twice daily, and warfarin 3 mg daily")) == 2
    assert len(read_list("格华止 0.5g，一天三次，每次两片")) == 1
    assert read_list("\n\n  \n123\n") == []


def test_when_it_runs_out():
    line = read_line("甘精胰岛素 300u:3ml 每晚10单位")
    a_day = counted_a_day(line.dose.per_day, line.dose.unit, line.strength, line.volume_ml)
    assert a_day == pytest.approx(1 / 30)
    assert run_out_at(0.5, a_day, NOON) == NOON + 15 * DAY
    assert run_out_at(0, a_day, NOON) == NOON
    assert run_out_at(None, a_day, NOON) is None
    assert run_out_at(3, None, NOON) is None
    assert counted_a_day(2, "g", read_line("开浦兰 0.5g").strength) == 4
    assert counted_a_day(10, "unit", None) is None
    assert counted_a_day(2, "puff", None, 60) == pytest.approx(1 / 30)
    assert counted_a_day(2, "drop", None, 2.5) == pytest.approx(1 / 25)
    assert counted_a_day(18, "unit", read_line("Lantus 100u/ml 3ml").strength, 3) == pytest.approx(0.06)


def test_packs_that_last():
    assert packs_for(28, 2, 20) == 3
    assert packs_for(28, 2, 28) == 2
    assert packs_for(28, 2, 28, stock=56) == 1
    assert packs_for(28, None, 20) == packs_for(28, 2, None) == 1


def test_a_box_is_held_against_what_was_asked_for():
    asked = read_line("格华止 缓释片 0.5g")
    assert [one.what for one in differences(asked, read_line("二甲双胍缓释片 500mg*30片"))] == []
    assert [one.what for one in differences(asked, read_line("二甲双胍片 0.85g"))] == ["strength"]
    assert [one.what for one in differences(asked, read_line("格列美脲 2mg"))] == ["drug", "strength"]
    brand = differences(asked, read_line("美迪康 缓释 0.5g"))
    assert [(one.what, one.is_grave) for one in brand] == [("brand", False)]
    mixed = differences(read_line("诺和灵30R 300u:3ml"), read_line("诺和灵50R 300u:3ml"))
    assert next((one.what, one.is_grave) for one in mixed) == ("drug", True)
    assert [one.what for one in differences(read_line("鱼油"), read_line("蜂胶"))] == ["drug"]


def test_the_table_is_whole():
    assert len(drugs()) >= 150
    assert {one.klass for one in drugs().values()} <= set(classes())
    assert {body["rule"] for body in classes().values()} == {"essential", "other"}
    assert rule_of_class("insulin") == "essential"
    assert rule_of_class("no such class") == "other"
    assert all(one.cold for one in drugs().values() if one.klass == "insulin")
    assert {one.code for one in alternatives("atorvastatin")} >= {"rosuvastatin", "simvastatin"}
    assert alternatives("warfarin") == []
    for one in drugs().values():
        found = find(one.zh)
        assert found is not None
        assert found.drug.code == one.code, one.zh


@given(st.text(max_size=120))
def test_no_text_breaks_it(text):
    for line in read_list(text):
        assert line.written
        if line.dose and line.dose.per_day is not None:
            assert line.dose.per_day >= 0
