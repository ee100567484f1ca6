"""Nothing of a source is lost, nothing is raised, and reading again gives the same lines."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.desk.intake import Known, duplicates, read_file, read_text, split_requests
from doorstep.errors import UserError

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2022, 4, 12)
PIECES = st.sampled_from(
    [
        "张三",
        "李 302",
        " ",
        "\n",
        "：",
        ": ",
        "2022-04-12 09:31",
        "12/04/2022, 9:31",
        "昨天 18:20",
        "星期二",
        "1. ",
        "2、",
        "3️⃣",
        "①",
        "②",
        "两份",
        "+1",
        "没米了",
        "[",
        "]",
        "{",
        "}",
        '"',
        "From: a@example.org\n",
        "Subject: x\n",
        "\n\n",
        "例",
        "上午",
        "—— 2022年4月12日 ——",
        "99:99",
        "31/31/2022",
        "2月30日 10:00",
    ]
)
TEXTS = st.one_of(st.text(max_size=150), st.lists(PIECES, max_size=18).map("".join))


def bare(text: str) -> str:
    return "".join(text.split()).replace("\ufeff", "")


@settings(max_examples=250, deadline=None)
@given(TEXTS)
def test_every_character_of_a_pasted_text_stands_in_a_line_or_the_title(text: str) -> None:
    found = read_text(text, zone=ZONE, today=TODAY)
    if found.channel in ("webhook", "telegram"):
        return
    assert sorted(bare(found.title + "".join(line.raw for line in found.lines))) == sorted(bare(text))


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_lines_have_ids_of_their_own_and_the_same_ones_again(text: str) -> None:
    first, second = (read_text(text, zone=ZONE, today=TODAY) for _ in range(2))
    assert first == second
    ids = [line.external_id for line in first.lines]
    assert all(ids)
    if first.channel in ("chat", "chain", "text"):
        assert len(set(ids)) == len(ids)
    assert all(line.at is None or line.at.tzinfo for line in first.lines)
    assert {problem.row for problem in first.problems} <= {line.row for line in first.lines}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["text", "message", "messages", "from", "date", "id", "body", "chats", "list", "type", "x"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_json_is_read(data: object) -> None:
    text = json.dumps(data, ensure_ascii=False)
    found = read_text(text, zone=ZONE, today=TODAY)
    assert all(line.text or line.raw for line in found.lines)
    assert found.lines or data in ([], {}, "") or not text.strip() or "[]" in text


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["a.eml", "result.json", "a.txt", "a.csv", "a.xlsx", ""]))
def test_any_bytes_are_read_or_refused_with_a_mend(data: bytes, name: str) -> None:
    mend = "read"
    try:
        read_file(data, name, zone=ZONE, today=TODAY)
    except UserError as refused:
        mend = refused.mend
    assert mend


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_the_requests_of_a_message_are_the_whole_message(text: str) -> None:
    parts = split_requests(text)
    assert "".join(part.text for part in parts) == text
    assert all(text[part.start : part.end] == part.text for part in parts)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_likeness_is_a_proposal_between_nothing_and_one(first: str, second: str) -> None:
    for match in duplicates(Known("n", first), [Known("a", second), Known("b", first)]):
        assert 0 <= match.score <= 1
        assert match.why
