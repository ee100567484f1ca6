"""Kits designed for classes of households: from the register, with versions, changed by hand, on pages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import NIGHT, a_household, a_sealed_area, sign_in

from doorstep.command.models import JournalEntry
from doorstep.errors import UserError
from doorstep.register.models import Door, Household, Person
from doorstep.supplies import designing, items
from doorstep.supplies.homes import as_facts, groups_of, home_of, homes_of
from doorstep.supplies.kit_demand import classes_of
from doorstep.supplies.models import Balance, Item, KitDesign, Lot
from doorstep.supplies.moves import place_of

pytestmark = pytest.mark.django_db


class House:
    """A sealed area with the starter catalogue and a household at each of some doors."""

    def __init__(self):
        self.area = a_sealed_area()
        self.incident = self.area.incident
        self.doors = list(Door.objects.filter(area_doors__area=self.area).order_by("pk"))
        items.load_starter(items.Act(NIGHT))

    def household(self, **facts):
        return a_household(self.doors.pop(), **facts)

    def stocked(self, code, packs, **facts):
        store = place_of(self.incident, "store", "街道仓库")
        lot = Lot.objects.create(
            incident=self.incident, item=Item.objects.get(code=code), number="A1", received_at=NIGHT, **facts
        )
        return Balance.objects.create(lot=lot, location=store, packs=packs)

    def design(self, **facts):
        given = {"at": NIGHT, "by": None, "seconds": 2.0, "buy": True} | facts
        return designing.design_kits(self.incident, "living", [self.area], **given)


@pytest.fixture
def house():
    return House()


def packs_of(design):
    return {line.item.code: line.packs for line in design.lines.select_related("item")}


def test_only_who_is_at_home_is_fed_and_ages_are_those_of_the_day(house):
    one = house.household(persons=3, diets=["halal"], pets=["猫"])
    away, child, _adult = one.persons.order_by("pk")
    Person.objects.filter(pk=away.pk).update(present="hospital")
    Person.objects.filter(pk=child.pk).update(birth_date=date(2017, 12, 8), sex="f")
    home = homes_of(house.incident, [one.pk], NIGHT)[one.pk]
    assert [(eater.months, eater.sex) for eater in home.eaters] == [(47, "f"), (None, "")]
    assert (home.diets, home.pets) == ({"halal"}, ("cat",))
    later = homes_of(house.incident, [one.pk], NIGHT + timedelta(hours=2))[one.pk]
    assert later.eaters[0].months == 48


def test_a_household_of_which_no_person_is_known_has_as_many_as_its_list_states(house):
    one = house.household(persons=0, size_stated=3)
    assert len(homes_of(house.incident, [one.pk], NIGHT)[one.pk].eaters) == 3


def test_an_infant_without_a_date_of_birth_is_no_adult(house):
    one = house.household(persons=1, classes=["infant"])
    assert homes_of(house.incident, [one.pk], NIGHT)[one.pk].eaters[0].months == 3


def test_many_households_are_read_in_a_known_number_of_queries(house, django_assert_num_queries):
    for _ in range(8):
        house.household()
    with django_assert_num_queries(3):
        (group,) = groups_of(house.incident, [house.area], NIGHT)
    assert len(group.households) == 8


def test_a_home_survives_being_written_down(house):
    one = house.household(persons=2, classes=["pregnant"], allergies=["milk"], pets=["dog"])
    home = homes_of(house.incident, [one.pk], NIGHT)[one.pk]
    assert home_of(as_facts(home)) == home


def test_each_class_gets_a_draft_that_meets_its_needs_and_holds_nothing_it_must_not_have(house):
    house.household()
    house.household()
    house.household(diets=["halal"])
    made = house.design()
    assert [one.facts["households"] for one in made.designs] == [2, 1]
    for one in made.designs:
        assert one.state == "draft"
        assert one.figures["banned"] == []
        energy = one.figures["needs"]["kcal"]
        assert energy["given"] >= energy["least"] * 0.999
    halal = made.designs[1]
    assert not any("pork" in line.item.contains for line in halal.lines.select_related("item"))


def test_asking_again_makes_nothing_new(house):
    house.household()
    assert house.design().made == 1
    assert house.design().made == 0
    assert KitDesign.objects.count() == 1
    assert JournalEntry.objects.filter(act="design_kits").count() == 1


def test_from_a_small_stock_the_kit_falls_short_and_says_which_purchase_mends_it(house):
    house.household()
    house.stocked("rice", 1)
    (design,) = house.design(buy=False).designs
    assert packs_of(design) == {"rice": 1}
    assert "vit_c_mg" in {line["need"] for line in design.figures["short"]}
    assert design.figures["purchases"]
    assert all(line["packs"] > 0 for line in design.figures["purchases"])


@pytest.mark.parametrize("facts", [{"state": "held"}, {"best_before": NIGHT + timedelta(days=1)}])
def test_goods_that_are_held_or_end_before_the_kit_does_are_not_packed(house, facts):
    house.household()
    house.stocked("rice", 50, **facts)
    with pytest.raises(UserError) as refused:
        house.design(buy=False)
    assert refused.value.field == "buy"


def test_an_area_where_nobody_is_at_home_is_refused(house):
    with pytest.raises(UserError) as refused:
        house.design()
    assert refused.value.field == "areas"


def test_a_changed_line_is_a_new_version_with_its_own_figures_and_said_twice_it_is_one(house):
    house.household()
    (design,) = house.design().designs
    rice = Item.objects.get(code="rice")
    before = packs_of(design).get("rice", 0)
    first = designing.change_line(design, rice, before + 2, at=NIGHT, by=None)
    again = designing.change_line(design, rice, before + 2, at=NIGHT, by=None)
    assert first == again
    assert (first.version, packs_of(first)["rice"]) == (2, before + 2)
    assert first.figures["needs"]["kcal"]["given"] > design.figures["needs"]["kcal"]["given"]
    assert packs_of(design).get("rice", 0) == before
    assert JournalEntry.objects.filter(act="change_design").count() == 1


def test_goods_that_a_household_must_not_have_are_refused_with_what_to_do(house):
    house.household(diets=["halal"])
    (design,) = house.design().designs
    pork = next(item for item in Item.objects.all() if "pork" in item.contains)
    with pytest.raises(UserError) as refused:
        designing.change_line(design, pork, 1, at=NIGHT, by=None)
    assert "pork" in str(refused.value)
    assert refused.value.mend
    assert KitDesign.objects.count() == 1


def test_one_version_is_in_use_and_an_older_one_can_be_put_to_use_again(house):
    house.household()
    (first,) = house.design().designs
    designing.use(first, at=NIGHT, by=None)
    designing.use(first, at=NIGHT, by=None)
    second = designing.change_line(first, Item.objects.get(code="rice"), 20, at=NIGHT, by=None)
    first.refresh_from_db()
    assert first.state == "in_use"
    designing.use(second, at=NIGHT, by=None)
    designing.use(first, at=NIGHT, by=None)
    second.refresh_from_db()
    assert (first.state, second.state) == ("in_use", "ended")
    assert JournalEntry.objects.filter(act="use_design").count() == 3


def test_the_page_designs_kits_and_lists_them_by_class(house, client):
    house.household()
    sign_in(client, "commander", house.incident)
    assert "No kit is designed yet" in client.get("/supplies/kits/").content.decode()
    asked = {"kind": "living", "buy": "1", "areas": [house.area.pk]}
    answer = client.post("/supplies/kits/", asked, follow=True).content.decode()
    assert "1 kit is designed." in answer
    assert "2 persons of unknown age" in answer
    assert client.get("/supplies/kits/?format=xlsx").status_code == 200


def test_the_form_of_a_design_works_without_scripts_and_shows_refusals(house, client):
    house.household(diets=["halal"])
    (design,) = house.design().designs
    sign_in(client, "commander", house.incident)
    page = client.get(f"/supplies/kits/{design.pk}/").content.decode()
    assert "energy" in page
    assert "<progress" in page
    answer = client.post(f"/supplies/kits/{design.pk}/line/", {"item": "rice", "packs": 7}, follow=True)
    assert "This is version 2 now." in answer.content.decode()
    refused = client.post(f"/supplies/kits/{design.pk}/line/", {"item": "rice", "packs": 500})
    assert refused.status_code == 422
    client.post(f"/supplies/kits/{design.pk}/use/")
    design.refresh_from_db()
    assert design.state == "in_use"


def test_who_may_not_manage_supplies_changes_nothing(house, client):
    house.household()
    (design,) = house.design().designs
    sign_in(client, "carrier", house.incident)
    for path, given in (("line/", {"item": "rice", "packs": 7}), ("use/", {})):
        assert client.post(f"/supplies/kits/{design.pk}/{path}", given).status_code == 403
    design.refresh_from_db()
    assert design.state == "draft"


def test_the_forecast_counts_by_the_classes_for_which_kits_are_designed():
    area = a_sealed_area()
    doors = list(Door.objects.filter(area_doors__area=area).order_by("pk"))
    homes = [a_household(doors[0], alone=True), a_household(doors[1], persons=3, classes=["pregnant"])]
    homes.append(a_household(doors[2], persons=2, diets=["halal"], pets=["猫"]))
    homes.append(Household.objects.create(door=doors[3], key="1", size_stated=4))
    designed = {pk: group.key for group in groups_of(area.incident, [area], NIGHT) for pk in group.households}
    today = NIGHT.astimezone(area.incident.tz).date()
    forecast = classes_of([home.pk for home in homes], today, 12)
    assert {pk: key for pk, (key, _, _) in forecast.items()} == designed
