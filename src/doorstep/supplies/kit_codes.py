"""The code on a kit's label: short, read aloud and typed without a slip, with a character that finds one. Pure."""

from __future__ import annotations

from django.utils.translation import gettext as _

from doorstep.errors import UserError

LETTERS = "23456789ACEFHJKMNPRTWXY"  # 23 of them, a prime; none is taken for another, in print or by hand
MOST = 4_000  # kits of one order
LEAST_LETTERS = 4


def kit_code(order: int, number: int) -> str:
    """The code of the kit with this number in an order, such as 7K3F2."""
    if not 0 < number < MOST:
        raise ValueError(f"a kit's number is from 1 to {MOST - 1}")
    left, digits = order * MOST + number, []
    while left:
        left, digit = divmod(left, len(LETTERS))
        digits.append(digit)
    digits += [0] * (LEAST_LETTERS - len(digits))
    digits.reverse()
    return "".join(LETTERS[digit] for digit in [*digits, _check(digits)])


def as_typed(text: str) -> str:
    """A code as it was scanned or typed, in any case, with blanks or dashes. Raises UserError for one that cannot be."""
    code = "".join(text.upper().split()).replace("-", "")
    mend = _("Type it as it stands on the label: digits and capital letters.")
    if len(code) <= LEAST_LETTERS or len(code) > 16 or any(letter not in LETTERS for letter in code):
        raise UserError(_("“%(code)s” is no code of a kit.") % {"code": text.strip()[:20]}, field="scan", mend=mend)
    digits = [LETTERS.index(letter) for letter in code]
    if _check(digits[:-1]) != digits[-1]:
        raise UserError(_("There is a slip in this code."), field="scan", mend=mend)
    return code


def _check(digits: list[int]) -> int:
    return sum(place * digit for place, digit in enumerate(digits, start=1)) % len(LETTERS)
