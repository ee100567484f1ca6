"""The crew's duties for the rooms beside it: who stands where and when, and what equipment rules call it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from doorstep.command.models import Incident, Member
from doorstep.crew.gates import defaults
from doorstep.crew.models import Post, Shift
from doorstep.wiring.contributions import OnDuty, contributions


def shifts(incident: Incident, start: datetime, end: datetime) -> list[OnDuty]:
    """Planned and running shifts that touch the window. One query."""
    live = [Shift.State.PLANNED, Shift.State.ON_DUTY]
    rows = Shift.objects.filter(post__incident=incident, state__in=live, starts_at__lt=end, ends_at__gt=start)
    return [
        _duty(shift.post, shift.member, (shift.starts_at, shift.ends_at), shift)
        for shift in rows.select_related("post__area", "member").order_by("starts_at", "pk")
    ]


Wish = tuple[Post, Member, tuple[datetime, datetime]]


def speaks_against(incident: Incident, wishes: Sequence[Wish], at: datetime) -> str:
    """What other rooms have against shifts that are not planned yet, taken together; "" for nothing."""
    duties = [_duty(post, member, window, None) for post, member, window in wishes]
    return next((said for check in contributions.duty_checks if (said := check(incident, duties, at))), "")


def _duty(post: Post, member: Member, window: tuple[datetime, datetime], shift: Shift | None) -> OnDuty:
    return OnDuty(
        key=f"shift:{shift.pk}" if shift else f"shift:{post.pk}:{member.pk}:{window[0].timestamp():.0f}",
        work=defaults()["protection"].get(post.kind, ""),
        title=post.name,
        starts_at=window[0],
        ends_at=window[1],
        member_id=member.pk,
        member_name=member.name,
        area_id=post.area_id,
        zone=post.area.zone if post.area else "",
        here=shift is not None and shift.state == Shift.State.ON_DUTY,
        url=reverse("crew:post", args=[post.pk]),
    )
