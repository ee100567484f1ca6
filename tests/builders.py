"""People and places in one line each. Names are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model

from doorstep.command.models import (
    Area,
    AreaDoor,
    AreaPlace,
    Incident,
    Member,
    Notice,
    Organisation,
    Restriction,
    RoleGrant,
    Team,
)
from doorstep.register.models import Building, Compound, Door, Gate, Household, Person, Stair

NIGHT = datetime(2021, 12, 7, 15, 0, tzinfo=UTC)  # 23:00 in Nanjing
_number = count(1)


def a_compound(
    name: str = "", *, stairs: int = 1, floors: int = 6, doors_per_floor: int = 2, lift: bool = False
) -> Compound:
    """One building with its stairs and doors, one gate, no household."""
    n = next(_number)
    compound = Compound.objects.create(name=name or f"院子{n}")
    Gate.objects.create(compound=compound, name="大门", x_m=0, y_m=0, reload_point=True)
    building = Building.objects.create(compound=compound, name="1号楼", floors=floors, has_lift=lift, x_m=50, y_m=20)
    for s in range(1, stairs + 1):
        stair = Stair.objects.create(building=building, name=f"{s}单元", x_m=50 + 15 * s, y_m=20)
        Door.objects.bulk_create(
            Door(stair=stair, number=f"{floor}0{d}", floor=floor)
            for floor in range(1, floors + 1)
            for d in range(1, doors_per_floor + 1)
        )
    return compound


def a_household(
    door: Door | None = None, *, persons: int = 2, alone: bool = False, classes: list[str] | None = None, **facts: Any
) -> Household:
    """A household; the first person carries the classes (`alone` = one elder who lives alone)."""
    if door is None:
        taken = Household.objects.values("door")
        door = (
            Door.objects.exclude(pk__in=taken).first()
            or Door.objects.filter(stair__building__compound=a_compound()).first()
        )
    household = Household.objects.create(door=door, key="1", head="柳青", **facts)
    for number in range(1 if alone else persons):
        Person.objects.create(
            household=household,
            key=str(number + 1),
            name=f"柳{'青蓝白红紫黄黑'[number % 7]}",
            classes=(["alone_elder", "elder"] if alone else classes or []) if number == 0 else [],
        )
    return household


def an_incident(protocol_id: str = "cn-covid-2021-09", *, at: datetime = NIGHT, name: str = "") -> Incident:
    """An incident whose exercise clock stands at `at` (stepped: it moves only when the test moves it)."""
    return Incident.objects.create(
        name=name or f"演练{next(_number)}",
        protocol_id=protocol_id,
        trigger_at=at,
        clock_kind=Incident.ClockKind.EXERCISE,
        clock_anchor_real=at,
        clock_anchor_incident=at,
        clock_rate=0.0,
    )


def a_sealed_area(
    incident: Incident | None = None, compound: Compound | None = None, *, zone: str = "sealed", at: datetime = NIGHT
) -> Area:
    """An area in force with everything that invariant 10 asks, its doors worked out."""
    incident = incident or an_incident(at=at)
    compound = compound or a_compound()
    team = Team.objects.create(incident=incident, name=f"保供组{next(_number)}")
    letter, _ = Notice.objects.get_or_create(
        incident=incident, kind="letter", version=1, defaults={"created_at": at, "texts": {"zh-hans": {}, "en": {}}}
    )
    area = Area.objects.create(
        incident=incident,
        name=compound.name,
        zone=zone,
        state=Area.State.IN_FORCE,
        effective_at=at,
        reason="一例阳性",
        basis="社区防控方案",
        ends_when="十四天无新增",
        review_at=at + timedelta(hours=72),
        supply_team=team,
        first_delivery_at=at + timedelta(hours=10),
        supply_accepted_at=at,
        supply_accepted_by="保供组长",
        owner=Organisation.objects.get_or_create(name="湖边社区", defaults={"kind": "community"})[0],
        letter=letter,
        emergency_phone="025-0000-0000",
        exits_checked_at=at,
    )
    AreaPlace.objects.create(area=area, compound=compound)
    Restriction.objects.bulk_create(
        Restriction(
            area=area,
            measure=measure.code,
            reason=area.reason,
            basis=area.basis,
            started_at=at,
            confirmed_at=at,
            evidence="看过",
            review_at=area.review_at,
            max_until=at + timedelta(days=incident.protocol.review.max_days),
        )
        for measure in incident.protocol.zones[zone].measures
    )
    AreaDoor.objects.bulk_create(
        AreaDoor(area=area, door=door) for door in Door.objects.filter(stair__building__compound=compound)
    )
    return area


def a_member(role: str = "", *, incident: Incident | None = None, area: Area | None = None, login: str = "") -> Member:
    """A member, with an account (password "night-shift-7") when a login is named."""
    n = next(_number)
    user = get_user_model().objects.create_user(login, password="night-shift-7") if login else None
    member = Member.objects.create(name=f"组员{n}", user=user)
    if role:
        RoleGrant.objects.create(member=member, role=role, incident=incident, area=area)
    return member


def sign_in(client: Any, role: str, incident: Incident, *, language: str = "en", **grant: Any) -> Member:
    """A member with the duty, signed in; pages speak `language`."""
    member = a_member(role, incident=incident, login=f"{role}-{next(_number)}", **grant)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/i18n/setlang/", {"language": language, "next": "/"})
    return member
