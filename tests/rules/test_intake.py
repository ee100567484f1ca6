"""Pasted text and files become lines: who, when, what, which door, how many; nothing is lost."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from doorstep.desk.intake import Known, Reading, duplicates, read_file, read_text, split_requests

NANJING = ZoneInfo("Asia/Shanghai")
TODAY = date(2022, 4, 12)


def pasted(text: str) -> Reading:
    return read_text(text, zone=NANJING, today=TODAY)


def at(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2022, 4, day, hour, minute, second, tzinfo=NANJING)


def test_a_chain_in_one_row_becomes_an_entry_each() -> None:
    found = pasted("1. 张 501 两份 2. 李 302 一份不要辣 3、王阿姨 3-2-201 3份")
    assert found.channel == "chain"
    assert [(line.sender, line.door and line.door.key, line.quantity, line.remark) for line in found.lines] == [
        ("张", "501", 2, ""),
        ("李", "302", 1, "不要辣"),
        ("王阿姨", "3-2-201", 3, ""),
    ]


def test_a_chain_keeps_its_title_and_passes_its_example_over() -> None:
    found = pasted("#接龙 今晚盒饭\n例 张三 501 一份\n1️⃣ 赵 401 +1\n2️⃣ 钱 402 x2 少盐")
    assert found.title == "#接龙 今晚盒饭\n例 张三 501 一份"
    assert [(line.sender, line.quantity, line.remark) for line in found.lines] == [("赵", 1, ""), ("钱", 2, "少盐")]


def test_circled_numbers_and_entries_over_two_rows() -> None:
    found = pasted("①张 501\n要两箱牛奶\n②李 302 一箱")
    assert [line.text for line in found.lines] == ["张 501\n要两箱牛奶", "李 302 一箱"]


def test_an_entry_that_says_nothing_is_kept_and_named() -> None:
    found = pasted("1. 张 501 两份\n2. \n3. 李 302 一份")
    assert [line.row for line in found.lines] == [1, 2, 3]
    assert [problem.row for problem in found.problems] == [2]
    assert found.problems[0].mend


def test_a_chain_that_grew_keeps_the_ids_of_its_entries() -> None:
    before, after = (
        pasted("晚饭\n1. 张 501 两份\n2. 李 302 一份"),
        pasted("晚饭\n1. 张 501 两份\n2. 李 302 一份\n3. 王 303 一份"),
    )
    assert [line.external_id for line in before.lines] == [line.external_id for line in after.lines][:2]


@pytest.mark.parametrize(
    "text",
    [
        "张三 2022-04-12 09:31:05\n没米了\n谢谢",
        "2022-04-12 09:31:05 张三\n没米了\n谢谢",
        "[2022/4/12 09:31:05] 张三: 没米了\n谢谢",
        "2022年4月12日 上午9:31:05 张三：没米了\n谢谢",
        "张三(2022-04-12 09:31:05)：没米了\n谢谢",
        "2022年4月12日 星期二\n张三 9:31:05\n没米了\n谢谢",
        "12/4/2022, 09:31:05 - 张三: 没米了\n谢谢\n13/4/2022, 10:00 - 李四: 好",
    ],
)
def test_chats_in_several_forms(text: str) -> None:
    first = pasted(text).lines[0]
    assert (first.sender, first.at, first.text) == ("张三", at(12, 9, 31, 5), "没米了\n谢谢")


def test_hours_of_a_chat_belong_to_the_day_named_before() -> None:
    found = pasted("王阿姨 昨天 下午3:05\n断药了\n501小李 9:31\n求盐")
    assert [(line.sender, line.at) for line in found.lines] == [("王阿姨", at(11, 15, 5)), ("501小李", at(11, 9, 31))]
    assert found.lines[1].door is not None
    assert found.lines[1].door.key == "501"


def test_an_hour_without_a_day_is_said_and_no_instant_is_invented() -> None:
    found = read_text("张三 9:31\n没米了", zone=NANJING)
    assert found.lines[0].at is None
    assert found.lines[0].text == "没米了"
    assert [problem.row for problem in found.problems] == [1]


def test_dates_that_can_be_read_two_ways_are_named() -> None:
    assert pasted("[04/05/2022, 09:31] Ana: we need water").problems
    assert not pasted("[14/05/2022, 09:31] Ana: we need water").problems


def test_names_with_a_colon_are_senders_but_labels_are_not() -> None:
    assert [line.sender for line in pasted("张三：3-501要米\n李四：收到").lines] == ["张三", "李四"]
    assert [line.sender for line in pasted("地址：3栋501\n电话：没有").lines] == ["", ""]


def test_names_may_stand_in_rows_of_their_own() -> None:
    found = pasted("张三:\n没米了\n3-501\n李四:\n我家有多的")
    assert [(line.sender, line.text) for line in found.lines] == [("张三", "没米了\n3-501"), ("李四", "我家有多的")]


def test_a_forwarded_chat_with_rows_of_dates() -> None:
    found = pasted("群聊的聊天记录\n\n—————  2022-04-12  —————\n\n\n张三  09:31\n\n没米了 3-501")
    assert [(line.sender, line.text) for line in found.lines] == [("", "群聊的聊天记录"), ("张三", "没米了 3-501")]
    assert found.lines[1].at == at(12, 9, 31)


def test_a_chain_may_count_without_dots_when_it_says_that_it_is_one() -> None:
    found = pasted("接龙买菜\n1 张 501 一份\n2 李四（3-502）2份，不要发芽的")
    assert [(line.sender, line.quantity, line.remark) for line in found.lines] == [
        ("张", 1, ""),
        ("李四", 2, "不要发芽的"),
    ]
    assert pasted("1 袋米\n2 箱奶").channel == "text"


def test_plain_rows_are_lines() -> None:
    found = pasted("没米没油\n\n3-501 要药")
    assert [(line.text, line.door and line.door.key) for line in found.lines] == [
        ("没米没油", None),
        ("3-501 要药", "3-501"),
    ]


def test_equal_messages_are_two_lines_with_ids_of_their_own() -> None:
    found = pasted("张三：要米\n张三：要米")
    assert len({line.external_id for line in found.lines}) == 2
    assert [line.external_id for line in pasted("张三：要米\n张三：要米").lines] == [
        line.external_id for line in found.lines
    ]


def test_a_table_in_gbk_with_a_bad_row() -> None:
    data = "姓名,房号,需求,数量,提交时间,电话\n张三,3-2-501,米,2,2022-04-12 9:31,000\n李,302,,1份,昨晚吧,\n".encode(
        "gbk"
    )
    found = read_file(data, "导出.csv", zone=NANJING)
    first, second = found.lines
    assert (first.sender, first.text, first.quantity, first.at, first.contact) == (
        "张三",
        "米",
        2,
        at(12, 9, 31),
        "000",
    )
    assert first.door is not None
    assert first.door.key == "3-2-501"
    assert second.text == "李 302 1份 昨晚吧"
    assert {(problem.row, bool(problem.mend)) for problem in found.problems} == {(3, True)}


def test_a_table_without_a_known_heading_loses_nothing() -> None:
    found = read_file("甲,乙\n没米了,3-501\n".encode(), "x.csv", zone=NANJING)
    assert [line.text for line in found.lines] == ["甲 乙", "没米了 3-501"]
    assert found.problems


def test_a_telegram_export() -> None:
    data = {
        "name": "楼群",
        "id": 7,
        "messages": [
            {
                "id": 1,
                "type": "message",
                "date": "2022-04-12T09:31:00",
                "date_unixtime": "1649727060",
                "from": "Ana",
                "text": ["need ", {"type": "bold", "text": "water"}, " bldg 3 room 501"],
            },
            {
                "id": 2,
                "type": "message",
                "date": "2022-04-12T09:32:00",
                "from": "Bo",
                "text": "",
                "photo": "p.jpg",
                "reply_to_message_id": 1,
            },
        ],
    }
    for source in (data, {"chats": {"list": [data]}}):
        found = read_file(json.dumps(source).encode(), "result.json", zone=NANJING)
        first, second = found.lines
        assert (first.text, first.sender, first.external_id) == ("need water bldg 3 room 501", "Ana", "telegram:7:1")
        assert first.at == datetime(2022, 4, 12, 1, 31, tzinfo=UTC)
        assert second.attachments == ("photo: p.jpg",)
        assert second.reply_to == first.external_id
        assert second.text


def a_letter(charset: str = "gb2312") -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "王 <wang@example.org>", "缺药"
    letter["Date"], letter["Message-ID"] = "Tue, 12 Apr 2022 09:31:00 +0800", "<1@example.org>"
    letter.set_content("3栋2单元501 胰岛素没了\n\n> 旧信里的话\n", charset=charset)
    letter.add_alternative("<p>另一种</p>", subtype="html")
    letter.add_attachment(b"x", maintype="image", subtype="png", filename="药盒.png")
    return letter


def test_a_letter_saved_and_pasted() -> None:
    for found in (read_file(a_letter().as_bytes(), "a.eml", zone=NANJING), pasted(a_letter("utf-8").as_string())):
        line = found.lines[0]
        assert (line.sender, line.contact, line.external_id) == ("王", "wang@example.org", "mail:<1@example.org>")
        assert line.text == "缺药\n3栋2单元501 胰岛素没了"
        assert line.at == at(12, 9, 31)
        assert line.attachments == ("药盒.png",)


def test_a_letter_in_bare_gbk_and_one_of_html_only() -> None:
    bare = "From: a@example.org\r\nSubject: hi\r\nContent-Type: text/plain; charset=gbk\r\nContent-Transfer-Encoding: 8bit\r\n\r\n没米了".encode(
        "gbk"
    )
    assert read_file(bare, "", zone=NANJING).lines[0].text == "hi\n没米了"
    page = "From: a@example.org\nSubject: hi\nContent-Type: text/html; charset=utf-8\n\n<style>x</style><p>need <b>milk</b></p>"
    assert pasted(page).lines[0].text == "hi\nneed milk"


def test_a_letter_without_text_is_kept_whole() -> None:
    found = pasted("From: a@example.org\nTo: b@example.org\n\n")
    assert found.lines[0].raw
    assert found.problems[0].mend


def test_webhooks_of_several_gates() -> None:
    sms = pasted('{"Body":"need milk 3-501","From":"+000","MessageSid":"SM1","timestamp":1649727060}').lines[0]
    assert (sms.text, sms.sender, sms.external_id) == ("need milk 3-501", "+000", "webhook:SM1")
    assert sms.at == datetime(2022, 4, 12, 1, 31, tzinfo=UTC)
    inner = pasted('{"event":"new","message":{"text":"断药了","from":{"first_name":"小李"},"message_id":9}}').lines[0]
    assert (inner.text, inner.sender, inner.external_id) == ("断药了", "小李", "webhook:9")
    many = pasted('{"messages":[{"text":"a"},{"foo":1},"b"]}')
    assert [line.text for line in many.lines] == ["a", '{"foo": 1}', "b"]
    assert [problem.row for problem in many.problems] == [2]


def test_json_that_is_none_is_text() -> None:
    assert pasted("{没米了}").lines[0].text == "{没米了}"


def test_one_message_is_cut_into_its_requests() -> None:
    text = "爸爸胰岛素没了，妈妈要降压药，另外灯坏了 3-2-501"
    parts = split_requests(text)
    assert [part.triage.needs for part in parts] == [("medicine",), ("repair",)]
    assert {part.door.key for part in parts if part.door} == {"3-2-501"}
    assert "".join(part.text for part in parts) == text


def test_a_neighbour_is_a_request_of_its_own() -> None:
    parts = split_requests("我要一份蔬菜，隔壁王奶奶要两份，她没有手机")
    assert [part.text for part in parts] == ["我要一份蔬菜，", "隔壁王奶奶要两份，她没有手机"]
    assert [part.door.key for part in split_requests("501要米，302要药") if part.door] == ["501", "302"]


def test_a_danger_is_not_cut_away_from_its_words() -> None:
    parts = split_requests("我妈怀孕三十周，现在肚子疼，还出血")
    assert any(part.triage.life_threat for part in parts)


def a_request(name: str, text: str, **facts: object) -> Known:
    return Known(name, text, **facts)  # type: ignore[arg-type]


def test_the_same_request_again_is_proposed_with_its_why() -> None:
    first = a_request("a", "3栋501家里没有米了", door="3-501", needs=("food",), at=at(12, 9, 0))
    again = a_request("b", "3-501 没米了", door="3-501", needs=("food",), at=at(12, 11, 0))
    (match,) = duplicates(again, [first])
    assert match.id == "a"
    assert {"same_door", "same_needs", "same_words", "close_in_time"} <= set(match.why)


def test_another_door_or_another_need_is_another_request() -> None:
    new = a_request("n", "没米了，求一袋", door="3-501", needs=("food",))
    assert not duplicates(new, [a_request("a", "没米了，求一袋", door="3-502", needs=("food",))])
    assert not duplicates(new, [a_request("b", "灯坏了", door="3-501", needs=("repair",))])


def test_the_same_message_is_always_proposed_and_never_itself() -> None:
    new = a_request("n", "要米", external_id="chat:1")
    assert duplicates(new, [a_request("a", "要米", external_id="chat:1")])[0].score == 1
    assert not duplicates(new, [new])


def test_a_chain_that_a_group_posts_again_and_again_counts_each_entry_once() -> None:
    chain = "#接龙 周六的菜\n1. 张 3-501 两份"
    chat = f"楼组长 10:02\n{chain}\n李婷 10:05\n{chain}\n2. 李 302 一份不要辣\n李婷 10:06\n我妈胸口疼"
    lines = pasted(chat).lines
    assert [(line.sender, line.text) for line in lines] == [
        ("楼组长", "#接龙 周六的菜"),
        ("张", "张 3-501 两份"),
        ("李", "李 302 一份不要辣"),
        ("李婷", "我妈胸口疼"),
    ]


def test_a_list_of_wishes_in_a_chat_stays_one_message() -> None:
    chat = "王芳 10:02\n我家要：1.牛奶 2.鸡蛋 3.尿布\n李婷 10:05\n谢谢"
    assert [line.text for line in pasted(chat).lines] == ["我家要：1.牛奶 2.鸡蛋 3.尿布", "谢谢"]
