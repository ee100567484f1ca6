"""Forms of the plan: positions typed, a picture with its scale, a map file, which shape is which building."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from doorstep.register.drawing import pictures
from doorstep.register.plan_queries import MapRow, Pin
from doorstep.register.plans import NARROWEST_M, WIDEST_M, Key, Position

NUMBER = re.compile(r"[-+]?\d{1,6}([.,]\d{1,3})?")


class PictureForm(forms.Form):
    """The picture behind the plan and its scale; without a file the one that is there is kept."""

    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("PNG or JPEG, at most 5 MB. Where and when it was taken is not kept."),
        widget=forms.ClearableFileInput({"accept": "image/png,image/jpeg"}),
    )
    width_m = forms.FloatField(
        label=_("Its whole width in metres"),
        min_value=NARROWEST_M,
        max_value=WIDEST_M,
        help_text=_("Measure something known on it: a parked car is about 4.5 m long, a parking place 2.5 m wide."),
    )
    left_m = forms.FloatField(label=_("Left edge at (m)"), required=False)
    bottom_m = forms.FloatField(label=_("Lower edge at (m)"), required=False)

    def facts(self) -> dict[str, Any]:
        """What the act takes."""
        said = self.cleaned_data
        return {
            "data": said["picture"].read(pictures.MOST_BYTES + 1) if said["picture"] else None,
            "width_m": said["width_m"],
            "left_m": said["left_m"] or 0.0,
            "bottom_m": said["bottom_m"] or 0.0,
        }


class MapForm(forms.Form):
    """A map file."""

    file = forms.FileField(
        label=_("Map file (GeoJSON)"),
        help_text=_("Buildings as polygons or points with longitude and latitude (WGS 84), at most 5 MB."),
        widget=forms.ClearableFileInput({"accept": ".geojson,.json,application/geo+json"}),
    )


@dataclass
class PositionRow:
    """A gate, building or stair in the table of positions, with what was typed."""

    pin: Pin
    x: str
    y: str
    error: str = ""

    @property
    def code(self) -> str:
        return f"{self.pin.kind}-{self.pin.pk}"


class PositionTable:
    """Every position as a pair of numbers: the plan for those who cannot drag. What was typed stays."""

    def __init__(self, pins: Iterable[Pin], data: Mapping[str, Any] | None = None) -> None:
        self.rows = [_row(pin, data) for pin in pins]

    def positions(self) -> dict[Key, Position]:
        """What was typed otherwise than it stands; a row with an error says nothing and the table is not valid."""
        found: dict[Key, Position] = {}
        for row in self.rows:
            try:
                position = _position(row.x, row.y)
            except ValueError:
                row.error = _t("Write both numbers in metres, such as 35 and -12.5, or leave both empty.")
                continue
            if position != _rounded(row.pin.own):
                found[row.pin.kind, row.pin.pk] = position
        return found

    def is_valid(self) -> bool:
        return not any(row.error for row in self.rows)

    def tell(self, field: str, text: str) -> None:
        """Put an error of the act at its row."""
        for row in self.rows:
            if row.code == field:
                row.error = text


@dataclass
class ShapeRow:
    """A building and the number of its shape, as guessed or typed."""

    row: MapRow
    typed: str
    error: str = ""


class ShapeTable:
    """Which shape is which building; the number may be followed by a name ("254 · 16号楼")."""

    def __init__(self, rows: Iterable[MapRow], data: Mapping[str, Any] | None = None) -> None:
        self.error = ""
        self.rows = [ShapeRow(row, _typed(row, data)) for row in rows]

    def chosen(self) -> dict[int, int | None]:
        """Building → number; a row with an error says nothing and the table is not valid."""
        found: dict[int, int | None] = {}
        for line in self.rows:
            number = re.match(r"#?\s*(\d{1,6})", line.typed)
            if line.typed and not number:
                line.error = _t("Write the number of the shape, or leave it empty.")
                continue
            found[line.row.building.pk] = int(number[1]) if number else None
        return found

    def is_valid(self) -> bool:
        return not any(line.error for line in self.rows)

    def tell(self, field: str, text: str) -> None:
        """Put an error of the act at its building, or above the table."""
        pk = field.partition("-")[2]
        line = next((line for line in self.rows if str(line.row.building.pk) == pk), None)
        if line is None:
            self.error = text
        else:
            line.error = text


def number(text: str) -> float:
    """A number of metres as people type it. Raises ValueError."""
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text.replace(",", "."))


def _position(x: str, y: str) -> Position:
    return None if x == y == "" else (number(x), number(y))


def _rounded(own: tuple[float, float] | None) -> Position:
    return (round(own[0], 2), round(own[1], 2)) if own else None


def _row(pin: Pin, data: Mapping[str, Any] | None) -> PositionRow:
    code = f"{pin.kind}-{pin.pk}"
    if data is not None and f"x-{code}" in data:
        return PositionRow(pin, str(data[f"x-{code}"]).strip(), str(data.get(f"y-{code}", "")).strip())
    own = _rounded(pin.own)
    return PositionRow(pin, f"{own[0]:g}" if own else "", f"{own[1]:g}" if own else "")


def _typed(row: MapRow, data: Mapping[str, Any] | None) -> str:
    if data is not None:
        return str(data.get(f"shape-{row.building.pk}", "")).strip()[:200]
    return f"{row.match.shape} · {row.label}" if row.match.shape is not None else ""
