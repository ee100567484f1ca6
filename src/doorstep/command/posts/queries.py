"""What the command room shows: who holds which post, calls, clocks, lines of work, what waits for me."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from doorstep.command.models import (
    Call,
    CallOut,
    CommandPost,
    Incident,
    Member,
    Organisation,
    Task,
    Telling,
    Workstream,
)
from doorstep.command.posts.clocks import ResponseClock, response_clocks
from doorstep.command.posts.watches import office_lacks, offices_of
from doorstep.command.posts.words import unit_word


@dataclass(frozen=True)
class PostLine:
    """A post, its holder, and how its call stands: "kept" (there or coming), "open" (asked), "broken" (a hole), …"""

    post: CommandPost
    phone: str
    look: str
    call: Call | None
    callout: CallOut | None


@dataclass(frozen=True)
class WorkLine:
    """A line of work: how many of its tasks are done and late, and what was measured."""

    work: Workstream
    total: int
    done: int
    late: int
    unowned: int
    measured: tuple[str, ...]

    @property
    def look(self) -> str:
        if self.work.owner is None:
            return "broken"
        return "risk" if self.late or self.unowned else "kept" if self.total == self.done else "open"


@dataclass(frozen=True)
class OfficeLine:
    """An organisation with a part in the incident and what it lacks."""

    office: Organisation
    lacks: tuple[str, ...]


@dataclass(frozen=True)
class RoomPage:
    """The command room at an instant."""

    posts: list[PostLine]
    works: list[WorkLine]
    clocks: list[ResponseClock]
    callouts: list[CallOut]
    offices: list[OfficeLine]
    told: list[Telling]
    mine: list[Task]
    my_calls: list[Call]

    @property
    def holes(self) -> int:
        """Required posts that nobody holds, or whose holder is not there."""
        return sum(line.look == "broken" for line in self.posts)

    @property
    def unled(self) -> int:
        """Lines of work without an owner."""
        return sum(line.work.owner is None for line in self.works)


def room_page(incident: Incident, at: datetime, member: Member | None) -> RoomPage:
    """Everything of the command room in a known number of queries."""
    callouts = list(callouts_of(incident))
    return RoomPage(
        post_lines(incident, callouts),
        work_lines(incident, at),
        response_clocks(incident, at),
        callouts,
        [OfficeLine(office, tuple(office_lacks(office))) for office in offices_of(incident)],
        list(told_to(incident, member).filter(acknowledged_at=None)[:10]) if member else [],
        _mine(incident, member),
        calls_to(incident, member),
    )


def callouts_of(incident: Incident) -> QuerySet[CallOut]:
    """The call-outs, the newest first, each with its calls."""
    calls = Prefetch("calls", Call.objects.select_related("member").order_by("order"))
    found = CallOut.objects.filter(incident=incident).select_related("post", "team", "organisation", "by")
    return found.prefetch_related(calls).order_by("-called_at", "-pk")


def post_lines(incident: Incident, callouts: list[CallOut]) -> list[PostLine]:
    """The posts in their order with the newest call of each."""
    newest = {one.post_id: one for one in reversed(callouts) if one.post_id}
    lines = []
    posts = incident.command_posts.select_related("holder__organisation", "deputy").order_by("order", "pk")
    for post in posts:
        callout = newest.get(post.pk)
        calls = [one for one in callout.calls.all() if one.asked_at] if callout else []
        call = next((one for one in calls if one.member_id == post.holder_id), calls[-1] if calls else None)
        lines.append(PostLine(post, phone_of(post.holder), _look(post, call, callout), call, callout))
    return lines


def _look(post: CommandPost, call: Call | None, callout: CallOut | None) -> str:
    holder = post.holder
    if holder is None or not holder.available or holder.health != "fit":
        return "broken" if post.required else "waived"
    if call is None or callout is None or call.answer == Call.Answer.COMING:
        return "kept"
    if callout.state == CallOut.State.OPEN and call.answer == Call.Answer.NONE:
        return "open"
    return "broken" if callout.state == CallOut.State.NOBODY else "risk"


def phone_of(member: Member | None) -> str:
    """The number at which a member, else the office, is reached."""
    if member is None:
        return ""
    return member.phone or (member.organisation.phone if member.organisation else "")


def work_lines(incident: Incident, at: datetime) -> list[WorkLine]:
    """The lines of work with their progress. Three queries."""
    tasks = Task.objects.filter(incident=incident).exclude(workstream="").exclude(state=Task.State.DROPPED)
    open_one = Q(state=Task.State.OPEN)
    counted = tasks.values("workstream").annotate(
        total=Count("pk"),
        done=Count("pk", filter=Q(state=Task.State.DONE)),
        late=Count("pk", filter=open_one & Q(due_at__lt=at)),
        unowned=Count("pk", filter=open_one & Q(owner=None)),
    )
    counts: dict[str, Any] = {row["workstream"]: row for row in counted.order_by()}
    sums: dict[str, list[str]] = defaultdict(list)
    measured = tasks.filter(measured__isnull=False, state=Task.State.DONE).values_list("workstream", "unit")
    for code, unit, total in measured.annotate(Sum("measured")).order_by("unit"):
        sums[code].append(f"{total:,.10g} {unit_word(unit)}")
    works = incident.workstreams.filter(ended_at=None).select_related("owner__organisation", "organisation")
    return [_work(work, counts.get(work.code, {}), tuple(sums[work.code])) for work in works]


def _work(work: Workstream, row: dict[str, Any], measured: tuple[str, ...]) -> WorkLine:
    total, done, late, unowned = (row.get(name, 0) for name in ("total", "done", "late", "unowned"))
    return WorkLine(work, total, done, late, unowned, measured)


def told_to(incident: Incident, member: Member) -> QuerySet[Telling]:
    """What a member was told in this incident, the newest first."""
    return Telling.objects.filter(incident=incident, member=member).prefetch_related("deliveries")


def calls_to(incident: Incident, member: Member | None) -> list[Call]:
    """Calls to this member that wait: for an answer, or for the arrival."""
    if member is None:
        return []
    mine = Call.objects.filter(callout__incident=incident, member=member, asked_at__isnull=False, arrived_at=None)
    mine = mine.exclude(callout__state=CallOut.State.ENDED).exclude(answer=Call.Answer.CANNOT)
    return list(mine.select_related("callout").order_by("asked_at", "pk"))


def _mine(incident: Incident, member: Member | None) -> list[Task]:
    if member is None:
        return []
    tasks = Task.objects.filter(incident=incident, owner=member, state=Task.State.OPEN)
    return list(tasks.order_by("-urgency", "due_at", "pk")[:10])
