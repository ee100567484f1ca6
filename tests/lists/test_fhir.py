"""FHIR by the models of the standard: what goes out is valid R4 and R5, and a bundle as Synthea writes them comes in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from fhir.resources import bundle as r5
from fhir.resources.R4B import bundle as r4

from doorstep.desk.medicines import fhir

AT = datetime(2021, 12, 7, 15, tzinfo=UTC)
LINE = SimpleNamespace(
    pk=7,
    name="二甲双胍",
    strength="0.5g",
    unit="tablet",
    dose_unit="tablet",
    dose_per_day=2.0,
    as_needed=False,
    confirmed_at=AT,
)
NEEDED = SimpleNamespace(
    pk=8,
    name="硝酸甘油",
    strength="",
    unit="tablet",
    dose_unit="",
    dose_per_day=None,
    as_needed=True,
    confirmed_at=None,
)
PATIENT = "urn:uuid:11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(("version", "model"), [("R4", r4.Bundle), ("R5", r5.Bundle)])
def test_what_goes_out_is_valid_by_the_models_of_the_standard(version, model):
    refills = [SimpleNamespace(pk=3, line=LINE, said_at=AT, packs=2)]
    made = fhir.bundle("p-19", "王**", ["2型糖尿病"], [LINE, NEEDED], refills, at=AT, version=version)
    read = model.model_validate_json(json.dumps(made))
    kinds = [entry.resource.get_resource_type() for entry in read.entry]
    assert kinds == ["Patient", "Condition", "MedicationStatement", "MedicationStatement", "MedicationRequest"]
    assert read.entry[4].resource.dispenseRequest.quantity.value == 2
    back = fhir.read(json.dumps(made).encode())
    assert (len(back.lines), back.conditions, back.bad) == (2, ("2型糖尿病",), 0)


def coded(system, code, words):
    return {"coding": [{"system": f"http://{system}", "code": code, "display": words}], "text": words}


def condition(words, clinical, verified="confirmed"):
    return {
        "resourceType": "Condition",
        "id": f"c-{words[:3].lower()}",
        "clinicalStatus": {"coding": [{"code": clinical}]},
        "verificationStatus": {"coding": [{"code": verified}]},
        "code": coded("snomed.info/sct", "1", words),
        "subject": {"reference": PATIENT},
    }


def order(status, **medicine):
    return {
        "resourceType": "MedicationRequest",
        "id": f"m-{status}-{len(str(medicine))}",
        "status": status,
        "intent": "order",
        "subject": {"reference": PATIENT},
        "dosageInstruction": [
            {
                "sequence": 1,
                "asNeededBoolean": False,
                "timing": {"repeat": {"frequency": 2, "period": 1.0, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1.0}}],
            }
        ],
        **medicine,
    }


def test_a_bundle_as_synthea_writes_them_gives_what_is_true_now():
    """Transactions with urn:uuid references, medicines by concept or by reference, ended ones beside those in use."""
    warfarin = {
        "resourceType": "Medication",
        "id": "99999999-aaaa-bbbb-cccc-dddddddddddd",
        "code": coded("www.nlm.nih.gov/research/umls/rxnorm", "855332", "Warfarin Sodium 5 MG Oral Tablet"),
    }
    metformin = coded(
        "www.nlm.nih.gov/research/umls/rxnorm", "860975", "24 HR Metformin hydrochloride 500 MG Oral Tablet"
    )
    resources = [
        {"resourceType": "Patient", "id": PATIENT.rsplit(":", 1)[-1], "name": [{"family": "Test7", "given": ["Person1"]}]},
        condition("Diabetes mellitus type 2 (disorder)", "active"),
        condition("Cough (finding)", "resolved"),
        condition("Stroke", "active", "refuted"),
        order("active", medicationCodeableConcept=metformin),
        order("stopped", medicationCodeableConcept=coded("x", "2", "Simvastatin 10 MG Oral Tablet")),
        order("active", medicationReference={"reference": f"urn:uuid:{warfarin['id']}"}),
        warfarin,
        {
            "resourceType": "MedicationStatement", "id": "s-1", "status": "active", "subject": {"reference": PATIENT},
            "medicationCodeableConcept": metformin, "dosage": [{"text": "1 tablet twice a day"}],
        },
        {"resourceType": "Immunization", "id": "i-1", "status": "completed"},
    ]  # fmt: skip
    entries = [
        {"fullUrl": f"urn:uuid:{one['id']}", "resource": one, "request": {"method": "POST", "url": one["resourceType"]}}
        for one in resources
    ]
    taken = fhir.read(json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode())
    assert [(line.drug.code, line.dose.per_day) for line in taken.lines if line.drug and line.dose] == [
        ("metformin", 2.0),
        ("warfarin", 2.0),
    ]
    assert taken.conditions == ("Diabetes mellitus type 2 (disorder)",)
    assert (taken.past, taken.bad, taken.people) == (3, 0, 1)
