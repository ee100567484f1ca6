"""From an empty installation to a plan of rounds; each step kept at once, none done twice."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from builders import a_compound, a_household, a_member, an_incident
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from doorstep.command.models import Area, Incident, JournalEntry, Member, Notice, Organisation, RoleGrant, Team
from doorstep.firststeps.actions import make_link
from doorstep.firststeps.models import Setup
from doorstep.promises.models import Promise
from doorstep.register.models import Building, Compound, Household, ListImport, Person
from doorstep.rounds.models import RoundPlan, Stop

pytestmark = pytest.mark.django_db

LIST = """青石院居民登记表
楼栋,单元,室号,姓名,年龄,备注
1号楼,1,501,柳青,78岁,独居
1号楼,1,502,柳白,40,
,,,柳红,8,
2号楼,1,xx?,梅青,33,
2号楼,2,302,梅白,35,糖尿病用胰岛素
"""
FOUNDER = {
    "district": "鼓楼区",
    "subdistrict": "",
    "community": "青石社区",
    "name": "林溪",
    "login": "linxi",
    "password": "green-stone-7",
    "again": "green-stone-7",
}


def english(client):
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})


@pytest.fixture
def linked(client):
    """A browser that has opened the link of the terminal, and the walk that it began."""
    english(client)
    client.get(f"/first-steps/open/{make_link(at=timezone.now())}/")
    return Setup.objects.get()


@pytest.fixture
def founded(client, linked):
    client.post(f"/first-steps/{linked.pk}/language/", {"language": "en"})
    client.post(f"/first-steps/{linked.pk}/organisation/", FOUNDER)
    linked.refresh_from_db()
    return linked


def a_file(text: str = LIST, name: str = "list.csv"):
    return SimpleUploadedFile(name, text.encode())


def with_compound(client, setup, **changed):
    return client.post(f"/first-steps/{setup.pk}/compound/", {"name": "青石院", "lift": "no", "floors": "", **changed})


def with_list(client, setup):
    with_compound(client, setup)
    client.post(f"/first-steps/{setup.pk}/list/", {"list": a_file()})
    return client.post(f"/first-steps/{setup.pk}/list/bring/", {"go": "1"})


def local(minutes: float) -> str:
    at = timezone.now() + timedelta(minutes=minutes, hours=8)
    return at.strftime("%Y-%m-%dT%H:%M")


def with_rules(client, setup, rules="cn-covid-2021-09/sealed", **changed):
    data = {"rules": rules, "name": "青石院", "trigger": local(-60), "time_zone": "Asia/Shanghai", "incident": "new"}
    return client.post(f"/first-steps/{setup.pk}/rules/", {**data, **changed})


def sealing(**changed):
    data = {
        "effective_at": local(-5),
        "reason": "one case in stair 1",
        "basis": "the plan",
        "ends_when": "no new case for 14 days",
        "review_at": local(60 * 48),
        "supply_team": "保供组",
        "first_delivery_at": local(60 * 8),
        "emergency_phone": "025-0000-0120",
        "letter_title": "信",
        "letter_body": "各位居民：谢谢。",
        "letter_title_en": "A letter",
        "letter_body_en": "Thank you.",
        "exits_checked": "on",
    }
    return {**data, **changed}


def with_seal(client, setup, **changed):
    return client.post(f"/first-steps/{setup.pk}/seal/", sealing(**changed))


def with_carriers(client, setup, **changed):
    data = {"carriers": "Lin Xi\nMei Bai", "starts": local(0), "hours": "24"}
    return client.post(f"/first-steps/{setup.pk}/carriers/", {**data, **changed}, follow=True)


def test_an_empty_installation_lets_nobody_in_without_the_link_of_the_terminal(client):
    english(client)
    token = make_link(at=timezone.now())
    setup = Setup.objects.get()
    assert client.get("/").url == "/first-steps/"
    assert "Open the link that doorstep up has printed" in client.get("/first-steps/").content.decode()
    assert client.get("/first-steps/open/guessed/").url == "/first-steps/"
    assert client.get(f"/first-steps/{setup.pk}/organisation/").url.startswith("/login/")
    assert client.post(f"/first-steps/{setup.pk}/organisation/", FOUNDER).url.startswith("/login/")
    assert not get_user_model().objects.exists()
    assert token not in setup.link_digest
    assert client.get(f"/first-steps/open/{token}/").url == f"/first-steps/{setup.pk}/"


def test_a_new_start_prints_a_new_link_and_ends_the_old_one(client):
    old, new = make_link(at=timezone.now()), make_link(at=timezone.now())
    assert client.get(f"/first-steps/open/{old}/").url == "/first-steps/"
    assert client.get(f"/first-steps/open/{new}/").url == f"/first-steps/{Setup.objects.get().pk}/"


def test_where_there_is_an_account_no_link_is_made_and_none_opens(client):
    token = make_link(at=timezone.now())
    a_member("administrator", login="admin")
    assert make_link(at=timezone.now()) == ""
    assert client.get(f"/first-steps/open/{token}/").url == "/first-steps/"
    assert client.get("/first-steps/").url.startswith("/login/")
    assert client.get("/").url == "/login/"


@pytest.mark.django_db(transaction=True)
def test_the_first_steps_end_on_a_plan_with_its_door_lists(client, founded):
    assert with_list(client, founded).url == f"/first-steps/{founded.pk}/rules/"
    assert with_rules(client, founded).url == f"/first-steps/{founded.pk}/seal/"
    assert with_seal(client, founded).url == f"/first-steps/{founded.pk}/carriers/"
    page = with_carriers(client, founded)
    plan = RoundPlan.objects.get()
    assert page.redirect_chain[-1][0] == f"/rounds/plan/{plan.pk}/"
    assert "Door lists (PDF)" in page.content.decode()
    assert "Print the door lists" in page.content.decode()
    assert Stop.objects.filter(round__plan=plan).count() == 3
    assert client.get(f"/rounds/plan/{plan.pk}/door-lists.pdf").content[:4] == b"%PDF"
    area = Area.objects.get()
    assert (area.supply_team.name, area.letter.texts["en"]["body"]) == ("保供组", "Thank you.")
    assert Promise.objects.filter(area=area, kind="kit:living").exists()
    assert {grant.role for grant in RoleGrant.objects.filter(incident=area.incident)} == {"commander", "carrier"}
    acts = set(JournalEntry.objects.values_list("act", flat=True))
    assert {"give_account", "import", "open_incident", "seal", "write_letter", "plan_rounds"} <= acts


def test_the_first_administrator_is_signed_in_and_the_link_ends(client, founded):
    member = Member.objects.get()
    assert (member.name, member.organisation.name, member.organisation.parent.name) == ("林溪", "青石社区", "鼓楼区")
    assert member.organisation.territory.kind == "community"
    assert client.get("/first-steps/").url == f"/first-steps/{founded.pk}/"
    assert founded.link_digest == ""
    client.logout()
    assert client.get(f"/first-steps/{founded.pk}/organisation/").url.startswith("/login/")
    assert client.post("/login/", {"username": "linxi", "password": "green-stone-7"}).status_code == 302


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"again": "green-stone-8"}, "The two passwords differ."),
        ({"password": "12345678", "again": "12345678"}, "too common"),
        ({"password": "short", "again": "short"}, "too short"),
        ({"login": "lin xi"}, "valid username"),
        ({"community": ""}, "required"),
    ],
)
def test_what_is_wrong_with_the_account_is_said_at_its_field_and_nothing_typed_is_lost(client, linked, changed, said):
    client.post(f"/first-steps/{linked.pk}/language/", {"language": "en"})
    answer = client.post(f"/first-steps/{linked.pk}/organisation/", {**FOUNDER, **changed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert 'value="鼓楼区"' in page
    assert not get_user_model().objects.exists()
    assert not Organisation.objects.exists()


def test_every_step_is_kept_at_once_and_a_later_visit_goes_on_where_one_stopped(client, founded):
    with_compound(client, founded, lift="yes", floors="12")
    assert client.get("/first-steps/", follow=True).redirect_chain[-1][0] == f"/first-steps/{founded.pk}/list/"
    page = client.get(f"/first-steps/{founded.pk}/compound/").content.decode()
    assert 'value="青石院"' in page
    assert 'value="12"' in page
    with_list(client, founded)
    with_rules(client, founded)
    assert client.get(f"/first-steps/{founded.pk}/").url == f"/first-steps/{founded.pk}/seal/"
    assert 'value="cn-covid-2021-09/sealed" required checked' in (
        client.get(f"/first-steps/{founded.pk}/rules/").content.decode()
    )


def test_no_step_can_be_jumped_over(client, founded):
    for later in ("list", "rules", "seal", "carriers"):
        assert client.get(f"/first-steps/{founded.pk}/{later}/").url == f"/first-steps/{founded.pk}/"


def test_sending_a_form_twice_does_nothing_twice(client, founded):
    for _ in range(2):
        client.post(f"/first-steps/{founded.pk}/organisation/", FOUNDER)
        with_list(client, founded)
    for _ in range(2):
        with_rules(client, founded)
        with_seal(client, founded)
    for _ in range(2):
        with_carriers(client, founded)
    counts = {
        model.__name__: model.objects.count()
        for model in (Member, Compound, Household, Person, Incident, Area, Team, Notice, RoundPlan)
    }
    assert counts == {
        "Member": 3,
        "Compound": 1,
        "Household": 3,
        "Person": 4,
        "Incident": 1,
        "Area": 1,
        "Team": 1,
        "Notice": 1,
        "RoundPlan": 1,
    }


def test_the_list_is_shown_before_it_is_stored_with_names_masked_and_bad_rows_named(client, founded):
    with_compound(client, founded)
    client.post(f"/first-steps/{founded.pk}/list/", {"list": a_file()})
    page = client.get(f"/first-steps/{founded.pk}/list/").content.decode()
    assert "1 row cannot go in" in page
    assert "xx?" in page
    assert "柳某" in page
    assert "柳青" not in page
    assert not Household.objects.exists()
    book = load_workbook(io.BytesIO(client.get(f"/first-steps/{founded.pk}/list/to-mend.xlsx").content))
    assert "xx?" in [cell.value for cell in book.active[2]]


def test_a_column_that_was_guessed_wrongly_is_corrected_and_the_correction_kept(client, founded):
    with_compound(client, founded)
    text = "楼栋,单元,室号,甲,乙\n1号楼,1,501,柳青,78\n"
    client.post(f"/first-steps/{founded.pk}/list/", {"list": a_file(text)})
    columns = {"column-0": "building", "column-1": "stair", "column-2": "room", "column-3": "name", "column-4": "age"}
    client.post(f"/first-steps/{founded.pk}/list/columns/", columns)
    assert ListImport.objects.count() == 1
    client.post(f"/first-steps/{founded.pk}/list/bring/", {"go": "1"})
    assert Person.objects.get().name == "柳青"


def test_a_file_that_is_no_list_is_refused_with_what_to_do(client, founded):
    with_compound(client, founded)
    answer = client.post(f"/first-steps/{founded.pk}/list/", {"list": a_file("hello\nworld\n", "letter.txt")})
    assert answer.status_code == 422
    assert "Give the columns headings" in answer.content.decode()
    assert "required" in client.post(f"/first-steps/{founded.pk}/list/", {"go": "1"}).content.decode()


def test_the_sample_list_is_read_as_it_is(client, founded):
    with_compound(client, founded)
    sample = client.get("/first-steps/sample.xlsx").content
    client.post(f"/first-steps/{founded.pk}/list/", {"list": SimpleUploadedFile("sample.xlsx", sample)})
    counts = ListImport.objects.get().counts
    assert (counts["bad"], counts["new_households"]) == (0, 8)


def test_an_invented_list_brings_people_stairs_with_places_and_carriers_and_is_taken_back(client, founded):
    with_compound(client, founded)
    client.post(f"/first-steps/{founded.pk}/list/invent/", {"households": "60"})
    assert not Household.objects.exists()
    client.post(f"/first-steps/{founded.pk}/list/bring/", {"go": "1"})
    assert Household.objects.count() == 60
    assert not Building.objects.filter(stairs__x_m=None).exists()
    client.post(f"/first-steps/{founded.pk}/list/back/", {"go": "1"})
    assert not Household.objects.exists()
    assert client.get(f"/first-steps/{founded.pk}/").url == f"/first-steps/{founded.pk}/list/"
    client.post(f"/first-steps/{founded.pk}/list/invent/", {"households": "60"})
    client.post(f"/first-steps/{founded.pk}/list/bring/", {"go": "1"})
    with_rules(client, founded)
    with_seal(client, founded)
    carriers = client.get(f"/first-steps/{founded.pk}/carriers/").context["form"].initial["carriers"]
    assert len(carriers.splitlines()) >= 2


def test_going_back_renames_the_compound_and_states_its_lift(client, founded):
    with_list(client, founded)
    assert {building.floors for building in Building.objects.all()} == {5, 3}
    with_compound(client, founded, name="青石新院", lift="yes", floors="11")
    assert Compound.objects.get().name == "青石新院"
    assert {(building.has_lift, building.floors) for building in Building.objects.all()} == {(True, 11)}


def test_a_compound_that_is_registered_already_needs_no_list(client, founded):
    known = a_compound("柳树院")
    a_household(known.buildings.first().stairs.first().doors.first(), persons=3)
    with_compound(client, founded, name="柳树院")
    assert "1 households with 3 persons" in client.get(f"/first-steps/{founded.pk}/list/").content.decode()
    assert client.post(f"/first-steps/{founded.pk}/list/go-on/", {"go": "1"}).url == f"/first-steps/{founded.pk}/rules/"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"exits_checked": ""}, "nobody may be locked in"),
        ({"emergency_phone": "abc"}, "telephone number in digits"),
        ({"letter_body": ""}, "required"),
        ({"review_at": local(-90)}, "The review comes after the beginning."),
        ({"review_at": local(60 * 24 * 400)}, "One decision holds at most"),
        ({"effective_at": local(-60 * 24)}, "before the incident began"),
        ({"first_delivery_at": local(-60)}, "before the area is in force"),
    ],
)
def test_nobody_is_bound_before_everything_stands_and_nothing_typed_is_lost(client, founded, changed, said):
    with_list(client, founded)
    with_rules(client, founded)
    answer = with_seal(client, founded, **changed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert "one case in stair 1" in page
    assert not Incident.objects.exists()
    assert not Area.objects.exists()


def test_the_forms_begin_with_the_words_and_times_of_the_rules(client, founded):
    with_list(client, founded)
    with_rules(client, founded)
    page = client.get(f"/first-steps/{founded.pk}/seal/").content.decode()
    assert "no new case for 14 days; 14 days since the last exposure" in page
    assert "青石院的各位居民" in page
    assert "living kit every 2 days" in client.get(f"/first-steps/{founded.pk}/rules/").content.decode()


def test_rules_that_bind_nobody_ask_for_less(client, founded):
    with_list(client, founded)
    with_rules(client, founded, rules="heat/watch")
    nothing = dict.fromkeys(("reason", "emergency_phone", "supply_team", "first_delivery_at", "letter_body"), "")
    assert "few short sentences" in with_seal(client, founded, **nothing, exits_checked="").content.decode()
    nothing["letter_body_en"] = ""
    assert with_seal(client, founded, **nothing, exits_checked="").url == f"/first-steps/{founded.pk}/carriers/"
    assert Area.objects.get().zone == "watch"


def test_an_incident_that_lies_ahead_is_refused(client, founded):
    with_list(client, founded)
    assert "That lies ahead" in with_rules(client, founded, trigger=local(120)).content.decode()


def test_hours_that_cannot_be_are_said_at_the_carriers(client, founded):
    with_list(client, founded)
    with_rules(client, founded)
    with_seal(client, founded)
    answer = with_carriers(client, founded, carriers="Lin Xi 25:00-26:00")
    assert answer.status_code == 422
    assert answer.context["form"].errors["carriers"]
    assert not RoundPlan.objects.exists()


def sign_in(client, role: str, **grant) -> Member:
    member = a_member(role, login=role, **grant)
    client.force_login(get_user_model().objects.get(username=role), backend="django.contrib.auth.backends.ModelBackend")
    english(client)
    return member


def test_an_administrator_adds_a_compound_to_an_open_incident_in_four_steps(client):
    member = sign_in(client, "administrator")
    incident = an_incident(at=timezone.now() - timedelta(hours=2))
    client.post("/first-steps/new/", {"go": "1"})
    client.post("/first-steps/new/", {"go": "1"})
    setup = Setup.objects.get()
    assert "Step 1 of 4" in client.get(f"/first-steps/{setup.pk}/compound/").content.decode()
    with_list(client, setup)
    page = client.get(f"/first-steps/{setup.pk}/rules/").content.decode()
    assert f"Part of {incident.name}" in page
    client.post(f"/first-steps/{setup.pk}/rules/", {"rules": "cn-covid-2021-09/sealed", "incident": str(incident.pk)})
    starts = (incident.now() + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    with_seal(client, setup, effective_at=starts)
    with_carriers(client, setup, starts=starts)
    assert Incident.objects.get().pk == incident.pk
    assert RoundPlan.objects.get().requested_by_id == member.pk
    again = client.post("/first-steps/new/", {"go": "1"})
    assert again.url != f"/first-steps/{setup.pk}/"


def test_a_walk_that_was_begun_can_be_forgotten(client):
    sign_in(client, "administrator")
    an_incident()
    client.post("/first-steps/new/", {"go": "1"})
    setup = Setup.objects.get()
    assert "go on: Compound" in client.get("/first-steps/").content.decode()
    client.post(f"/first-steps/{setup.pk}/drop/", {"go": "1"})
    assert not Setup.objects.exists()


def test_who_may_not_open_an_incident_sees_no_step(client):
    incident = an_incident()
    sign_in(client, "coordinator", incident=incident)
    setup = Setup.objects.create(started_at=timezone.now(), started_by=a_member("administrator"))
    assert client.get("/first-steps/").status_code == 403
    assert client.get(f"/first-steps/{setup.pk}/compound/").status_code == 403
    assert "New compound" not in client.get("/board/").content.decode()
