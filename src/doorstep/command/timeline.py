"""One line of what happened, for the board and for reports (S131)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from doorstep.command.models import Incident, JournalEntry

QUIET = (
    "derive",
    "visit",
    "export",
    "assign_shift",
    "drop_shift",
    "check_in",
    "hand_over_shift",
    "step_back_shift",
    "move_goods",
    "receive_message",
    "take_message",
    "finish_message",
    "request_open",
    "request_give",
    "request_accept",
    "request_note",
    "request_tell",
    "request_done",
    "request_confirm",
    "request_change",
    "entrust",
    "pass_on_entrusted",
    "return_entrusted",
    "write_offer",
    "answer_call",
    "call_next",
    "arrive",
    "acknowledge",
    "pass_on",
    "hold_post",
    "measure",
    "add_channel",
    "remove_channel",
    "test_channel",
    "log_read",
    "log_done",
    "log_not_done",
    "decide_line",
)


def timeline(incident: Incident, at: datetime) -> QuerySet[JournalEntry]:
    """What happened until now, newest first; the program's own bookkeeping, single knocks and shifts left out."""
    entries = JournalEntry.objects.filter(incident=incident, occurred_at__lte=at)
    return entries.exclude(act__in=QUIET).order_by("-occurred_at", "-sequence")
