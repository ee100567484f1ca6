"""A carrier's phone for tests: a sealed area, a plan, a pass, and acts as the app makes them."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from builders import NIGHT, a_compound, a_household, a_sealed_area

from doorstep.command.models import Area
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.rounds.models import Round, RoundPlan, Stop
from doorstep.rounds.passes import make_pass

MORNING = NIGHT + timedelta(hours=6)


def a_morning(stairs: int = 2) -> Area:
    """A sealed area with a household behind each door, its ledger, and the clock standing at MORNING."""
    area = a_sealed_area(compound=a_compound(stairs=stairs))
    for number, line in enumerate(area.area_doors.select_related("door").order_by("door__stair", "door__floor", "pk")):
        a_household(line.door, alone=number == 0, persons=number % 4 + 1)
    derive(area.incident, at=NIGHT)
    area.incident.clock_anchor_incident = MORNING
    area.incident.save()
    return area


def planned(area: Area, *carriers: Any, starts: datetime = MORNING) -> RoundPlan:
    """A plan for members, or for helpers by name: the doors in their order, in equal parts. It replaces older ones."""
    ends = starts + timedelta(hours=8)
    incident = area.incident
    RoundPlan.objects.filter(incident=incident, areas=area, ends_at__gt=starts).update(state=RoundPlan.State.REPLACED)
    plan = RoundPlan.objects.create(
        incident=incident, starts_at=starts, ends_at=ends, requested_at=starts, state=RoundPlan.State.READY
    )
    plan.areas.add(area)
    owed: dict[int, list[Promise]] = defaultdict(list)
    for promise in Promise.objects.filter(area=area, sequence=0, door__isnull=False).order_by("pk"):
        owed[promise.door_id or 0].append(promise)
    doors = sorted(owed)
    part = -(-len(doors) // len(carriers))
    for number, who in enumerate(carriers):
        member, name = (None, who) if isinstance(who, str) else (who, who.name)
        walk = Round.objects.create(
            plan=plan, carrier=member, carrier_name=name, number=number + 1, starts_at=starts, ends_at=ends
        )
        for order, door in enumerate(doors[number * part : (number + 1) * part], start=1):
            items = [{"promise": p.pk, "kind": p.kind, "persons": 2, "kg": 3.0} for p in owed[door]]
            arrives = starts + timedelta(minutes=6 * order)
            stop = Stop.objects.create(round=walk, door_id=door, order=order, arrives_at=arrives, items=items)
            stop.promises.set(owed[door])
    return plan


class Phone:
    """A phone with a pass: it asks as the app asks."""

    def __init__(self, client, incident, who):
        member, name = (None, who) if isinstance(who, str) else (who, who.name)
        self.kept, self.secret = make_pass(incident, member, name, by=None, at=MORNING)
        self.client, self.sequence, self.incident = client, 0, incident

    def get(self, path="round.json"):
        return self.client.get(f"/rounds/phone/{path}", headers={"Authorization": f"Pass {self.secret}"})

    def send(self, *acts, version=""):
        return self.client.post(
            "/rounds/phone/sync",
            json.dumps({"acts": acts, "version": version}),
            content_type="application/json",
            headers={"Authorization": f"Pass {self.secret}"},
        )

    def says(self, *acts):
        """The answers to these acts."""
        answer = self.send(*acts)
        assert answer.status_code == 200, answer.content
        return answer.json()["answers"]

    def act(self, kind, body, *, at=MORNING, **frame):
        self.sequence += 1
        return {
            "id": str(uuid4()),
            "seq": self.sequence,
            "kind": kind,
            "at": at.isoformat(),
            "device_at": at.isoformat(),
            "body": body,
            **frame,
        }

    def knock(self, stop, outcome="opened", *handed, at=MORNING, id=None, **body):
        facts = {"door": stop["door"], "stop": stop["id"], "task": None, "outcome": outcome, "handed": list(handed)}
        return self.act("visit", {**facts, **body}, at=at, **({"id": id} if id else {}))

    def undo(self, act, **frame):
        return self.act("undo", {"visit": act["id"]}, **frame)

    def stops(self):
        return [stop for walk in self.get().json()["rounds"] for stop in walk["stops"]]
