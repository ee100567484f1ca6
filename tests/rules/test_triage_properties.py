"""What holds for any text at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.desk.triage import KINDS, URGENCIES, Correction, Corrections, learn, triage

MESSAGES = Path(__file__).resolve().parents[2] / "benchmarks" / "desk" / "messages.csv"
PIECES = st.sampled_from(
    [
        "没有",
        "胸痛",
        "3-2-501",
        "还剩",
        "两天",
        "药",
        "，",
        "。",
        "\n",
        "谢谢",
        "但是",
        "胰岛素",
        "🙏",
        "１２",
        "妳",
        "ﬁ",
        "İ",
        "no ",
        "chest pain",
        "years ago",
        "not ",
        " ",
        "120",
        "宝宝",
        "8个月",
        "①",
        "\u200b",
        "Ⅷ",
        "x" * 30,
    ]
)
TEXTS = st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=14).map("".join))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_is_read_and_every_reason_points_into_it(text: str) -> None:
    found = triage(text)
    assert found.kind in KINDS
    assert found.urgency in URGENCIES
    assert 0 <= found.confidence <= 1
    assert (found.urgency == "emergency") == found.life_threat
    assert found.days_left is None or found.days_left >= 0
    for reason in found.reasons:
        assert 0 <= reason.start <= reason.end <= len(text)
        assert text[reason.start : reason.end] == reason.words
    if found.door:
        assert 0 <= found.door.start <= found.door.end <= len(text)
        assert found.door.key
    for sign in found.signs:
        assert any(reason.says == f"sign:{sign}" for reason in found.reasons)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_same_text_gives_the_same_suggestion(text: str) -> None:
    assert triage(text) == triage(text)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(KINDS), st.sets(st.sampled_from(["medicine", "food", "pet"])))
def test_corrections_take_any_text_and_never_take_a_sign_away(
    first: str, second: str, kind: str, needs: set[str]
) -> None:
    taught = learn([Correction(first, kind=kind, needs=tuple(sorted(needs)), urgency="low", life_threat=False)])
    assert Corrections.from_dict(json.loads(json.dumps(taught.as_dict()))) == taught
    assert set(triage(second).signs) <= set(triage(second, corrections=taught).signs)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_second_look_only_adds(text: str) -> None:
    assert set(triage(text, second_look=False).signs) <= set(triage(text).signs)


def test_the_labelled_messages_are_varied_and_split() -> None:
    with MESSAGES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = [row["text"] for row in rows]
    assert len(rows) >= 600
    assert len(set(texts)) == len(texts)
    assert {row["split"] for row in rows} == {"tune", "test"}
    assert {row["kind"] for row in rows} <= set(KINDS)
    assert {row["urgency"] for row in rows} <= set(URGENCIES)
    assert all((row["urgency"] == "emergency") == bool(row["life_threat"]) for row in rows)


def test_no_danger_of_the_tune_split_is_missed_beyond_one_in_fifty() -> None:
    with MESSAGES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "tune" and row["life_threat"]]
    missed = [row["text"] for row in rows if not triage(row["text"]).life_threat]
    assert len(missed) <= len(rows) / 50, missed
