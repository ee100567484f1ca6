"""What is true in the command room: a module an idea."""

from doorstep.command.models.areas import (
    Area,
    AreaAdvice,
    AreaChange,
    AreaDecision,
    AreaDoor,
    AreaPlace,
    Restriction,
    ZonePeriod,
)
from doorstep.command.models.calling import Call, CallOut
from doorstep.command.models.entries import JournalEntry
from doorstep.command.models.incidents import Incident
from doorstep.command.models.log import Addressee, LogEntry
from doorstep.command.models.notices import LetterPrint, LetterReceipt, Notice
from doorstep.command.models.people import Member, Organisation, RoleGrant, Team
from doorstep.command.models.plan import Meeting, Period, PlanLine, PlanVersion
from doorstep.command.models.posts import CommandPost, Standing, Workstream
from doorstep.command.models.questions import Question
from doorstep.command.models.sending import Channel, Delivery, Telling
from doorstep.command.models.tasks import Task

__all__ = [
    "Addressee",
    "Area",
    "AreaAdvice",
    "AreaChange",
    "AreaDecision",
    "AreaDoor",
    "AreaPlace",
    "Call",
    "CallOut",
    "Channel",
    "CommandPost",
    "Delivery",
    "Incident",
    "JournalEntry",
    "LetterPrint",
    "LetterReceipt",
    "LogEntry",
    "Meeting",
    "Member",
    "Notice",
    "Organisation",
    "Period",
    "PlanLine",
    "PlanVersion",
    "Question",
    "Restriction",
    "RoleGrant",
    "Standing",
    "Task",
    "Team",
    "Telling",
    "Workstream",
    "ZonePeriod",
]
