"""The private code of a household: given anew when a letter is lost, taken away when nobody may read the page."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.register.corrections import Word
from doorstep.register.events import RegisterChanged
from doorstep.register.list_queries import door_text
from doorstep.register.models import Household, new_code
from doorstep.wiring.events import publish


@transaction.atomic
def renew(home: Household, reason: str, word: Word, *, seen: str | None = None) -> Household:
    """A new code; the old one is dead at once. `seen` is the code that the page showed: pressed twice, it changes once."""
    home = _locked(home)
    if seen is not None and seen != home.private_code:
        return home
    _said(reason)
    home.private_code = _unused()
    home.save(update_fields=["private_code"])
    _tell("renew_code", home, reason, word)
    return home


@transaction.atomic
def close(home: Household, reason: str, word: Word) -> Household:
    """No code any more: the page opens for nobody until it gets a new one."""
    home = _locked(home)
    if home.private_code:
        _said(reason)
        home.private_code = ""
        home.save(update_fields=["private_code"])
        _tell("close_code", home, reason, word)
    return home


def _locked(home: Household) -> Household:
    homes = Household.objects.select_related("door__stair__building")
    return homes.select_for_update(of=("self",)).get(pk=home.pk)


def _said(reason: str) -> None:
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why, in a few words."))


def _unused() -> str:
    while Household.objects.filter(private_code=(code := new_code())).exists():
        continue
    return code


def _tell(act: str, home: Household, reason: str, word: Word) -> None:
    """The journal gets who, when and why; neither code stands in it."""
    data = {"household": home.pk, "reason": reason.strip()[:240]}
    publish(RegisterChanged(act, door_text(home), word.at, by_id=word.by_id, door_ids=(home.door_id,), data=data))
