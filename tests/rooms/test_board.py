"""What the duty officer sees: containment and service side by side, who waits, each building as it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from django.contrib.auth import get_user_model
from django.utils import timezone

from doorstep.board.cupboards import lasts_by_door
from doorstep.board.queries import elevation, situation
from doorstep.command.actions import move_clock
from doorstep.command.models import JournalEntry, Task
from doorstep.command.rights import rights_of
from doorstep.promises.actions import derive, keep
from doorstep.promises.models import Promise
from doorstep.promises.queries import by_kind, states_by_door
from doorstep.register.models import Door
from doorstep.rounds.watches import doors_on_no_list
from doorstep.supplies.coverage import Handed, deliver
from doorstep.wiring import watching

pytestmark = pytest.mark.django_db


@pytest.fixture
def night():
    area = a_sealed_area(compound=a_compound(floors=3))
    doors = [line.door for line in area.area_doors.order_by("door__floor", "door__number")]
    a_household(doors[0], alone=True)
    a_household(doors[1], persons=3)
    derive(area.incident, at=NIGHT)
    return area


def at(incident, hours: float):
    move_clock(incident, real=timezone.now(), by=timedelta(hours=hours))


def sign_in(client, role: str, night=None, **grant):
    a_member(role, incident=night.incident if night else None, login=role, **grant)
    client.force_login(get_user_model().objects.get(username=role), backend="django.contrib.auth.backends.ModelBackend")


def test_who_is_not_signed_in_comes_to_the_login_page(client):
    a_member(login="gu")
    assert client.get("/").url == "/login/"
    assert client.get("/board/").url.startswith("/login/?next=/board/")
    assert "登录" in client.get("/login/").content.decode()


def test_a_wrong_password_says_so_and_a_right_one_opens_the_first_page_of_the_duty(client, night):
    a_member("commander", incident=night.incident, login="gu")
    wrong = client.post("/login/", {"username": "gu", "password": "nope-nope"})
    assert "密码不符" in wrong.content.decode()
    right = client.post("/login/", {"username": "gu", "password": "night-shift-7"}, follow=True)
    assert "指挥室" in right.content.decode()


def test_containment_and_service_stand_on_one_page_in_both_languages(client, night):
    sign_in(client, "commander", night)
    page = client.get("/board/").content.decode()
    assert "管控" in page
    assert "服务" in page
    assert "生活物资包" in page
    client.post("/i18n/setlang/", {"language": "en", "next": "/board/"})
    page = client.get("/board/").content.decode()
    assert "Containment" in page
    assert "living kit" in page


def test_the_board_asks_a_bounded_number_of_questions(client, night, django_assert_max_num_queries):
    sign_in(client, "commander", night)
    with django_assert_max_num_queries(70):
        client.get("/board/")


def test_a_member_of_another_area_sees_neither_area_nor_door(client, night):
    other = a_sealed_area(night.incident)
    sign_in(client, "coordinator", night, area=other)
    assert night.name not in client.get("/board/").content.decode().replace(other.name, "")
    assert client.get(f"/board/area/{night.pk}/").status_code == 403
    assert client.get(f"/board/door/{night.area_doors.first().door_id}/").status_code == 404


def test_a_carrier_has_no_board(client, night):
    sign_in(client, "carrier", night)
    assert client.get("/board/").status_code == 403


def test_names_are_masked_on_the_door_page_but_for_those_whose_duty_needs_them(client, night):
    door = Promise.objects.filter(priority__gt=0, door__isnull=False).first().door_id
    sign_in(client, "commander", night)
    assert "柳某" in client.get(f"/board/door/{door}/").content.decode()
    sign_in(client, "desk", night)
    page = client.get(f"/board/door/{door}/").content.decode()
    assert "柳青" in page
    assert "独居老人" in page


def test_an_elder_not_contacted_in_time_is_on_the_watch_list_and_leaves_it_when_contacted(client, night):
    sign_in(client, "commander", night)
    at(night.incident, 25)
    assert "超过时限未联系到" in client.get("/board/").content.decode()
    keep(Promise.objects.filter(kind="contact", priority__gt=0), at=NIGHT, proof_kind="visit", proof_id="1")
    assert "超过时限未联系到" not in client.get("/board/").content.decode()


def test_a_task_nobody_owns_is_on_the_watch_list(client, night):
    sign_in(client, "commander", night)
    Task.objects.create(incident=night.incident, title="换灯泡", opened_at=NIGHT)
    assert "无人负责" in client.get("/board/").content.decode()


def test_the_elevation_shows_each_door_with_its_state_and_its_shape(client, night):
    sign_in(client, "commander", night)
    keep(Promise.objects.filter(kind="letter")[:1], at=NIGHT, proof_kind="visit", proof_id="1")
    at(night.incident, 5)
    states = states_by_door(night, "letter", night.incident.now())
    assert sorted(state.look for state in states.values()) == ["broken", "kept"]
    page = client.get(f"/board/area/{night.pk}/?kind=letter").content.decode()
    assert page.count('class="cell ') == 6
    assert page.count("✕</span>") == 1
    assert page.count("●</span>") == 1


def test_nothing_planned_when_the_lead_time_has_begun_is_at_risk(night):
    def kits(hours: float) -> dict[str, int]:
        rows = by_kind(night.incident, NIGHT + timedelta(hours=hours))
        return next(row.counts for row in rows if row.kind == "kit:epidemic")

    assert kits(1)["open"] == 2
    assert kits(5)["risk"] == 2
    Promise.objects.filter(kind="kit:epidemic").update(planned_at=NIGHT + timedelta(hours=10))
    assert kits(5)["open"] == 2
    Promise.objects.filter(kind="kit:epidemic").update(planned_at=NIGHT + timedelta(hours=13))
    assert kits(1)["risk"] == 2
    assert kits(12.5)["broken"] == 2


def test_the_watch_list_leaves_as_a_table(client, night):
    sign_in(client, "commander", night)
    Task.objects.create(incident=night.incident, title="=cmd", opened_at=NIGHT)
    table = client.get("/board/?format=csv").content.decode("utf-8-sig")
    assert "'=cmd" in table
    assert client.get("/board/?format=xlsx").content.startswith(b"PK")


def test_the_board_says_what_to_do_when_nothing_is_open(client):
    sign_in(client, "commander")
    assert "没有正在进行的事件" in client.get("/board/").content.decode()


def test_health_answers(client):
    assert client.get("/healthz").json()["ok"]


def test_the_theme_is_kept_and_never_leads_elsewhere(client):
    answer = client.post("/theme/", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer.url == "/"
    assert 'data-theme="dark"' in client.get("/login/").content.decode()


def test_a_list_that_leaves_the_program_is_written_down(client, night):
    sign_in(client, "commander", night)
    answer = client.get("/board/?format=xlsx")
    assert answer.content[:2] == b"PK"
    assert JournalEntry.objects.get(act="export").subject_label == "watch"


def test_the_search_box_says_what_to_type_when_nothing_is_found(client, night):
    sign_in(client, "commander", night)
    assert "没有找到" in client.get("/search/?q=zzzz").content.decode()


def test_each_duty_sees_its_own_pages_in_the_navigation(client, night):
    sign_in(client, "commander", night)
    assert 'aria-current="page">态势</a>' in client.get("/board/").content.decode()


def test_a_door_that_is_not_there_leaves_its_place_in_the_elevation(night):
    Door.objects.filter(number="201", area_doors__area=night).delete()
    stair = elevation(night, "letter", NIGHT)[0].stairs[0]
    floors = {floor: [cell.number if cell else None for cell in cells] for floor, cells in stair.floors}
    assert floors == {3: ["301", "302"], 2: [None, "202"], 1: ["101", "102"]}


def test_the_service_of_each_area_is_measured_by_what_fell_due(night):
    incident = night.incident
    other = a_sealed_area(incident, a_compound(floors=1))
    a_household(other.area_doors.first().door)
    derive(incident, at=NIGHT)
    late = NIGHT + timedelta(hours=12)
    keep(Promise.objects.filter(area=other, due_at__lte=late), at=NIGHT, proof_kind="visit", proof_id="1")
    incident.refresh_from_db()
    cards = situation(incident, late, rights_of(a_member("commander", incident=incident), incident)).service
    shares = {row.area.pk: row.share for row in cards}
    assert shares[other.pk] == 100
    assert shares[night.pk] == 0


def test_each_watch_has_a_page_of_all_its_rows_and_the_timeline_leaves_as_a_file(client, night):
    sign_in(client, "commander", night)
    at(night.incident, 30)
    assert (
        Door.objects.filter(area_doors__area=night).first().stair.building.name
        in client.get("/board/watch/2/").content.decode()
    )
    assert client.get("/board/watch/99/").status_code == 404
    assert client.get("/board/timeline/?format=csv").content.startswith(b"\xef\xbb\xbfoccurred")


def test_nobody_is_lost_where_very_many_wait(night, monkeypatch):
    monkeypatch.setattr(watching, "SHOWN", 1)
    late = night.incident.now() + timedelta(hours=30)
    rows = doors_on_no_list(night.incident, late)
    assert [row.count for row in rows] == [1, 1]
    assert (rows[-1].area_id, rows[-1].door_id) == (night.pk, None)
    assert "1 more door" in rows[-1].subject
    assert situation(night.incident, late, rights_of(a_member("commander"), None)).waiting >= 3


def test_the_elevation_shows_how_many_days_of_food_each_door_has(client):
    area = a_sealed_area()
    doors = list(Door.objects.filter(area_doors__area=area).order_by("pk"))
    full, short, empty = (a_household(door, persons=2) for door in doors[:3])
    for home, amount in ((full, 6), (short, 0.4), (empty, 0.1)):
        handed = [Handed(home.pk, "kit:living", amount, NIGHT)]
        deliver(area.incident, handed, proof_kind="visit", proof_id=str(home.pk), at=NIGHT)
    found = lasts_by_door(area, NIGHT + timedelta(hours=2))
    assert {door: (look, round(days, 2)) for door, (look, days) in found.items()} == {
        full.door_id: ("kept", 2.92),
        short.door_id: ("risk", 0.12),
        empty.door_id: ("broken", 0.0),
    }
    sign_in(client, "commander", area)
    text = client.get(f"/board/area/{area.pk}/?kind=food_days").content.decode()
    assert "食物还够几天" in text
    assert "3.0" in text
