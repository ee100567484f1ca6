"""Posts held and handed on; the standing directory kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.events import CallAnswered
from doorstep.command.models import Call, CallOut, CommandPost, Incident, Member, RoleGrant, Standing, Task, Workstream
from doorstep.command.people import grant
from doorstep.command.posts.seats import duty_of
from doorstep.errors import UserError


@transaction.atomic
def keep_standing(
    post: str, members: Sequence[Member], *, at: datetime, by: Member | None, incident: Incident | None = None
) -> None:
    """Write down who takes a post when it is called, the first one first."""
    ordered = list(dict.fromkeys(members))
    before = list(Standing.objects.filter(post=post).values_list("member", flat=True))
    if before == [one.pk for one in ordered]:
        return
    Standing.objects.filter(post=post).delete()
    Standing.objects.bulk_create(
        Standing(post=post, member=member, order=number) for number, member in enumerate(ordered, 1)
    )
    label = f"{post}: {', '.join(one.name for one in ordered)}"
    journal.record("keep_standing", incident=incident, by=by, occurred_at=at, label=label)


@transaction.atomic
def assign_post(post: CommandPost, member: Member, *, at: datetime, by: Member | None) -> CommandPost:
    """Make a member the holder. The duty of the post comes with it; what was open for the line of work goes along.

    The holder before keeps no duty that only came with the post.
    """
    if not member.available or member.health != "fit":
        raise UserError(_("%(name)s is not available now.") % {"name": member.name}, field="member")
    if post.holder_id == member.pk:
        return post
    before, given = post.holder, post.given
    post.holder, post.held_since = member, at
    if post.deputy_id == member.pk:
        post.deputy = before
    post.given = _give(post, member, at=at, by=by)
    post.save(update_fields=["holder", "held_since", "deputy", "given"])
    if given is not None and given.pk != (post.given.pk if post.given else None):
        given.delete()
    _lead(post, member, before)
    journal.record(
        "hold_post", incident=post.incident, subject=post, by=by, occurred_at=at, label=f"{post}: {member.name}"
    )
    return post


@transaction.atomic
def leave_post(post: CommandPost, *, at: datetime, by: Member | None) -> CommandPost:
    """Nobody holds the post any more: it is red until somebody does."""
    if post.holder is None:
        return post
    label, given = f"{post}: {post.holder.name}", post.given
    post.holder, post.held_since, post.given = None, None, None
    post.save(update_fields=["holder", "held_since", "given"])
    if given is not None and not _last_commander(given):
        given.delete()
    journal.record("leave_post", incident=post.incident, subject=post, by=by, occurred_at=at, label=label)
    return post


def follow_call(event: CallAnswered) -> None:
    """Who comes for a post holds it; who cannot come holds it no more."""
    callout = CallOut.objects.select_related("post__incident", "post__holder", "post__given").get(pk=event.callout_id)
    call = Call.objects.select_related("member").get(pk=event.call_id)
    post = callout.post
    if post is None or call.member is None:
        return
    if call.answer == Call.Answer.COMING and call.member.available and call.member.health == "fit":
        assign_post(post, call.member, at=event.at, by=call.member)
    elif call.answer == Call.Answer.CANNOT and post.holder_id == call.member_id:
        leave_post(post, at=event.at, by=call.member)


def _give(post: CommandPost, member: Member, *, at: datetime, by: Member | None) -> RoleGrant | None:
    """The duty of the post, where the member does not have it in the whole incident already."""
    role = duty_of(post.role)
    if not role or RoleGrant.objects.filter(member=member, role=role, incident=post.incident, area=None).exists():
        return None
    return grant(member, role, incident=post.incident, area=None, at=at, by=None)


def _last_commander(given: RoleGrant) -> bool:
    if given.role != "commander":
        return False
    others = RoleGrant.objects.filter(incident=given.incident_id, role="commander", area=None).exclude(pk=given.pk)
    return not others.exists()


def _lead(post: CommandPost, member: Member, before: Member | None) -> None:
    if not post.workstream:
        return
    work = Workstream.objects.filter(incident=post.incident, code=post.workstream)
    if not work.filter(owner__in=[before] if before else []).update(owner=member):
        work.filter(owner=None).update(owner=member)
    open_ones = Task.objects.filter(incident=post.incident, workstream=post.workstream, state=Task.State.OPEN)
    open_ones.filter(kind="checklist", owner=before).update(owner=member)
