"""Fourteen days of the founding exercise: nobody's cupboard is empty before the next kit, or the watch list says whose and why.

Played with the eight households of 南秀村12号, so that it takes seconds; `doorstep exercise run` plays all ninety-nine.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner

from doorstep.cli import exercise as cli
from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.exercise import description, load, stores, supply
from doorstep.exercise.days import run_days
from doorstep.promises.models import Promise
from doorstep.supplies import moves, pack_many, pack_table, packing
from doorstep.supplies.forecast import forecast
from doorstep.supplies.models import Balance, KitDesign, Location, Move, PackedKit, PurchaseOrder
from doorstep.supplies.nutrition import overview

pytestmark = pytest.mark.django_db
WHOLE = description.read_exercise("gulou-2021")


def small(monkeypatch, **changes) -> Incident:
    """The exercise with its smaller compound only."""
    first = {"compounds": WHOLE.compounds[:1], "areas": WHOLE.areas[:1], "gate_team": None, **changes}
    mine = WHOLE.model_copy(update=first)
    monkeypatch.setattr(load, "read_exercise", lambda name: mine)
    load.load_once("gulou-2021")
    return Incident.objects.get(exercise="gulou-2021")


def test_for_fourteen_days_every_kit_comes_before_the_one_before_it_is_eaten(monkeypatch):
    incident = small(monkeypatch)
    days = list(run_days(incident, 14))
    assert [day.gaps for day in days] == [()] * 14
    assert sum(day.kits for day in days) == 8 * 7
    assert {day.at_home for day in days} == {21}
    assert all(day.first_end > day.at for day in days)
    assert all(day.waiting[1] == 0 for day in days)
    assert [day.lacking for day in days] == [{}] * 14
    assert sum(day.received > 0 for day in days) >= 5
    reviews = [day.review_at for day in days]
    assert reviews == sorted(reviews)
    assert reviews[-1] - reviews[0] > timedelta(days=9)
    assert not Promise.objects.filter(kind="kit:living", state="broken").exists()
    assert moves.unbalanced(incident) == []
    assert not Balance.objects.filter(location__kind=Location.Kind.STORE, packs__lt=0).exists()
    found = overview(incident)
    assert (found.households, found.without) == (8, 0)
    assert all(cell.given > 0 for row in found.rows for cell in row.cells[:1] if row.households)


def test_where_no_round_comes_the_watch_list_names_every_door_and_why(monkeypatch):
    later = [
        line.model_copy(update={"since": date(2022, 1, 1)}) if line.do == "rounds" else line for line in WHOLE.routine
    ]
    incident = small(monkeypatch, routine=tuple(later))
    days = list(run_days(incident, 4))
    hungry = [gap for day in days for gap in day.gaps]
    assert len({gap.household for gap in hungry}) == 8
    assert not any(day.unnamed for day in days)
    assert set(days[-1].named.values()) == {"food ends, and no kit is planned"}


def test_where_nothing_is_ordered_it_is_said_what_the_kits_lack(monkeypatch):
    idle = tuple(line for line in WHOLE.routine if line.do != "supply")
    days = list(run_days(small(monkeypatch, routine=idle), 5))
    assert not days[0].lacking
    assert days[4].lacking["spinach"] > 0


def test_the_crew_orders_what_is_missing_and_leaves_it_to_who_orders_by_hand(monkeypatch):
    incident = small(monkeypatch)
    at = incident.now()
    store = stores.store_of(incident)
    Balance.objects.filter(location=store, lot__item__code="noodles").update(packs=0)
    made = supply.order_missing(incident, at=at, by=supply.keeper(incident))
    assert {order.state for order in made} == {PurchaseOrder.State.CONFIRMED}
    assert any(line.item.code == "noodles" for order in made for line in order.lines.all())
    assert not forecast(incident, at).missing
    PurchaseOrder.objects.update(key="")
    before = PurchaseOrder.objects.count()
    supply.work(incident, at=at + timedelta(days=3))
    assert PurchaseOrder.objects.count() == before


def test_the_command_tells_each_day_and_what_the_kits_give(monkeypatch):
    monkeypatch.setattr(cli, "start_django", lambda: None)
    small(monkeypatch)
    told = CliRunner().invoke(cli.exercise, ["run", "gulou-2021", "--days", "1", "--json"], catch_exceptions=False)
    answer = json.loads(told.stdout)
    (day,) = answer["days"]
    assert (day["kits"], day["gaps"], day["lacking"]) == (8, [], {})
    energy = [need for row in answer["classes"] if row["households"] for need in row["needs"] if need["need"] == "kcal"]
    assert energy
    assert all(need["given"] >= need["least"] for need in energy)


def test_every_class_of_the_whole_exercise_has_a_kit_of_ten_foods_or_more():
    kits = stores.read_kits("gulou-2021")["living"]
    assert len(kits) == 35
    grown = {key: packs for key, packs in kits.items() if "adult" in key or "elder" in key}
    assert min(len(packs) for packs in grown.values()) > 10


def test_kits_of_the_table_are_in_use_and_loading_them_again_changes_nothing(monkeypatch):
    incident = small(monkeypatch)
    designs = list(KitDesign.objects.values_list("household_class", "state", "version"))
    assert {state for _class, state, _version in designs} == {"in_use"}
    stores.put_kits_to_use(incident, at=incident.now(), by=None)
    assert list(KitDesign.objects.values_list("household_class", "state", "version")) == designs


def test_kits_that_somebody_has_packed_leave_the_store_once(monkeypatch):
    incident = small(monkeypatch)
    at, (area,) = incident.now(), list(incident.areas.filter(state="in_force"))
    staging = incident.locations.filter(kind=Location.Kind.STAGING).first()
    run = packing.Run("living", stores.store_of(incident), staging, at + timedelta(hours=6), area)
    owed = packing.owed_kits(incident, "living", until=at + timedelta(days=1), areas=[area])
    packing.order_run(incident, run, owed, at=at)
    for order in incident.pack_orders.all():
        with suppress(UserError):  # the store has not everything for all eight yet
            pack_many.pack_many(order, order.packed.count(), pack_table.Act(uuid4(), at))
    (day,) = run_days(incident, 1)
    kits = PackedKit.objects.filter(packed_at__isnull=False, handed_at__isnull=False)
    assert day.kits == 8
    assert kits.count() > 3
    knocks = [str(pk) for pk in kits.values_list("visit_id", flat=True)]
    loose = Move.objects.filter(reason="hand_over", ref_id__in=knocks, lot__item__kind="food").exclude(
        source__kind="kit"
    )
    assert set(loose.values_list("lot__item__code", flat=True)) == {"roast_duck"}  # the treat beside the kit
