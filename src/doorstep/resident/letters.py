"""The letter door by door: each household's in its language, with the code of its own page; one paper for an area or a round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation

from doorstep.command.letters import PAPER, sheet
from doorstep.command.models import Area, Member, Notice
from doorstep.command.notices import doors
from doorstep.command.notices.facts import language_for, language_name, spoken_for
from doorstep.paper import pdfs
from doorstep.register.models import Household
from doorstep.resident.cards import card_of

SHEETS_A_PAPER = 400


@transaction.atomic
def door_letters(
    letter: Notice,
    homes: Sequence[tuple[Household, Area]],
    site: str,
    *,
    large: bool,
    at: datetime,
    by: Member | None,
) -> list[bytes]:
    """PDFs of one letter a household in the order given. What was printed for which area is kept: it is what is handed over.

    `site` is where the pages of households lie. No name stands on a letter: the door is enough.
    """
    sheets: list[dict[str, Any]] = []
    made: dict[tuple[int, str], dict[str, Any]] = {}
    areas: dict[int, list[Area]] = {}
    for home, area in homes:
        areas.setdefault(area.pk, []).append(area)
        language, _own = language_for(home.languages, letter.texts)
        if (area.pk, language) not in made:
            made[area.pk, language] = sheet(letter, language, area, large=large)
        with translation.override(spoken_for(language)):
            card = card_of(home, site)
        one = made[area.pk, language]
        footer = f"{one['footer']} · {language_name(language)} · {card['place']}"
        sheets.append(one | {"card": card, "footer": footer})
    for of_area in areas.values():
        doors.printed(letter, of_area[0], sheets=len(of_area), large=large, at=at, by=by)
    first = sheets[0]
    parts = [sheets[start : start + SHEETS_A_PAPER] for start in range(0, len(sheets), SHEETS_A_PAPER)]
    papers = [{"title": first["title"], "lang": first["lang"], "sheets": part} for part in parts]
    return pdfs(PAPER, papers, at=letter.created_at)
