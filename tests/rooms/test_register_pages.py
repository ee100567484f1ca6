"""The register's pages: who lives where, what is corrected and taken back, the reconciled count, the search."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from django.contrib.auth import get_user_model
from openpyxl import load_workbook

from doorstep.command.models import JournalEntry
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.register import actions, corrections, search
from doorstep.register.corrections import Word
from doorstep.register.models import Building, Compound, Correction, Door, Household, Person, Stair
from doorstep.register.queries import natural
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.models import Visit
from doorstep.rounds.visits import PERSONS, VisitReport, record_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    """Sixteen doors, four with a household: an elder alone, a pregnant woman, two that are plain."""
    area = a_sealed_area(compound=a_compound("柳树院", stairs=2, floors=4))
    doors = [line.door for line in area.area_doors.select_related("door").order_by("pk")]
    a_household(doors[0], persons=2, phone="199-0000-1234")
    a_household(doors[1], alone=True)
    a_household(doors[2], persons=3, classes=["pregnant"])
    a_household(doors[3], persons=1)
    return area


def sign_in(client, role: str, area, *, only: bool = False):
    """A member with a duty in the whole incident, or (`only`) in this area alone."""
    login = f"{role}-{uuid4().hex[:6]}"
    member = a_member(role, incident=area.incident, area=area if only else None, login=login)
    client.force_login(get_user_model().objects.get(pk=member.user_id), "django.contrib.auth.backends.ModelBackend")
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    return member


def home_of(area, number: int) -> Household:
    return Household.objects.order_by("pk")[number]


def test_the_register_shows_every_door_also_those_where_nobody_is_known(client, area):
    sign_in(client, "coordinator", area)
    page = client.get("/register/").content.decode()
    assert "16 doors · 4 households · 7 people" in page
    assert page.count("nobody is known<") == 12 + 1  # the rows and the filter's choice
    assert "柳青" in page


def test_names_and_phones_are_masked_where_the_duty_does_not_need_them(client, area):
    sign_in(client, "commander", area)
    page = client.get("/register/").content.decode()
    assert "柳某" in page
    assert "柳青" not in page
    assert "199-0000-1234" not in page
    household = client.get(f"/register/household/{home_of(area, 0).pk}/").content.decode()
    assert "柳青" not in household
    assert "199-0000" not in household
    assert "Names, phones and conditions are hidden" in household


def test_a_file_of_the_register_holds_no_full_name_and_is_journalled(client, area):
    sign_in(client, "coordinator", area)
    rows = list(
        load_workbook(io.BytesIO(client.get("/register/?format=xlsx").content)).active.iter_rows(values_only=True)
    )
    assert len(rows) == 17
    assert rows[1][5] == "柳某"
    assert "柳青" not in client.get("/register/?format=csv").content.decode()
    assert JournalEntry.objects.filter(act="export").count() == 2


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("vulnerable=pregnant", 1),
        ("vulnerable=any", 2),
        ("known=nobody", 12),
        ("known=unreachable", 3),
        ("present=hospital", 1),
        ("present=quarantine", 0),
        ("known=left", 0),
    ],
)
def test_filters_leave_what_they_say(client, area, query, rows):
    actions.correct(Person.objects.order_by("pk")[0], kind="door", at=NIGHT, present="hospital")
    sign_in(client, "coordinator", area)
    page = client.get(f"/register/?{query}")
    assert page.context["found"] == rows
    if not rows:
        assert "No household is like this" in page.content.decode()


def test_the_most_vulnerable_come_first_when_asked(client, area):
    sign_in(client, "coordinator", area)
    lines = client.get("/register/?order=need").context["lines"]
    assert [line.classes[:1] for line in lines[:2]] == [("pregnant",), ("elder alone",)]


def test_a_member_of_one_area_sees_its_doors_and_no_others(client, area):
    other = a_sealed_area(area.incident)
    far = a_household(other.area_doors.first().door)
    sign_in(client, "coordinator", area, only=True)
    assert client.get("/register/").context["totals"].households == 4
    assert client.get(f"/register/household/{far.pk}/").status_code == 404
    assert client.get(f"/register/door/{far.door_id}/").status_code == 404
    assert client.post(f"/register/household/{far.pk}/left/").status_code == 403
    assert client.post(f"/register/person/{far.persons.first().pk}/place/", {"present": "away"}).status_code == 403


def test_each_fact_says_how_it_is_known_and_who_read_it_is_journalled(client, area):
    reader = sign_in(client, "coordinator", area)
    home = home_of(area, 1)
    actions.correct(home.persons.get(), kind="door", at=NIGHT, by="组员甲", medicines=["胰岛素"])
    page = client.get(f"/register/household/{home.pk}/").content.decode()
    assert "胰岛素" in page
    assert "seen at the door · 组员甲" in page
    entry = JournalEntry.objects.get(act="read")
    assert (entry.by_id, entry.data["household"]) == (reader.pk, home.pk)
    sign_in(client, "commander", area)
    assert "胰岛素" not in client.get(f"/register/household/{home.pk}/").content.decode()
    assert JournalEntry.objects.filter(act="read").count() == 1


def test_the_private_code_is_shown_only_to_whose_duty_it_is(client, area):
    home = home_of(area, 0)
    sign_in(client, "desk", area)
    assert home.private_code in client.get(f"/register/household/{home.pk}/").content.decode()
    sign_in(client, "health", area)
    assert home.private_code not in client.get(f"/register/household/{home.pk}/").content.decode()


def form_of(client, url: str) -> dict[str, object]:
    """What a browser would send back unchanged."""
    form = client.get(url).context["form"]
    data: dict[str, object] = {"known": "door"}
    for field in form:
        if field.name != "known":
            data[field.html_name] = field.value() if field.value() is not None else ""
            data[field.html_initial_name] = data[field.html_name]
    return data


def test_a_field_is_corrected_with_its_source_and_taken_back(client, area):
    member = sign_in(client, "coordinator", area)
    person = home_of(area, 0).persons.first()
    url = f"/register/person/{person.pk}/edit/"
    client.post(
        url, form_of(client, url) | {"classes": ["oxygen"], "birth_date": "1938-5", "medicines": "阿司匹林\n氧气"}
    )
    person.refresh_from_db()
    assert (person.classes, person.medicines) == (["oxygen"], ["阿司匹林", "氧气"])
    assert (str(person.birth_date), person.birth_precision) == ("1938-05-01", "month")
    assert person.sources["classes"] == {"kind": "door", "at": NIGHT.isoformat(), "by": member.name}
    batch = Correction.objects.first().batch
    page = client.get(f"/register/household/{person.household_id}/").content.decode()
    assert f"take-back/{batch}/" in page
    client.post(f"/register/household/{person.household_id}/take-back/{batch}/")
    person.refresh_from_db()
    assert (person.classes, person.medicines, person.birth_date) == ([], [], None)
    assert f"take-back/{batch}/" not in client.get(f"/register/household/{person.household_id}/").content.decode()


def test_an_editor_does_not_undo_what_another_wrote_meanwhile(client, area):
    sign_in(client, "coordinator", area)
    person = home_of(area, 0).persons.first()
    url = f"/register/person/{person.pk}/edit/"
    opened = form_of(client, url)
    actions.correct(person, kind="door", at=NIGHT, classes=["severe"])
    client.post(url, opened | {"phone": "199-0000-7777"})
    person.refresh_from_db()
    assert (person.classes, person.phone) == (["severe"], "199-0000-7777")


def test_a_birth_date_that_is_none_is_said_at_its_field_and_nothing_typed_is_lost(client, area):
    sign_in(client, "coordinator", area)
    person = home_of(area, 0).persons.first()
    url = f"/register/person/{person.pk}/edit/"
    answer = client.post(url, form_of(client, url) | {"birth_date": "yesterday", "note": "听力不好"})
    assert answer.status_code == 422
    assert "This is no birth date" in answer.content.decode()
    assert "听力不好" in answer.content.decode()


def test_who_sees_no_names_edits_no_private_field(client, area):
    sign_in(client, "commander", area)
    person = home_of(area, 0).persons.first()
    url = f"/register/person/{person.pk}/edit/"
    assert "柳青" not in client.get(url).content.decode()
    client.post(url, form_of(client, url) | {"classes": ["severe"], "name": "别人", "initial-name": "x"})
    person.refresh_from_db()
    assert (person.name, person.classes) == ("柳青", ["severe"])


def test_what_is_owed_follows_the_person_to_hospital_and_back(client, area):
    derive(area.incident, at=NIGHT)
    sign_in(client, "desk", area)
    home = home_of(area, 3)
    person = home.persons.get()

    def kits():
        return Promise.objects.filter(subject_kind="household", subject_id=home.pk, kind="kit:living", state="open")

    assert kits().exists()
    client.post(f"/register/person/{person.pk}/place/", {"present": "hospital", "known": "manual"})
    assert not kits().exists()
    client.post(f"/register/household/{home.pk}/take-back/{Correction.objects.get().batch}/")
    assert kits().exists()


def test_a_place_that_there_is_not_is_refused(client, area):
    sign_in(client, "desk", area)
    person = home_of(area, 3).persons.get()
    assert client.post(f"/register/person/{person.pk}/place/", {"present": "moon", "known": "door"}).status_code == 422


def test_somebody_moves_in_moves_out_and_both_are_taken_back(client, area):
    sign_in(client, "coordinator", area)
    home = home_of(area, 0)
    url = f"/register/household/{home.pk}/move-in/"
    client.post(url, form_of(client, url) | {"name": "柳黑", "birth_date": "3", "classes": ["child"]})
    person = home.persons.get(name="柳黑")
    assert (person.active, person.classes, person.source_kind) == (True, ["child"], "door")
    answer = client.post(url, form_of(client, url) | {"name": "柳黑"})
    assert answer.status_code == 422
    assert "lives here already" in answer.content.decode()
    client.post(f"/register/person/{person.pk}/move-out/", {"known": "door"})
    page = client.get(f"/register/household/{home.pk}/").content.decode()
    assert "Who lived here" in page
    for row in list(Correction.objects.filter(object_id=person.pk, model="person", undone_at=None).order_by("-pk")):
        client.post(f"/register/household/{home.pk}/take-back/{row.batch}/")
    person.refresh_from_db()
    assert not person.active


def test_an_act_of_another_household_cannot_be_taken_back_from_here(client, area):
    sign_in(client, "coordinator", area)
    corrections.household_left(home_of(area, 1), Word("door", NIGHT))
    batch = Correction.objects.first().batch
    assert client.post(f"/register/household/{home_of(area, 0).pk}/take-back/{batch}/").status_code == 404
    assert client.post(f"/register/household/{home_of(area, 0).pk}/take-back/{uuid4()}/").status_code == 404


def test_a_door_with_nobody_known_gets_a_household_once(client, area):
    sign_in(client, "coordinator", area)
    door = Door.objects.filter(households=None).first()
    assert "Nobody is known behind this door" in client.get(f"/register/door/{door.pk}/").content.decode()
    client.post(f"/register/door/{door.pk}/settle/", {"known": "door"})
    client.post(f"/register/door/{door.pk}/settle/", {"known": "door"})
    assert Household.objects.filter(door=door).count() == 1
    assert client.get(f"/register/door/{door.pk}/").status_code == 302


def knock(area, door, outcome="opened", minutes=60, **facts):
    report = VisitReport(uuid4(), door.pk, outcome, NIGHT + timedelta(minutes=minutes), **facts)
    return record_visit(area.incident, report, by=None, at=NIGHT + timedelta(minutes=minutes))


def later(area, hours: float) -> None:
    area.incident.clock_anchor_incident = NIGHT + timedelta(hours=hours)
    area.incident.save()


def test_the_count_names_each_difference_and_settles_it_when_somebody_says_what_is_so(client, area):
    sign_in(client, "coordinator", area)
    later(area, 5)
    homes = list(Household.objects.order_by("pk"))
    knock(area, homes[0].door, welfare={"persons": "3"})
    knock(area, homes[1].door, "moved")
    knock(area, homes[2].door, welfare={"persons": "3"})
    empty = Door.objects.filter(households=None).first()
    knock(area, empty, "through_door")
    page = client.get("/register/reconcile/")
    lines = {line.door_id: line for line in page.context["account"].differences}
    assert {door: line.mend for door, line in lines.items()} == {
        homes[0].door_id: "look",
        homes[1].door_id: "left",
        empty.pk: "settle",
    }
    assert "1 person is not in the register" in lines[homes[0].door_id].why
    assert "moved away" in page.content.decode()
    client.post(f"/register/household/{homes[1].pk}/left/", {"known": "door", "back": "reconcile"})
    client.post(f"/register/household/{homes[0].pk}/confirm/", {"known": "manual", "back": "reconcile"})
    client.post(f"/register/door/{empty.pk}/settle/", {"known": "door"})
    after = client.get(f"/register/reconcile/?area={area.pk}")
    assert not after.context["account"].differences
    assert "Every count agrees" in after.content.decode()
    assert not homes[1].persons.filter(active=True).exists()


def test_who_is_away_explains_a_count_and_is_no_difference(client, area):
    sign_in(client, "coordinator", area)
    home = home_of(area, 2)
    actions.correct(home.persons.first(), kind="door", at=NIGHT, present="hospital")
    later(area, 3)
    knock(area, home.door, welfare={"persons": "2"})
    account = client.get("/register/reconcile/").context["account"]
    assert not account.differences
    assert (account.registered, account.home, account.elsewhere) == (7, 6, (("in hospital", 1),))


def test_a_later_word_at_the_door_takes_the_place_of_moved_away(client, area):
    sign_in(client, "coordinator", area)
    later(area, 5)
    home = home_of(area, 0)
    knock(area, home.door, "moved")
    knock(area, home.door, "opened", minutes=120)
    assert not client.get("/register/reconcile/").context["account"].differences


def test_people_whom_the_newest_list_forgot_are_asked_about_by_name(client, area):
    sign_in(client, "coordinator", area)
    text = "楼栋,单元,室号,姓名,人数\n9号楼,1,501,柳一,\n9号楼,1,501,柳二,\n9号楼,1,502,柳三,2\n"
    compound = Compound.objects.get(name="柳树院")
    for body, hours in ((text, 1), (text.replace("9号楼,1,501,柳二,\n", ""), 2)):
        at = NIGHT + timedelta(hours=hours)
        actions.apply_import(actions.preview_list(body.encode(), "a.csv", compound=compound, at=at), at=at)
        second = body
    assert "柳二" not in second
    actions.apply_import(
        actions.preview_list((second + "9号楼,1,503,柳四,\n").encode(), "b.csv", compound=compound, at=NIGHT), at=NIGHT
    )
    later(area, 5)
    lines = client.get(f"/register/reconcile/?compound={compound.pk}").context["account"].differences
    forgotten = Person.objects.get(name="柳二")
    line = next(line for line in lines if (forgotten.pk, "柳二") in line.people)
    assert line.mend == "gone"
    client.post(f"/register/household/{line.household_id}/confirm/", {"person": forgotten.pk, "back": "reconcile"})
    lines = client.get(f"/register/reconcile/?compound={compound.pk}").context["account"].differences
    assert all((forgotten.pk, "柳二") not in line.people for line in lines)


def test_the_persons_said_at_the_door_come_from_the_carriers_phone(client, area):
    derive(area.incident, at=NIGHT)
    carrier = sign_in(client, "carrier", area)
    line = CarrierLine(carrier.pk, carrier.name, NIGHT, NIGHT + timedelta(hours=24))
    plan = request_plan(area.incident, [area], NIGHT, NIGHT + timedelta(hours=24), carriers=[line], at=NIGHT)
    run_plan(plan.pk)
    stop = plan.rounds.get().stops.first()
    data = {"client_id": str(uuid4()), "outcome": "opened", "asked": "1", "well": "1", "persons": "4"}
    client.post(f"/rounds/work/stop/{stop.pk}/", data)
    assert Visit.objects.get().welfare[PERSONS] == "4"


def found(words: str, member, area) -> list[str]:
    return [hit.title for hit in search.find(words, member, area.incident)]


@pytest.fixture
def north_and_south(area):
    compound = Compound.objects.get(name="柳树院")
    for name in ("7-3号南楼", "7-3号北楼"):
        building = Building.objects.create(compound=compound, name=name)
        for stair in ("1单元", "2单元"):
            door = Door.objects.create(stair=Stair.objects.create(building=building, name=stair), number="501", floor=5)
            area.area_doors.create(door=door)
    return area


@pytest.mark.parametrize(
    ("words", "first", "hits"),
    [
        ("7-3号南楼2单元501室", "7-3号南楼-2单元-501", 1),
        ("7-3-501", "7-3号南楼-1单元-501", 4),
        ("7-3南501", "7-3号南楼-1单元-501", 2),
        ("501", "7-3号南楼-1单元-501", 4),
        ("柳树院 7-3号北楼二单元501", "7-3号北楼-2单元-501", 1),
        ("3-501", "", 0),
        ("9-9-999", "", 0),
    ],
)
def test_a_door_is_found_as_people_write_it(north_and_south, words, first, hits):
    member = a_member("desk", incident=north_and_south.incident)
    titles = found(words, member, north_and_south)
    assert len(titles) == hits
    assert titles[:1] == [first] * bool(hits)


def test_the_name_of_a_compound_alone_is_no_door(north_and_south):
    Compound.objects.filter(name="柳树院").update(name="柳树院501")
    member = a_member("desk", incident=north_and_south.incident)
    assert found("柳树院501", member, north_and_south) == []


def test_people_are_found_by_name_and_phone_only_where_names_may_be_seen(area):
    other = a_sealed_area(area.incident)
    a_household(other.area_doors.first().door, persons=1, phone="199-0000-1234")
    desk, commander = (a_member(role, incident=area.incident) for role in ("desk", "commander"))
    here = a_member("desk", incident=area.incident, area=area)
    assert len(found("柳青", desk, area)) == 5
    assert len(found("柳青", here, area)) == 4
    assert len(found("00001234", desk, area)) == 3
    assert len(found("1234", here, area)) == 2
    assert found("柳青", commander, area) == []
    assert found("柳", commander, area) == []
    assert found("1234", commander, area) == []
    assert found("柳青", a_member("press", incident=area.incident), area) == []
    assert found("柳青", None, area) == []


def test_a_wider_duty_elsewhere_gives_no_name_where_only_a_masked_duty_reaches(area):
    other = a_sealed_area(area.incident)
    far = a_household(other.area_doors.first().door, persons=1)
    both = a_member("commander", incident=area.incident)
    both.grants.create(role="desk", incident=area.incident, area=area)
    assert len(found("柳青", both, area)) == 4
    assert f"/register/household/{far.pk}/" not in [hit.url for hit in search.find("柳青", both, area.incident)]


def test_the_search_box_leads_straight_to_the_only_hit(client, area):
    sign_in(client, "desk", area)
    answer = client.get("/search/?q=00001234", follow=True)
    assert "Found" in answer.content.decode()
    Person.objects.filter(household=home_of(area, 0)).exclude(pk=home_of(area, 0).persons.first().pk).delete()
    answer = client.get("/search/?q=00001234", follow=True)
    assert answer.redirect_chain[-1][0] == f"/register/household/{home_of(area, 0).pk}/"


def test_ten_comes_after_two():
    assert sorted(["10号楼", "2号楼", "1号楼", "1-2", "1-10"], key=natural) == [
        "1-2",
        "1-10",
        "1号楼",
        "2号楼",
        "10号楼",
    ]


@pytest.mark.parametrize("url", ["/register/", "/register/?order=need", "/register/reconcile/", "/search/?q=101"])
def test_the_pages_ask_a_bounded_number_of_questions(client, area, url, django_assert_max_num_queries):
    for door in Door.objects.filter(households=None):
        a_household(door, persons=3, classes=["elder"])
    sign_in(client, "coordinator", area, only=True)
    with django_assert_max_num_queries(34):
        assert client.get(url).status_code == 200


def test_one_household_asks_a_bounded_number_of_questions(client, area, django_assert_max_num_queries):
    home = a_household(Door.objects.filter(households=None).first(), persons=7)
    for number in range(10):
        actions.correct(home, kind="door", at=NIGHT, note=str(number))
    sign_in(client, "coordinator", area)
    with django_assert_max_num_queries(34):
        client.get(f"/register/household/{home.pk}/")
