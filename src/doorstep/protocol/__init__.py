"""The rules as data: protocol files and the pure functions that read them. No Django, no clock."""

from doorstep.protocol.clock import IncidentClock, local_day, local_midnight
from doorstep.protocol.describe import describe
from doorstep.protocol.files import Problem, check, find, load, shipped, shipped_ids
from doorstep.protocol.owed import (
    FollowUp,
    HouseholdFacts,
    Owed,
    PersonFacts,
    contact_limit,
    covered_until,
    follow_up_due,
    kit_weight_kg,
    owed_to_area,
    owed_to_household,
    serious_answers,
    vulnerability_weight,
)
from doorstep.protocol.pathways import (
    LiftingFacts,
    LiftingStatus,
    ReviewDue,
    StageDates,
    lifting_status,
    measures_of,
    restriction_review,
    shift_windows,
    stages,
)
from doorstep.protocol.schema import KitRule, Protocol, Question, ZoneClass

__all__ = [
    "FollowUp",
    "HouseholdFacts",
    "IncidentClock",
    "KitRule",
    "LiftingFacts",
    "LiftingStatus",
    "Owed",
    "PersonFacts",
    "Problem",
    "Protocol",
    "Question",
    "ReviewDue",
    "StageDates",
    "ZoneClass",
    "check",
    "contact_limit",
    "covered_until",
    "describe",
    "find",
    "follow_up_due",
    "kit_weight_kg",
    "lifting_status",
    "load",
    "local_day",
    "local_midnight",
    "measures_of",
    "owed_to_area",
    "owed_to_household",
    "restriction_review",
    "serious_answers",
    "shift_windows",
    "shipped",
    "shipped_ids",
    "stages",
    "vulnerability_weight",
]
