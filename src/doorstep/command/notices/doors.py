"""Who has the letter: which version reached which door, in which language, by whom, and where it must still go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Area, AreaDoor, Incident, LetterPrint, LetterReceipt, Member, Notice
from doorstep.command.notices.facts import language_for, language_name
from doorstep.command.queries import bound_area_of
from doorstep.register.models import Household
from doorstep.wiring.contributions import VisitLine
from doorstep.wiring.texts import in_both

KIND = "letter"
STATES = ("none", "older", "other", "has")


@dataclass(frozen=True)
class DoorLetter:
    """A door and its letter: `has` this version in its language, an `older` one, one in an `other` language, or `none`.

    `spoken` are the languages of its households as they are kept; `asked` whether anybody has asked for them.
    `unwritten` are those in which nobody has written this version.
    """

    door_id: int
    building: str
    place: str
    state: str
    spoken: tuple[str, ...]
    asked: bool
    unwritten: tuple[str, ...]
    version: int | None = None
    languages: tuple[str, ...] = ()
    handed_at: datetime | None = None
    by: str = ""
    first_at: datetime | None = None  # when the first letter of any version came

    @property
    def spoken_names(self) -> str:
        return ", ".join(language_name(one) for one in self.spoken)

    @property
    def handed_names(self) -> str:
        return ", ".join(language_name(one) for one in self.languages)


@dataclass(frozen=True)
class BuildingLine:
    """The doors of a building by the state of their letter."""

    building: str
    doors: int
    counts: dict[str, int]


@dataclass(frozen=True)
class AreaLetters:
    """An area's letter: its doors in the order of a walk, by building, and how the clock of the protocol stands."""

    area: Area
    letter: Notice | None
    doors: list[DoorLetter]
    due: datetime | None
    median_minutes: float | None

    @property
    def counts(self) -> dict[str, int]:
        return {state: sum(door.state == state for door in self.doors) for state in STATES}

    @property
    def reached(self) -> int:
        """Doors that any version reached."""
        return sum(door.state != "none" for door in self.doors)

    @property
    def unasked(self) -> int:
        return sum(not door.asked for door in self.doors)

    @property
    def buildings(self) -> list[BuildingLine]:
        found: dict[str, list[DoorLetter]] = {}
        for door in self.doors:
            found.setdefault(door.building, []).append(door)
        return [
            BuildingLine(name, len(doors), {state: sum(door.state == state for door in doors) for state in STATES})
            for name, doors in found.items()
        ]


def letters_of(area: Area, at: datetime) -> AreaLetters:
    """Every door of an area where somebody lives, with its letter. Four queries."""
    homes = Household.objects.filter(active=True, door__area_doors__area=area)
    order = ("door__stair__building__name", "door__stair__name", "door__floor", "door__number", "pk")
    by_door: dict[int, list[Household]] = {}
    for home in homes.select_related("door__stair__building__compound").order_by(*order):
        by_door.setdefault(home.door_id, []).append(home)
    last = _last_receipts(area.incident, list(by_door), at)
    firsts = _first_receipts(area.incident, list(by_door), at)
    lines = [_line(homes, last.get(door), firsts.get(door), area.letter) for door, homes in by_door.items()]
    rule = area.incident.protocol.letter
    start, owed = area.effective_at, rule is not None and area.zone in rule.zones
    minutes = sorted(max(0.0, (first - start).total_seconds() / 60) for first in firsts.values()) if start else []
    median = minutes[len(minutes) // 2] if minutes else None
    due = start + timedelta(hours=rule.within_hours) if start and rule and owed else None
    return AreaLetters(area, area.letter, lines, due, median)


def _line(
    homes: list[Household], receipt: LetterReceipt | None, first_at: datetime | None, letter: Notice | None
) -> DoorLetter:
    door = homes[0].door
    building = f"{door.stair.building.compound.name} {door.stair.building.name}"
    spoken, texts = _spoken(homes), letter.texts if letter else {}
    state = _state(spoken, receipt, letter)
    return DoorLetter(
        door.pk,
        building,
        f"{door.stair.building.name}-{door.stair.name}-{door.number}",
        state,
        spoken,
        all(home.languages for home in homes),
        tuple(one for one in spoken if one not in texts),
        receipt.letter.version if receipt and receipt.letter else None,
        tuple(receipt.languages) if receipt else (),
        receipt.handed_at if receipt else None,
        receipt.by.name if receipt and receipt.by else "",
        first_at,
    )


def _spoken(homes: Iterable[Household]) -> tuple[str, ...]:
    """One language a household: the first that it reads; Chinese where nobody has asked."""
    return tuple(
        dict.fromkeys(protocol.language_tag(str(next(iter(home.languages), "") or "zh-hans")) for home in homes)
    )


def _state(spoken: Sequence[str], receipt: LetterReceipt | None, letter: Notice | None) -> str:
    if receipt is None:
        return "none"
    if letter is not None and receipt.letter_id != letter.pk:
        return "older"
    return "has" if all(one in receipt.languages for one in spoken) else "other"


def _last_receipts(incident: Incident, doors: Sequence[int], at: datetime) -> dict[int, LetterReceipt]:
    rows = LetterReceipt.objects.filter(incident=incident, door__in=doors, handed_at__lte=at)
    return {row.door_id: row for row in rows.select_related("letter", "by").order_by("handed_at", "pk")}


def _first_receipts(incident: Incident, doors: Sequence[int], at: datetime) -> dict[int, datetime]:
    rows = LetterReceipt.objects.filter(incident=incident, door__in=doors, handed_at__lte=at)
    return dict(rows.order_by("-handed_at", "-pk").values_list("door_id", "handed_at"))


DOOR_HEADINGS = (
    *("area", "building", "door", "letter", "version", "languages handed over", "languages read here"),
    *("language asked", "not written in", "handed over", "by"),
)


def state_titles() -> dict[str, str]:
    """The states in words."""
    return {
        "none": _("no letter yet"),
        "older": _("an older version"),
        "other": _("not in their language"),
        "has": _("has this letter"),
    }


def door_rows(found: AreaLetters, doors: Iterable[DoorLetter]) -> list[list[Any]]:
    """The doors as a table, in local time."""
    titles, tz = state_titles(), found.area.incident.tz
    return [
        [
            found.area.name,
            door.building,
            door.place,
            titles[door.state],
            door.version,
            door.handed_names,
            door.spoken_names,
            _("yes") if door.asked else _("no"),
            ", ".join(language_name(one) for one in door.unwritten),
            door.handed_at.astimezone(tz) if door.handed_at else None,
            door.by,
        ]
        for door in doors
    ]


def printed(letter: Notice, area: Area, *, sheets: int, large: bool, at: datetime, by: Member | None) -> LetterPrint:
    """This version was printed door by door: from now on it is what a carrier hands over here."""
    made = LetterPrint.objects.create(letter=letter, area=area, printed_at=at, by=by, sheets=sheets, large=large)
    label = f"{area.name} · {letter}"
    journal.record(
        "print_letters", incident=area.incident, subject=letter, by=by, occurred_at=at, label=label, of=sheets
    )
    return made


def handed_at_door(
    incident: Incident, door_id: int, handed: Iterable[str], *, visit: int, at: datetime, by: Member | None
) -> LetterReceipt | None:
    """A knock handed over a letter, said as `letter` or, where the version was on the list, as `letter:<id>`."""
    said = [kind for kind in handed if protocol.base_kind(kind) == KIND]
    if not said:
        return None
    letter = _named(incident, said) or _in_hand(incident, door_id, at)
    homes = Household.objects.filter(door=door_id, active=True)
    languages = sorted({language_for(home.languages, letter.texts)[0] for home in homes}) if letter else []
    facts = {"incident": incident, "letter": letter, "languages": languages, "handed_at": at, "by": by}
    made, _new = LetterReceipt.objects.get_or_create(door_id=door_id, proof=f"visit:{visit}", defaults=facts)
    return made


def visit_undone(incident: Incident, *, visit: int) -> None:
    """A knock was taken back: its letter has not reached the door."""
    LetterReceipt.objects.filter(incident=incident, proof=f"visit:{visit}").delete()


def _named(incident: Incident, said: Iterable[str]) -> Notice | None:
    keys = [text.partition(":")[2] for text in said]
    wanted = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    letters = Notice.objects.filter(incident=incident, kind=Notice.Kind.LETTER, pk__in=wanted)
    return letters.order_by("-version").first() if wanted else None


def _in_hand(incident: Incident, door_id: int, at: datetime) -> Notice | None:
    """What was printed last for the area before then, else the letter that the area has."""
    area = bound_area_of(incident, door_id)
    if area is None:
        return None
    last = LetterPrint.objects.filter(area=area, printed_at__lte=at).select_related("letter")
    newest = last.order_by("-printed_at", "-pk").first()
    return newest.letter if newest else area.letter


def visit_lines(incident: Incident, doors: list[int], start: datetime, end: datetime) -> dict[int, list[VisitLine]]:
    """Doors that have an older version, or one that they cannot read and now could: it goes along. At most three queries.

    A door with no letter at all is not named here: its promise stands in the ledger.
    """
    last = _last_receipts(incident, doors, end)
    if not last:
        return {}
    areas = {
        line.door_id: line.area
        for line in AreaDoor.objects.filter(
            door__in=last, area__incident=incident, area__state=Area.State.IN_FORCE
        ).select_related("area__letter")
    }
    homes: dict[int, list[Household]] = {}
    for home in Household.objects.filter(door__in=areas, active=True):
        homes.setdefault(home.door_id, []).append(home)
    found = {}
    for door, here in homes.items():
        letter, spoken = areas[door].letter, _spoken(here)
        if letter is None:
            continue
        state = _state(spoken, last[door], letter)
        better = state == "other" and any(one in letter.texts and one not in last[door].languages for one in spoken)
        if state == "older" or better:

            def say(version: int = letter.version) -> str:
                return _("letter, version %(number)s") % {"number": version}

            found[door] = [VisitLine(f"{KIND}:{letter.pk}", KIND, in_both(say), end, 0.0, 0, str(letter.pk))]
    return found
