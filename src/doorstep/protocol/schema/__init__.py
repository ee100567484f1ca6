"""The protocol file's shape, block by block."""

from doorstep.protocol.schema.base import LANGUAGES, MARKS, Basis, Named, Part, Taken, Text, WrongValueError
from doorstep.protocol.schema.command import Activation, Seat, WorkstreamRule
from doorstep.protocol.schema.command import Item as ChecklistItem
from doorstep.protocol.schema.duties import Data, Emergency, Letter, Review, Rights
from doorstep.protocol.schema.fit import Fault, UnfitError
from doorstep.protocol.schema.gate import BarrierKind, Gate, Visitor
from doorstep.protocol.schema.goods import Carrying, KitItem, KitRule, Shelter, Supply
from doorstep.protocol.schema.notices import Alert, Answers, LetterSection, LetterText, unknown_facts
from doorstep.protocol.schema.people import Contact, Medicine, Monitoring, Pathway, Question, Stage
from doorstep.protocol.schema.protocol import IDENTITY, InForce, Protocol
from doorstep.protocol.schema.requests import Level, Need, Outgoing, Requests, RungTo
from doorstep.protocol.schema.visits import Visits, Waste
from doorstep.protocol.schema.work import Disinfection, Ppe, Sampling, Shifts, Staffing, Target, Transfer
from doorstep.protocol.schema.zones import Condition, Lifting, LiftingRule, Measure, Restart, Variant, ZoneClass

__all__ = [
    "IDENTITY",
    "LANGUAGES",
    "MARKS",
    "Activation",
    "Alert",
    "Answers",
    "BarrierKind",
    "Basis",
    "Carrying",
    "ChecklistItem",
    "Condition",
    "Contact",
    "Data",
    "Disinfection",
    "Emergency",
    "Fault",
    "Gate",
    "InForce",
    "KitItem",
    "KitRule",
    "Letter",
    "LetterSection",
    "LetterText",
    "Level",
    "Lifting",
    "LiftingRule",
    "Measure",
    "Medicine",
    "Monitoring",
    "Named",
    "Need",
    "Outgoing",
    "Part",
    "Pathway",
    "Ppe",
    "Protocol",
    "Question",
    "Requests",
    "Restart",
    "Review",
    "Rights",
    "RungTo",
    "Sampling",
    "Seat",
    "Shelter",
    "Shifts",
    "Staffing",
    "Stage",
    "Supply",
    "Taken",
    "Target",
    "Text",
    "Transfer",
    "UnfitError",
    "Variant",
    "Visitor",
    "Visits",
    "Waste",
    "WorkstreamRule",
    "WrongValueError",
    "ZoneClass",
    "unknown_facts",
]
