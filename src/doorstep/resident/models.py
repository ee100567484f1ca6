"""What a household says of itself on its page, beside the register and never in its place."""

from __future__ import annotations

from django.db import models

from doorstep.register.models import Household


class Responder(models.Model):
    """Who answers for a household: one person, in it or outside, with a number to ring."""

    household = models.OneToOneField(Household, on_delete=models.CASCADE, related_name="responder")
    name = models.CharField(max_length=60)
    phone = models.CharField(max_length=40)
    said_at = models.DateTimeField()


class Headcount(models.Model):
    """How many a household says are at home. Each word is kept; the newest that is not taken back counts."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="headcounts")
    persons = models.PositiveSmallIntegerField()
    said_at = models.DateTimeField()
    client_id = models.UUIDField(unique=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-said_at", "-pk"]
