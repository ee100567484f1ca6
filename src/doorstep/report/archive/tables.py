"""Which rows belong to an incident: those that hang on it, and the shared ones (places, people, goods) that they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models

from doorstep.command.models import AreaDoor, AreaPlace, Incident
from doorstep.storage.bulk import in_batches

# Secrets, rights and the installation's own history stay where they are.
LEFT_OUT = {
    "command.rolegrant",
    "rounds.phonepass",
    "desk.gateway",
    "web.apitoken",
    "web.storedanswer",
    "firststeps.setup",
    "report.origin",
    "report.crossing",
    "report.counted",
    "register.listimport",
    "register.importchange",
    "register.savedmapping",
    "register.placechange",
    "register.plandraft",
    "register.correction",
}
# From the ground up: what a row stands on comes before it.
SHARED = (
    "register.territory",
    "register.compound",
    "register.gate",
    "register.building",
    "register.stair",
    "register.door",
    "register.household",
    "register.person",
    "command.organisation",
    "command.member",
    "supplies.item",
    "resident.responder",
    "resident.headcount",
)
NATURAL = {"command.member": ("name", "organisation", "phone")}  # what makes a row the same one elsewhere
FILES = {"desk.message": "attachment", "rounds.visit": "photo", "register.compound": "picture"}
KEY_KINDS = {"visit": "rounds.visit", "request": "desk.request", "round": "rounds.round", "shift": "crew.shift"}

# Fields that name a row without a foreign key: the field that says of which kind it is, and the kinds there are.
SOFT: dict[str, dict[str, tuple[str, dict[str, str]]]] = {
    "promises.promise": {
        "subject_id": (
            "subject_kind",
            {
                "household": "register.household",
                "person": "register.person",
                "door": "register.door",
                "area": "command.area",
                "post": "crew.post",
                "request": "desk.request",
            },
        ),
        "proof_id": (
            "proof_kind",
            {"visit": "rounds.visit", "request": "desk.request", "area": "command.area", "ask": "desk.medicineask"},
        ),
    },
    "supplies.delivery": {"proof_id": ("proof_kind", {"visit": "rounds.visit"})},
    "supplies.packedkit": {"visit_id": ("", {"": "rounds.visit"})},
    "supplies.packorder": {"plan_id": ("", {"": "rounds.roundplan"})},
    "supplies.move": {
        "ref_id": (
            "ref_kind",
            {"visit": "rounds.visit", "order_line": "supplies.orderline", "move": "supplies.move"},
        )
    },
}


def label(model: Any) -> str:
    """The name of a table in an archive."""
    return str(model._meta.label_lower)


@cache
def known() -> dict[str, type[models.Model]]:
    """Every table of ours by its name; those left out are not among them."""
    found: dict[str, type[models.Model]] = {}
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("doorstep.") and label(model) not in LEFT_OUT:
            found[label(model)] = model
    return found


@cache
def owned() -> dict[str, str]:
    """Table → its way to the incident ("round__plan__incident"); shared tables have none."""
    ways = {"command.incident": "pk"}
    waiting = {name: model for name, model in known().items() if name not in SHARED and name not in ways}
    while True:
        found = {name: way for name, model in waiting.items() if (way := _way(model, ways))}
        if not found:
            return ways
        ways |= found
        waiting = {name: model for name, model in waiting.items() if name not in found}


def _way(model: type[models.Model], ways: dict[str, str]) -> str:
    """Through a key that is always there, the shortest way first."""
    steps = []
    for field in foreign_keys(model):
        above = label(field.related_model)
        if above in ways:
            way = field.name if ways[above] == "pk" else f"{field.name}__{ways[above]}"
            steps.append((field.null, way.count("__"), way))
    return min(steps)[2] if steps else ""


def foreign_keys(model: type[models.Model]) -> list[Any]:
    """The fields that name a row of another table."""
    return [field for field in model._meta.concrete_fields if field.is_relation]


def fields_of(model: type[models.Model]) -> list[Any]:
    """The fields of a table that an archive holds; keys of tables that stay here are not among them."""
    return [
        field for field in model._meta.concrete_fields if not field.is_relation or label(field.related_model) in known()
    ]


def owned_rows(name: str, incident: Incident) -> models.QuerySet[Any]:
    """The rows of a table that hang on the incident."""
    return known()[name]._base_manager.filter(**{owned()[name]: incident.pk}).order_by("pk")


class Named:
    """The shared rows that an incident's rows name, table by table, with all that they stand on."""

    def __init__(self) -> None:
        self.keys: dict[str, set[int]] = defaultdict(set)

    def note(self, name: str, key: int | None) -> None:
        if key is not None and name in SHARED:
            self.keys[name].add(key)

    def close(self, incident: Incident) -> None:
        """Whole compounds come along: every door, household and person of each that the incident touches."""
        doors = AreaDoor.objects.filter(area__incident=incident).values_list(
            "door__stair__building__compound_id", flat=True
        )
        places = AreaPlace.objects.filter(area__incident=incident)
        compounds = self.keys["register.compound"] | set(doors.distinct())
        for way in ("compound_id", "building__compound_id", "stair__building__compound_id"):
            compounds |= set(places.exclude(**{way: None}).values_list(way, flat=True))
        for name, way in UP.items():
            for batch in in_batches(self.keys[name]):
                compounds |= set(known()[name]._base_manager.filter(pk__in=batch).values_list(way, flat=True))
        self.keys["register.compound"] = compounds
        for name, way in UP.items():
            for batch in in_batches(compounds):
                rows = known()[name]._base_manager.filter(**{f"{way}__in": batch})
                self.keys[name] |= set(rows.values_list("pk", flat=True))
        self._up("register.compound", "territory_id", "register.territory")
        self._up("command.member", "organisation_id", "command.organisation")
        self._ancestors("command.organisation")
        self._up("command.organisation", "territory_id", "register.territory")
        self._ancestors("register.territory")
        for name in ("resident.responder", "resident.headcount"):
            for batch in in_batches(self.keys["register.household"]):
                rows = known()[name]._base_manager.filter(household_id__in=batch)
                self.keys[name] |= set(rows.values_list("pk", flat=True))

    def _up(self, name: str, key: str, above: str) -> None:
        for batch in in_batches(self.keys[name]):
            rows = known()[name]._base_manager.filter(pk__in=batch).exclude(**{key: None})
            self.keys[above] |= set(rows.values_list(key, flat=True))

    def _ancestors(self, name: str) -> None:
        before = -1
        while before != len(self.keys[name]):
            before = len(self.keys[name])
            self._up(name, "parent_id", name)

    def rows(self, name: str) -> Iterator[models.QuerySet[Any]]:
        """The rows of a shared table, some hundred at a time."""
        for batch in in_batches(sorted(self.keys[name])):
            yield known()[name]._base_manager.filter(pk__in=batch).order_by("pk")


UP = {
    "register.gate": "compound_id",
    "register.building": "compound_id",
    "register.stair": "building__compound_id",
    "register.door": "stair__building__compound_id",
    "register.household": "door__stair__building__compound_id",
    "register.person": "household__door__stair__building__compound_id",
}
