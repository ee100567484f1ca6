"""The numbers of the medicine pages: those of the protocol, and defaults.yaml beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.desk import dosing
from doorstep.desk.dosing import ReadLine
from doorstep.desk.medicines.models import MedicineLine
from doorstep.wiring.texts import in_language


@cache
def defaults() -> dict[str, Any]:
    """defaults.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "defaults.yaml").read_text("utf-8"))
    return loaded


def rule_of(incident: Incident, klass: str) -> str:
    """The class of this incident's protocol for a class of the table; the strictest where the file has other names."""
    medicine = incident.protocol.medicine
    code = dosing.rule_of_class(klass)
    if medicine is None or code in medicine.warn_hours:
        return code
    hours = medicine.warn_hours
    return max(hours, key=lambda one: hours[one]) if code == "essential" else min(hours, key=lambda one: hours[one])


def opens_at(line: MedicineLine) -> datetime | None:
    """When its request opens by itself."""
    due = _due(line)
    return due.request_at if due else None


def to_command_at(line: MedicineLine) -> datetime | None:
    """When command is told."""
    due = _due(line)
    return due.command_at if due else None


def ask_within(incident: Incident) -> timedelta | None:
    """How soon after sealing every household is asked; None where the protocol has no medicines."""
    medicine = incident.protocol.medicine
    return timedelta(hours=medicine.ask_within_hours) if medicine else None


def cold_minutes(incident: Incident) -> float | None:
    """How long a cold medicine may stand outside."""
    medicine = incident.protocol.medicine
    return medicine.cold.out_minutes if medicine and medicine.cold else None


def class_title(klass: str) -> str:
    """A class in the language of the page."""
    body = dosing.classes().get(klass)
    return in_language({"zh": body["zh"], "en": body["en"]}) if body else ""


def generic_title(code: str) -> str:
    """The generic name in the language of the page."""
    drug = dosing.drug(code)
    return in_language(drug.title) if drug else code


def as_read(line: MedicineLine) -> ReadLine:
    """A line as the reader of lists would give it, for holding it against a box."""
    text = " ".join(filter(None, (line.name, line.strength)))
    read = dosing.read_line(text)
    return ReadLine(
        line.written,
        line.name,
        dosing.drug(line.drug),
        line.brand,
        line.form,
        line.release,
        read.strength,
        line.volume_ml,
        line.pack_count,
        line.unit,
    )


def key_of(line: MedicineLine) -> str:
    """What sources are asked for: the code, or the name where the table has none."""
    return line.drug or line.name.strip().lower()[:120]


def _due(line: MedicineLine) -> protocol.MedicineDue | None:
    if line.runs_out_at is None:
        return None
    return protocol.medicine_due(line.incident.protocol, line.rule, line.runs_out_at)
