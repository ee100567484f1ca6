"""Fill the empty shifts of the next hours: proposed first, stored when somebody says so, taken back whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Incident, Member, Team
from doorstep.crew.actions import LIVE, assign, duty_of
from doorstep.crew.duties import speaks_against
from doorstep.crew.gates import defaults
from doorstep.crew.models import Post, Shift
from doorstep.crew.watches import post_cover
from doorstep.errors import UserError
from doorstep.planning.rosters import Busy, Place, RostersProblem, Worker, plan_by_hand

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """One member at one post for one window, not stored yet."""

    post: Post
    member: Member
    starts_at: datetime
    ends_at: datetime

    @property
    def key(self) -> str:
        """How a form carries it."""
        return f"{self.post.pk}:{self.member.pk}:{int(self.starts_at.timestamp())}"


@dataclass(frozen=True)
class Empty:
    """Seats that nobody can take, and from when somebody would be rested enough to take one late."""

    post: Post
    starts_at: datetime
    ends_at: datetime
    seats: int
    rested_at: datetime | None


@dataclass(frozen=True)
class Proposal:
    """A roster to look at: what it fills, what it cannot, and what would change that."""

    lines: tuple[Line, ...]
    empty: tuple[Empty, ...]
    lower_bound: int
    more_workers: int
    members: int
    against: str = ""  # what other rooms have against it: equipment that is short

    @property
    def empty_seats(self) -> int:
        return sum(line.seats for line in self.empty)


def candidates(incident: Incident, team: Team | None = None) -> QuerySet[Member]:
    """Who may be asked: a team, or everybody with the gate duty; only who is available and fit."""
    there = Member.objects.filter(available=True, health="fit")
    if team is not None:
        return there.filter(teams=team).distinct().order_by("pk")
    duty = Q(grants__role="gate") & (Q(grants__incident=incident) | Q(grants__incident=None))
    return there.filter(duty).distinct().order_by("pk")


def propose(
    incident: Incident, posts: Sequence[Post], members: Sequence[Member], *, at: datetime, hours: float
) -> Proposal:
    """The by-hand rule on what these posts lack from now on. Nothing is stored; the same data give the same roster."""
    until = at + timedelta(hours=hours)
    standing, busy = _standing(incident, at)
    windows = protocol.shift_windows(incident.protocol, start=at, until=until, tz=incident.tz)
    spans: dict[Place, tuple[Post, datetime, datetime]] = {}
    for start, end in windows:
        for post in posts:
            if (seats := _lacking(post, standing[post.pk], (start, end), at)) > 0:
                spans[Place(str(post.pk), _h(at, start), _h(at, end), seats)] = (post, start, end)
    since = at - timedelta(days=defaults()["fair_days"])
    asked = [
        Worker(
            f"{member.pk:012d}",
            sum(_h(shift.starts_at, duty_of(shift).end) for shift in busy[member.pk] if shift.ends_at > since),
            tuple(Busy(_h(at, duty_of(shift).start), _h(at, duty_of(shift).end)) for shift in busy[member.pk]),
        )
        for member in members
    ]
    made = plan_by_hand(RostersProblem(tuple(spans), tuple(asked), incident.protocol.shifts.rest_hours))
    people = {member.pk: member for member in members}
    lines = [Line(spans[one.place][0], people[int(one.worker)], *spans[one.place][1:]) for one in made.placed]
    empty = [
        Empty(*spans[one.place], one.seats, at + one.rested_at_h * HOUR if one.rested_at_h is not None else None)
        for one in made.unfilled
    ]
    against = speaks_against(incident, [(line.post, line.member, (line.starts_at, line.ends_at)) for line in lines], at)
    return Proposal(tuple(lines), tuple(empty), made.lower_bound, made.more_workers, len(members), against)


@transaction.atomic
def store(
    incident: Incident,
    keys: Sequence[str],
    batch: UUID,
    *,
    at: datetime,
    by: Member | None = None,
    because: str = "",
) -> list[Shift]:
    """Store a roster as it was shown. All of it or, where something has changed meanwhile, nothing.

    The same batch is stored once. Raises UserError naming the first line that does not hold any more. Where equipment
    is short for it, `because` says why it must be so, and is kept with each of its shifts.
    """
    there = list(Shift.objects.filter(batch=batch))
    if there:
        return there
    length = timedelta(hours=incident.protocol.shifts.hours)
    posts = {post.pk: post for post in incident.posts.select_related("incident")}
    members = {member.pk: member for member in Member.objects.filter(pk__in=[_parts(key)[1] for key in keys])}
    wishes = []
    for key in keys:
        post, member, stamp = _parts(key)
        if post not in posts or member not in members:
            raise UserError(_("This roster is incomplete."), field="lines", mend=_("Have it proposed again."))
        starts = datetime.fromtimestamp(stamp, incident.tz)
        wishes.append((posts[post], members[member], (starts, starts + length)))
    because = because.strip()
    against = speaks_against(incident, wishes, at)
    if against and not because:
        raise UserError(against, field="because", mend=_("Order more, or say why it must be so."))
    made = [assign(post, member, window, at=at, by=by, batch=batch) for post, member, window in wishes]
    if made:
        facts = {"lines": list(keys), "batch": str(batch)}
        if against:
            Shift.objects.filter(batch=batch).update(allowed_because=because)
            facts |= {"against": against, "because": because}
        journal.record(
            "fill_shifts",
            incident=incident,
            subject=incident,
            by=by,
            occurred_at=at,
            label=_many(len(made)),
            facts=facts,
        )
    return made


@transaction.atomic
def take_back(incident: Incident, batch: UUID, *, at: datetime, by: Member | None = None) -> int:
    """Take a stored roster back, except what has begun. Returns how many shifts fell away."""
    mine = Shift.objects.filter(post__incident=incident, batch=batch, state=Shift.State.PLANNED)
    count = mine.update(state=Shift.State.DROPPED, dropped_at=at)
    if count:
        facts = {"shifts": count, "batch": str(batch)}
        journal.record(
            "unfill_shifts", incident=incident, subject=incident, by=by, occurred_at=at, label=_many(count), facts=facts
        )
    return count


def _many(count: int) -> str:
    return ngettext("%(n)d shift", "%(n)d shifts", count) % {"n": count}


def _standing(incident: Incident, at: datetime) -> tuple[dict[int, list[Shift]], dict[int, list[Shift]]]:
    """Shifts by post and by member: those of the days that count, and all to come. One query."""
    since = at - timedelta(days=defaults()["fair_days"])
    standing: dict[int, list[Shift]] = defaultdict(list)
    busy: dict[int, list[Shift]] = defaultdict(list)
    for shift in Shift.objects.filter(state__in=LIVE, ends_at__gt=since).order_by("starts_at", "pk"):
        standing[shift.post_id].append(shift)
        busy[shift.member_id].append(shift)
    return standing, busy


def _lacking(post: Post, shifts: list[Shift], window: tuple[datetime, datetime], at: datetime) -> int:
    found = post_cover(post, shifts, window, at)
    return post.persons_needed - found.persons if found is not None else 0


def _h(start: datetime, end: datetime) -> float:
    return (end - start) / HOUR


def _parts(key: str) -> tuple[int, int, int]:
    try:
        post, member, stamp = (int(part) for part in key.split(":"))
    except ValueError as error:
        raise UserError(_("This roster is incomplete."), field="lines", mend=_("Have it proposed again.")) from error
    return post, member, stamp
