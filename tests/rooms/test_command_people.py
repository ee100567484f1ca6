"""People on their pages: the tree, teams, members, duties, accounts."""

from __future__ import annotations

import re

import pytest
from builders import NIGHT, a_member, a_sealed_area, an_incident, sign_in

from doorstep.command import people
from doorstep.command.directory import areas_without_team, flat, organisation_tree
from doorstep.command.models import JournalEntry, Member, Organisation, RoleGrant, Team
from doorstep.errors import NotAllowedError, UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def night():
    return an_incident()


def test_a_member_is_added_once_and_found_by_name(client, night):
    sign_in(client, "commander", night)
    given = {"name": "夏露", "phone": "13000000001", "skills": "手语， 开车", "available": "on"}
    client.post("/command/people/new/", given)
    answer = client.post("/command/people/new/", given)
    assert answer.status_code == 422
    assert "in the directory already" in answer.content.decode()
    member = Member.objects.get(name="夏露")
    assert member.skills == ["手语", "开车"]
    assert "夏露" in client.get("/command/people/?name=夏").content.decode()
    assert "夏露" not in client.get("/command/people/?name=冬").content.decode()
    client.post(f"/command/people/{member.pk}/save/", {**given, "name": "夏露露"})
    assert Member.objects.get(pk=member.pk).name == "夏露露"
    assert client.post(f"/command/people/{member.pk}/save/", {**given, "name": ""}).status_code == 422


def test_an_account_is_given_once_for_each_page_and_opens_the_door(client, night):
    sign_in(client, "commander", night)
    member = a_member("desk", incident=night)
    url = f"/command/people/{member.pk}/account/"
    answer = client.post(url, {"login": "xialu", "stamp": "none"})
    assert answer.headers["Cache-Control"] == "no-store"
    password = re.search(r'<dd class="big">(\w{4}-\w{4}-\w{4})</dd>', answer.content.decode())[1]
    again = client.post(url, {"login": "xialu", "stamp": "none"})
    assert again.status_code == 422
    assert "A password has been given since" in again.content.decode()
    assert password not in client.get(f"/command/people/{member.pk}/").content.decode()
    client.logout()
    answer = client.post("/login/", {"username": "xialu", "password": password})
    assert answer.status_code == 302


def test_a_login_that_is_taken_is_refused_and_not_lost(client, night):
    sign_in(client, "commander", night)
    a_member(login="taken")
    answer = client.post(f"/command/people/{a_member().pk}/account/", {"login": "taken", "stamp": "none"})
    assert answer.status_code == 422
    assert "This login is taken" in answer.content.decode()
    assert 'value="taken"' in answer.content.decode()


def test_a_duty_is_given_in_one_area_once_and_taken_back(client, night):
    sign_in(client, "commander", night)
    area, member = a_sealed_area(night), a_member()
    url = f"/command/people/{member.pk}/duty/"
    client.post(url, {"role": "desk", "area": area.pk})
    client.post(url, {"role": "desk", "area": area.pk})
    grant = RoleGrant.objects.get(member=member)
    assert grant.area == area
    assert JournalEntry.objects.filter(act="grant").count() == 1
    client.post(url, {"revoke": grant.pk})
    assert not RoleGrant.objects.filter(member=member).exists()
    assert client.post(url, {"role": "king", "area": ""}).status_code == 422


def test_the_last_commander_stays(client, night):
    me = sign_in(client, "commander", night)
    grant = RoleGrant.objects.get(member=me)
    answer = client.post(f"/command/people/{me.pk}/duty/", {"revoke": grant.pk})
    assert answer.status_code == 422
    assert "last commander" in answer.content.decode()
    assert RoleGrant.objects.filter(pk=grant.pk).exists()


def test_who_manages_one_area_gives_no_duty_beyond_it(client, night):
    here, there = a_sealed_area(night), a_sealed_area(night)
    sign_in(client, "commander", night, area=here)
    member = a_member()
    url = f"/command/people/{member.pk}/duty/"
    assert client.post(url, {"role": "desk", "area": there.pk}).status_code == 422
    assert client.post(url, {"role": "desk", "area": ""}).status_code == 422
    client.post(url, {"role": "desk", "area": here.pk})
    assert RoleGrant.objects.get(member=member).area == here
    whole = RoleGrant.objects.create(member=member, role="carrier", incident=night)
    assert client.post(url, {"revoke": whole.pk}).status_code == 403
    assert client.get("/command/people/organisations/new/").status_code == 403
    assert (
        "not among your duties in the whole"
        in client.post("/command/people/teams/new/", {"name": "全区队"}).content.decode()
    )
    assert not Team.objects.filter(name="全区队").exists()


def test_nobody_takes_over_an_account_with_greater_duties(client, night):
    me = sign_in(client, "commander", night)
    admin = a_member("administrator", login="root")
    elsewhere = a_member("desk", incident=an_incident())
    for member in (admin, elsewhere):
        assert client.post(f"/command/people/{member.pk}/account/", {"login": "x", "stamp": "none"}).status_code in (
            403,
            422,
        )
        with pytest.raises(NotAllowedError):
            people.give_account(member, "x", incident=night, at=NIGHT, by=me)
    with pytest.raises(NotAllowedError):
        people.grant(me, "administrator", incident=night, area=None, at=NIGHT, by=me)
    assert client.post(f"/command/people/{me.pk}/duty/", {"role": "administrator"}).status_code == 422
    people.give_account(elsewhere, "x", incident=night, at=NIGHT, by=admin)


def test_a_team_is_added_changed_ended_and_taken_up_again(client, night):
    sign_in(client, "commander", night)
    area, leader = a_sealed_area(night), a_member()
    area.supply_team = None
    area.save()
    assert areas_without_team(night) == [area]
    page = client.get("/command/people/teams/").content.decode()
    assert "Areas without a team" in page
    given = {"name": "临时党支部", "nature": "临时", "area": area.pk, "leader": leader.pk}
    client.post("/command/people/teams/new/", given)
    team = Team.objects.get(name="临时党支部")
    assert list(team.members.all()) == [leader]
    assert areas_without_team(night) == []
    assert client.post("/command/people/teams/new/", given).status_code == 422
    client.post(f"/command/people/teams/{team.pk}/", {**given, "nature": "志愿"})
    client.post(f"/command/people/teams/{team.pk}/end/")
    client.post(f"/command/people/teams/{team.pk}/end/")
    team.refresh_from_db()
    assert (team.nature, team.ended_at) == ("志愿", NIGHT)
    assert JournalEntry.objects.filter(act="end_team").count() == 1
    client.post(f"/command/people/teams/{team.pk}/end/", {"open": "1"})
    assert Team.objects.get(pk=team.pk).ended_at is None


def test_a_team_that_answers_for_supply_is_not_ended(client):
    area = a_sealed_area()
    sign_in(client, "commander", area.incident)
    answer = client.post(f"/command/people/teams/{area.supply_team_id}/end/")
    assert answer.status_code == 422
    assert "answers for the supply" in answer.content.decode()


def test_the_tree_flags_who_cannot_be_reached_and_has_no_circles(client, night):
    sign_in(client, "commander", night)
    client.post(
        "/command/people/organisations/new/", {"name": "街道", "kind": "subdistrict", "head": "甲", "deputy": "乙"}
    )
    street = Organisation.objects.get()
    client.post(
        "/command/people/organisations/new/", {"name": "社区", "kind": "community", "parent": street.pk, "phone": "1"}
    )
    below = Organisation.objects.get(name="社区")
    lines = [(depth, node.organisation.name, node.lacks) for depth, node in flat(organisation_tree())]
    assert lines == [(0, "街道", ("contact",)), (1, "社区", ("head", "deputy"))]
    assert "1 organisation has no phone" in client.get("/command/people/organisations/").content.decode()
    Member.objects.create(name="丙", organisation=street, phone="2")
    assert organisation_tree()[0].reachable
    circle = {"name": "街道", "kind": "subdistrict", "parent": below.pk}
    assert client.post(f"/command/people/organisations/{street.pk}/", circle).status_code == 422
    twice = {"name": "社区", "kind": "community", "parent": street.pk}
    assert client.post("/command/people/organisations/new/", twice).status_code == 422


def test_each_list_leaves_as_a_file(client, night):
    sign_in(client, "commander", night)
    for path, heading in (("", "member"), ("teams/", "team"), ("organisations/", "level")):
        content = client.get(f"/command/people/{path}?format=csv").content.decode("utf-8-sig")
        assert content.startswith(f"{heading},")
    assert JournalEntry.objects.filter(act="export").count() == 3


def test_who_does_not_manage_people_is_told_so(client, night):
    sign_in(client, "coordinator", night)
    for path in ("", "new/", "teams/", "organisations/", f"{a_member().pk}/"):
        assert client.get(f"/command/people/{path}").status_code == 403


def test_acts_refuse_what_has_no_name(night):
    for act in (people.save_member, people.save_organisation):
        with pytest.raises(UserError, match="no name"):
            act(None, incident=night, at=NIGHT, by=None, name="  ")
    with pytest.raises(UserError, match="no name"):
        people.save_team(None, incident=night, at=NIGHT, by=None, name=" ", leader=None)


def test_the_directory_asks_a_bounded_number_of_questions(client, night, django_assert_max_num_queries):
    sign_in(client, "commander", night)
    for _ in range(20):
        a_member("desk", incident=night)
    with django_assert_max_num_queries(14):
        client.get("/command/people/")
