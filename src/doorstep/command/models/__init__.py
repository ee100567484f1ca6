"""What is true in the command room: a module an idea."""

from doorstep.command.models.areas import Area, AreaDoor, AreaPlace, Restriction
from doorstep.command.models.entries import JournalEntry
from doorstep.command.models.incidents import Incident
from doorstep.command.models.notices import LetterPrint, LetterReceipt, Notice
from doorstep.command.models.people import Member, Organisation, RoleGrant, Team
from doorstep.command.models.questions import Question
from doorstep.command.models.tasks import Task

__all__ = [
    "Area",
    "AreaDoor",
    "AreaPlace",
    "Incident",
    "JournalEntry",
    "LetterPrint",
    "LetterReceipt",
    "Member",
    "Notice",
    "Organisation",
    "Question",
    "Restriction",
    "RoleGrant",
    "Task",
    "Team",
]
