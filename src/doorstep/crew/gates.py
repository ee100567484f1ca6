"""Gates follow their area: manned from the instant it is sealed, released when it is lifted (S33, S67)."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from doorstep.command import journal
from doorstep.command.events import AreaChanged
from doorstep.command.models import Area, Incident, Member
from doorstep.crew.models import Post, Shift
from doorstep.register.models import Compound, Gate


@cache
def defaults() -> dict[str, Any]:
    """crew/defaults.yaml, read once."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "defaults.yaml").read_text("utf-8"))
    return loaded


def follow_area(event: AreaChanged) -> None:
    """The posts of the area's incident follow in the same act."""
    keep_gates(Area.objects.select_related("incident").get(pk=event.area_id).incident, at=event.at)


@transaction.atomic
def keep_gates(incident: Incident, *, at: datetime) -> list[Post]:
    """Open what must be manned and end what need not be. Doing it twice changes nothing; returns what was opened.

    A post that somebody ended by hand stays ended while its area is in force.
    """
    guarded = {area: _gates(area) for area in _guarded(incident)}
    wanted = {gate: area for area in reversed(guarded) for gate in guarded[area]}
    for there in incident.posts.filter(ended_at=None, area__isnull=False).select_related("gate", "area"):
        _follow(there, wanted, guarded, at)
    places: list[tuple[Gate | None, Area]] = [*wanted.items(), *((None, area) for area in guarded if not guarded[area])]
    starts = {area: _since(area, at) for area in guarded}
    return [post for gate, area in places if (post := _open(incident, area, gate, starts[area]))]


def _since(area: Area, at: datetime) -> datetime:
    """The first gates are manned from the sealing; one that joins a sealed area, from now."""
    sealed = area.effective_at or at
    return max(sealed, at) if area.posts.filter(automatic=True).exists() else sealed


def _guarded(incident: Incident) -> list[Area]:
    """Areas in force whose zone has its gates manned."""
    zones, measure = incident.protocol.zones, defaults()["guarded_by"]
    areas = incident.areas.filter(state=Area.State.IN_FORCE).order_by("pk")
    return [area for area in areas if any(each.code == measure for each in zones[area.zone].measures)]


def _gates(area: Area) -> list[Gate]:
    compounds = Compound.objects.filter(buildings__stairs__doors__area_doors__area=area).distinct()
    return list(Gate.objects.filter(compound__in=compounds).select_related("compound").order_by("pk"))


def _follow(post: Post, wanted: dict[Gate, Area], guarded: dict[Area, list[Gate]], at: datetime) -> None:
    """A gate of two areas goes on for the one that stays; a post ends with its area, or with its reason."""
    assert post.area is not None
    keeper = wanted.get(post.gate) if post.gate else None
    if keeper is not None:
        if keeper.pk != post.area_id and post.area not in guarded:
            post.area = keeper
            post.save(update_fields=["area"])
    elif post.area.state == Area.State.LIFTED:
        close(post, at=post.area.lifted_at or at)
    elif post.automatic and (post.gate is not None or post.area not in guarded):
        close(post, at=at)


def _open(incident: Incident, area: Area, gate: Gate | None, starts_at: datetime) -> Post | None:
    """The post of a gate, or of an area that has no gate; None where there is one or somebody ended it by hand."""
    own = incident.posts.filter(area=area, gate=None, automatic=True)
    mine = incident.posts.filter(gate=gate) if gate else own
    by_hand = mine.filter(area=area, ended_by_hand=True, starts_at__gte=area.effective_at or starts_at)
    if mine.filter(ended_at=None).exists() or by_hand.exists():
        return None
    name = _free_name(incident, str(gate) if gate else area.name)
    if gate is not None and (stand_in := own.filter(ended_at=None).first()):
        stand_in.gate, stand_in.name = gate, name
        stand_in.save(update_fields=["gate", "name"])
        return None
    post = Post.objects.create(
        incident=incident,
        area=area,
        gate=gate,
        name=name,
        persons_needed=defaults()["persons_per_gate"],
        starts_at=starts_at,
        automatic=True,
    )
    journal.record("open_post", incident=incident, subject=post, occurred_at=post.starts_at, label=post.name)
    return post


def _free_name(incident: Incident, name: str) -> str:
    taken = set(incident.posts.filter(ended_at=None).values_list("name", flat=True))
    names = [name[:115], *(f"{name[:110]} ({number})" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)


def close(post: Post, *, at: datetime, by: Member | None = None, by_hand: bool = False) -> None:
    """End a post and let go whoever was to stand there later; who is there now still hands over."""
    post.ended_at, post.ended_by_hand = max(at, post.starts_at), by_hand
    post.save(update_fields=["ended_at", "ended_by_hand"])
    to_come = post.shifts.filter(state=Shift.State.PLANNED, ends_at__gt=post.ended_at)
    to_come.update(state=Shift.State.DROPPED, dropped_at=post.ended_at)
    journal.record("end_post", incident=post.incident, subject=post, by=by, occurred_at=post.ended_at, label=post.name)
