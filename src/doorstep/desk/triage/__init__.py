"""What a message asks for, how soon and for whom, from free text in Chinese and English. Pure: no database, no network, no clock."""

from doorstep.desk.triage.corrections import Correction, Corrections, learn
from doorstep.desk.triage.engine import door_of, triage
from doorstep.desk.triage.model import KINDS, URGENCIES, Door, Persons, Reason, Triage
from doorstep.desk.triage.names import KIND_NAMES, NEED_NAMES, SIGN_NAMES, URGENCY_NAMES

__all__ = [
    "KINDS",
    "KIND_NAMES",
    "NEED_NAMES",
    "SIGN_NAMES",
    "URGENCIES",
    "URGENCY_NAMES",
    "Correction",
    "Corrections",
    "Door",
    "Persons",
    "Reason",
    "Triage",
    "door_of",
    "learn",
    "triage",
]
