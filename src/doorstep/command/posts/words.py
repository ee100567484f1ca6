"""Units of what is measured, in words; a unit that a person wrote stands as it was written."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

UNITS = {"m2": "m²", "samples": _("samples"), "kits": _("kits"), "stairs": _("stairs")}


def unit_word(unit: str) -> str:
    """A unit as people read it."""
    return str(UNITS.get(unit, unit))
