"""Until when something is wanted, guessed from words of a chat."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from doorstep.chats import Calendar, due_in, split_chat

NANJING = ZoneInfo("Asia/Shanghai")
ONE = datetime(2021, 12, 8, 1, 0, tzinfo=NANJING)
NOON = datetime(2021, 12, 8, 12, 30, tzinfo=NANJING)


@pytest.mark.parametrize(
    ("text", "said", "day", "clock"),
    [
        ("今晚8点前完成", NOON, 8, "20:00"),
        ("今晚八点半之前", NOON, 8, "20:30"),
        ("明早7:30前到位", NOON, 9, "07:30"),
        ("明天上午十点前", NOON, 9, "10:00"),
        ("4点前封闭", ONE, 8, "04:00"),
        ("4点前封闭", NOON, 8, "16:00"),
        ("下午3点一刻前", NOON, 8, "15:15"),
        ("中午前送到", ONE, 8, "12:00"),
        ("两小时内", ONE, 8, "03:00"),
        ("半个小时内报我", ONE, 8, "01:30"),
        ("20分钟内", ONE, 8, "01:20"),
        ("二十三点前", NOON, 8, "23:00"),
        ("by 8 pm please", NOON, 8, "20:00"),
        ("before 7:30 tomorrow", NOON, 9, "07:30"),
        ("tonight by 9", NOON, 8, "21:00"),
        ("within 2 hours", ONE, 8, "03:00"),
        ("in half an hour", ONE, 8, "01:30"),
    ],
)
def test_a_due_time_is_guessed(text, said, day, clock):
    due = due_in(text, said, NANJING)
    assert due is not None
    assert (due.day, due.strftime("%H:%M")) == (day, clock)


@pytest.mark.parametrize("text", ["封闭西门", "7-3号北楼501", "共2小时", "99点前", "by the way", "收到"])
def test_where_no_time_is_named_none_is_guessed(text):
    assert due_in(text, ONE, NANJING) is None


def test_a_chat_is_split_with_its_senders_and_times():
    text = "顾明 2021-12-08 01:05\n@梅雨 4点前封闭\n西门也封\n\n梅雨 2021-12-08 01:06\n收到"
    messages, two_ways = split_chat(text, Calendar(NANJING))
    assert [(one.sender, one.text, one.at.strftime("%H:%M")) for one in messages] == [
        ("顾明", "@梅雨 4点前封闭\n西门也封", "01:05"),
        ("梅雨", "收到", "01:06"),
    ]
    assert not two_ways
