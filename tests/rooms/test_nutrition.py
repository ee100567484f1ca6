"""The overview of nutrition: what the kits in use give each class per person and day, what is short, who has no kit."""

from __future__ import annotations

import pytest
from builders import NIGHT, a_household, a_sealed_area, sign_in
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.supplies import designing
from doorstep.supplies.items import Act, load_starter
from doorstep.supplies.needs import Eater, Home, key_of
from doorstep.supplies.nutrition import overview

pytestmark = pytest.mark.django_db
ALONE = key_of(Home((Eater(),)))
PAIR = key_of(Home((Eater(), Eater())))


@pytest.fixture
def area():
    """Two households of one and one of two; the one alone gets rice and eggs, which is no whole day's food."""
    area = a_sealed_area()
    doors = [row.door for row in area.area_doors.order_by("pk")[:3]]
    for door, persons in zip(doors, (1, 1, 2), strict=True):
        a_household(door, persons=persons).persons.update(birth_date=None)
    load_starter(Act(NIGHT, None, area.incident))
    return area


def adopt(area, **kits):
    table = {{"alone": ALONE, "pair": PAIR}[name]: packs for name, packs in kits.items()}
    return designing.adopt(area.incident, "living", [area], table, at=NIGHT, by=None)


def test_each_class_shows_what_its_kit_gives_against_the_need(area):
    adopt(area, alone={"rice": 2, "eggs": 1})
    found = overview(area.incident)
    (row,) = found.rows
    assert (row.households, found.households, found.short) == (2, 3, 2)
    energy = row.cells[0]
    assert energy.code == "kcal"
    assert energy.given == pytest.approx(2 * 3650 / row.design.covers_days, rel=0.2)
    assert any("vitamin C" in line for line in row.short)


def test_households_without_a_kit_in_use_are_counted(area):
    adopt(area, alone={"rice": 2})
    found = overview(area.incident)
    assert (found.without, found.classes_without) == (1, 1)
    adopt(area, alone={"rice": 2}, pair={"rice": 4})
    assert overview(area.incident).without == 0


def test_putting_the_same_kits_to_use_again_changes_nothing_and_unknown_classes_are_passed_over(area):
    (first,) = adopt(area, alone={"rice": 2})
    (again,) = adopt(area, alone={"rice": 2})
    assert first == again
    assert designing.adopt(area.incident, "living", [area], {"9xelder": {"rice": 1}}, at=NIGHT, by=None) == []


def test_the_page_says_what_is_short_exports_every_need_and_asks_the_same_for_more_households(client, area):
    sign_in(client, "coordinator", area.incident)
    empty = client.get("/supplies/kits/nutrition/").content.decode()
    assert "No kit is in use yet" in empty
    adopt(area, alone={"rice": 2}, pair={"rice": 4})
    with CaptureQueriesContext(
        connection,
    ) as few:
        page = client.get("/supplies/kits/nutrition/").content.decode()
    assert "vitamin C: 100% missing" in page
    for row in area.area_doors.order_by("pk")[3:6]:
        a_household(row.door, persons=1).persons.update(birth_date=None)
    with CaptureQueriesContext(connection) as many:
        client.get("/supplies/kits/nutrition/")
    assert len(many) == len(few)
    lines = client.get("/supplies/kits/nutrition/?format=csv").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("kit,households like this,households,version,need,unit,given per person and day")
    assert any(",vitamin C," in line and "too little" in line for line in lines)
