"""Instants as chats and tables write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

DAY = (
    r"(?:(?P<y>(?:19|20)\d{2})[-/.年](?P<mo>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"|(?P<a>\d{1,2})[/.\-](?P<b>\d{1,2})[/.\-](?P<y2>(?:20)?\d{2})"
    r"|(?P<mo2>\d{1,2})月(?P<d2>\d{1,2})日|(?P<mo3>\d{1,2})[-/](?P<d3>\d{1,2})(?= )"
    r"|(?P<word>今天|昨天|前天|today|yesterday)|(?:星期|周)(?P<weekday>[一二三四五六日天]))"
)
HALF = r"(?P<half>上午|下午|凌晨|早上|清晨|中午|傍晚|晚上|晚)"
CLOCK = rf"{HALF}?\s*(?P<h>\d{{1,2}})[:：时点](?P<mi>\d{{2}})分?(?:[:：](?P<s>\d{{2}})(?:\.\d+)?)?秒?\s*(?P<ampm>[AaPp]\.?[Mm]\.?)?"
STAMP = rf"(?:{DAY}[\s,，T]*(?:星期[一二三四五六日天]\s*|周[一二三四五六日天]\s*)?)?{CLOCK}"
WHOLE = re.compile(rf"\s*{STAMP}\s*(?P<zone>Z|[+-]\d{{2}}:?\d{{2}})?\s*", re.I)
ONLY_DAY = re.compile(rf"[\s—\-=]*{DAY}[\s—\-=]*(?:星期[一二三四五六日天]|周[一二三四五六日天])?[\s—\-=]*", re.I)
BACK = {"今天": 0, "today": 0, "昨天": 1, "yesterday": 1, "前天": 2}
WEEKDAYS = "一二三四五六日"
UNIX_MS = 10**11
OLDEST, NEWEST = 10**8, 10**10


@dataclass(frozen=True)
class Calendar:
    """How instants of one source are read: its zone, the day it was brought, and whether days stand before months."""

    zone: tzinfo
    today: date | None = None
    day_first: bool = True

    def day_of(self, found: re.Match[str], last: date | None) -> date | None:
        """The day of a stamp; the last day named where the stamp names none."""
        facts = found.groupdict()
        try:
            if facts.get("y"):
                return date(int(facts["y"]), int(facts["mo"]), int(facts["d"]))
            if facts.get("y2"):
                first, second, year = int(facts["a"]), int(facts["b"]), int(facts["y2"])
                day, month = (first, second) if self.day_first else (second, first)
                return date(year + 2000 if year < 100 else year, month, day)
            for month_name, day_name in (("mo2", "d2"), ("mo3", "d3")):
                if facts.get(month_name) and (year_of := last or self.today):
                    return date(year_of.year, int(facts[month_name]), int(facts[day_name]))
        except ValueError:
            return None
        if self.today and facts.get("word"):
            return self.today - timedelta(days=BACK[facts["word"].lower()])
        if self.today and facts.get("weekday"):
            wanted = WEEKDAYS.index(facts["weekday"].replace("天", "日"))
            return self.today - timedelta(days=(self.today.weekday() - wanted) % 7)
        if any(facts.get(name) for name in ("mo2", "mo3", "word", "weekday")):
            return None
        return last or self.today

    def instant_of(self, found: re.Match[str], last: date | None) -> datetime | None:
        """The aware instant of a stamp, or None where its day is not known."""
        day = self.day_of(found, last)
        hour, minute, second = int(found["h"]), int(found["mi"]), int(found["s"] or 0)
        half, ampm = found["half"] or "", (found["ampm"] or "").lower().replace(".", "")
        if ((half in ("下午", "傍晚", "晚上", "晚") or ampm == "pm") and hour < 12) or (half == "中午" and hour < 11):
            hour += 12
        elif (half in ("凌晨", "上午") or ampm == "am") and hour == 12:
            hour = 0
        if day is None or hour > 23 or minute > 59 or second > 59:
            return None
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=self.zone)


def day_first(texts: Iterable[str]) -> bool | None:
    """Whether 04/12/2022 is 4 December in this source; None where nothing in it decides."""
    for text in texts:
        for found in re.finditer(r"(?<!\d)(\d{1,2})[/.\-](\d{1,2})[/.\-](?:20)?\d{2}(?!\d)", text):
            if int(found[1]) > 12 >= int(found[2]):
                return True
            if int(found[2]) > 12 >= int(found[1]):
                return False
    return None


def instant(value: object, calendar: Calendar) -> datetime | None:
    """An instant from a cell or a key: a datetime, ISO text, a stamp as people write it, seconds or milliseconds; else None."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=calendar.zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=calendar.zone)
    text = "" if value is None or isinstance(value, bool) else str(value).strip()
    if not text:
        return None
    if re.fullmatch(r"\d{9,13}(?:\.\d+)?", text):
        seconds = float(text) / (1000 if float(text) >= UNIX_MS else 1)
        return datetime.fromtimestamp(seconds, UTC) if OLDEST < seconds < NEWEST else None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return _stamp(text, calendar)
    return found if found.tzinfo else found.replace(tzinfo=calendar.zone)


def _stamp(text: str, calendar: Calendar) -> datetime | None:
    if found := WHOLE.fullmatch(text):
        return calendar.instant_of(found, None)
    if (found := ONLY_DAY.fullmatch(text)) and (day := calendar.day_of(found, None)):
        return datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    return None
