"""What happened, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

EVENTS = {
    "open": _("asked"),
    "give": _("given to one person"),
    "lose": _("its owner is away; nobody owns it"),
    "accept": _("accepted"),
    "accept_part": _("accepted in part"),
    "decline": _("declined"),
    "tell": _("the resident was told"),
    "note": _("note"),
    "done": _("done"),
    "confirm": _("confirmed by the resident"),
    "reopen": _("opened again"),
    "appeal": _("appeal of the resident"),
    "answer_appeal": _("appeal answered"),
    "change": _("corrected"),
    "emergency": _("danger to life: command is told"),
    "calm": _("no emergency after all"),
    "escalate": _("the next duty was told"),
    "merge": _("joined with another of the same need"),
    "merged": _("goes on in another request"),
    "unmerge": _("taken apart again"),
    "apart": _("looks like another and is not the same"),
    "propose": _("a neighbour was proposed"),
    "agreed": _("neighbour and resident agree"),
    "helped": _("the neighbour has helped"),
    "said": _("the household says"),
    "pressed": _("pressed “I need help now” again"),
    "mistake": _("says that it was a mistake: make sure"),
    "withdraw": _("taken back by the household"),
    "way": _("how it goes out"),
    "way_bought": _("bought"),
    "way_dropped": _("it does not go this way"),
    "permit": _("answer of the gate"),
    "call": _("called"),
    "medicines": _("medicines to be had"),
    "medicine_gap": _("a medicine cannot be had; the gap is accepted"),
    "medicine_in_hand": _("a medicine is in the resident's hand"),
    "not_wanted": _("the neighbour's help is not wanted"),
}
NEAR = (_("at the same door"), _("on the same stair"), _("in the same building"), _("in the same compound"))
WHY = {
    "door": _("same door"),
    "contact": _("same number"),
    "need": _("same need"),
    "words": _("same words"),
}
LOOKS = {"new": "open", "accepted": "open", "working": "open", "done": "risk", "confirmed": "kept"}
