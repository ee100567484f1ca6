"""What the crew room does with posts and with who stands at them. Each act is journalled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.events import MemberAway, ShiftEnds
from doorstep.command.models import Area, Incident, Member
from doorstep.crew.duties import speaks_against
from doorstep.crew.gates import close, defaults
from doorstep.crew.models import Post, Shift
from doorstep.errors import UserError
from doorstep.protocol.cover import Clash, Duty, clash
from doorstep.register.models import Gate
from doorstep.wiring.events import publish

Window = tuple[datetime, datetime]
LIVE = (Shift.State.PLANNED, Shift.State.ON_DUTY, Shift.State.DONE)


@transaction.atomic
def open_post(
    incident: Incident,
    name: str,
    *,
    at: datetime,
    by: Member | None = None,
    area: Area | None = None,
    gate: Gate | None = None,
    kind: str = Post.Kind.GATE,
    persons_needed: int = 1,
    starts_at: datetime | None = None,
) -> Post:
    """Open a post by hand: a gate, a tent. Asking for the same post twice opens one."""
    name = name.strip()[:120]
    if not name:
        raise UserError(_("The post has no name."), field="name", mend=_("Say where it is."))
    _enough(persons_needed)
    facts = {"area": area, "gate": gate, "kind": kind, "persons_needed": persons_needed, "starts_at": starts_at or at}
    there = incident.posts.filter(Q(name=name) | Q(gate=gate, gate__isnull=False), ended_at=None).first()
    if there is not None:
        if there.name == name and (there.gate, there.kind, there.persons_needed) == (gate, kind, persons_needed):
            return there
        raise UserError(
            _("There is such a post already: %(name)s.") % {"name": there.name},
            field="name" if there.name == name else "gate",
            mend=_("Choose another, or change that one."),
        )
    post = Post.objects.create(incident=incident, name=name, **facts)
    return _noted("open_post", post, at, by)


@transaction.atomic
def change_post(post: Post, *, persons_needed: int, at: datetime, by: Member | None = None) -> Post:
    """Say how many persons the post needs in each shift."""
    _enough(persons_needed)
    if post.persons_needed != persons_needed:
        before, post.persons_needed = post.persons_needed, persons_needed
        post.save(update_fields=["persons_needed"])
        _noted("change_post", post, at, by, before=before, after=persons_needed)
    return post


@transaction.atomic
def end_post(post: Post, *, at: datetime, by: Member | None = None) -> Post:
    """End a post by hand. Whoever was to stand there is free again; who is there now still hands over."""
    if post.ended_at is None:
        close(post, at=at, by=by, by_hand=True)
    return post


@transaction.atomic
def reopen_post(post: Post, *, at: datetime, by: Member | None = None) -> Post:
    """Take the end of a post back, with the shifts that fell away with it and are still to come."""
    if post.ended_at is None:
        return post
    same = post.incident.posts.filter(Q(name=post.name) | Q(gate=post.gate_id, gate__isnull=False), ended_at=None)
    if same.exists():
        raise UserError(_("Another post has taken its place."), field="post", mend=_("Use that one."))
    fell = post.shifts.select_related("member").filter(
        state=Shift.State.DROPPED, dropped_at=post.ended_at, ends_at__gt=at
    )
    for shift in fell:
        if not clashes_of(shift.member, (shift.starts_at, shift.ends_at), post):
            shift.state, shift.dropped_at = Shift.State.PLANNED, None
            shift.save(update_fields=["state", "dropped_at"])
    post.ended_at, post.ended_by_hand = None, False
    post.save(update_fields=["ended_at", "ended_by_hand"])
    return _noted("reopen_post", post, at, by)


@transaction.atomic
def assign(
    post: Post,
    member: Member,
    window: Window,
    *,
    at: datetime,
    by: Member | None = None,
    because: str = "",
    batch: Any = None,
) -> Shift:
    """Put a member on a post for one window of the protocol. Saying it twice adds nothing.

    Refused for somebody who is away, at another post, or without the protocol's rest, unless `because` says why.
    """
    Member.objects.select_for_update().get(pk=member.pk)
    _window_holds(post, window, at)
    there = post.shifts.filter(member=member, starts_at=window[0]).first()
    if there is not None and there.state != Shift.State.DROPPED:
        return there
    because = because.strip()
    if not because:
        _refuse(member, window, post, at, asked=batch is None)
    facts = {"ends_at": window[1], "state": Shift.State.PLANNED, "allowed_because": because, "batch": batch}
    facts |= {"planned_at": at, "dropped_at": None}
    shift, _is_new = Shift.objects.update_or_create(post=post, member=member, starts_at=window[0], defaults=facts)
    _noted_shift("assign_shift", shift, at, by, because=because)
    return shift


@transaction.atomic
def drop(shift: Shift, *, at: datetime, by: Member | None = None) -> Shift:
    """Take a planned shift off the roster; the post shows the gap at once."""
    if shift.state == Shift.State.DROPPED:
        return shift
    if shift.state != Shift.State.PLANNED:
        raise UserError(_("This shift has begun."), field="shift", mend=_("End it with a hand-over instead."))
    shift.state, shift.dropped_at = Shift.State.DROPPED, at
    shift.save(update_fields=["state", "dropped_at"])
    return _noted_shift("drop_shift", shift, at, by)


@transaction.atomic
def replace(shift: Shift, member: Member, *, at: datetime, by: Member | None = None, because: str = "") -> Shift:
    """Somebody else takes a planned shift. Returns the new one."""
    if shift.member_id == member.pk:
        return shift
    drop(shift, at=at, by=by)
    return assign(shift.post, member, (shift.starts_at, shift.ends_at), at=at, by=by, because=because)


@transaction.atomic
def swap(one: Shift, other: Shift, *, at: datetime, by: Member | None = None, because: str = "") -> tuple[Shift, Shift]:
    """Two members exchange their planned shifts; both keep their rest, or neither shift moves."""
    first, second = one.member, other.member
    if one.pk == other.pk or first.pk == second.pk:
        return one, other
    drop(one, at=at, by=by)
    drop(other, at=at, by=by)
    left = assign(one.post, second, (one.starts_at, one.ends_at), at=at, by=by, because=because)
    right = assign(other.post, first, (other.starts_at, other.ends_at), at=at, by=by, because=because)
    return left, right


@transaction.atomic
def check_in(shift: Shift, *, at: datetime, by: Member | None = None) -> Shift:
    """The relief is there. Doing it twice changes nothing."""
    if shift.state in (Shift.State.ON_DUTY, Shift.State.DONE):
        return shift
    early = timedelta(minutes=defaults()["check_in_early_minutes"])
    if shift.state == Shift.State.DROPPED:
        raise UserError(_("This shift is not on the roster any more."), field="shift", mend=_("Ask the coordinator."))
    if at < shift.starts_at - early or at >= shift.ends_at:
        raise UserError(
            _("This shift does not run now."),
            field="shift",
            mend=_("Check in from %(when)s on.") % {"when": _time(shift, shift.starts_at - early)},
        )
    Member.objects.select_for_update().get(pk=shift.member_id)
    elsewhere = Shift.objects.filter(member=shift.member_id, state=Shift.State.ON_DUTY).select_related("post").first()
    if elsewhere is not None:
        raise UserError(
            _("Still on duty at %(post)s.") % {"post": elsewhere.post.name},
            field="shift",
            mend=_("Hand over there first."),
        )
    shift.state, shift.checked_in_at = Shift.State.ON_DUTY, at
    shift.save(update_fields=["state", "checked_in_at"])
    return _noted_shift("check_in", shift, at, by)


@transaction.atomic
def hand_over(shift: Shift, note: str, *, at: datetime, by: Member | None = None) -> Shift:
    """End a shift with a note for whoever comes next (S70). Repeating it changes nothing."""
    if shift.state == Shift.State.DONE:
        return shift
    if shift.state != Shift.State.ON_DUTY:
        raise UserError(_("This shift has not begun."), field="shift", mend=_("Check in first."))
    if not note.strip():
        raise UserError(
            _("The hand-over has no note."),
            field="note",
            mend=_("Say what the next shift must know; “nothing special” is an answer, too."),
        )
    publish(ShiftEnds(shift.member_id, shift.post.incident_id, at))
    shift.state, shift.left_at, shift.handover = Shift.State.DONE, at, note.strip()[:2000]
    shift.save(update_fields=["state", "left_at", "handover"])
    return _noted_shift("hand_over_shift", shift, at, by)


@transaction.atomic
def step_back(shift: Shift, *, at: datetime, by: Member | None = None) -> Shift:
    """Take the last step of a shift back: a hand-over, a check-in, or its being dropped."""
    if shift.state == Shift.State.DONE:
        shift.state, shift.left_at = Shift.State.ON_DUTY, None
    elif shift.state == Shift.State.ON_DUTY:
        shift.state, shift.checked_in_at = Shift.State.PLANNED, None
    elif shift.state == Shift.State.DROPPED:
        window = (shift.starts_at, shift.ends_at)
        return assign(shift.post, shift.member, window, at=at, by=by, because=shift.allowed_because)
    else:
        return shift
    shift.save(update_fields=["state", "left_at", "checked_in_at"])
    return _noted_shift("step_back_shift", shift, at, by)


@transaction.atomic
def after_member_away(event: MemberAway) -> None:
    """Somebody is not available any more (F6): their shifts to come fall away, the one that runs ends. The gaps show at once."""
    by = Member.objects.filter(pk=event.by_id).first() if event.by_id else None
    live = [Shift.State.PLANNED, Shift.State.ON_DUTY]
    shifts = Shift.objects.filter(member=event.member_id, state__in=live, post__incident__state=Incident.State.OPEN)
    for shift in shifts.select_related("post__incident", "member"):
        at = shift.post.incident.now()
        if shift.state == Shift.State.PLANNED and shift.ends_at > at:
            drop(shift, at=at, by=by)
        elif shift.state == Shift.State.ON_DUTY:
            shift.state, shift.left_at, shift.handover = Shift.State.DONE, at, ""
            shift.save(update_fields=["state", "left_at", "handover"])
            _noted_shift("leave_shift", shift, at, by)


def clashes_of(member: Member, window: Window, post: Post, without: Iterable[int] = ()) -> list[tuple[Clash, Shift]]:
    """What speaks against a member at a post in a window: other posts at that time, rest under the protocol's."""
    rest = post.incident.protocol.shifts.rest_hours
    margin = timedelta(hours=rest)
    near = Shift.objects.filter(
        member=member, state__in=LIVE, starts_at__lt=window[1] + margin, ends_at__gt=window[0] - margin
    )
    wanted = Duty(*window, post=post.pk)
    found = []
    for shift in near.exclude(pk__in=list(without)).select_related("post").order_by("starts_at"):
        if (wrong := clash(duty_of(shift), wanted, rest)) is not None:
            found.append((wrong, shift))
    return found


def duty_of(shift: Shift) -> Duty:
    """A shift as the time its member is really there."""
    return Duty(shift.starts_at, max(shift.left_at or shift.ends_at, shift.starts_at), shift.post_id, shift.pk)


def window_text(post: Post, window: Window) -> str:
    """A window in the incident's time: 12-08 07:00–13:00."""
    start, end = (each.astimezone(post.incident.tz) for each in window)
    return f"{start:%m-%d %H:%M}–{end:%H:%M}"


def _refuse(member: Member, window: Window, post: Post, at: datetime, *, asked: bool) -> None:
    reason = _("Choose somebody else, or say why it must be so.")
    if not member.available or member.health != "fit":
        raise UserError(_("%(name)s is not available.") % {"name": member.name}, field="member", mend=reason)
    for wrong, shift in clashes_of(member, window, post):
        facts = {
            "name": member.name,
            "post": shift.post.name,
            "when": window_text(post, (shift.starts_at, shift.ends_at)),
            "rest": formats.number_format(wrong.rest.total_seconds() / 3600, 1).rstrip("0").rstrip("."),
            "limit": formats.number_format(post.incident.protocol.shifts.rest_hours, 0),
        }
        text = (
            _("%(name)s stands at %(post)s then (%(when)s).")
            if wrong.kind == "two_posts"
            else _("%(name)s would rest %(rest)s h of %(limit)s h (%(post)s, %(when)s).")
        )
        raise UserError(text % facts, field="member", mend=reason)
    if asked and (said := speaks_against(post, member, window, at)):
        raise UserError(said, field="because", mend=_("Order more, or say why it must be so."))


def _window_holds(post: Post, window: Window, at: datetime) -> None:
    rules, incident = post.incident.protocol, post.incident
    if window not in protocol.shift_windows(rules, start=window[0], until=window[1], tz=incident.tz):
        raise UserError(_("The protocol has no such shift."), field="window", mend=_("Choose one of the list."))
    if window[1] <= at:
        raise UserError(_("This shift is over."), field="window", mend=_("Choose one that is still to come."))
    if window[1] <= post.starts_at or (post.ended_at is not None and window[0] >= post.ended_at):
        raise UserError(_("The post is not manned then."), field="window", mend=_("Choose another shift."))
    if post.ended_at is not None and post.ended_at <= at:
        raise UserError(_("This post has ended."), field="window", mend=_("Open it again first."))


def _enough(persons: int) -> None:
    if persons < 1:
        raise UserError(
            _("A post needs somebody."), field="persons_needed", mend=_("Give one or more, or end the post.")
        )


def _time(shift: Shift, when: datetime) -> str:
    return formats.time_format(when.astimezone(shift.post.incident.tz), "H:i")


def _noted(act: str, post: Post, at: datetime, by: Member | None, **data: Any) -> Post:
    journal.record(act, incident=post.incident, subject=post, by=by, occurred_at=at, label=post.name, **data)
    return post


def _noted_shift(act: str, shift: Shift, at: datetime, by: Member | None, **data: Any) -> Shift:
    label = f"{shift.post.name} · {shift.member.name} · {window_text(shift.post, (shift.starts_at, shift.ends_at))}"
    journal.record(act, incident=shift.post.incident, subject=shift, by=by, occurred_at=at, label=label, **data)
    return shift
