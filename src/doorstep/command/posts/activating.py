"""Activation: one act fills the posts, opens the checklists and calls people out (S16). Holes are told, never in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.calling.acts import Wanted, call_out
from doorstep.command.calling.offices import heads_of
from doorstep.command.models import Area, CallOut, CommandPost, Incident, Member, Workstream
from doorstep.command.posts.holding import assign_post
from doorstep.command.posts.seats import SeatLine, duties_of_offices, rules_of, seat_lines
from doorstep.command.posts.working import open_items
from doorstep.wiring.texts import in_both


@dataclass(frozen=True)
class Activated:
    """What an activation did: `holes` are required posts without anybody."""

    incident: Incident
    is_new: bool
    posts: int
    calls: int
    tasks: int
    holes: tuple[str, ...]


@transaction.atomic
def activate(
    incident: Incident, *, at: datetime, by: Member | None, place: str = "", text: str = "", call: bool = True
) -> Activated:
    """Fill the posts of the protocol from the standing directory, open the checklists, call people out.

    Whoever activates an incident that has nobody for its command commands it. Doing it again fills only what was empty
    and calls nobody twice.
    """
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    is_new = not incident.command_posts.exists()
    lines = seat_lines(incident.protocol)
    posts = _posts(incident, lines, at)
    _workstreams(incident, at)
    for post, line in posts:
        if post.holder is None:
            _fill(post, line, at=at, by=by)
    if is_new:
        label = incident.name
        journal.record("activate", incident=incident, subject=incident, by=by, occurred_at=at, label=label)
    tasks = open_items(incident, "activation", at=at, by=by)
    for area in incident.areas.filter(state=Area.State.IN_FORCE):
        tasks += open_items(incident, "seal", at=area.effective_at or at, area=area, by=by)
    calls = 0
    if call:
        calls = sum(_call(post, line, at=at, by=by, place=place, text=text) for post, line in posts)
        calls += _call_offices(incident, at=at, by=by, place=place, text=text)
    holes = tuple(str(post) for post, _line in posts if post.required and post.holder is None)
    return Activated(incident, is_new, len(posts), calls, tasks, holes)


def _posts(incident: Incident, lines: Sequence[SeatLine], at: datetime) -> list[tuple[CommandPost, SeatLine]]:
    there = {post.code: post for post in incident.command_posts.select_related("holder", "deputy", "given", "incident")}
    found = []
    for order, line in enumerate(lines, 1):
        post = there.get(line.seat.code) or CommandPost.objects.create(
            incident=incident,
            code=line.seat.code,
            titles=dict(line.seat.title),
            role=line.seat.role,
            workstream=line.seat.workstream,
            required=line.seat.required,
            order=order,
            opened_at=at,
        )
        found.append((post, line))
    return found


def _workstreams(incident: Incident, at: datetime) -> None:
    offices = duties_of_offices()
    there = set(incident.workstreams.values_list("code", flat=True))
    Workstream.objects.bulk_create(
        Workstream(
            incident=incident,
            code=work.code,
            titles=dict(work.title),
            order=order,
            organisation=offices.get(work.code),
            opened_at=at,
        )
        for order, work in enumerate(rules_of(incident.protocol).workstreams, 1)
        if work.code not in there
    )


def _fill(post: CommandPost, line: SeatLine, *, at: datetime, by: Member | None) -> None:
    fit = [*line.fit]
    if not fit and post.code == "commander" and by is not None and by.available and by.health == "fit":
        fit = [by]
    if len(fit) > 1 and post.deputy is None:
        post.deputy = fit[1]
        post.save(update_fields=["deputy"])
    if fit:
        assign_post(post, fit[0], at=at, by=by)


def _call(post: CommandPost, line: SeatLine, *, at: datetime, by: Member | None, place: str, text: str) -> int:
    """Call the holder and behind them the deputies in order. Who activates is there already."""
    order = [post.holder, *line.fit] if post.holder else list(line.fit)
    people = list(dict.fromkeys(one for one in order if one is not None))
    if not people or (by is not None and post.holder_id == by.pk):
        return 0
    said = in_both(lambda: _("You are called as %(post)s: %(incident)s") % _words(post))
    key = f"activate:{post.incident_id}:{post.code}"
    if CallOut.objects.filter(key=key).exists():
        return 0
    wanted = [Wanted(one.name, _phone(one), one) for one in people]
    facts = {"text": text, "place": place, "post": post}
    call_out(post.incident, said["zh"], wanted, key=key, at=at, by=by, **facts)  # type: ignore[arg-type]
    return 1


def _call_offices(incident: Incident, *, at: datetime, by: Member | None, place: str, text: str) -> int:
    """A line of work that no post leads is asked of the organisation that has it among its duties."""
    called = 0
    alone = incident.workstreams.filter(owner=None, organisation__isnull=False, ended_at=None)
    for work in alone.select_related("organisation"):
        office = work.organisation
        key = f"activate:{incident.pk}:work:{work.code}"
        if office is None or CallOut.objects.filter(key=key).exists() or not (wanted := heads_of(office)):
            continue
        title = _("%(office)s is asked to lead: %(work)s") % {"office": office.name, "work": work.titles["zh"]}
        call_out(incident, title, wanted, key=key, at=at, by=by, text=text, place=place, organisation=office)
        called += 1
    return called


def _words(post: CommandPost) -> dict[str, str]:
    return {"post": str(post), "incident": post.incident.name}


def _phone(member: Member) -> str:
    return member.phone or (member.organisation.phone if member.organisation else "")
