"""Letters and notices, in versions and languages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models.incidents import Incident


class Notice(models.Model):
    """A letter or notice: versioned, in languages. `texts` maps a language to {"title", "body"}."""

    class Kind(models.TextChoices):
        LETTER = "letter", _("letter to residents")
        NOTICE = "notice", _("public notice")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LETTER)
    version = models.PositiveSmallIntegerField(default=1)
    texts = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "kind", "version"], name="notice_version_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"
