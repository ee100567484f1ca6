"""From pasted text and files to the lines of the desk. Pure: no database, no network, no clock."""

from doorstep.chats.instants import Calendar
from doorstep.desk.intake.chains import is_chain, read_chain
from doorstep.desk.intake.chats import is_chat, read_chat
from doorstep.desk.intake.duplicates import WHY, Known, Match, duplicates
from doorstep.desk.intake.entries import Entry, read_entry
from doorstep.desk.intake.mails import is_mail, read_mail
from doorstep.desk.intake.model import Line, Problem, Reading
from doorstep.desk.intake.parts import Part, split_requests
from doorstep.desk.intake.payloads import read_json, read_telegram, read_webhook
from doorstep.desk.intake.sources import read_file, read_text
from doorstep.desk.intake.tables import read_rows, read_table

__all__ = [
    "WHY",
    "Calendar",
    "Entry",
    "Known",
    "Line",
    "Match",
    "Part",
    "Problem",
    "Reading",
    "duplicates",
    "is_chain",
    "is_chat",
    "is_mail",
    "read_chain",
    "read_chat",
    "read_entry",
    "read_file",
    "read_json",
    "read_mail",
    "read_rows",
    "read_table",
    "read_telegram",
    "read_text",
    "read_webhook",
    "split_requests",
]
