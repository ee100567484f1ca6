"""Goods: the starter catalogue loaded, changed, brought in as a list, taken back; within one's duty."""

from __future__ import annotations

import io

import pytest
from builders import NIGHT, a_sealed_area, an_incident, sign_in
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from doorstep.command.models import JournalEntry
from doorstep.errors import UserError
from doorstep.supplies import catalogue, items
from doorstep.supplies.models import Item, Lot

pytestmark = pytest.mark.django_db
ACT = items.Act(NIGHT)
HEAD = "code,Chinese name,English name,group,unit,units in a pack,gross weight (g),price (yuan),contains,source,energy (kcal)\n"


@pytest.fixture
def incident():
    return an_incident()


@pytest.fixture
def goods():
    items.load_starter(ACT)


def bring(client, text: str | bytes, name: str = "goods.csv"):
    data = text.encode() if isinstance(text, str) else text
    return client.post("/supplies/items/bring/", {"file": SimpleUploadedFile(name, data)})


def rice() -> Item:
    return Item.objects.get(code="rice")


def test_the_starter_catalogue_is_loaded_once():
    first = items.load_starter(ACT)
    again = items.load_starter(ACT)
    assert len(first.made) == Item.objects.count() == len(catalogue.goods())
    assert (again.made, again.changed) == ([], {})
    assert JournalEntry.objects.count() == 1


def test_what_people_here_changed_stays_when_the_catalogue_is_loaded_again(goods):
    items.change_item(rice(), {"price_cents": 720}, ACT)
    Item.objects.filter(code="rice").update(shelf_days=1)
    done = items.load_starter(ACT)
    assert done.changed == {"rice": {"shelf_days": [1, 365]}}
    assert (rice().price_cents, rice().shelf_days, rice().own) == (720, 365, ["price_cents"])


def test_the_same_change_again_changes_nothing(goods):
    assert items.change_item(rice(), {"price_cents": 720}, ACT).changed
    assert not items.change_item(rice(), {"price_cents": 720}, ACT).changed
    assert JournalEntry.objects.filter(act="change_item").count() == 1


def test_marks_of_figures_follow_the_figures(goods):
    items.change_item(
        rice(), {"nutrients": {**rice().nutrients, "potassium_mg": 400}, "contains": ["high_sodium"]}, ACT
    )
    assert rice().contains == ["high_potassium"]


def test_a_change_is_taken_back_once_and_leaves_what_came_later(goods):
    first = items.change_item(rice(), {"price_cents": 720, "shelf_days": 90}, ACT)
    items.change_item(rice(), {"shelf_days": 60}, ACT)
    entry = JournalEntry.objects.get(pk=first.entry)
    items.take_back(entry, ACT)
    assert (rice().price_cents, rice().shelf_days, rice().own) == (650, 60, ["shelf_days"])
    with pytest.raises(UserError):
        items.take_back(entry, ACT)


def test_a_list_is_taken_back_but_goods_in_stock_only_leave_use(goods):
    facts = {**items.starter_facts(catalogue.goods()["rice"]), "names": {"zh": "香米", "en": "scented rice"}}
    done = items.import_items([("scented", facts), ("jasmine", facts), ("rice", {"price_cents": 700})], ACT)
    used = Item.objects.get(code="scented")
    Lot.objects.create(incident=an_incident(), item=used, number="1", received_at=NIGHT)
    items.take_back(JournalEntry.objects.get(pk=done.entry), ACT)
    assert not Item.objects.filter(code="jasmine").exists()
    assert Item.objects.get(code="scented").active is False
    assert rice().price_cents == 650


def test_the_list_is_searched_in_both_languages_and_by_diet(client, incident, goods):
    sign_in(client, "supply", incident)
    assert "rapeseed oil" in client.get("/supplies/items/?q=菜籽油").content.decode()
    halal = client.get("/supplies/items/?group=meat&without=diet:halal").content.decode()
    assert "halal beef" in halal
    assert "pork" not in halal.split("</form>", 2)[-1]
    assert "No goods are like this" in client.get("/supplies/items/?q=xyzzy").content.decode()


def test_one_page_shows_figures_of_100_g_and_of_the_pack_with_their_source(client, incident, goods):
    sign_in(client, "supply", incident)
    page = client.get("/supplies/items/of/eggs/").content.decode()
    assert "171287" in page
    assert "143" in page
    assert "717" in page  # 570 g × 0.88 × 143 kcal in 100 g
    assert client.get("/supplies/items/of/nothing/").status_code == 404


def test_the_form_stores_marks_as_changed_and_goes_back(client, incident, goods):
    sign_in(client, "supply", incident)
    form = client.get("/supplies/items/of/rice/edit/").context["form"]
    data = {name: value for name, value in form.initial.items() if value is not None and value is not False}
    answer = client.post("/supplies/items/of/rice/edit/", {**data, "price": "7.20"}, follow=True)
    assert "Written down." in answer.content.decode()
    assert (rice().price_cents, rice().own) == (720, ["price_cents"])
    entry = JournalEntry.objects.get(act="change_item")
    assert entry.data["changed"] == {"rice": {"price_cents": [650, 720]}}
    client.post("/supplies/items/of/rice/reset/")
    assert (rice().price_cents, rice().own) == (650, [])


def test_energy_that_cannot_be_is_told_at_its_field(client, incident, goods):
    sign_in(client, "supply", incident)
    form = client.get("/supplies/items/of/rice/edit/").context["form"]
    data = {name: value for name, value in form.initial.items() if value is not None and value is not False}
    answer = client.post("/supplies/items/of/rice/edit/", {**data, "n_kcal": "36.5", "pack_weight_g": "900"})
    assert answer.status_code == 422
    assert "n_kcal" in answer.context["form"].errors
    assert "pack_weight_g" in answer.context["form"].errors
    assert rice().nutrients["kcal"] == 365
    odd = client.post("/supplies/items/of/rice/edit/", {**data, "n_kcal": "300", "energy_odd": "on"})
    assert odd.status_code == 302


def test_new_goods_and_a_code_that_there_is(client, incident, goods):
    sign_in(client, "supply", incident)
    data = {
        "code": "yan_mian",
        "name_zh": "燕面",
        "name_en": "oat flour",
        "group": "cereal",
        "unit": "g",
        "per_pack": "500",
        "pack_weight_g": "510",
        "edible_share": "1",
        "keep": "dry",
        "source": "label",
        "active": "on",
    }
    assert client.post("/supplies/items/new/", data).status_code == 302
    assert Item.objects.get(code="yan_mian").kind == "food"
    again = client.post("/supplies/items/new/", data)
    assert again.status_code == 422
    assert "Choose another code" in again.content.decode()


def test_the_list_leaves_is_changed_and_comes_in_again(client, incident, goods):
    sign_in(client, "coordinator", incident)
    for language in ("en", "zh-hans"):
        client.post("/i18n/setlang/", {"language": language, "next": "/"})
        out = client.get("/supplies/items/?state=all&format=xlsx").content
        answer = bring(client, out, "goods.xlsx")
        assert answer.context["reading"].bad == []
        assert answer.context["done"].same == len(catalogue.goods())
        assert answer.context["done"].changed == {}
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    book = load_workbook(io.BytesIO(out))
    sheet = book.active
    titles = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == "rice")
    row[titles.index("价格（元）")].value = 7.2
    file = io.BytesIO()
    book.save(file)
    page = bring(client, file.getvalue(), "goods.xlsx").content.decode()
    assert "0 new, 1 changed" in page
    assert rice().price_cents == 720


def test_good_rows_go_in_and_the_others_come_back_with_their_mend(client, incident, goods):
    sign_in(client, "supply", incident)
    text = (
        HEAD
        + "rice,,,,,,,7.2,,,\n"
        + "rice,,,,,,,7.3,,,\n"
        + "red_rice,红米,red rice,cereal,g,500,510,9,,label,\n"
        + "ham,火腿,ham,cold cuts,g,200,210,20,pork,label,\n"
        + "tofu,,,,,,100,,,,\n"
        + ",无码,no code,cereal,g,500,510,9,,label,\n"
        + "millet,,,,,,,,,,3780\n"
    )
    page = bring(client, text).content.decode()
    assert "1 new, 1 changed, 0 the same, 5 to mend" in page
    assert (rice().price_cents, Item.objects.get(code="red_rice").kind) == (720, "food")
    table = load_workbook(io.BytesIO(client.get("/supplies/items/to-mend.xlsx").content)).active
    rows = list(table.iter_rows(values_only=True))
    assert rows[0][-3:] == ("Row", "Column", "What to do")
    assert [(row[-3], row[-2]) for row in rows[1:]] == [
        ("3", "code"),
        ("5", "group"),
        ("6", "gross weight (g)"),
        ("7", "code"),
        ("8", "energy (kcal)"),
    ]
    assert "cereals" in rows[2][-1]


def test_a_file_without_codes_and_one_that_is_no_list_say_what_to_do(client, incident):
    sign_in(client, "supply", incident)
    answer = bring(client, "名称,价格\n大米,6\n")
    assert answer.status_code == 422
    assert "no column of codes" in answer.content.decode()
    assert bring(client, b"%PDF-1.4", "a.pdf").status_code == 422
    book = Workbook()
    file = io.BytesIO()
    book.save(file)
    assert bring(client, file.getvalue(), "a.xlsx").status_code == 422


def test_who_only_carries_sees_no_goods_and_who_has_one_area_changes_none(client, incident, goods):
    sign_in(client, "carrier", incident)
    assert client.get("/supplies/items/").status_code == 403
    area = a_sealed_area(incident)
    sign_in(client, "supply", incident, area=area)
    assert client.get("/supplies/items/").status_code == 200
    assert client.get("/supplies/items/of/rice/edit/").status_code == 403
    assert client.post("/supplies/items/load/").status_code == 403
    assert bring(client, HEAD).status_code == 403


def test_the_empty_list_says_what_to_do_and_loading_is_one_click(client, incident):
    sign_in(client, "administrator", incident)
    assert "Load the starter catalogue" in client.get("/supplies/items/").content.decode()
    page = client.post("/supplies/items/load/", follow=True).content.decode()
    assert f"{len(catalogue.goods())} new kinds of goods." in page
