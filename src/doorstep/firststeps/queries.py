"""What the pages of the first steps show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from doorstep import protocol
from doorstep.command.models import Incident, Member
from doorstep.command.rights import rights_of
from doorstep.errors import UserError
from doorstep.firststeps.models import Setup
from doorstep.protocol import Protocol
from doorstep.register import lists
from doorstep.register.actions import difference_of
from doorstep.register.models import Household, ListImport, Person, masked
from doorstep.wiring.texts import in_language

TITLES = {
    "language": gettext_lazy("Language"),
    "organisation": gettext_lazy("Organisation"),
    "compound": gettext_lazy("Compound"),
    "list": gettext_lazy("Household list"),
    "rules": gettext_lazy("Rules"),
    "carriers": gettext_lazy("Carriers"),
}
SHOWN, DOORS = 50, 20
EXAMPLES = 3


@cache
def starting() -> dict[str, Any]:
    """starting.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "starting.yaml").read_text("utf-8"))
    return loaded


@dataclass(frozen=True)
class StepLine:
    """A step in the row above the page: its number, whether it is done, whether it can be opened."""

    code: str
    number: int
    title: str
    done: bool
    reachable: bool


def steps_of(setup: Setup) -> list[StepLine]:
    """The steps of a walk: six for the first, four where language and organisation are known. No query."""
    done = {
        "language": bool(setup.language),
        "organisation": setup.started_by_id is not None,
        "compound": setup.compound_id is not None,
        "list": setup.list_done,
        "rules": setup.area_id is not None,
        "carriers": setup.plan_id is not None,
    }
    codes = [code for code in TITLES if setup.is_first or code not in ("language", "organisation")]
    lines, reachable = [], True
    for number, code in enumerate(codes, start=1):
        lines.append(StepLine(code, number, str(TITLES[code]), done[code], reachable))
        reachable = reachable and done[code]
    return lines


def first_open(setup: Setup) -> StepLine | None:
    """The first step that is not done; None when the plan is asked for."""
    return next((line for line in steps_of(setup) if not line.done), None)


def begun_by(member: Member) -> QuerySet[Setup]:
    """Walks that were begun and not ended: one's own, and those of people who have left."""
    return Setup.objects.filter(finished_at=None, started_by=member).select_related("compound")


def incidents_to_join(member: Member) -> list[Incident]:
    """Open incidents in which the member may make areas, newest first."""
    incidents = Incident.objects.filter(state=Incident.State.OPEN).order_by("-trigger_at", "-id")
    return [incident for incident in incidents if rights_of(member, incident).may("manage_areas")]


@dataclass(frozen=True)
class ColumnLine:
    """A column of a list: its heading, what it was taken for, and a few of its cells."""

    column: int
    heading: str
    field: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class BadLine:
    """A row that cannot go in, in the words of the page."""

    row: int
    column: str
    value: str
    reason: str
    mend: str


@dataclass(frozen=True)
class DoorLine:
    """A door as the list has it, without names."""

    building: str
    stair: str
    room: str
    floor: int | None
    persons: int
    at_home: int


@dataclass(frozen=True)
class ListPage:
    """A previewed list: its counts, its columns, its first doors, what cannot go in."""

    preview: ListImport
    counts: dict[str, int]
    columns: tuple[ColumnLine, ...]
    doors: tuple[DoorLine, ...]
    door_count: int
    bad: tuple[BadLine, ...]
    differences: int


def list_page(preview: ListImport, *, names: bool) -> ListPage:
    """Read the previewed file again and lay it open; names and phones are masked unless `names`."""
    with preview.file.open("rb") as handle:
        data = handle.read()
    mapping = {int(column): field for column, field in preview.mapping["columns"].items()}
    comparison, reading = difference_of(preview)
    doors = tuple(
        DoorLine(
            line.building,
            key[2],
            key[3],
            line.floor,
            sum(len(home.persons) for home in line.households.values()),
            sum(
                person.facts["present"] == "home"
                for home in line.households.values()
                for person in home.persons.values()
            ),
        )
        for key, line in comparison.doors.items()
    )
    bad = tuple(
        BadLine(one.row, one.column, one.value, in_language(one.reason), in_language(one.mend))
        for one in reading.bad[:SHOWN]
    )
    columns = tuple(_columns(data, preview.filename, mapping, names))
    return ListPage(preview, preview.counts, columns, doors[:DOORS], len(doors), bad, len(comparison.differences))


def _columns(data: bytes, filename: str, mapping: dict[int, str], names: bool) -> Iterable[ColumnLine]:
    for sheet in lists.open_table(data, filename):
        try:
            layout = lists.guess_layout(sheet, mapping)
        except UserError:
            continue
        for column, heading in enumerate(layout.headings):
            field = mapping.get(column, "")
            cells = (row[column] if column < len(row) else "" for row in sheet.rows[layout.first_row :])
            filled = [text for text in map(_shown, cells) if text]
            shown = filled[:EXAMPLES] if names else [_hidden(cell, field) for cell in filled[:EXAMPLES]]
            yield ColumnLine(column, heading, field, tuple(shown))
        return


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _hidden(cell: str, field: str) -> str:
    if field in ("name", "head", "members"):
        return masked(cell)
    return f"…{cell[-2:]}" if field == "phone" else cell


def field_choices() -> list[tuple[str, str]]:
    """What a column may be taken for, in words; the empty choice leaves it out."""
    known = [(code, in_language({"zh": field["zh"], "en": field["en"]})) for code, field in lists.fields().items()]
    return [("", _("— leave out —")), *known]


@dataclass(frozen=True)
class Known:
    """What the register holds of a compound already."""

    households: int
    persons: int


def known_of(setup: Setup) -> Known:
    """Households and persons of the compound. Two queries."""
    place = {"door__stair__building__compound": setup.compound_id, "active": True}
    persons = Person.objects.filter(household__door__stair__building__compound=setup.compound_id, active=True)
    return Known(Household.objects.filter(**place).count(), persons.count())


@dataclass(frozen=True)
class ZoneLine:
    """One choice of rules: a zone class of a protocol, what it says and what it promises."""

    value: str
    title: str
    rule: str
    promises: tuple[str, ...]


@dataclass(frozen=True)
class ProtocolLine:
    """A protocol with its zone classes, the strictest first."""

    title: str
    issuer: str
    zones: tuple[ZoneLine, ...]


def protocol_lines(incident: Incident | None) -> list[ProtocolLine]:
    """The rules there are, in words; those of an incident alone where one is given."""
    ids = [incident.protocol_id] if incident else protocol.shipped_ids()
    found = []
    for rules in map(protocol.find, ids):
        zones = sorted(rules.zones.items(), key=lambda pair: -pair[1].tone)
        lines = tuple(
            ZoneLine(f"{rules.id}/{key}", in_language(zone.title), in_language(zone.rule), promised(rules, key))
            for key, zone in zones
        )
        found.append(ProtocolLine(in_language(rules.title), in_language(rules.issuer), lines))
    return found


def promised(rules: Protocol, zone: str) -> tuple[str, ...]:
    """What a door in this zone is owed, in a few words each."""
    words = []
    for kit in rules.supply.kits:
        if zone in kit.zones:
            facts = {"kit": in_language(kit.title), "first": f"{kit.first_within_hours:g}"}
            if kit.every_days:
                facts["days"] = f"{kit.every_days:g}"
                words.append(_("%(kit)s every %(days)s days, the first within %(first)s h") % facts)
            else:
                words.append(_("%(kit)s within %(first)s h") % facts)
    if zone in rules.contact.zones:
        hours = rules.contact.limit_hours
        facts = {"most": f"{hours['other']:g}", "least": f"{min(hours.values()):g}"}
        if facts["least"] == facts["most"]:
            words.append(_("a word with each household every %(most)s h") % facts)
        else:
            words.append(
                _("a word with each household every %(most)s h, every %(least)s h with the most vulnerable") % facts
            )
    if rules.letter and zone in rules.letter.zones:
        words.append(_("a letter within %(first)s h") % {"first": f"{rules.letter.within_hours:g}"})
    return tuple(words)


def lifting_words(rules: Protocol, zone: str) -> str:
    """What ends it, by the rules; what the zone says where they name no condition."""
    if zone not in rules.lifting:
        return in_language(rules.zones[zone].rule)
    words = []
    for condition in rules.lifting[zone].all:
        if condition.no_new_case_days:
            words.append(_("no new case for %(days)d days") % {"days": condition.no_new_case_days})
        elif condition.last_contact_exposure_days:
            words.append(_("%(days)d days since the last exposure") % {"days": condition.last_contact_exposure_days})
        elif condition.round_negative_within_hours:
            hours = {"hours": condition.round_negative_within_hours}
            words.append(_("a full round of tests negative within %(hours)d h") % hours)
        else:
            words.append(_("the authority declares it over"))
    return _("; ").join(dict.fromkeys(words))


def load_words(count: int) -> str:
    """So many households, in words."""
    return ngettext("%(n)d household", "%(n)d households", count) % {"n": count}
