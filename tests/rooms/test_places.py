"""Floors are looked at and confirmed, places are named and drawn; what was done is undone; rounds use the plan at once."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_member, a_sealed_area
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile

from doorstep.command.models import AreaDoor, AreaPlace, JournalEntry
from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.register import actions, places, plans
from doorstep.register.changes import undo
from doorstep.register.models import Building, Compound, Door, Gate, PlaceChange, PlanDraft, Stair
from doorstep.register.places import DoorFacts
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.demand import CarrierLine, defaults, demand_of
from doorstep.rounds.models import RoundPlan

pytestmark = pytest.mark.django_db
MORNING = NIGHT + timedelta(hours=6)
HEAD = "楼栋,单元,室号,姓名\n"


@pytest.fixture
def listed() -> Compound:
    """A compound as a list makes it: floors read off room numbers, nothing confirmed, nothing drawn."""
    bring(HEAD + "3号楼,1,501,柳青\n3号楼,1,1203,柳蓝\n3号楼,2,502,柳白\n")
    return Compound.objects.get(name="柳树院")


def bring(text: str, name: str = "柳树院"):
    compound = Compound.objects.filter(name=name).first() or actions.ensure_compound(name)
    preview = actions.preview_list(text.encode(), "名单.csv", compound=compound, at=NIGHT)
    return actions.apply_import(preview, at=NIGHT)


def sign_in(client, role="coordinator", **grant):
    member = a_member(role, login=f"{role}-{uuid4().hex[:6]}", **grant)
    user = get_user_model().objects.get(pk=member.user_id)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    return member


def page(client, url: str, *, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def a_png() -> bytes:
    def part(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0))
    pixels = part(b"IDAT", zlib.compress(b"\0" + b"\xff\0\0" * 2))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"tEXt", b"Author\0somebody") + pixels + part(b"IEND", b"")


def a_map(*names: str, apart: float = 0.001) -> bytes:
    """Buildings of about 56 by 11 metres in a row to the north."""
    features = []
    for number, name in enumerate(names):
        x, y = 118.77, 32.06 + apart * number
        ring = [[x, y], [x + 0.0006, y], [x + 0.0006, y + 0.0001], [x, y + 0.0001], [x, y]]
        properties = {"building": "yes", "name": name}
        features.append(
            {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": properties}
        )
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


# Floors and doors


def test_derived_floors_are_shown_for_a_look_and_one_click_confirms_a_building(client, listed):
    sign_in(client)
    assert "3 floors were read off room numbers" in page(client, f"/register/places/{listed.pk}/")
    building = listed.buildings.get()
    assert building.floors == 12
    client.post(f"/register/places/building/{building.pk}/confirm/")
    assert not Door.objects.filter(floor_confirmed=False).exists()
    building.refresh_from_db()
    assert building.floors_confirmed
    shown = page(client, f"/register/places/{listed.pk}/")
    assert "wait for a look" not in shown
    assert JournalEntry.objects.filter(act="confirm_floors").count() == 1


def test_a_corrected_floor_is_confirmed_by_it_and_the_others_still_wait(client, listed):
    sign_in(client)
    door = Door.objects.get(number="501")
    fields = {f"floor-{door.pk}": "4", f"kind-{door.pk}": "shop", f"stair-{door.pk}": str(door.stair_id)}
    client.post(f"/register/places/building/{door.stair.building_id}/doors/", fields)
    door.refresh_from_db()
    assert (door.floor, door.kind, door.floor_confirmed) == (4, "shop", True)
    assert Door.objects.filter(floor_confirmed=False).count() == 2


def test_a_wrong_floor_is_told_at_its_door_and_nothing_typed_is_lost(client, listed):
    sign_in(client)
    doors = list(Door.objects.order_by("pk"))
    fields = {}
    for door, floor in zip(doors, ("4", "five", "6"), strict=True):
        fields |= {f"floor-{door.pk}": floor, f"kind-{door.pk}": "dwelling", f"stair-{door.pk}": str(door.stair_id)}
    answer = client.post(f"/register/places/building/{doors[0].stair.building_id}/doors/", fields)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Write the floor as a number." in text
    assert 'value="five"' in text
    assert 'value="6"' in text
    assert not PlaceChange.objects.exists()


def test_a_door_above_the_confirmed_roof_is_refused_with_the_mend(listed):
    building = listed.buildings.get()
    places.confirm_building(building, at=NIGHT)
    building.refresh_from_db()
    door = Door.objects.get(number="501")
    with pytest.raises(UserError, match="12 floors"):
        places.correct_doors(building, {door.pk: DoorFacts(floor=15)}, at=NIGHT)
    facts = {"name": "3号楼", "address": "", "aliases": [], "has_lift": False}
    with pytest.raises(UserError, match="floor 12"):
        places.edit_building(building, **facts, floors=11, at=NIGHT)


def test_a_higher_door_raises_a_roof_that_nobody_confirmed_and_the_undo_lowers_it_again(listed):
    building = listed.buildings.get()
    door = Door.objects.get(number="501")
    done = places.correct_doors(building, {door.pk: DoorFacts(floor=15)}, at=NIGHT)
    building.refresh_from_db()
    assert building.floors == 15
    assert undo(done, at=NIGHT) == []
    building.refresh_from_db()
    door.refresh_from_db()
    assert (building.floors, door.floor, door.floor_confirmed) == (12, 5, False)


def test_saying_the_same_twice_changes_nothing_and_is_not_journalled_again(listed):
    building = listed.buildings.get()
    assert places.confirm_building(building, at=NIGHT)
    building.refresh_from_db()
    assert places.confirm_building(building, at=NIGHT) is None
    assert JournalEntry.objects.filter(act="confirm_floors").count() == 1


def test_a_door_moved_to_another_stair_is_found_there_by_the_next_list(listed):
    door = Door.objects.get(number="1203")
    other = Stair.objects.get(name="2")
    done = places.correct_doors(door.stair.building, {door.pk: DoorFacts(stair=other.pk)}, at=NIGHT)
    again = bring(HEAD + "3号楼,1,501,柳青\n3号楼,1,1203,柳蓝\n3号楼,2,502,柳白\n3号楼,1,601,柳红\n")
    assert again["new_doors"] == 1
    assert Door.objects.get(number="1203").stair_id == other.pk
    undo(done, at=NIGHT)
    assert Door.objects.get(number="1203").stair_id == door.stair_id


def test_two_doors_of_one_number_cannot_stand_on_one_stair(listed):
    bring(HEAD + "3号楼,2,501,柳黄\n")
    door, other = Door.objects.filter(number="501").order_by("stair__name")
    with pytest.raises(UserError, match="501 on that stair already"):
        places.correct_doors(door.stair.building, {door.pk: DoorFacts(stair=other.stair_id)}, at=NIGHT)


def test_an_undo_that_would_double_a_door_is_refused_with_the_mend(listed):
    door = Door.objects.get(number="501")
    before = door.stair
    other = Stair.objects.get(name="2")
    done = places.correct_doors(before.building, {door.pk: DoorFacts(stair=other.pk)}, at=NIGHT)
    Door.objects.create(stair=before, number="501", floor=5)
    with pytest.raises(UserError, match="in use again"):
        undo(done, at=NIGHT)
    assert Door.objects.get(pk=door.pk).stair_id == other.pk


def test_a_door_moved_out_of_a_sealed_stair_leaves_the_area_and_what_it_was_owed(listed):
    area = a_sealed_area(compound=listed)
    stair = Stair.objects.get(name="1")
    area.places.all().delete()
    AreaPlace.objects.create(area=area, stair=stair)
    AreaDoor.objects.filter(area=area).exclude(door__stair=stair).delete()
    derive(area.incident, at=NIGHT)
    door = Door.objects.get(number="501")
    assert Promise.objects.filter(door=door, state="open").exists()
    other = Stair.objects.get(name="2")
    done = places.correct_doors(stair.building, {door.pk: DoorFacts(stair=other.pk)}, at=NIGHT)
    assert not AreaDoor.objects.filter(door=door).exists()
    assert not Promise.objects.filter(door=door, state="open").exists()
    undo(done, at=NIGHT)
    assert Promise.objects.filter(door=door, state="open").exists()


# Names, gates, cases


def test_a_building_renamed_is_still_found_by_lists_under_its_old_name(client, listed):
    sign_in(client)
    building = listed.buildings.get()
    facts = {"name": "甲楼", "address": "杨柳巷5-1号", "aliases": "圆楼\n老三号", "floors": "12", "has_lift": "on"}
    client.post(f"/register/places/building/{building.pk}/facts/", facts)
    building.refresh_from_db()
    assert (building.name, building.address, building.has_lift) == ("甲楼", "杨柳巷5-1号", True)
    assert building.aliases == ["圆楼", "老三号", "3号楼"]
    assert bring(HEAD + "3号楼,1,501,柳青\n杨柳巷5-1号,1,1203,柳蓝\n圆楼,2,502,柳白\n")["new_doors"] == 0


def test_a_compound_renamed_is_still_found_by_a_list_that_names_it_as_before(listed):
    places.edit_compound(listed, name="新柳院", aliases=["大院"], at=NIGHT)
    listed.refresh_from_db()
    assert listed.aliases == ["大院", "柳树院"]
    text = "小区,楼栋,单元,室号,姓名\n柳树院,3号楼,1,501,柳青\n大院,3号楼,1,601,柳红\n"
    preview = actions.preview_list(text.encode(), "名单.csv", at=NIGHT)
    assert preview.counts["new_doors"] == 1
    actions.apply_import(preview, at=NIGHT)
    assert Compound.objects.count() == 1
    assert places.add_compound("大院", at=NIGHT) == listed


def test_a_name_belongs_to_one_compound_and_one_building(listed):
    other = actions.ensure_compound("杨树院")
    with pytest.raises(UserError, match="another compound"):
        places.edit_compound(other, name="杨树院", aliases=["柳树院"], at=NIGHT)
    with pytest.raises(UserError, match="already"):
        places.add_building(listed, "三栋", at=NIGHT)


def test_one_gate_is_the_reload_point_and_the_mark_moves(client, listed):
    sign_in(client)
    for name in ("东门", "西门"):
        client.post(f"/register/places/{listed.pk}/gates/", {"name": name})
    east, west = Gate.objects.order_by("pk")
    assert (east.reload_point, west.reload_point) == (True, False)
    client.post(f"/register/places/gate/{west.pk}/", {"name": "西门", "reload_point": "on"})
    assert list(Gate.objects.order_by("pk").values_list("reload_point", flat=True)) == [False, True]
    answer = client.post(f"/register/places/{listed.pk}/gates/", {"name": "西门"})
    assert answer.status_code == 422
    assert "There is a gate “西门” already." in answer.content.decode()


def test_a_stair_where_a_case_lives_comes_last_in_the_next_plan(client, listed):
    sign_in(client)
    stair = Stair.objects.get(name="1")
    client.post(f"/register/places/stair/{stair.pk}/case/", {"infected": "1"})
    area = a_sealed_area(compound=listed)
    derive(area.incident, at=NIGHT)
    last = {door.id: door.last for door in demand(area).doors}
    there = {str(pk) for pk in Door.objects.filter(stair=stair).values_list("pk", flat=True)}
    assert {pk for pk, is_last in last.items() if is_last} == there


def test_what_was_added_by_mistake_goes_unless_something_stands_on_it(listed):
    building = places.add_building(listed, "4号楼", at=NIGHT)
    made = Building.objects.get(name="4号楼")
    places.add_stair(made, "1", at=NIGHT)
    assert undo(building, at=NIGHT) == ["4号楼"]
    gate = places.add_gate(listed, "北门", at=NIGHT)
    assert undo(gate, at=NIGHT) == []
    assert undo(gate, at=NIGHT) == []
    assert not Gate.objects.exists()
    assert JournalEntry.objects.filter(act="undo_places", subject_label__contains="北门").count() == 1


def test_an_undo_leaves_what_was_changed_since(listed):
    building = listed.buildings.get()
    facts = {"name": "3号楼", "address": "", "aliases": [], "has_lift": True}
    first = places.edit_building(building, **facts, floors=13, at=NIGHT)
    places.edit_building(building, **facts, floors=14, at=NIGHT)
    assert undo(first, at=NIGHT) == ["3号楼"]
    building.refresh_from_db()
    assert (building.floors, building.has_lift) == (14, False)


# Rights, lists, queries


def test_who_may_only_look_sees_places_and_changes_nothing(client, listed):
    sign_in(client, "health")
    building = listed.buildings.get()
    assert "Confirm floors" not in page(client, f"/register/places/{listed.pk}/")
    assert '<fieldset class="plain" disabled>' in page(client, f"/register/places/building/{building.pk}/")
    for url in (
        f"/register/places/building/{building.pk}/confirm/",
        f"/register/places/{listed.pk}/plan/move/",
        f"/register/places/{listed.pk}/gates/",
    ):
        assert client.post(url, {"name": "x"}).status_code == 403
    sign_in(client, "press")
    page(client, "/register/places/", status=403)


def test_a_duty_for_one_area_reaches_its_compound_only(client, listed):
    other = a_compound("杨树院")
    area = a_sealed_area(compound=listed)
    sign_in(client, "desk", incident=area.incident, area=area)
    shown = page(client, "/register/places/")
    assert "柳树院" in shown
    assert "杨树院" not in shown
    page(client, f"/register/places/{other.pk}/", status=404)
    page(client, f"/register/places/{other.pk}/plan/", status=404)
    assert client.post(f"/register/places/{other.pk}/gates/", {"name": "x"}).status_code == 404
    assert client.post("/register/places/new/", {"name": "新院"}).status_code == 403
    assert client.post(f"/register/places/{listed.pk}/gates/", {"name": "东门"}).status_code == 302


def test_places_leave_as_lists_and_the_journal_says_so(client, listed):
    sign_in(client)
    text = client.get(f"/register/places/{listed.pk}/?format=csv").content.decode("utf-8-sig")
    assert "1203,12,no,dwelling" in text
    assert client.get("/register/places/?format=xlsx").content[:2] == b"PK"
    assert JournalEntry.objects.filter(act="export").count() == 2


def test_an_empty_register_says_what_to_do_and_a_compound_is_added_by_its_name(client):
    sign_in(client)
    assert "There is no compound yet" in page(client, "/register/places/")
    answer = client.post("/register/places/new/", {"name": " 新院 "}, follow=True)
    assert "No building yet" in answer.content.decode()
    assert "No gate yet" in answer.content.decode()
    assert Compound.objects.get().name == "新院"


def test_pages_ask_a_bounded_number_of_questions(client, django_assert_max_num_queries):
    sign_in(client)
    compound = a_compound(stairs=6, floors=18)
    for url in (
        "/register/places/",
        f"/register/places/{compound.pk}/",
        f"/register/places/{compound.pk}/plan/",
        f"/register/places/building/{compound.buildings.get().pk}/",
    ):
        with django_assert_max_num_queries(18):
            page(client, url)


# The plan


def demand(area):
    carriers = [CarrierLine(None, "江北", MORNING, MORNING + timedelta(hours=8))]
    return demand_of(area.incident, [area], MORNING, MORNING + timedelta(hours=8), carriers)


def planned(area) -> RoundPlan:
    lines = [CarrierLine(None, "江北", MORNING, MORNING + timedelta(hours=8))]
    plan = request_plan(area.incident, [area], MORNING, MORNING + timedelta(hours=8), carriers=lines, at=MORNING)
    run_plan(plan.pk)
    plan.refresh_from_db()
    return plan


def test_a_compound_with_no_plan_gets_rounds_with_the_stated_walk_and_its_page_says_the_figure(client, listed):
    apart = defaults()["stair_apart_m"]
    sign_in(client)
    said = page(client, f"/register/places/{listed.pk}/")
    assert "2 of 2 stairs have no position yet. Rounds are planned all the same" in said
    assert f"{apart} m beyond the one before it, in a line from the gate" in said
    area = a_sealed_area(compound=listed)
    derive(area.incident, at=NIGHT)
    found = demand(area)
    assert not found.placed
    assert sorted(stair.x_m for stair in found.sites[0].stairs) == [apart, 2 * apart]
    plan = planned(area)
    assert plan.state == RoundPlan.State.READY
    assert plan.unserved == []
    assert plan.rounds.get().stops.count() == 3


def test_the_next_plan_uses_a_stair_where_it_was_dragged_to(client, listed):
    area = a_sealed_area(compound=listed)
    derive(area.incident, at=NIGHT)
    near = planned(area).cost_s
    sign_in(client)
    gate = places.add_gate(listed, "东门", at=NIGHT)
    moves = [("gate", gate.changes[0]["pk"], 0, 0)]
    moves += [("stair", stair.pk, 900, 100 * n) for n, stair in enumerate(Stair.objects.order_by("pk"))]
    for kind, pk, x, y in moves:
        answer = client.post(
            f"/register/places/{listed.pk}/plan/move/", {"kind": kind, "pk": pk, "x_m": f"{x}", "y_m": f"{y}"}
        )
        assert answer.status_code == 200
    found = demand(area)
    assert found.placed
    assert sorted((stair.x_m, stair.y_m) for stair in found.sites[0].stairs) == [(900, 0), (900, 100)]
    assert planned(area).cost_s > near + 900
    assert "have no position yet" not in page(client, f"/register/places/{listed.pk}/")


def test_a_drag_says_how_to_undo_it_and_the_same_drag_again_changes_nothing(client, listed):
    sign_in(client)
    stair = Stair.objects.get(name="1")
    url = f"/register/places/{listed.pk}/plan/move/"
    fields = {"kind": "stair", "pk": stair.pk, "x_m": "12.5", "y_m": "-3"}
    first = client.post(url, fields).json()
    assert client.post(url, fields).json() == {"undo": "", "said": ""}
    assert client.post(first["undo"], {"next": "plan"}).url == f"/register/places/{listed.pk}/plan/"
    stair.refresh_from_db()
    assert (stair.x_m, stair.y_m) == (None, None)


@pytest.mark.parametrize(
    "fields", [{"x_m": "far"}, {"x_m": "nan"}, {"x_m": "900000"}, {"pk": "0"}, {"kind": "door"}, {"kind": "compound"}]
)
def test_a_drag_that_cannot_be_is_refused_in_json(client, listed, fields):
    sign_in(client)
    stair = Stair.objects.get(name="1")
    answer = client.post(
        f"/register/places/{listed.pk}/plan/move/",
        {"kind": "stair", "pk": str(stair.pk), "x_m": "1", "y_m": "1", **fields},
    )
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert not PlaceChange.objects.exists()


def test_a_building_takes_its_outline_and_its_stairs_along():
    compound = a_compound(stairs=2)
    building = compound.buildings.get()
    building.outline = [[40, 15], [90, 15], [90, 25], [40, 25]]
    building.save()
    done = plans.place(compound, {("building", building.pk): (60.0, 120.0)}, at=NIGHT)
    building.refresh_from_db()
    assert building.outline == [[50, 115], [100, 115], [100, 125], [50, 125]]
    assert list(Stair.objects.order_by("pk").values_list("x_m", "y_m")) == [(75, 120), (90, 120)]
    undo(done, at=NIGHT)
    assert list(Stair.objects.order_by("pk").values_list("x_m", "y_m")) == [(65, 20), (80, 20)]


def test_positions_are_typed_without_a_mouse_and_a_slip_keeps_what_was_typed(client, listed):
    sign_in(client)
    one, two = Stair.objects.order_by("pk")
    url = f"/register/places/{listed.pk}/plan/positions/"
    fields = {f"x-stair-{one.pk}": "12,5", f"y-stair-{one.pk}": "7", f"x-stair-{two.pk}": "30"}
    answer = client.post(url, fields)
    assert answer.status_code == 422
    assert "or leave both empty" in answer.content.decode()
    assert 'value="12,5"' in answer.content.decode()
    assert Stair.objects.filter(x_m__isnull=False).count() == 0
    client.post(url, {**fields, f"y-stair-{two.pk}": "-4"})
    assert list(Stair.objects.order_by("pk").values_list("x_m", "y_m")) == [(12.5, 7), (30, -4)]
    client.post(url, {f"x-stair-{one.pk}": "", f"y-stair-{one.pk}": ""})
    assert list(Stair.objects.order_by("pk").values_list("x_m", "y_m")) == [(None, None), (30, -4)]


def test_a_picture_is_laid_behind_the_plan_without_its_notes_and_can_be_taken_away(client, listed):
    sign_in(client)
    url = f"/register/places/{listed.pk}/plan/picture/"
    file = SimpleUploadedFile("院子.png", a_png(), "image/png")
    client.post(url, {"picture": file, "width_m": "200"})
    shown = client.get(url)
    assert shown["Content-Type"] == "image/png"
    assert b"somebody" not in shown.content
    listed.refresh_from_db()
    assert listed.plan["picture"]["height_m"] == 100
    client.post(url, {"width_m": "300", "left_m": "-10", "bottom_m": "5"})
    listed.refresh_from_db()
    assert (listed.plan["picture"]["width_m"], listed.plan["picture"]["left_m"]) == (300, -10)
    assert f'href="{url}' in page(client, f"/register/places/{listed.pk}/plan/")
    client.post(url, {"remove": "1"})
    page(client, url, status=404)
    undo(PlaceChange.objects.filter(act="remove_picture").get(), at=NIGHT)
    assert client.get(url).content == shown.content


def test_a_file_that_is_no_picture_is_told_at_its_field(client, listed):
    sign_in(client)
    file = SimpleUploadedFile("x.png", b"<script>alert(1)</script>", "image/png")
    answer = client.post(f"/register/places/{listed.pk}/plan/picture/", {"picture": file, "width_m": "200"})
    assert answer.status_code == 422
    assert "neither a PNG nor a JPEG" in answer.content.decode()
    answer = client.post(f"/register/places/{listed.pk}/plan/picture/", {"width_m": "200"})
    assert "There is no picture yet" in answer.content.decode()


def upload(client, compound, data: bytes):
    file = SimpleUploadedFile("院子.geojson", data, "application/geo+json")
    return client.post(f"/register/places/{compound.pk}/plan/map/", {"file": file}, follow=True)


def test_a_map_file_is_shown_before_it_is_drawn_and_the_plan_is_in_metres(client, listed):
    sign_in(client)
    shown = upload(client, listed, a_map("3栋", "4栋")).content.decode()
    assert "1 of 1 buildings of the register are recognised" in shown
    building = listed.buildings.get()
    assert building.outline == []
    client.post(f"/register/places/{listed.pk}/plan/map/", {f"shape-{building.pk}": "1 · 3栋"})
    building.refresh_from_db()
    listed.refresh_from_db()
    assert (building.x_m, building.y_m) == pytest.approx((0, 0), abs=0.1)
    assert max(x for x, _ in building.outline) == pytest.approx(28.3, abs=0.3)
    xs = list(Stair.objects.order_by("name").values_list("x_m", flat=True))
    assert xs[1] - xs[0] == pytest.approx(28.3, abs=0.3)
    assert listed.plan["centre"] == pytest.approx([118.7703, 32.06005], abs=1e-5)
    assert not PlanDraft.objects.exists()
    undo(PlaceChange.objects.get(act="draw_from_map"), at=NIGHT)
    assert not Stair.objects.filter(x_m__isnull=False).exists()


def test_a_wrong_number_of_a_shape_is_told_at_its_building(client, listed):
    sign_in(client)
    upload(client, listed, a_map("甲", "乙"))
    building = listed.buildings.get()
    for typed, words in (
        ("9", "has no building number 9"),
        ("甲", "Write the number"),
        ("", "No building has a shape"),
    ):
        answer = client.post(f"/register/places/{listed.pk}/plan/map/", {f"shape-{building.pk}": typed})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert PlanDraft.objects.exists()
    client.post(f"/register/places/{listed.pk}/plan/map/", {"forget": "1"})
    assert not PlanDraft.objects.exists()


def test_a_map_file_that_cannot_be_read_says_so_in_the_language_of_the_page(client, listed):
    sign_in(client)
    assert (
        "seem to be swapped"
        in upload(client, listed, a_map("3栋").replace(b"118.7", b"18.7").replace(b"32.06", b"118.06")).content.decode()
    )
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert "不是 GeoJSON" in upload(client, listed, b"{").content.decode()


def test_a_second_map_counts_its_metres_from_the_same_middle(client, listed):
    bring(HEAD + "4号楼,1,101,柳黄\n")
    three, four = listed.buildings.order_by("name")
    first = plans.keep_draft(listed, a_map("3栋", "4栋"), "a.geojson", at=NIGHT)
    plans.draw_from_map(first, {three.pk: 1}, at=NIGHT)
    listed.refresh_from_db()
    second = plans.keep_draft(listed, a_map("3栋", "4栋"), "b.geojson", at=NIGHT)
    plans.draw_from_map(second, {four.pk: 2}, at=NIGHT)
    three.refresh_from_db()
    four.refresh_from_db()
    assert four.y_m - three.y_m == pytest.approx(111.2, abs=0.3)


def test_the_timeline_tells_what_was_done_to_places_in_words(client, listed):
    incident = a_sealed_area(compound=listed).incident
    sign_in(client)
    places.confirm_building(listed.buildings.get(), at=NIGHT)
    assert JournalEntry.objects.get(act="confirm_floors").incident == incident
    assert "floors confirmed" in page(client, "/board/timeline/")


def test_no_resident_is_named_in_the_journal_of_places(listed):
    places.confirm_building(listed.buildings.get(), at=NIGHT)
    text = json.dumps(list(JournalEntry.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert "柳树院" in text
    assert "柳青" not in text
