"""What is true in the command room: a module an idea."""

from doorstep.command.models.areas import Area, AreaDoor, AreaPlace, Restriction
from doorstep.command.models.calling import Call, CallOut
from doorstep.command.models.entries import JournalEntry
from doorstep.command.models.incidents import Incident
from doorstep.command.models.notices import Notice
from doorstep.command.models.people import Member, Organisation, RoleGrant, Team
from doorstep.command.models.posts import CommandPost, Standing, Workstream
from doorstep.command.models.sending import Channel, Delivery, Telling
from doorstep.command.models.tasks import Task

__all__ = [
    "Area",
    "AreaDoor",
    "AreaPlace",
    "Call",
    "CallOut",
    "Channel",
    "CommandPost",
    "Delivery",
    "Incident",
    "JournalEntry",
    "Member",
    "Notice",
    "Organisation",
    "Restriction",
    "RoleGrant",
    "Standing",
    "Task",
    "Team",
    "Telling",
    "Workstream",
]
