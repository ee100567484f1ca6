"""Every sentence of the gate's page that works without a network. {names} are filled in on the device."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from doorstep.wiring.texts import in_both

WORDS = {
    "title": _("Check permits"),
    "exercise": _("Exercise"),
    "at": _("You stand at"),
    "number": _("Number"),
    "check": _("Check"),
    "scan": _("Scan with the camera"),
    "stop_scan": _("Stop the camera"),
    "no_camera": _("The camera cannot be used. Please type the number."),
    "pass": _("May pass"),
    "stop": _("Do not let pass"),
    "ask": _("Ask first"),
    "may_out": _("May go out."),
    "may_in": _("May come in."),
    "goes_out": _("Goes out"),
    "comes_in": _("Comes in"),
    "withdrawn": _("This permit was withdrawn."),
    "refused": _("This permit was refused."),
    "over": _("Its time is over."),
    "not_yet": _("Its time has not begun."),
    "other_gate": _("It is for another gate."),
    "other_area": _("This permit is for another area."),
    "used": _("It was for one trip, and that was made."),
    "forged": _("This square was not made here."),
    "unknown": _("No permit has this number. Read it once more, or ask the desk."),
    "unknown_old": _("This number is not on the list of {time}. Ask the desk by phone."),
    "unchecked": _("This device cannot check the square, and the number is not on its list. Ask the desk by phone."),
    "new_signed": _("Signed, and newer than the list of {time}."),
    "until": _("until {time}"),
    "life": _("Open for life"),
    "life_said": _("Open the gate now. It is written down; say later what it was for."),
    "life_why": _("Open the gate first. No permit, no question."),
    "written": _("Written down: {label}, {way}, {time}."),
    "out": _("out"),
    "in": _("in"),
    "undo": _("Undo"),
    "undone": _("Taken back."),
    "waits": _("{n} not sent yet"),
    "all_sent": _("All sent"),
    "list_of": _("List of {time}: {n} permits"),
    "old_list": _("No contact since {time}. What was withdrawn since then is not known here."),
    "no_list": _("This device has no list yet. Sign in once with a network, then it works without one."),
    "sign_in": _("Sign in"),
    "full_page": _("The gate's page"),
    "other_language": _("Language"),
    "again": _("Next one"),
}


def words() -> dict[str, dict[str, str]]:
    """{zh: {key: text}, en: {key: text}}"""
    return in_both(lambda: {key: str(text) for key, text in WORDS.items()})
