"""What the crew's pages and papers read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import ngettext

from doorstep import protocol
from doorstep.command.models import Incident, Member, Team
from doorstep.command.rights import Rights, rights_of
from doorstep.crew.gates import defaults
from doorstep.crew.models import Post, Shift
from doorstep.crew.watches import next_windows, post_cover

Window = tuple[datetime, datetime]
GATES = "gates"  # the workstream of teams that stand at posts


@dataclass(frozen=True)
class Stand:
    """One shift as it is seen: `look` is kept (there or done), open (planned) or broken (did not come)."""

    shift: Shift
    look: str
    absent: bool


@dataclass(frozen=True)
class Cell:
    """One post in one window: who stands there, how many are missing; not manned where `needed` is 0.

    `soon` is the shift that runs and the one after it.
    """

    window: Window
    stands: tuple[Stand, ...]
    needed: int
    missing: int
    over: bool
    soon: bool = False


@dataclass(frozen=True)
class PostRow:
    """A post over the windows of a day."""

    post: Post
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class DayGrid:
    """A day of the roster: posts by windows."""

    day: date
    windows: tuple[Window, ...]
    current: Window
    rows: tuple[PostRow, ...]

    @property
    def missing(self) -> int:
        return sum(cell.missing for row in self.rows for cell in row.cells if not cell.over)

    @property
    def soon(self) -> bool:
        """Whether somebody is missing now or in the next shift."""
        return any(cell.missing and cell.soon for row in self.rows for cell in row.cells)


def posts_in(incident: Incident, rights: Rights) -> QuerySet[Post]:
    """The posts within the scope of who plans shifts; those of no area belong to who plans everywhere."""
    posts = incident.posts.select_related("incident", "area", "gate").order_by("area_id", "name", "pk")
    scope = rights.areas("plan_shifts")
    return posts if scope is None else posts.filter(area_id__in=scope)


def roster(incident: Incident, posts: Iterable[Post], at: datetime, days: int = 2) -> list[DayGrid]:
    """Today (the day on which the shift that runs began) and the days after. One query besides the posts'."""
    shown = list(posts)
    current = next_windows(incident, at)[0]
    first = current[0].astimezone(incident.tz).date()
    grids = []
    windows = _windows(incident, first, days)
    standing = _standing(shown, windows[0][0], windows[-1][1])
    for number in range(days):
        day = first + timedelta(days=number)
        today = tuple(window for window in windows if window[0].astimezone(incident.tz).date() == day)
        alive = [post for post in shown if _lives(post, (today[0][0], today[-1][1]))] if today else []
        rows = tuple(
            PostRow(post, tuple(cell_of(post, standing[post.pk], window, at) for window in today)) for post in alive
        )
        grids.append(DayGrid(day, today, current, rows))
    return grids


def cell_of(post: Post, shifts: list[Shift], window: Window, at: datetime) -> Cell:
    """One post in one window. What is over is shown as it was, with nothing left to fill."""
    mine = [shift for shift in shifts if shift.starts_at < window[1] and shift.ends_at > window[0]]
    stands = tuple(_stand(shift, at) for shift in mine)
    over = window[1] <= at
    if not _lives(post, window):
        return Cell(window, stands, 0, 0, over)
    found = None if over else post_cover(post, mine, window, at)
    missing = max(0, post.persons_needed - found.persons) if found is not None else 0
    if over:
        came = sum(stand.shift.checked_in_at is not None for stand in stands)
        missing = max(0, post.persons_needed - came)
    soon = not over and window[0] <= at + (window[1] - window[0])
    return Cell(window, stands, post.persons_needed, missing, over, soon)


def windows_to_fill(post: Post, at: datetime, hours: float = 48) -> list[Window]:
    """The windows in which somebody can still be put on this post."""
    incident = post.incident
    until = at + timedelta(hours=hours)
    found = protocol.shift_windows(incident.protocol, start=at, until=until, tz=incident.tz)
    return [window for window in found if _lives(post, window)]


@dataclass(frozen=True)
class PostPage:
    """A post: its next windows, the notes that were handed over, what may be undone."""

    post: Post
    cells: tuple[Cell, ...]
    notes: tuple[Shift, ...]
    dropped: tuple[Shift, ...]


def post_page(post: Post, at: datetime) -> PostPage:
    """What the page of a post shows. Three queries."""
    current = next_windows(post.incident, at)[0]
    windows = windows_to_fill(post, at)
    if current not in windows and _lives(post, current):
        windows.insert(0, current)
    standing = _standing([post], current[0], at + timedelta(hours=60))[post.pk]
    notes = post.shifts.exclude(handover="").select_related("member").order_by("-left_at", "-pk")[:10]
    fell = (
        post.shifts.filter(state=Shift.State.DROPPED, ends_at__gt=at).select_related("member").order_by("-dropped_at")
    )
    cells = tuple(cell_of(post, standing, window, at) for window in windows)
    return PostPage(post, cells, tuple(notes), tuple(fell[:10]))


@dataclass(frozen=True)
class MyShift:
    """A shift on its member's phone: who is there with me, who comes after, what the shift before has left."""

    shift: Shift
    opens_at: datetime
    may_check_in: bool
    beside: tuple[Shift, ...]
    relief: tuple[Shift, ...]
    note: Shift | None


@dataclass(frozen=True)
class MyShifts:
    """What a member has to do now, what is to come, what can be taken back."""

    now: MyShift | None
    coming: tuple[Shift, ...]
    past: tuple[Shift, ...]


def my_shifts(incident: Incident, member: Member | None, at: datetime) -> MyShifts:
    """A member's shifts. A bounded number of queries."""
    if member is None:
        return MyShifts(None, (), ())
    mine = Shift.objects.filter(member=member, post__incident=incident).exclude(state=Shift.State.DROPPED)
    mine = mine.select_related("post__incident", "post__area", "member").order_by("starts_at", "pk")
    open_ones = [s for s in mine.exclude(state=Shift.State.DONE) if s.state == Shift.State.ON_DUTY or s.ends_at > at]
    open_ones.sort(key=lambda shift: (shift.state != Shift.State.ON_DUTY, shift.starts_at))
    past = mine.filter(state=Shift.State.DONE).order_by("-left_at", "-pk")[:5]
    if not open_ones:
        return MyShifts(None, (), tuple(past))
    return MyShifts(_my_shift(open_ones[0], at), tuple(open_ones[1:13]), tuple(past))


def _my_shift(shift: Shift, at: datetime) -> MyShift:
    opens = shift.starts_at - timedelta(minutes=defaults()["check_in_early_minutes"])
    others = shift.post.shifts.exclude(state=Shift.State.DROPPED).select_related("member").order_by("starts_at", "pk")
    note = shift.post.shifts.exclude(handover="").exclude(pk=shift.pk).filter(left_at__lte=at)
    return MyShift(
        shift,
        opens,
        shift.state == Shift.State.PLANNED and opens <= at < shift.ends_at,
        tuple(others.filter(starts_at=shift.starts_at).exclude(pk=shift.pk)),
        tuple(others.filter(starts_at=shift.ends_at)),
        note.select_related("member").order_by("-left_at").first(),
    )


def teams_of(incident: Incident) -> list[Team]:
    """Teams that may be asked to fill shifts, those of the gates first."""
    return sorted(incident.teams.filter(ended_at=None), key=lambda team: (team.workstream != GATES, team.name))


def members_to_ask(incident: Incident) -> list[Member]:
    """Everybody with a duty or in a team of this incident who is there and fit."""
    there = Member.objects.filter(available=True, health="fit").select_related("organisation")
    known = Q(grants__incident=incident) | Q(teams__incident=incident, teams__ended_at=None)
    return list(there.filter(known).distinct().order_by("name", "pk"))


def shifts_to_swap(shift: Shift, rights: Rights) -> list[Shift]:
    """Planned shifts of others near this one, at posts in the member's scope."""
    near = timedelta(days=2)
    found = Shift.objects.filter(
        post__in=posts_in(shift.post.incident, rights),
        state=Shift.State.PLANNED,
        starts_at__lt=shift.ends_at + near,
        starts_at__gt=shift.starts_at - near,
    )
    return list(
        found.exclude(member=shift.member_id).select_related("post__incident", "member").order_by("starts_at", "pk")
    )


@dataclass(frozen=True)
class ShiftLine:
    """How all posts stand in one shift."""

    window: Window
    missing: int
    now: bool


def gate_panel(incident: Incident, at: datetime, member: Member | None) -> dict[str, Any]:
    """The board's panel: posts, who is on duty, what is missing in this shift and the next. Three queries."""
    scope = rights_of(member, incident).areas("see_board")
    posts = incident.posts.filter(ended_at=None).select_related("incident")
    shown = list(posts if scope is None else posts.filter(area_id__in=scope))
    windows = next_windows(incident, at)
    standing = _standing(shown, windows[0][0] - timedelta(days=1), windows[-1][1])
    lines = [
        ShiftLine(window, sum(cell_of(post, standing[post.pk], window, at).missing for post in shown), number == 0)
        for number, window in enumerate(windows)
    ]
    here = sum(shift.state == Shift.State.ON_DUTY for shifts in standing.values() for shift in shifts)
    return {"posts": len(shown), "here": here, "shifts": lines}


def roster_rows(grids: list[DayGrid]) -> list[list[Any]]:
    """The roster as a list: a row for each person, and one for what is missing."""
    rows: list[list[Any]] = []
    for grid in grids:
        for row in grid.rows:
            for cell in row.cells:
                tz = row.post.incident.tz
                start, end = (each.astimezone(tz) for each in cell.window)
                head = [row.post.name, start, end]
                rows += [
                    [*head, s.shift.member.name, s.shift.member.phone, s.shift.get_state_display()] for s in cell.stands
                ]
                if cell.missing and not cell.over:
                    rows.append([*head, "", "", missing_text(cell.missing)])
    return rows


def missing_text(missing: int) -> str:
    """How many persons are missing, in words."""
    return ngettext("%(n)d person missing", "%(n)d persons missing", missing) % {"n": missing}


def _windows(incident: Incident, first: date, days: int) -> list[Window]:
    start = protocol.local_midnight(first, incident.tz)
    until = protocol.local_midnight(first + timedelta(days=days), incident.tz)
    found = protocol.shift_windows(incident.protocol, start=start, until=until, tz=incident.tz)
    return [window for window in found if window[0] >= start]


def _standing(posts: list[Post], start: datetime, end: datetime) -> dict[int, list[Shift]]:
    found: dict[int, list[Shift]] = defaultdict(list)
    shifts = Shift.objects.filter(post__in=posts, starts_at__lt=end, ends_at__gt=start)
    for shift in shifts.exclude(state=Shift.State.DROPPED).select_related("member", "post").order_by("starts_at", "pk"):
        found[shift.post_id].append(shift)
    return found


def _stand(shift: Shift, at: datetime) -> Stand:
    patience = timedelta(minutes=defaults()["relief_minutes"])
    absent = shift.state == Shift.State.PLANNED and shift.expected_at + patience <= at
    here = shift.state in (Shift.State.ON_DUTY, Shift.State.DONE)
    return Stand(shift, "broken" if absent else "kept" if here else "open", absent)


def _lives(post: Post, window: Window) -> bool:
    return post.starts_at < window[1] and (post.ended_at is None or post.ended_at > window[0])
