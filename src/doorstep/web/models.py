"""What the programs of a member may use: personal tokens, and the answers kept for repeated requests."""

from __future__ import annotations

from django.db import models

from doorstep.command.models import Member


class ApiToken(models.Model):
    """A personal token of a member; only its SHA-256 is kept. It has the member's rights, no more."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.label


class StoredAnswer(models.Model):
    """The answer to an act asked for with a `client_id`: whoever asks again gets it, and nothing is done twice."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    client_id = models.UUIDField()
    request = models.CharField(max_length=240)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "client_id"], name="answer_once")]
