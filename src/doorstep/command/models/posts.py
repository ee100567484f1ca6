"""Command posts, who may hold them by the standing directory, and the workstreams of an incident."""

from __future__ import annotations

from django.db import models

from doorstep.command.models.incidents import Incident
from doorstep.command.models.people import Member, Organisation, RoleGrant
from doorstep.wiring.texts import in_language


class Standing(models.Model):
    """The standing directory, outside any incident: who takes a post when it is called, in this order (S16)."""

    post = models.CharField(max_length=40)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="standing")
    order = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "member"], name="standing_once")]
        ordering = ["post", "order", "id"]


class Workstream(models.Model):
    """A line of work of one incident, from the protocol or added by a person (S34), with one who answers for it."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="workstreams")
    code = models.CharField(max_length=40)
    titles = models.JSONField(default=dict)
    order = models.PositiveSmallIntegerField(default=100)
    owner = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "code"], name="workstream_once")]
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return in_language(self.titles)


class CommandPost(models.Model):
    """A post of the command and who holds it. `given` is the duty that came with the post."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="command_posts")
    code = models.CharField(max_length=40)
    titles = models.JSONField(default=dict)
    role = models.CharField(max_length=20, blank=True)
    workstream = models.CharField(max_length=40, blank=True)
    required = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=100)
    holder = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="held_posts")
    deputy = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    held_since = models.DateTimeField(null=True, blank=True)
    given = models.ForeignKey(RoleGrant, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "code"], name="command_post_once")]
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return in_language(self.titles)
