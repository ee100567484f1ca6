"""Invariant 7 for the command: posts without a holder, lines of work without an owner, offices that nobody answers for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import CallOut, Incident, Member, Organisation
from doorstep.wiring.contributions import WatchRow


def command_posts(incident: Incident, at: datetime) -> list[WatchRow]:
    """Every hole of an activated command, the gravest first. Five queries; none of it before the activation."""
    posts = list(incident.command_posts.select_related("holder").filter(opened_at__lte=at))
    if not posts:
        return []
    commander = next((post.holder.name for post in posts if post.code == "commander" and post.holder), _("commander"))
    room = reverse("command:room")
    rows = []
    for post in posts:
        away = post.holder is not None and not (post.holder.available and post.holder.health == "fit")
        if post.required and (post.holder is None or away):
            what = _("the holder is not available") if away else _("nobody holds this post")
            url = reverse("command:post", args=[post.pk])
            rows.append(
                WatchRow(what, post.held_since or post.opened_at, commander, _("name somebody"), str(post), url, 3)
            )
    for work in incident.workstreams.filter(ended_at=None, owner=None, opened_at__lte=at):
        url = reverse("command:workstream", args=[work.pk])
        rows.append(
            WatchRow(
                _("nobody owns this line of work"), work.opened_at, commander, _("name one person"), str(work), url
            )
        )
    for callout in incident.call_outs.filter(state=CallOut.State.NOBODY, called_at__lte=at):
        url = reverse("command:callout", args=[callout.pk])
        what = _("nobody who was called can come")
        rows.append(WatchRow(what, callout.called_at, commander, _("call somebody else"), callout.title, url, 3))
    rows += _silent_offices(incident, commander, room)
    return sorted(rows, key=lambda row: (-row.level, row.since))


def _silent_offices(incident: Incident, who: str, room: str) -> Iterator[WatchRow]:
    """Organisations in the incident (they have a line of work, an area, or a member with a post) without head, deputy or
    a number (S25)."""
    for office in offices_of(incident):
        lacks = office_lacks(office)
        if lacks:
            since = incident.trigger_at
            yield WatchRow(", ".join(lacks), since, who, _("complete it under People"), office.name, room, 2)


def offices_of(incident: Incident) -> list[Organisation]:
    """The organisations that have a part in an incident. One query."""
    posts = incident.command_posts.filter(holder__organisation__isnull=False).values("holder__organisation")
    works = incident.workstreams.filter(ended_at=None, organisation__isnull=False).values("organisation")
    areas = incident.areas.exclude(state="lifted").filter(owner__isnull=False).values("owner")
    teams = Member.objects.filter(teams__incident=incident, organisation__isnull=False).values("organisation")
    found = Organisation.objects.filter(pk__in=posts) | Organisation.objects.filter(pk__in=works)
    found |= Organisation.objects.filter(pk__in=areas) | Organisation.objects.filter(pk__in=teams)
    return list(found.distinct().order_by("name").prefetch_related("members"))


def office_lacks(office: Organisation) -> list[str]:
    """What S25 asks of an organisation and is not known."""
    reached = office.phone or any(member.phone for member in office.members.all())
    asked = ((office.head, _("no head")), (office.deputy, _("no deputy")), (reached, _("no number that reaches it")))
    return [lack for known, lack in asked if not known]
