"""Packs kept back by hand: for one door or another purpose, told on the page of the goods, let go again."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_sealed_area, sign_in

from doorstep.command.models import JournalEntry
from doorstep.register.models import Household
from doorstep.supplies import lots, moves, reserving
from doorstep.supplies.models import Balance, Item, Reservation, Supplier
from doorstep.supplies.stock import door_label

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Town:
    """A sealed area with one household, and ten packs of rice in a store."""

    def __init__(self):
        self.area = a_sealed_area()
        self.incident = self.area.incident
        self.door = self.area.area_doors.select_related("door__stair__building").order_by("pk").first().door
        self.home = a_household(self.door)
        self.rice = Item.objects.create(code="rice", names={"zh": "大米", "en": "rice"}, shelf_days=180)
        self.store = moves.place_of(self.incident, "store", "街道仓库")
        shop = Supplier.objects.create(incident=self.incident, name="城北粮店")
        receipt = lots.Receipt(uuid4(), self.rice, 10, "A1", shop, NIGHT + 90 * DAY, {})
        lots.receive(self.incident, receipt, store=self.store, at=NIGHT)

    def form(self, **facts):
        given = {"client_id": str(uuid4()), "packs": "4", "place": str(self.store.pk), "door": "", "purpose": ""}
        return {**given, **facts}

    @property
    def reserved(self):
        return Balance.objects.get(location=self.store).reserved


@pytest.fixture
def town():
    return Town()


def text(answer) -> str:
    return answer.content.decode()


def test_packs_are_kept_for_a_door_once_and_let_go_on_the_page(client, town):
    sign_in(client, "supply", town.incident)
    form = town.form(door=door_label(town.door))
    for _ in range(2):
        assert client.post("/supplies/stock/rice/keep/", form).status_code == 302
    assert town.reserved == 4
    page = text(client.get("/supplies/stock/rice/"))
    assert door_label(town.door) in page
    assert "Let go: 4 for" in page
    kept = Reservation.objects.get()
    for _ in range(2):
        client.post(f"/supplies/kept/{kept.pk}/free/")
    assert town.reserved == 0
    assert JournalEntry.objects.filter(act__in=["keep_goods", "free_goods"]).count() == 2


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "one of the two"),
        ({"door": "1-1-101", "purpose": "spare"}, "one of the two"),
        ({"purpose": "spare", "packs": "11"}, "11 packs wanted, 10 free"),
        ({"door": "9-9-999"}, "No door of your areas"),
    ],
)
def test_what_cannot_be_kept_back_says_why_and_keeps_what_was_typed(client, town, facts, said):
    sign_in(client, "supply", town.incident)
    answer = client.post("/supplies/stock/rice/keep/", town.form(**facts))
    assert answer.status_code == 422
    assert said in text(answer)
    assert f'value="{facts.get("packs", "4")}"' in text(answer)
    assert town.reserved == 0


def test_a_door_without_one_household_is_named_in_words_instead(client, town):
    sign_in(client, "supply", town.incident)
    form = town.form(door=door_label(town.door))
    Household.objects.create(door=town.door, key="2")
    assert "More than one household" in text(client.post("/supplies/stock/rice/keep/", form))
    town.door.households.update(active=False)
    assert "Nobody is registered there" in text(client.post("/supplies/stock/rice/keep/", form))


def test_packs_of_kits_are_told_and_not_let_go_here(client, town):
    given = {"for_kind": "pack_order", "for_id": "1", "client_id": uuid4(), "at": NIGHT}
    (kept,) = reserving.reserve(town.rice, 3, place=town.store, **given)
    sign_in(client, "supply", town.incident)
    page = text(client.get("/supplies/stock/rice/"))
    assert "kits to be packed" in page
    assert "Let go:" not in page
    assert "Drop the packing order" in text(client.post(f"/supplies/kept/{kept.pk}/free/", follow=True))
    assert town.reserved == 3


def test_who_answers_for_another_area_keeps_nothing_for_a_door_here(client, town):
    sign_in(client, "supply", town.incident, area=a_sealed_area(town.incident, a_compound()))
    label = f"{town.area.name} {door_label(town.door)}"
    assert "another area" in text(client.post("/supplies/stock/rice/keep/", town.form(door=label)))
    reserving.reserve(
        town.rice, 3, place=town.store, for_kind="household", for_id=str(town.home.pk), client_id=uuid4(), at=NIGHT
    )
    page = text(client.get("/supplies/stock/rice/"))
    assert "a household" in page
    assert door_label(town.door) not in page
