"""What speaks against goods in a kit: a diet, an allergy, an age, a date, a lot held back or called back (F7, F8).

Pure: it looks at what it is given. The packing table, the door and the watch list ask the same questions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.supplies import catalogue
from doorstep.supplies.foods import NO_STOVE
from doorstep.supplies.models import Item, Lot
from doorstep.supplies.needs import Home, bans_of, in_words
from doorstep.wiring.texts import in_language


@dataclass(frozen=True)
class Clash:
    """Why some goods do not go into a kit: `kind` is diet, age, date, held or recalled; what to do about it."""

    kind: str
    message: str
    mend: str

    def refuse(self, field: str = "scan") -> UserError:
        """As an error of the packing table."""
        return UserError(self.message, field=field, mend=self.mend)


def goods_clash(item: Item, homes: Iterable[Home]) -> Clash | None:
    """What speaks against goods for some homes (the class and the household itself): diet, allergy, illness, age."""
    tags = frozenset(item.contains) | (frozenset({NO_STOVE}) if item.needs_cooking else frozenset())
    for home in homes:
        if banned := tags & _bans(home):
            facts = {"item": item, "what": _names(banned), "whom": _whose(banned, home)}
            message = _("%(item)s: not for this household. It contains %(what)s; here: %(whom)s.") % facts
            return Clash("diet", message, _("Put it back and take goods without it, with a reason."))
        if (window := _window(item.code)) and not _has_age(home, *window):
            facts = {"item": item, "from": window[0], "to": window[1]}
            message = _("%(item)s is for infants of %(from)d to under %(to)d months; none is at home here.") % facts
            return Clash("age", message, _("Put it back; have the kit designed anew if a child has come or grown."))
    return None


def lot_clash(lot: Lot, *, at: datetime, until: datetime) -> Clash | None:
    """What speaks against a lot that must last until an instant: its state or its date."""
    if lot.state == Lot.State.RECALLED:
        return Clash(
            "recalled",
            _("%(lot)s was called back.") % {"lot": lot},
            _("Put it apart. Take another lot of these goods."),
        )
    if lot.state == Lot.State.HELD:
        return Clash(
            "held", _("%(lot)s is held back.") % {"lot": lot}, _("Put it apart. Take another lot of these goods.")
        )
    if lot.best_before is not None and lot.best_before <= at:
        return Clash(
            "date", _("%(lot)s is past its date.") % {"lot": lot}, _("Put it apart. Take another lot of these goods.")
        )
    if lot.best_before is not None and lot.best_before <= until:
        return Clash(
            "date",
            _("%(lot)s ends before the kit does.") % {"lot": lot},
            _("Take a lot that lasts longer; this one is for somebody who eats it today."),
        )
    return None


def unknown_words(home: Home) -> list[str]:
    """Diets and allergies of a home that nothing here knows: only a person can look for them."""
    return sorted(catalogue.bans_of(home.diets, home.allergies)[1])


@lru_cache(maxsize=4096)
def _bans(home: Home) -> frozenset[str]:
    return bans_of(home)


def _window(code: str) -> tuple[int, int] | None:
    """The months of age that goods for infants are made for; None for anything else."""
    infants = catalogue.persons().infants
    start = 0
    for line in infants.formula:
        if line.item == code:
            return start, line.below_months
        start = line.below_months
    if code == infants.without_milk:
        return 0, start
    if code == infants.cereal.item:
        return infants.cereal.from_months, infants.cereal.below_months
    return None


def _has_age(home: Home, start: int, end: int) -> bool:
    return any(eater.months is not None and start <= eater.months < end for eater in home.eaters)


def _names(tags: Iterable[str]) -> str:
    known = catalogue.tags().tags
    return ", ".join(in_language(known[tag].names) if tag in known else tag for tag in sorted(tags))


def _whose(tags: frozenset[str], home: Home) -> str:
    """The words of a home that do without these tags."""
    known = catalogue.tags()
    found = []
    for words, entries in ((home.diets, known.diets), (home.allergies, known.allergies)):
        for word in sorted(words):
            code = catalogue.named(word, entries)
            if code and set(entries[code].bans) & tags:
                found.append(in_language(entries[code].names))
    for age in known.ages.values():
        young = any(eater.months is not None and eater.months < age.below_months for eater in home.eaters)
        if young and set(age.bans) & tags:
            found.append(in_language(age.names))
    return ", ".join(found) or in_language(in_words(home))
