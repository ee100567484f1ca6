"""Crew's part of the watch list, invariant 7: a post without enough persons now or in the next shift, a relief that
has not come, a person on two posts, rest under the limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.crew.actions import LIVE, duty_of, window_text
from doorstep.crew.gates import defaults
from doorstep.crew.models import Post, Shift
from doorstep.protocol.cover import Cover, clashes, cover
from doorstep.wiring.contributions import WatchRow

NOW, ACT, LOOK = 3, 2, 1


def gates_uncovered(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 7, the gravest first. Two queries, whatever the number of posts."""
    windows = next_windows(incident, at)
    posts = incident.posts.filter(starts_at__lt=windows[-1][1]).exclude(ended_at__lte=at).select_related("area")
    around = timedelta(hours=incident.protocol.shifts.rest_hours + incident.protocol.shifts.hours)
    shifts = Shift.objects.filter(post__incident=incident, state__in=LIVE, ends_at__gt=at - around)
    shifts = shifts.select_related("post__incident", "member").order_by("starts_at", "pk")
    standing: dict[int, list[Shift]] = defaultdict(list)
    people: dict[int, list[Shift]] = defaultdict(list)
    for shift in shifts:
        standing[shift.post_id].append(shift)
        people[shift.member_id].append(shift)
    rows = [row for post in posts for row in _gaps(post, standing[post.pk], windows, at)]
    rows += [row for shift in shifts for row in _reliefs(shift, at)]
    rows += [row for lines in people.values() for row in _clashing(lines, incident.protocol.shifts.rest_hours, at)]
    return sorted(rows, key=lambda row: (-row.level, row.since))


def next_windows(incident: Incident, at: datetime) -> list[tuple[datetime, datetime]]:
    """The shift that runs now and the one after it."""
    rules = incident.protocol
    length = timedelta(hours=rules.shifts.hours)
    return protocol.shift_windows(rules, start=at, until=at + length + timedelta(seconds=1), tz=incident.tz)[:2]


def post_cover(post: Post, shifts: list[Shift], window: tuple[datetime, datetime], at: datetime) -> Cover | None:
    """How few persons a post has in what is left of a window; None where it is not manned then."""
    start = max(window[0], post.starts_at, min(at, window[1]))
    end = min(window[1], post.ended_at or window[1])
    if start >= end:
        return None
    return cover([(shift.starts_at, _leaves(shift, at)) for shift in shifts], start, end)


def _leaves(shift: Shift, at: datetime) -> datetime:
    """When a member leaves the post: who has not handed over is still there."""
    if shift.state == Shift.State.ON_DUTY:
        return max(shift.ends_at, at + timedelta(seconds=1)) if shift.ends_at <= at else shift.ends_at
    return shift.left_at or shift.ends_at


def _gaps(
    post: Post, shifts: list[Shift], windows: list[tuple[datetime, datetime]], at: datetime
) -> Iterator[WatchRow]:
    for number, window in enumerate(windows):
        found = post_cover(post, shifts, window, at)
        if found is None or found.persons >= post.persons_needed:
            continue
        facts = {"there": found.persons, "needed": post.persons_needed}
        text = (
            _("%(there)d of %(needed)d persons now") if number == 0 else _("%(there)d of %(needed)d persons next shift")
        )
        yield WatchRow(
            what=text % facts,
            since=max(found.since, post.starts_at),
            who_acts=_("coordinator"),
            next_step=_("name somebody for %(when)s") % {"when": window_text(post, window)},
            subject=post.name,
            url=reverse("crew:post", args=[post.pk]),
            level=NOW if number == 0 else ACT,
            area_id=post.area_id,
            due=window[0],
        )


def _reliefs(shift: Shift, at: datetime) -> Iterator[WatchRow]:
    """Who should be there and has not checked in; who should be relieved and has not handed over."""
    patience = timedelta(minutes=defaults()["relief_minutes"])
    missing = shift.state == Shift.State.PLANNED and shift.expected_at + patience <= at < shift.ends_at
    overdue = shift.state == Shift.State.ON_DUTY and shift.ends_at + patience <= at
    if not missing and not overdue:
        return
    yield WatchRow(
        what=_("has not checked in") if missing else _("shift over, not handed over"),
        since=shift.expected_at if missing else shift.ends_at,
        who_acts=_("coordinator") if missing else shift.member.name,
        next_step=_("ring, then send somebody else") if missing else _("hand over, or stay on with a reason"),
        subject=f"{shift.post.name} · {shift.member.name}",
        url=reverse("crew:post", args=[shift.post_id]),
        level=NOW if missing else ACT,
        area_id=shift.post.area_id,
        due=shift.ends_at,
    )


def _clashing(shifts: list[Shift], rest_hours: float, at: datetime) -> Iterator[WatchRow]:
    """One member's shifts that are not over: two posts at once, rest under the limit."""
    by_key = {shift.pk: shift for shift in shifts}
    for wrong in clashes([duty_of(shift) for shift in shifts], rest_hours):
        first, second = by_key[wrong.one.key], by_key[wrong.other.key]
        if wrong.other.end <= at or second.state == Shift.State.DONE:
            continue
        twice = wrong.kind == "two_posts"
        allowed = second.allowed_because or first.allowed_because
        rest = round(wrong.rest.total_seconds() / 3600, 1)
        text = _("on two posts at once") if twice else _("%(rest)s h of rest") % {"rest": f"{rest:g}"}
        yield WatchRow(
            what=text + (" · " + _("allowed: %(why)s") % {"why": allowed} if allowed else ""),
            since=wrong.other.start,
            who_acts=_("coordinator"),
            next_step=_("give one of the shifts to somebody else"),
            subject=f"{second.member.name} · {second.post.name}",
            url=reverse("crew:post", args=[second.post_id]),
            level=LOOK if allowed else ACT,
            area_id=second.post.area_id,
            due=wrong.other.start,
        )
