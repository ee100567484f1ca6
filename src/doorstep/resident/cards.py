"""The card that a household gets with its letter: the code and the address of its page, to scan or to type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.paper import pdfs
from doorstep.paper.codes import qr_svg
from doorstep.register.models import Household
from doorstep.resident.languages import LANGUAGES, own_language

PAPER = Path(__file__).parent / "paper" / "cards.typ"
CARDS_A_PAPER = 1_600


@transaction.atomic
def cards(
    homes: Sequence[Household], site: str, *, incident: Incident | None, at: datetime, by: Member | None
) -> list[bytes]:
    """PDFs of cards, one card a household, each in its own language. Who printed how many stands in the journal.

    `site` is where the pages lie, such as https://help.example/door/. No name stands on a card: the door is enough.
    """
    label = f"{homes[0]}" if len(homes) == 1 else ""
    journal.record("print_codes", incident=incident, by=by, occurred_at=at, label=label, cards=len(homes))
    lines = [_card(home, site) for home in homes]
    lang = "zh" if (get_language() or "zh").startswith("zh") else "en"
    title = _("Cards for the residents' pages")
    parts = [lines[start : start + CARDS_A_PAPER] for start in range(0, len(lines), CARDS_A_PAPER)]
    return pdfs(PAPER, [{"lang": lang, "title": title, "cards": part} for part in parts], at=at)


def _card(home: Household, site: str) -> dict[str, object]:
    with translation.override(own_language(home) or get_language() or LANGUAGES[0]):
        return card_of(home, site)


def card_of(home: Household, site: str) -> dict[str, object]:
    """What stands on a household's card, in the language that is active."""
    code, door = home.private_code, home.door
    return {
        "title": _("Your own page"),
        "place": f"{door.stair.building.compound.name} {door.stair.building.name}-{door.stair.name}-{door.number}",
        "code": f"{code[:4]} {code[4:]}",
        "qr": qr_svg(f"{site}{code}/"),
        "what": _("You see there who comes next, and you can ask for anything."),
        "how": _("Scan it, or open %(address)s and type the code. No account is needed. Give it to nobody else.")
        % {"address": site},
    }
