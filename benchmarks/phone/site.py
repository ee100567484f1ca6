"""A sealed district with one round for each phone, in the database of the environment: `python -m benchmarks.phone.site`.

Prints, as JSON, the secret of each phone and the stops of its round. Everybody in it is invented.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta

DOORS_A_STAIR, STAIRS = 12, 25  # of one compound


def main(phones: int, doors_a_phone: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    import django

    django.setup()
    from django.utils import timezone

    from doorstep.storage.fresh import bring_up_to_date

    bring_up_to_date()
    from doorstep.command.models import Area, AreaDoor, Incident, Member, RoleGrant, Team
    from doorstep.promises.actions import derive
    from doorstep.rounds.models import Round, RoundPlan, Stop
    from doorstep.rounds.passes import make_pass

    at = timezone.now()
    trigger = at - timedelta(hours=12)
    incident = Incident.objects.create(
        name="200 phones",
        protocol_id="cn-covid-2021-09",
        trigger_at=trigger,
        clock_anchor_real=at,
        clock_anchor_incident=at,
    )
    team = Team.objects.create(incident=incident, name="supply")
    plan = RoundPlan.objects.create(
        incident=incident,
        starts_at=at - timedelta(hours=1),
        ends_at=at + timedelta(hours=12),
        requested_at=at,
        state=RoundPlan.State.READY,
    )
    doors: list[int] = []
    while len(doors) < phones * doors_a_phone:
        compound, more = _compound(len(doors))
        area = Area.objects.create(
            incident=incident,
            name=compound,
            zone="sealed",
            state=Area.State.IN_FORCE,
            effective_at=trigger,
            review_at=trigger + timedelta(hours=72),
            supply_team=team,
        )
        AreaDoor.objects.bulk_create(AreaDoor(area=area, door_id=door) for door in more)
        plan.areas.add(area)
        doors += more
    derive(incident, at=at)
    owed = _owed(incident)
    told = []
    for number in range(phones):
        member = Member.objects.create(name=f"carrier {number + 1}")
        RoleGrant.objects.create(member=member, role="carrier", incident=incident)
        walk = Round.objects.create(
            plan=plan,
            carrier=member,
            carrier_name=member.name,
            number=number + 1,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
        )
        stops = Stop.objects.bulk_create(
            Stop(
                round=walk,
                door_id=door,
                order=order,
                arrives_at=at + timedelta(minutes=6 * order),
                items=owed.get(door, []),
            )
            for order, door in enumerate(doors[number * doors_a_phone : (number + 1) * doors_a_phone], start=1)
        )
        _kept, secret = make_pass(incident, member, member.name, by=None, at=at)
        told.append({"secret": secret, "stops": [{"id": stop.pk, "door": stop.door_id} for stop in stops]})
    json.dump({"phones": told}, sys.stdout)


def _compound(number: int) -> tuple[str, list[int]]:
    """A compound with a household of two behind each door."""
    from doorstep.register.models import Building, Compound, Door, Household, Person, Stair

    compound = Compound.objects.create(name=f"compound {number + 1}")
    building = Building.objects.create(compound=compound, name="1", floors=6)
    doors = []
    for unit in range(STAIRS):
        stair = Stair.objects.create(building=building, name=str(unit + 1))
        doors += Door.objects.bulk_create(
            Door(stair=stair, number=f"{place // 2 + 1}0{place % 2 + 1}", floor=place // 2 + 1)
            for place in range(DOORS_A_STAIR)
        )
    homes = Household.objects.bulk_create(Household(door=door, key="1", head="柳青") for door in doors)
    Person.objects.bulk_create(
        Person(household=home, key=key, name=name) for home in homes for key, name in (("1", "柳青"), ("2", "柳白"))
    )
    return compound.name, [door.pk for door in doors]


def _owed(incident: object) -> dict[int, list[dict[str, object]]]:
    """What is handed over at each door first."""
    from doorstep.promises.models import Promise

    found: dict[int, list[dict[str, object]]] = {}
    rows = Promise.objects.filter(incident=incident, sequence=0, subject_kind="household", door__isnull=False)
    for pk, door, kind in rows.values_list("pk", "door_id", "kind"):
        found.setdefault(door, []).append({"promise": pk, "kind": kind, "persons": 2, "kg": 3.0})
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
