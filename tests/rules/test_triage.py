"""Free text becomes a suggestion with its reasons: kind, needs, danger to life, persons, door, days left."""

from __future__ import annotations

import pytest

from doorstep.desk.triage import Correction, Corrections, door_of, learn, triage


def test_a_danger_to_life_stands_whatever_else_is_asked() -> None:
    found = triage("两份青菜，快递帮我拿一下，还有我爸突然胸口疼喘不上气，3-2-501")
    assert {"chest_pain", "breathing"} <= set(found.signs)
    assert found.life_threat
    assert found.urgency == "emergency"
    assert found.needs[0] == "medical_emergency"
    assert found.door is not None
    assert found.door.key == "3-2-501"


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("我妈突然晕倒叫不醒", "unconscious"),
        ("外婆嘴歪了，说话不清", "stroke"),
        ("孩子误吞了一颗电池", "poisoning"),
        ("羊水破了，快生了", "labour"),
        ("血流不止", "bleeding"),
        ("宝宝抽搐翻白眼", "seizure"),
        ("不想活了", "suicide"),
        ("家里停电了，爷爷离不开制氧机", "oxygen"),
        ("三天没透析了，腿肿", "dialysis"),
        ("独居老人敲门没人应", "no_answer"),
        ("楼道煤气味很大", "gas"),
        ("老人摔倒爬不起来", "fall"),
        ("他在打我，帮我报警", "violence"),
        ("she can't breathe", "breathing"),
        ("he took a whole bottle of pills", "suicide"),
        ("water is rising and we are on the roof", "trapped"),
        ("our kitchen is on fire", "fire"),
        ("SOS", "help"),
    ],
)
def test_each_sign_is_found_and_its_words_are_shown(text: str, sign: str) -> None:
    found = triage(text)
    assert sign in found.signs
    shown = [reason for reason in found.reasons if reason.says == f"sign:{sign}"]
    assert shown
    assert all(text[reason.start : reason.end] == reason.words for reason in shown)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("没有胸痛，就是腰酸", "denied:chest_pain"),
        ("no chest pain, just tired", "denied:chest_pain"),
        ("上次胸痛已经好了", "past:chest_pain"),
        ("我妈的胸口疼好多了", "over:chest_pain"),
        ("如果胸痛应该怎么办", "supposed:chest_pain"),
    ],
)
def test_what_is_denied_over_or_only_supposed_is_no_danger_but_is_shown(text: str, state: str) -> None:
    found = triage(text)
    assert not found.life_threat
    assert state in {reason.says for reason in found.reasons}


@pytest.mark.parametrize(
    "text",
    ["是不是煤气中毒了，全家头晕", "没有医生，我爸胸口疼", "上次心梗过，现在又胸口疼", "不知道是不是中风，嘴歪了"],
)
def test_a_question_or_another_lack_denies_nothing(text: str) -> None:
    assert triage(text).life_threat


@pytest.mark.parametrize(
    "text", ["笑死我了", "饿死了什么时候吃饭", "dying for a coffee", "my phone died", "煤气罐没气了要换"]
)
def test_a_figure_of_speech_is_no_danger(text: str) -> None:
    assert not triage(text).life_threat


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("药收到了谢谢", "thanks"),
        ("thank you for the groceries", "thanks"),
        ("我家有多的牛奶，送给需要的人", "offer"),
        ("I have extra rice if anyone needs it", "offer"),
        ("菜都烂了，投诉！", "complaint"),
        ("咳嗽，嗓子疼，37.8", "symptoms"),
        ("收到", "none"),
        ("求两包尿不湿", "request"),
        ("we need water", "request"),
    ],
)
def test_the_kind_of_a_message(text: str, kind: str) -> None:
    assert triage(text).kind == kind


def test_thanks_with_a_need_is_a_request() -> None:
    found = triage("药收到了谢谢，但是还缺一盒二甲双胍")
    assert found.kind == "request"
    assert "medicine" in found.needs


def test_thanks_alone_asks_for_nothing() -> None:
    assert triage("菜收到了，谢谢大家").needs == ()


def test_several_needs_stand_in_one_message() -> None:
    assert {"medicine", "pet", "food"} <= set(triage("1.米 2.布洛芬 3.猫粮").needs)


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("老人的胰导素没了", "medicine"),
        ("５０１要尿不湿", "baby"),
        ("阿嬤血壓藥沒了", "medicine"),
        ("im diabetec and out of metformine", "medicine"),
        ("马捅堵了", "repair"),
    ],
)
def test_slips_wide_digits_and_traditional_characters_are_read(text: str, need: str) -> None:
    assert need in triage(text).needs


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("还剩两天的药", 2),
        ("insulin for 3 more days", 3),
        ("胰岛素明天就没了", 1),
        ("药断了三天了", 0),
        ("降压药还能吃一个礼拜", 7),
        ("药还剩4片，一天两片", 2),
        ("out of insulin", 0),
        ("降压药一盒", None),
        ("隔离三天了", None),
        ("三天没出门了，想要点药", None),
    ],
)
def test_days_left(text: str, days: int | None) -> None:
    assert triage(text).days_left == days


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("3栋2单元501", "3-2-501"),
        ("3-2-501 要米", "3-2-501"),
        ("Bldg 3 room 501", "3-501"),
        ("501室", "501"),
        ("十二号楼二单元三零一", "12-2-301"),
        ("３栋２单元１２０１", "3-2-1201"),
        ("12号楼", "12"),
        ("apt 12B", "12B"),
        ("张 501 两份", "501"),
    ],
)
def test_the_door(text: str, key: str) -> None:
    found = door_of(text)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "text",
    ["血压180/110", "打120", "2022-04-12 出的结果", "体温37.5", "布洛芬 500mg", "13800138000", "5斤米", "3楼漏水"],
)
def test_other_numbers_are_no_door(text: str) -> None:
    assert door_of(text) is None


def test_persons() -> None:
    found = triage("家里3个大人2个小孩，老人82岁，孕妇一个").persons
    assert found.count == 6 or found.count == 5
    assert {"elder", "child", "pregnant"} <= set(found.groups)
    assert found.ages == (82,)
    assert triage("family of 6, need rice").persons.count == 6
    assert triage("只要一份菜").persons.count is None


def test_urgency_follows_what_is_left() -> None:
    assert triage("胰岛素只剩一天的量").urgency == "urgent"
    assert triage("降压药还能吃两个礼拜，不急").urgency == "normal"
    assert triage("想要一本小说").urgency == "low"
    assert triage("thanks a lot").urgency == "low"


def test_a_correction_teaches_the_next_message_too() -> None:
    text = "能给我带点樱花拼图吗"
    assert "comfort" not in triage(text).needs
    taught = learn([Correction(text, needs=("comfort",), urgency="low")])
    assert triage(text, corrections=taught).needs == ("comfort",)
    assert "comfort" in triage("想要一盒樱花拼图", corrections=taught).needs
    assert triage("求两包尿不湿", corrections=taught) == triage("求两包尿不湿")


def test_corrections_are_the_same_each_time_and_survive_being_kept() -> None:
    examples = [Correction("老头今天蔫了", life_threat=True), Correction("早茶群里吼一声", kind="none", needs=())]
    taught = learn(examples)
    assert taught == learn(examples)
    assert Corrections.from_dict(taught.as_dict()) == taught


def test_a_sign_can_be_taught_but_never_untaught() -> None:
    taught = learn(
        [
            Correction("老头今天蔫了", life_threat=True),
            Correction("胸口疼得厉害", kind="none", needs=(), life_threat=False),
        ]
    )
    assert triage("老头今天蔫了", corrections=taught).life_threat
    assert triage("胸口疼得厉害", corrections=taught).life_threat


def test_the_language_is_told_or_given() -> None:
    assert triage("need rice").language == "en"
    assert triage("要米").language == "zh"
    assert triage("501", language="en").language == "en"


@pytest.mark.parametrize("text", ["她脖子上勒着绳子，快来", "爷爷身子硬邦邦的，眼睛直勾勾", "he's foaming and stiff"])
def test_what_no_list_names_is_looked_at_once_more(text: str) -> None:
    assert not triage(text, second_look=False).life_threat
    found = triage(text)
    assert found.signs == ("second_look",)
    assert found.urgency == "emergency"
    assert any(reason.says == "sign:second_look" for reason in found.reasons)


@pytest.mark.parametrize("text", ["两份青菜，谢谢", "请问什么时候解封", "I have extra rice if anyone needs it"])
def test_the_second_look_leaves_everyday_messages_alone(text: str) -> None:
    assert triage(text) == triage(text, second_look=False)


def test_the_second_look_never_speaks_where_a_sign_was_denied() -> None:
    found = triage("没有胸痛也没有喘不上气")
    assert found.signs == ()
    assert {reason.says for reason in found.reasons} >= {"denied:chest_pain", "denied:breathing"}


def test_animals_and_things_are_no_danger_to_life() -> None:
    assert not triage("猫跳楼摔断腿了，求宠物医院").life_threat
    assert not triage("手机掉水里了").life_threat
    assert triage("孩子掉水里了").life_threat
