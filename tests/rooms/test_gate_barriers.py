"""Barriers: an opener day and night, a look each day, never locked from outside."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_sealed_area

from doorstep.errors import UserError
from doorstep.gate import barriers, watches
from doorstep.gate.models import Barrier
from doorstep.register.models import Gate

pytestmark = pytest.mark.django_db

H, D = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def area():
    return a_sealed_area(compound=a_compound("梧桐院"))


def put_up(area, name="东侧围挡", kind="fence", **facts):
    facts = {"opener": "person", "opener_name": "石坚", "gate": Gate.objects.get()} | facts
    return barriers.put_up(area.incident, barriers.PutUp(uuid4(), area, name, kind, **facts), at=NIGHT, by=None)


def look(barrier, at, opens=True, **facts):
    return barriers.check(barrier, uuid4(), opens, at=at, by=None, **facts)


def test_no_door_may_be_locked_from_outside_and_the_refusal_says_why(area):
    with pytest.raises(UserError) as refused:
        put_up(area, kind="outside_lock")
    assert "must get out at any time" in refused.value.mend
    assert not Barrier.objects.exists()


def test_a_barrier_without_an_opener_is_red(area):
    barrier = put_up(area, opener="nobody", opener_name="")
    assert [row.what for row in watches.barriers_lacking(area.incident, NIGHT)] == ["nobody opens it day and night"]
    with pytest.raises(UserError):
        barriers.set_opener(barrier, "person", " ", at=NIGHT, by=None)
    barriers.set_opener(barrier, "post", at=NIGHT, by=None)
    assert not watches.barriers_lacking(area.incident, NIGHT)


def test_a_look_older_than_a_day_is_an_alert_and_one_that_does_not_open_at_once(area):
    barrier = put_up(area)
    look(barrier, NIGHT, seconds=8)
    assert not watches.barriers_lacking(area.incident, NIGHT + 24 * H)
    assert len(watches.barriers_lacking(area.incident, NIGHT + 25 * H)) == 1
    with pytest.raises(UserError):
        look(barrier, NIGHT + 25 * H, opens=False)
    shut = look(barrier, NIGHT + 25 * H, opens=False, note="钥匙不在")
    (row,) = watches.barriers_lacking(area.incident, NIGHT + 25 * H)
    assert (row.what, row.level) == ("does not open from inside", 3)
    barriers.undo_check(shut, at=NIGHT + 25 * H, by=None)
    assert Barrier.objects.get().check_ok
    look(barrier, NIGHT + 26 * H, seconds=200)
    assert ["200 s" in row.what for row in watches.barriers_lacking(area.incident, NIGHT + 26 * H)] == [True]


def test_the_exits_of_an_area_are_checked_in_the_act_that_looks_at_the_last_barrier(area):
    first, second = put_up(area, "大门", "gate"), put_up(area, "消防通道", "exit")
    look(first, NIGHT + H)
    area.refresh_from_db()
    assert area.exits_checked_at == NIGHT
    look(second, NIGHT + 2 * H)
    area.refresh_from_db()
    assert area.exits_checked_at == NIGHT + 2 * H
    look(first, NIGHT + 20 * H)
    area.refresh_from_db()
    assert area.exits_checked_at == NIGHT + 2 * H, "half a round is no round"
    look(second, NIGHT + 21 * H, opens=False, note="堵住")
    area.refresh_from_db()
    assert area.exits_checked_at == NIGHT + 2 * H
    look(second, NIGHT + 22 * H)
    area.refresh_from_db()
    assert area.exits_checked_at == NIGHT + 22 * H


def test_what_is_taken_away_asks_for_nothing_and_can_stand_there_again(area):
    barrier = put_up(area)
    barriers.take_away(barrier, at=NIGHT, by=None)
    assert not watches.barriers_lacking(area.incident, NIGHT + 9 * D)
    put_up(area)
    with pytest.raises(UserError):
        barriers.put_back(barrier, at=NIGHT, by=None)
