"""The door that a message names, among all the other numbers in it."""

from __future__ import annotations

import re

from doorstep.desk.triage.model import Door
from doorstep.desk.triage.text import Text
from doorstep.register.lists.address import arabic

CN = "零〇一二三四五六七八九十"
BUILDING = rf"(?P<building>\d{{1,4}}(?:[-—–]\d{{1,3}})?|[A-Za-z]|[{CN}]{{1,4}}|[甲乙丙丁])(?:号楼|号院|栋楼?|幢楼?|座|号(?!楼|码|线|电池|床|点|下|晚|早|前|之|到|开|去|能|会|上)|(?<=\d\d)楼(?=\d)|#楼?)(?P<side>[东南西北]楼?)?"
STAIR = rf"(?P<stair>\d{{1,2}}|[{CN}]{{1,3}}|[A-Za-z])(?:单元|门栋|门洞|梯|门(?!口|外|卫))"
ROOM = rf"(?P<room>[A-Za-z]?\d{{2,4}}[A-Za-z]?(?![\d.]|mg|ml|g\b|块|元|斤|片|盒|人|度)|[{CN}]{{3,4}}(?!单元))(?:室|房|户|号房)?"
GAP = r"[\s,，、\-—–的]{0,2}"
CHINESE = re.compile(rf"{BUILDING}(?:{GAP}{STAIR})?(?:{GAP}{ROOM})?")
STAIR_FIRST = re.compile(rf"(?<![\d.]){STAIR}{GAP}{ROOM}")
DASHED = re.compile(
    r"(?<![\w.\-/:+])(?P<building>\d{1,3}|[A-Za-z])[-—–/](?:(?P<stair>\d{1,2})[-—–/])?(?P<room>\d{3,4}[A-Za-z]?)(?:室|房)?(?![\d\-/:.]|[a-z]{2}|年)"
)
ROOM_ONLY = re.compile(r"(?<![\d.A-Za-z\-])(?P<room>[A-Za-z]?\d{2,4}[A-Za-z]?)(?:室|房(?!租|贷|东)|户(?!型))")
ENGLISH_BUILDING = r"(?:building|bldg|block|blk|tower)\.?\s*(?:no\.?|number|#)?\s*(?P<building>\d{1,4}|[a-z](?![a-z]))"
ENGLISH_STAIR = r"(?:unit|stair|entrance|staircase)\.?\s*#?\s*(?P<stair>\d{1,2}|[a-z](?![a-z]))"
ENGLISH_ROOM = (
    r"(?:apartment|apt|room|rm|flat|suite)\.?\s*(?:no\.?|number|#)?\s*(?P<room>\d{1,4}[a-z]?|[a-z]\d{1,4})(?![a-z\d])"
)
SHORT_ROOM = re.compile(
    r"(?:(?<=out of )|(?<=#)|(?<=in )|(?<=at ))(?P<room>\d{1,2}[a-h]|\d{3,4})(?![a-z\d:.,]\d?|(?: ?(?:am|pm|people|kids|percent|degrees|mg|years|days|hours|weeks)))"
)
BARE = re.compile(
    r"(?:^|(?<=[\n，,。；;：:、@ ]))(?P<room>[1-9]\d{2,3})(?=$|[ ，,、:：的要家]|[\u4e00-\u9fff](?!克|度|毫|块|元|片|斤|人|份|个|天|年|月|号|点|多|楼|栋|只|名|户|位|米|公|万|千|小))"
    r"(?! ?(?:mg|ml|kg|g|元|块|斤|片|盒|人|度|年|个|份|米|people|dollars|kids|meals|degrees|percent|miles|families|houses|tents|years|km|pm|am|hours|days|weeks|and|in|of|or|to))"
)
NOT_ROOMS = {
    "110",
    "119",
    "120",
    "122",
    "911",
    "112",
    "999",
    "2019",
    "2020",
    "2021",
    "2022",
    "2023",
    "2024",
    "2025",
    "2026",
    "12345",
    "1000",
    "500",
    "100",
    "200",
    "300",
}
LIKE_PRESSURE = re.compile(r"\d{2,3}/\d{2,3}")


def find_door(text: Text) -> Door | None:
    """The fullest door that the message names; None where it names none."""
    read = LIKE_PRESSURE.sub(lambda found: "~" * len(found[0]), text.read)
    found = [
        _door(text, hit)
        for hit in (*CHINESE.finditer(read), *STAIR_FIRST.finditer(read), *DASHED.finditer(read))
        if _sensible(hit)
    ]
    if english := _english(text, read):
        found.append(english)
    if not any(door.room for door in found):
        found += [_door(text, hit) for hit in ROOM_ONLY.finditer(read)]
        if not found:
            found += [_door(text, hit, sure=False) for hit in SHORT_ROOM.finditer(read) if hit["room"] not in NOT_ROOMS]
            found += [_door(text, hit, sure=False) for hit in BARE.finditer(read) if hit["room"] not in NOT_ROOMS]
    if not found:
        return None
    return max(found, key=lambda door: (bool(door.building) + bool(door.stair) + 2 * bool(door.room), -door.start))


def _sensible(hit: re.Match[str]) -> bool:
    facts = hit.groupdict()
    building, room = facts.get("building") or "", facts.get("room") or ""
    if not room and not facts.get("stair"):
        after = hit.string[hit.end() : hit.end() + 1]
        tail = hit[0][-1]
        return tail in "楼栋幢院" or (tail == "座" and building.isascii()) or (tail == "号" and after == "楼")
    return not (set(building) <= set("甲乙丙丁") and not building)


def _door(text: Text, hit: re.Match[str], *, sure: bool = True) -> Door:
    facts = hit.groupdict()
    side = (facts.get("side") or "")[:1]
    return Door(
        _plain(facts.get("building")) + side,
        _plain(facts.get("stair")),
        _plain(facts.get("room")),
        *text.span(hit.start(), hit.end()),
        sure,
    )


def _plain(value: str | None) -> str:
    return arabic((value or "").replace("〇", "零").replace("—", "-").replace("–", "-")).upper()


def _english(text: Text, read: str) -> Door | None:
    building = re.search(rf"(?<![a-z]){ENGLISH_BUILDING}", read)
    stair = re.search(rf"(?<![a-z]){ENGLISH_STAIR}", read)
    room = re.search(rf"(?<![a-z]){ENGLISH_ROOM}", read)
    hits = [hit for hit in (building, stair, room) if hit]
    if not hits or (stair and not room and not building):
        return None
    return Door(
        _plain(building["building"] if building else ""),
        _plain(stair["stair"] if stair else ""),
        _plain(room["room"] if room else ""),
        *text.span(min(hit.start() for hit in hits), max(hit.end() for hit in hits)),
    )
