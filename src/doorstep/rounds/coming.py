"""Who comes to a door next, and when: said to residents and on the board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from doorstep import protocol
from doorstep.command.models import Area, Incident, Team
from doorstep.command.queries import bound_doors
from doorstep.command.rights import roles
from doorstep.register.models import Door
from doorstep.rounds.demand import defaults
from doorstep.rounds.live import open_stops
from doorstep.rounds.models import Stop
from doorstep.rounds.words import OF_PERSONS, item_title
from doorstep.wiring.texts import in_language

STEP = timedelta(minutes=10)


@dataclass(frozen=True)
class NextVisit:
    """Who comes (function and team, never a name), in which window of time, and with what."""

    function: str
    team: str
    starts_at: datetime
    ends_at: datetime
    expected_at: datetime
    items: tuple[str, ...]


def next_visit(incident: Incident, door: Door, at: datetime) -> NextVisit | None:
    """The next visit that a plan in force holds for a door, or None. The window is rounded to ten minutes."""
    stops = open_stops(at).filter(round__plan__incident=incident, door=door)
    stop = stops.select_related("round__carrier__organisation").order_by("coming_at").first()
    if stop is None:
        return None
    wide = timedelta(minutes=defaults()["visit_window_minutes"])
    middle = _rounded(stop.coming_at)
    items = dict.fromkeys(
        item_title(
            incident, item["kind"], None if protocol.base_kind(item["kind"]) in OF_PERSONS else item.get("title")
        )
        for item in stop.items
        if item["kind"] != "contact"
    )  # for whom of several a test is, the household knows; it is not said to whoever reads the page
    return NextVisit(
        in_language(roles()["carrier"].title),
        _team(incident, stop),
        max(middle - wide, _down(at)),
        middle + wide,
        stop.coming_at,
        tuple(items),
    )


def expected_by_door(area: Area, at: datetime) -> dict[int, datetime]:
    """Door → when its next visit is expected, for the doors of an area that are on a round in force. One query."""
    stops = open_stops(at).filter(round__plan__incident_id=area.incident_id, door__area_doors__area=area)
    return dict(stops.order_by().values_list("door_id").annotate(Min("coming_at")))


def _team(incident: Incident, stop: Stop) -> str:
    """The carrier's team of this incident, else the organisation, else the team that supplies the area."""
    carrier = stop.round.carrier
    if carrier is not None:
        team = Team.objects.filter(incident=incident, members=carrier, ended_at=None).order_by("pk").first()
        if team or carrier.organisation:
            return str(team or carrier.organisation)
    bound = bound_doors(incident).get(stop.door_id, 0)
    area = Area.objects.filter(pk=bound).select_related("supply_team").first()
    return area.supply_team.name if area and area.supply_team else ""


def _down(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % 10, second=0, microsecond=0)


def _rounded(at: datetime) -> datetime:
    return _down(at + STEP / 2)
