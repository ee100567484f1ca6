"""FHIR R4 and R5: conditions, medication requests and statements in and out, as plain JSON. Only the fields that we use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from doorstep.desk import dosing
from doorstep.desk.dosing import Dose, ReadLine
from doorstep.errors import UserError

CURRENT = ("active", "on-hold", "draft", "intended", "recorded", "unknown", "")
PAST = ("resolved", "inactive", "remission")
NOT_SO = ("refuted", "entered-in-error")
PERIODS = {"s": 1 / 86_400, "min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0}
UNITS = {
    "mg": "mg", "milligram(s)": "mg", "g": "g", "ug": "ug", "mcg": "ug", "ml": "ml", "u": "unit", "iu": "unit", "[iu]": "unit",
    "unit": "unit", "units": "unit", "unit(s)": "unit", "tablet": "tablet", "tablets": "tablet", "tablet(s)": "tablet",
    "{tbl}": "tablet", "capsule": "capsule", "capsules": "capsule", "puff": "puff", "puffs": "puff", "{puff}": "puff", "片": "tablet",
    "粒": "tablet", "单位": "unit", "滴": "drop", "drop": "drop", "drops": "drop",
}  # fmt: skip
OUT = {"unit": "U", "ug": "ug", "ml": "mL"}
MOST = 2_000_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Coding(_Part):
    display: str = ""
    code: str = ""


class Concept(_Part):
    text: str = ""
    coding: list[Coding] = Field(default_factory=list)

    @property
    def words(self) -> str:
        """What it says to a reader."""
        return self.text or next((one.display for one in self.coding if one.display), "")

    @property
    def code(self) -> str:
        return self.coding[0].code if self.coding else self.text


class Quantity(_Part):
    value: float | None = None
    unit: str = ""
    code: str = ""


class Repeat(_Part):
    frequency: float | None = None
    period: float | None = None
    periodUnit: str = ""


class Timing(_Part):
    repeat: Repeat | None = None
    code: Concept | None = None


class DoseAndRate(_Part):
    doseQuantity: Quantity | None = None


class Dosage(_Part):
    text: str = ""
    timing: Timing | None = None
    asNeededBoolean: bool = False
    asNeeded: bool = False
    doseAndRate: list[DoseAndRate] = Field(default_factory=list)


class Reference(_Part):
    reference: str = ""
    display: str = ""


class Codeable(_Part):
    """R5: a concept or a reference."""

    concept: Concept | None = None
    reference: Reference | None = None


class Medication(_Part):
    """A MedicationRequest or MedicationStatement of R4 or R5."""

    status: str = ""
    medicationCodeableConcept: Concept | None = None
    medicationReference: Reference | None = None
    medication: Codeable | None = None
    dosageInstruction: list[Dosage] = Field(default_factory=list)
    dosage: list[Dosage] = Field(default_factory=list)
    contained: list[dict[str, Any]] = Field(default_factory=list)


class Condition(_Part):
    code: Concept | None = None
    clinicalStatus: Concept | None = None
    verificationStatus: Concept | None = None


@dataclass(frozen=True)
class Taken:
    """What a file holds: lines of medicines that are in use, conditions that are active, how much was left out and why."""

    lines: tuple[ReadLine, ...] = ()
    conditions: tuple[str, ...] = ()
    past: int = 0
    bad: int = 0
    people: int = 0


def read(content: bytes) -> Taken:
    """What a FHIR file says: a bundle, one resource, or one resource on each line. Raises UserError for anything else."""
    resources = list(_resources(content))
    by_id = {f"{one.get('resourceType')}/{one.get('id')}": one for one in resources}
    lines, conditions, past, bad = [], [], 0, 0
    for one in resources:
        kind = one.get("resourceType")
        try:
            if kind in ("MedicationRequest", "MedicationStatement"):
                medication = Medication.model_validate(one)
                if medication.status not in CURRENT:
                    past += 1
                elif line := _line(medication, by_id):
                    lines.append(line)
                else:
                    bad += 1
            elif kind == "Condition":
                condition = Condition.model_validate(one)
                status = condition.clinicalStatus.code if condition.clinicalStatus else ""
                verified = condition.verificationStatus.code if condition.verificationStatus else ""
                if status in PAST or verified in NOT_SO:
                    past += 1
                elif condition.code and condition.code.words:
                    conditions.append(condition.code.words)
        except ValidationError:
            bad += 1
    people = sum(one.get("resourceType") == "Patient" for one in resources)
    return Taken(tuple(_once(lines)), tuple(dict.fromkeys(conditions)), past, bad, people)


def bundle(
    person: str,
    name: str,
    conditions: Iterable[str],
    lines: Iterable[Any],
    refills: Iterable[Any],
    *,
    at: datetime,
    version: str = "R4",
) -> dict[str, Any]:
    """A person's conditions, medicines and open supplies as a bundle of R4 or R5."""
    subject = {"reference": f"Patient/{person}"}
    patient: dict[str, Any] = {"resourceType": "Patient", "id": person}
    if name:
        patient["name"] = [{"text": name}]
    found: list[dict[str, Any]] = [patient]
    for number, words in enumerate(conditions, start=1):
        status = "http://terminology.hl7.org/CodeSystem/condition-clinical"
        found.append(
            {
                "resourceType": "Condition",
                "id": f"condition-{number}",
                "clinicalStatus": {"coding": [{"system": status, "code": "active"}]},
                "code": {"text": words},
                "subject": subject,
            }
        )
    for line in lines:
        state = "active" if version == "R4" else "recorded"
        made: dict[str, Any] = {
            "resourceType": "MedicationStatement",
            "id": f"line-{line.pk}",
            "status": state,
            "subject": subject,
        }
        made |= _medication(line, version)
        if line.confirmed_at:
            made["dateAsserted"] = line.confirmed_at.isoformat()
        if dosage := _dosage(line, version):
            made["dosage"] = [dosage]
        found.append(made)
    for refill in refills:
        order: dict[str, Any] = {
            "resourceType": "MedicationRequest",
            "id": f"supply-{refill.pk}",
            "status": "active",
            "intent": "order",
            "subject": subject,
        }
        order |= _medication(refill.line, version)
        order["authoredOn"] = refill.said_at.isoformat()
        if dosage := _dosage(refill.line, version):
            order["dosageInstruction"] = [dosage]
        order["dispenseRequest"] = {"quantity": {"value": refill.packs, "unit": "pack"}}
        found.append(order)
    entries = [{"fullUrl": f"urn:doorstep:{one['resourceType']}:{one['id']}", "resource": one} for one in found]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": at.isoformat(), "entry": entries}


def _resources(content: bytes) -> Iterator[dict[str, Any]]:
    if len(content) > MOST:
        raise UserError(_("The file is larger than 2 MB."), field="file", mend=_("Cut it into one file a person."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _not_fhir() from None
    try:
        loaded = [json.loads(text)]
    except ValueError:
        try:
            loaded = [json.loads(row) for row in text.splitlines() if row.strip()]
        except ValueError:
            raise _not_fhir() from None
    except RecursionError:
        raise _not_fhir() from None
    any_found = False
    for one in loaded:
        for resource in _within(one):
            any_found = True
            yield resource
    if not any_found:
        raise _not_fhir()


def _within(one: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(one, dict) or not isinstance(one.get("resourceType"), str):
        return
    if one["resourceType"] != "Bundle":
        yield one
        return
    entries = one.get("entry")
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
            yield resource


def _line(medication: Medication, by_id: dict[str, dict[str, Any]]) -> ReadLine | None:
    words = _words(medication, by_id)
    if not words:
        return None
    dosages = medication.dosageInstruction or medication.dosage
    said = next((one.text for one in dosages if one.text), "")
    line = dosing.read_line(f"{words} {said}".strip()[:240])
    dose = _dose(dosages[0]) if dosages else None
    return replace(line, written=words[:240], dose=dose or line.dose)


def _words(medication: Medication, by_id: dict[str, dict[str, Any]]) -> str:
    concept = medication.medicationCodeableConcept
    reference = medication.medicationReference
    if medication.medication is not None:
        concept, reference = concept or medication.medication.concept, reference or medication.medication.reference
    if concept is not None and concept.words:
        return concept.words
    if reference is None:
        return ""
    key = reference.reference
    inside = {f"#{one.get('id')}": one for one in medication.contained}
    found = inside.get(key) or by_id.get(key)
    if found is None:
        found = next((one for name, one in by_id.items() if key and name.endswith(key.rsplit(":", 1)[-1])), None)
    if found is not None:
        return Concept.model_validate(found.get("code") or {}).words
    return reference.display


def _dose(dosage: Dosage) -> Dose | None:
    """The structured dose a day; None where it is not given so."""
    needed = dosage.asNeededBoolean or dosage.asNeeded
    quantity = dosage.doseAndRate[0].doseQuantity if dosage.doseAndRate else None
    unit = UNITS.get((quantity.unit or quantity.code).strip().lower(), "") if quantity else ""
    if needed:
        return Dose(None, unit, True)
    repeat = dosage.timing.repeat if dosage.timing else None
    if repeat is None or not repeat.period or repeat.periodUnit not in PERIODS:
        return None
    times = (repeat.frequency or 1) / (repeat.period * PERIODS[repeat.periodUnit])
    each = quantity.value if quantity and quantity.value else 1.0
    return Dose(times * each, unit)


def _once(lines: list[ReadLine]) -> Iterator[ReadLine]:
    """A medicine that is asked for and stated is one line: the one that says more."""
    best: dict[str, ReadLine] = {}
    for line in lines:
        key = f"{line.drug.code if line.drug else line.name.lower()} {line.strength}"
        if key not in best or (best[key].dose is None and line.dose is not None):
            best[key] = line
    yield from best.values()


def _medication(line: Any, version: str) -> dict[str, Any]:
    concept = {"text": " ".join(filter(None, (line.name, line.strength)))}
    return {"medicationCodeableConcept": concept} if version == "R4" else {"medication": {"concept": concept}}


def _dosage(line: Any, version: str) -> dict[str, Any]:
    if line.as_needed:
        return {"asNeededBoolean" if version == "R4" else "asNeeded": True}
    if line.dose_per_day is None:
        return {}
    unit = line.dose_unit or line.unit
    return {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": line.dose_per_day, "unit": OUT.get(unit, unit)}}],
    }


def _not_fhir() -> UserError:
    return UserError(
        _("This is no FHIR file in JSON."), field="file", mend=_("Give a Bundle or a resource of R4 or R5.")
    )
