"""The register's fields and codes in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep import protocol
from doorstep.register.models import Household, Person
from doorstep.wiring.texts import in_language

FIELDS = {
    "active": _("lives here"),
    "head": _("head of household"),
    "size_stated": _("persons as stated"),
    "tenancy": _("tenancy"),
    "languages": _("languages"),
    "diets": _("diet"),
    "allergies": _("allergies"),
    "pets": _("pets"),
    "channel": _("way of contact"),
    "phone": _("phone"),
    "note": _("note"),
    "name": _("name"),
    "sex": _("sex"),
    "birth_date": _("birth date"),
    "relation": _("relation to the head"),
    "classes": _("vulnerability"),
    "conditions": _("conditions"),
    "medicines": _("medicines"),
    "recurring_care": _("recurring care"),
    "present": _("where now"),
}
CODES = {
    "conditions": {
        "diabetes": _("diabetes"),
        "hypertension": _("high blood pressure"),
        "heart": _("heart disease"),
        "lung": _("lung disease"),
        "kidney": _("kidney disease"),
        "mental": _("mental illness"),
    },
    "diets": {"halal": _("halal"), "vegetarian": _("vegetarian"), "diabetic": _("low in sugar")},
    "pets": {"dog": _("dog"), "cat": _("cat")},
    "tenancy": {"tenant": _("tenant"), "owner": _("owner")},
    "sex": {"m": _("male"), "f": _("female")},
}
KINDS = {"door": _("seen at the door"), "manual": _("from papers or a call"), "list": _("from a list")}
COUNTS = {
    "rows": _("rows read"),
    "new_doors": _("new doors"),
    "new_households": _("new households"),
    "new_persons": _("new people"),
    "same_persons": _("people unchanged"),
    "differences": _("fields that differ"),
    "seen_otherwise": _("seen otherwise at the door"),
    "gone_from_list": _("people on the list no more"),
    "bad": _("rows to mend"),
}


@cache
def _usual() -> protocol.Protocol:
    return max((protocol.shipped(code) for code in protocol.shipped_ids()), key=lambda rules: len(rules.classes))


def rules_of(incident: Any) -> protocol.Protocol:
    """The incident's protocol; with no incident the shipped one that names the most classes."""
    return incident.protocol if incident else _usual()


def class_titles(incident: Any) -> dict[str, str]:
    """The vulnerability classes in words, the heaviest first."""
    rules = rules_of(incident)
    codes = sorted(rules.classes, key=lambda code: -rules.weights.get(code, 0))
    return {code: in_language(rules.classes[code]) for code in codes}


def titles(field: str, codes: Iterable[str], incident: Any = None) -> list[str]:
    """Codes of a field in words; a free word stays as it is."""
    known = class_titles(incident) if field == "classes" else CODES.get(field, {})
    return [str(known.get(code, code)) for code in codes]


def value(field: str, given: Any, incident: Any = None) -> str:
    """A field's value as people say it."""
    if given in (None, "", []):
        return "—"
    if isinstance(given, list):
        return gettext(", ").join(titles(field, [str(item) for item in given], incident))
    if field == "active":
        return gettext("yes") if given else gettext("no, left")
    if field == "present":
        return str(dict(Person.Present.choices).get(given, given))
    if field == "channel":
        return str(dict(Household.Channel.choices).get(given, given))
    if field == "birth_date" and (day := parse_date(str(given))):
        return date_format(day, "Y-m-d")
    return str(CODES.get(field, {}).get(given, given))


def source(
    told: dict[str, Any] | None, listed_at: datetime | None, row_kind: str = "list"
) -> tuple[str, datetime | None]:
    """How a value is known, and since when."""
    if not told:
        return str(KINDS.get(row_kind, KINDS["list"])), listed_at
    words = str(KINDS.get(told.get("kind", ""), told.get("kind", "")))
    by = told.get("by")
    return (f"{words} · {by}" if by else words), parse_datetime(told.get("at", "") or "")
