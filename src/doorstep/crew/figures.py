"""The crew's figures: posts, shifts stood, hours, and from how many organisations people came."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.crew.models import Post, Shift
from doorstep.storage.instants import Seconds
from doorstep.wiring.figures import Figure, FigureRows

MOST_ROWS = 5_000


def stood(incident: Any, start: datetime, end: datetime) -> QuerySet[Shift]:
    """Shifts of which somebody was at the post in the period, by check-in: a planned shift proves nothing."""
    here = Shift.objects.filter(post__incident=incident, dropped_at=None, checked_in_at__lt=end, starts_at__lt=end)
    return here.filter(Q(left_at=None, ends_at__gt=start) | Q(left_at__gt=start))


def figures(incident: Any, start: datetime, end: datetime) -> list[Figure]:
    """Posts, shifts, hours and people. Four queries."""
    posts = Post.objects.filter(incident=incident, starts_at__lt=end).filter(Q(ended_at=None) | Q(ended_at__gt=start))
    shifts = stood(incident, start, end)
    planned = Shift.objects.filter(
        post__incident=incident, dropped_at=None, starts_at__lt=end, ends_at__gt=start
    ).count()
    counts = shifts.aggregate(
        n=Count("pk"),
        people=Count("member", distinct=True),
        organisations=Count("member__organisation", distinct=True),
    )
    hours = sum(hours_of(line, start, end) for line in shifts.values_list(*INSTANTS))
    there = max(planned, counts["n"])
    return [
        Figure("posts", _("Posts"), posts.count(), pgettext("unit", "posts"), side="hard"),
        Figure(
            "shifts",
            _("Shifts stood"),
            counts["n"],
            pgettext("unit", "shifts"),
            of=there,
            unknown=there - counts["n"],
            side="hard",
        ),
        Figure("hours", _("Hours at posts"), round(hours), pgettext("unit", "h"), side="hard"),
        Figure("people", _("People at posts"), counts["people"], pgettext("unit", "persons"), side="hard"),
        Figure(
            "organisations",
            _("Organisations they came from"),
            counts["organisations"],
            pgettext("unit", "organisations"),
            side="hard",
        ),
    ]


INSTANTS = (Seconds("checked_in_at"), Seconds("left_at"), Seconds("ends_at"))


def hours_of(line: tuple[float, float | None, float], start: datetime, end: datetime) -> float:
    """Hours of one shift within the period: from the check-in until it was left, else until its planned end."""
    came, left, planned = line
    return max(0.0, min(left or planned, end.timestamp()) - max(came, start.timestamp())) / 3600


def rows(incident: Any, code: str, start: datetime, end: datetime) -> FigureRows:
    """The shifts behind a figure by post and organisation, without names. One query."""

    def told(value: datetime | None) -> str:
        return formats.date_format(value.astimezone(incident.tz), _("M j, H:i")) if value else ""

    shifts = stood(incident, start, end)
    if code == "posts":
        posts = Post.objects.filter(incident=incident, starts_at__lt=end).select_related("area").order_by("pk")
        heads = [_("post"), _("area"), _("kind"), _("persons in each shift"), _("from"), _("until")]
        table = [
            [
                p.name,
                p.area.name if p.area else "",
                p.get_kind_display(),
                p.persons_needed,
                told(p.starts_at),
                told(p.ended_at),
            ]
            for p in posts.filter(Q(ended_at=None) | Q(ended_at__gt=start))
        ]
        return FigureRows(heads, table)
    if code in ("people", "organisations"):
        by = shifts.values_list("member__organisation__name").annotate(
            people=Count("member", distinct=True), n=Count("pk")
        )
        table = [
            [name or _("no organisation"), people, n] for name, people, n in by.order_by("member__organisation__name")
        ]
        return FigureRows([_("organisation"), _("persons"), _("shifts")], table)
    heads = [_("post"), _("organisation"), _("from"), _("until"), _("came at"), _("left at")]
    lines = shifts.select_related("post", "member__organisation").order_by("starts_at", "post_id", "pk")
    table = []
    for shift in lines[:MOST_ROWS]:
        home = shift.member.organisation
        times = [told(value) for value in (shift.starts_at, shift.ends_at, shift.checked_in_at, shift.left_at)]
        table.append([shift.post.name, home.name if home else "", *times])
    return FigureRows(heads, table)
