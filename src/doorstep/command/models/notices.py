"""Letters and public notices in versions and languages, what was printed, and which version reached which door."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models.incidents import Incident
from doorstep.command.models.people import Member
from doorstep.register.models import Door


class Notice(models.Model):
    """One version of a letter or of a public notice. `texts` maps a language to {"title", "body"}.

    A public notice has a `number`, the same in all its versions and the installation's own; a letter has none (0).
    A version that was published is never changed: what follows is an update, or a cancel that takes the notice back.
    """

    class Kind(models.TextChoices):
        LETTER = "letter", _("letter to residents")
        NOTICE = "notice", _("public notice")

    class Message(models.TextChoices):
        ALERT = "alert", _("first notice")
        UPDATE = "update", _("changed notice")
        CANCEL = "cancel", _("taken back")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LETTER)
    number = models.PositiveIntegerField(default=0)
    version = models.PositiveSmallIntegerField(default=1)
    message = models.CharField(max_length=6, choices=Message.choices, default=Message.ALERT)
    texts = models.JSONField(default=dict)
    areas = models.ManyToManyField("command.Area", blank=True, related_name="notices")
    created_at = models.DateTimeField()
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    holds_until = models.DateTimeField(null=True, blank=True)
    sender = models.CharField(max_length=120, blank=True)  # who speaks in CAP: fixed when it is published

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "version"], condition=models.Q(kind="letter"), name="letter_version_once"
            ),
            models.UniqueConstraint(
                fields=["number", "version"], condition=models.Q(kind="notice"), name="notice_version_once"
            ),
        ]

    @property
    def written_in(self) -> list[str]:
        """Its languages: Chinese, English, then the others. (A database may keep the texts in any order.)"""
        return sorted(self.texts, key=lambda code: (code != "zh-hans", code != "en", code))

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.get_kind_display(), self.number or "", self.version) if part)


class LetterPrint(models.Model):
    """A version of the letter was printed door by door for an area: what a carrier had in hand from then on."""

    letter = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="prints")
    area = models.ForeignKey("command.Area", on_delete=models.CASCADE, related_name="letter_prints")
    printed_at = models.DateTimeField()
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    sheets = models.PositiveIntegerField(default=0)
    large = models.BooleanField(default=False)


class LetterReceipt(models.Model):
    """A letter reached a door: which version, in which language, by whom. `letter` is empty where nobody knows which."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="letter_receipts")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="letter_receipts")
    letter = models.ForeignKey(Notice, null=True, blank=True, on_delete=models.SET_NULL, related_name="receipts")
    languages = models.JSONField(default=list)
    handed_at = models.DateTimeField()
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    proof = models.CharField(max_length=40)  # visit:<id>, or said:<id> where somebody wrote it down by hand

    class Meta:
        constraints = [models.UniqueConstraint(fields=["door", "proof"], name="letter_receipt_once")]
        indexes = [models.Index(fields=["incident", "door", "handed_at"], name="letter_receipt_door")]
