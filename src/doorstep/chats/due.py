"""Until when something is wanted, guessed from words: 今晚8点前, 明早7:30前, 两小时内, by 8 pm, within 2 hours."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo

DIGITS = dict(zip("零一二两三四五六七八九十", (0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))
NUMBER = r"(?:\d{1,2}|十[一二三四五六七八九]?|二十[一二三四]?|[零一二两三四五六七八九])"
DAYS = {"今": 0, "明": 1, "后": 2, "tonight": 0, "today": 0, "tomorrow": 1}
CLOCK = re.compile(
    rf"(?P<day>今天|今日|今晚|今夜|今早|明天|明日|明早|明晚|后天)?\s*(?P<half>凌晨|早上|清晨|上午|中午|下午|傍晚|晚上|晚)?\s*"
    rf"(?P<h>{NUMBER})(?:[:：](?P<mi>\d{{2}})|[点时](?:(?P<part>半|一刻|三刻)|(?P<mi2>\d{{1,2}})分?)?)\s*(?:之|以)?前"
)
NOON = re.compile(r"(?P<day>今天|明天|后天)?\s*(?P<half>中午|午夜|天亮|下班)(?:之|以)?前")
WITHIN = re.compile(rf"(?P<n>{NUMBER}|半)\s*个?\s*(?P<unit>小时|钟头|分钟)(?:之|以)?内")
ENGLISH_CLOCK = re.compile(
    r"(?P<day>tonight|today|tomorrow)?\s*\b(?:by|before|until)\s+(?P<h>\d{1,2})(?::(?P<mi>\d{2}))?(?:\s*(?P<ampm>[ap]\.?m\.?))?"
    r"(?:\s+(?P<day2>tonight|today|tomorrow))?(?![\d/.-])",
    re.I,
)
ENGLISH_WITHIN = re.compile(r"\b(?:within|in)\s+(?P<n>\d{1,2}|an|a|half an)\s*(?P<unit>hours?|minutes?|min|h)\b", re.I)
PARTS = {"半": 30, "一刻": 15, "三刻": 45}
NOONS = {"中午": time(12), "午夜": time(0), "天亮": time(6), "下班": time(18)}
LATE = ("下午", "傍晚", "晚上", "晚")


def due_in(text: str, said_at: datetime, zone: tzinfo) -> datetime | None:
    """The instant until when a text wants something, from the moment it was said; None where it names none."""
    here = said_at.astimezone(zone)
    if found := WITHIN.search(text):
        minutes = 1 if found["unit"] == "分钟" else 60
        return here + timedelta(minutes=minutes * (0.5 if found["n"] == "半" else _number(found["n"])))
    if found := ENGLISH_WITHIN.search(text):
        count = {"an": 1.0, "a": 1.0, "half an": 0.5}.get(found["n"].lower())
        return here + timedelta(minutes=(count or float(found["n"])) * (60 if found["unit"][0] in "hH" else 1))
    if found := CLOCK.search(text):
        minute = int(found["mi"] or found["mi2"] or PARTS.get(found["part"] or "", 0))
        return _at(here, found["day"] or "", found["half"] or "", _number(found["h"]), minute)
    if found := NOON.search(text):
        at = NOONS[found["half"]]
        return _at(here, found["day"] or "", "", at.hour, at.minute)
    if found := ENGLISH_CLOCK.search(text):
        half = {"a": "上午", "p": "下午"}.get((found["ampm"] or "")[:1].lower(), "")
        day = (found["day"] or found["day2"] or "").lower()
        return _at(here, day, "晚" if day == "tonight" and not half else half, int(found["h"]), int(found["mi"] or 0))
    return None


def _number(word: str) -> int:
    if word.isdecimal():
        return int(word)
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return DIGITS[word]
    return 10 * (DIGITS[tens] if tens else 1) + (DIGITS[ones] if ones else 0)


def _at(here: datetime, day: str, half: str, hour: int, minute: int) -> datetime | None:
    """The clock on the day meant; the next such hour where no day is named."""
    if "晚" in day or "夜" in day:
        half = half or "晚"
    if half in LATE and hour < 12:
        hour += 12
    if hour == 24:
        hour, extra = 0, 1
    else:
        extra = 0
    if hour > 23 or minute > 59:
        return None
    named = next((more for word, more in DAYS.items() if day.startswith(word)), None)
    at = here.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=(named or 0) + extra)
    if named is None and at <= here:
        twelve = at + timedelta(hours=12)
        at = twelve if not half and hour < 12 and twelve > here else at + timedelta(days=1)
    return at
