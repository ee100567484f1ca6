"""In which language a household reads."""

from __future__ import annotations

from django.conf import settings

from doorstep.register.models import Household

LANGUAGES = [code for code, _title in settings.LANGUAGES]


def own_language(household: Household | None) -> str:
    """The language that a household reads, where the register knows one that Doorstep speaks; else nothing."""
    for spoken in household.languages if household else ():
        for code in LANGUAGES:
            if str(spoken).lower().startswith(code[:2]):
                return code
    return ""
