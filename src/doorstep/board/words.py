"""The kinds of promises that no kit names, in words."""

from django.utils.translation import gettext_lazy as _

KINDS = {
    "contact": _("contact"),
    "answer": _("answer to a request"),
    "letter": _("letter"),
    "review": _("review"),
    "exit_check": _("exits check"),
    "check": _("daily check"),
    "test": _("test"),
    "waste": _("refuse to collect"),
    "medicine_ask": _("medicines asked for"),
    "food_days": _("days of food"),
}
