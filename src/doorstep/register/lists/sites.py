"""A folder of lists with its places: compounds.csv, buildings.csv and carriers.csv beside the household lists."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doorstep.errors import UserError
from doorstep.register.lists.tables import open_table

TABLES = (".xlsx", ".xls", ".ods", ".csv", ".tsv", ".txt")
YES = {"1", "yes", "y", "true", "有", "是"}
NO = {"", "0", "no", "n", "false", "无", "否"}


@dataclass(frozen=True)
class StairLine:
    """A stair of buildings.csv: where it stands (metres, local), how high its building is, whether it has a lift."""

    compound: str
    building: str
    stair: str
    floors: int | None
    lift: bool
    x_m: float | None
    y_m: float | None


@dataclass(frozen=True)
class GateLine:
    """A gate of compounds.csv (metres); rounds reload at the first of a compound. `list` names its household list."""

    compound: str
    list: str
    name: str
    x_m: float
    y_m: float


@dataclass(frozen=True)
class CarrierRow:
    """Who carries, from and to which time of the day; empty means the whole window."""

    name: str
    starts: str
    ends: str


@dataclass(frozen=True)
class FolderOfLists:
    """Everything that a folder holds."""

    lists: tuple[Path, ...]
    stairs: tuple[StairLine, ...]
    gates: tuple[GateLine, ...]
    carriers: tuple[CarrierRow, ...]


def read_folder(folder: Path) -> FolderOfLists:
    """The lists of a folder and what stands beside them. Raises UserError naming the file, the row and the mend."""
    own = {"buildings.csv": [], "compounds.csv": [], "carriers.csv": []}  # type: dict[str, list[dict[str, str]]]
    for name in own:
        if (folder / name).exists():
            own[name] = _rows(folder / name)
    lists = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in TABLES and path.name not in own]
    lists = [path for path in lists if not path.name.startswith((".", "~"))]
    if not lists:
        raise UserError(
            f"{folder} holds no household list.", field=str(folder), mend="Put the lists (XLSX, XLS, ODS, CSV) there."
        )
    return FolderOfLists(
        tuple(lists),
        tuple(_stair(row, number) for number, row in enumerate(own["buildings.csv"], start=2)),
        tuple(_gate(row, number) for number, row in enumerate(own["compounds.csv"], start=2)),
        tuple(_carrier(row, number) for number, row in enumerate(own["carriers.csv"], start=2)),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    rows = open_table(path.read_bytes(), path.name)[0].rows
    head = [str(cell).strip().lower() for cell in rows[0]]
    return [
        {name: str(cell).strip() for name, cell in zip(head, row, strict=False)}
        for row in rows[1:]
        if any(str(cell).strip() for cell in row)
    ]


def _stair(row: dict[str, str], number: int) -> StairLine:
    where = f"buildings.csv row {number}"
    floors = _number(row.get("floors", ""), f"{where}, floors")
    lift = row.get("lift", "").lower()
    if lift not in YES | NO:
        raise UserError(f"“{lift}” is neither yes nor no.", field=f"{where}, lift", mend="Write yes or no.")
    return StairLine(
        _text(row, "compound", where),
        _text(row, "building", where),
        row.get("stair", "") or "1",
        int(floors) if floors is not None else None,
        lift in YES,
        _number(row.get("x_m", ""), f"{where}, x_m"),
        _number(row.get("y_m", ""), f"{where}, y_m"),
    )


def _gate(row: dict[str, str], number: int) -> GateLine:
    where = f"compounds.csv row {number}"
    x, y = (_number(row.get(name, ""), f"{where}, {name}") or 0.0 for name in ("gate_x_m", "gate_y_m"))
    return GateLine(_text(row, "compound", where), row.get("list", ""), row.get("gate", "") or "1", x, y)


def _carrier(row: dict[str, str], number: int) -> CarrierRow:
    where = f"carriers.csv row {number}"
    return CarrierRow(_text(row, "name", where), row.get("start", ""), row.get("end", ""))


def _text(row: dict[str, str], name: str, where: str) -> str:
    value = row.get(name, "")
    if not value:
        raise UserError(f"{name} is empty.", field=f"{where}, {name}", mend=f"Fill the column {name}.")
    return value


def _number(text: Any, where: str) -> float | None:
    if text == "":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(f"“{text}” is no number.", field=where, mend="Write metres or floors as a number, or nothing.")
    return value
