"""An area on its pages: drawn, prepared, sealed, reviewed, redrawn, lifted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, an_incident, sign_in

from doorstep.command import actions
from doorstep.command.models import Area, AreaPlace, JournalEntry, Notice, Team
from doorstep.errors import UserError
from doorstep.promises.models import Promise
from doorstep.register.models import Door, Stair

pytestmark = pytest.mark.django_db


@pytest.fixture
def night():
    return an_incident()


@pytest.fixture
def proposal(night):
    compound = a_compound("南秀村12号", stairs=2, floors=2)
    for door in Door.objects.all():
        a_household(door)
    return actions.propose_area(night, "南秀村12号", "sealed", [AreaPlace(compound=compound)], at=NIGHT)


def complete(night) -> dict[str, str]:
    team = Team.objects.create(incident=night, name="保供组")
    letter = Notice.objects.create(incident=night, version=1, created_at=NIGHT, texts={"zh-hans": {"title": "信"}})
    return {
        "reason": "一例阳性",
        "basis": "社区防控方案",
        "ends_when": "十四天无新增",
        "review_at": "2021-12-10T23:00",
        "emergency_phone": "025-0000-0120",
        "supply_team": str(team.pk),
        "first_delivery_at": "2021-12-08T09:00",
        "letter": str(letter.pk),
        "exits_checked_at": "2021-12-07T22:30",
    }


def accepted(area, team: str) -> None:
    """The supply team's leader took the area on, with its first delivery."""
    team = Team.objects.get(pk=team)
    team.leader = a_member()
    team.save()
    area.supply_team = team
    area.save()
    actions.accept_supply(area, NIGHT + timedelta(hours=10), at=NIGHT, by=team.leader)


def test_places_are_included_excepted_and_proposed_without_any_script(client, night):
    sign_in(client, "commander", night)
    compound = a_compound("北京西路7号", stairs=2, floors=3)
    one, two = Stair.objects.order_by("name")
    page = client.post("/command/areas/new/", {"do": "find", "q": "北京西路"}).content.decode()
    assert f'value="add:c{compound.pk}"' in page
    inside = {"name": "七号", "zone": "sealed", "p": [f"c{compound.pk}"], "do": f"open:b{one.building_id}"}
    page = client.post("/command/areas/new/", inside).content.decode()
    assert f'value="except:s{two.pk}"' in page
    assert "七号" in page
    page = client.post("/command/areas/new/", {**inside, "do": f"except:s{two.pk}"}).content.decode()
    assert "6 doors" in page
    client.post("/command/areas/new/", {**inside, "p": [f"c{compound.pk}", f"-s{two.pk}"], "do": "save"})
    area = Area.objects.get()
    assert area.state == Area.State.PROPOSED
    assert set(area.area_doors.values_list("door__stair", flat=True)) == {one.pk}


def test_a_proposal_is_refused_at_its_field_and_keeps_its_places(client, night, proposal):
    sign_in(client, "commander", night)
    place = f"c{a_compound().pk}"
    for given, said in (
        ({"name": "南秀村12号", "zone": "sealed", "p": place}, "An area of this name exists"),
        ({"name": "", "zone": "sealed", "p": place}, "This field is required"),
        ({"name": "空", "zone": "sealed"}, "Choose at least one place with doors"),
        ({"name": "空", "zone": "sealed", "p": "c999999"}, "not in the register any more"),
    ):
        answer = client.post("/command/areas/new/", {**given, "do": "save"})
        assert answer.status_code == 422, given
        assert said in answer.content.decode()
    assert Area.objects.count() == 1


def test_a_door_is_found_by_its_building_and_number(client, night):
    sign_in(client, "commander", night)
    a_compound("院子", floors=5)
    door = Door.objects.get(number="402")
    page = client.post("/command/areas/new/", {"do": "find", "q": "1号楼 402"}).content.decode()
    assert f'value="add:d{door.pk}"' in page
    assert page.count('value="add:') == 1


@pytest.mark.parametrize(
    "field",
    [
        "reason",
        "basis",
        "ends_when",
        "review_at",
        "emergency_phone",
        "supply_team",
        "first_delivery_at",
        "letter",
        "exits_checked_at",
    ],
)
def test_sealing_is_refused_at_the_field_that_is_missing(client, night, proposal, field):
    sign_in(client, "commander", night)
    given = {**complete(night), field: "", "do": "seal"}
    answer = client.post(f"/command/areas/{proposal.pk}/prepare/", given)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == Area.State.PROPOSED
    assert not Promise.objects.exists()
    kept = {name for name in given if name != "do" and getattr(proposal, name, None)}
    assert kept == set(given) - {field, "do"}


def test_everything_missing_is_named_at_once(client, night, proposal):
    sign_in(client, "commander", night)
    page = client.get(f"/command/areas/{proposal.pk}/").content.decode()
    assert "9 things are missing before it can be sealed" in page
    answer = client.post(f"/command/areas/{proposal.pk}/prepare/", {"do": "seal"}).content.decode()
    assert answer.count("_error") >= 9


def test_a_complete_area_is_sealed_once_and_its_promises_are_there(client, night, proposal):
    sign_in(client, "commander", night)
    given = {**complete(night), "do": "seal", "effective_at": "2021-12-08T04:00"}
    accepted(proposal, given["supply_team"])
    client.post(f"/command/areas/{proposal.pk}/prepare/", given)
    proposal.refresh_from_db()
    assert proposal.state == Area.State.IN_FORCE
    assert proposal.effective_at == NIGHT + timedelta(hours=5)
    assert Promise.objects.filter(kind="letter").count() == 8
    client.post(f"/command/areas/{proposal.pk}/prepare/", given)
    assert JournalEntry.objects.filter(act="seal").count() == 1
    page = client.get(f"/command/areas/{proposal.pk}/").content.decode()
    assert "gates manned day and night" in page
    assert 'value="seal"' not in page


def test_what_is_known_is_kept_before_all_is_known(client, night, proposal):
    sign_in(client, "commander", night)
    client.post(f"/command/areas/{proposal.pk}/prepare/", {"do": "keep", "reason": "一例阳性"})
    proposal.refresh_from_db()
    assert (proposal.reason, proposal.state) == ("一例阳性", Area.State.PROPOSED)
    before = JournalEntry.objects.count()
    actions.prepare_area(proposal, {"reason": "一例阳性"}, at=NIGHT)
    assert JournalEntry.objects.count() == before


def test_an_area_in_force_keeps_what_invariant_ten_asks(client):
    area = a_sealed_area()
    with pytest.raises(UserError, match="must keep this"):
        actions.prepare_area(area, {"emergency_phone": ""}, at=NIGHT)
    area.refresh_from_db()
    with pytest.raises(UserError, match="future"):
        actions.prepare_area(area, {"exits_checked_at": NIGHT + timedelta(hours=1)}, at=NIGHT)
    sign_in(client, "commander", area.incident)
    later = NIGHT + timedelta(hours=30)
    area.incident.clock_anchor_incident = later
    area.incident.save()
    client.post(f"/command/areas/{area.pk}/exits/")
    area.refresh_from_db()
    assert area.exits_checked_at == later


def test_a_review_is_extended_with_its_reason_only(client):
    area = a_sealed_area()
    sign_in(client, "commander", area.incident)
    answer = client.post(f"/command/areas/{area.pk}/review/", {"review_at": "2021-12-12T23:00", "reason": ""})
    assert answer.status_code == 422
    client.post(f"/command/areas/{area.pk}/review/", {"review_at": "2021-12-12T23:00", "reason": "新增一例"})
    area.refresh_from_db()
    assert area.review_at == NIGHT + timedelta(days=5)


def test_redrawing_an_area_in_force_says_first_what_changes(client):
    compound = a_compound(stairs=2, floors=2)
    area = a_sealed_area(compound=compound)
    for line in area.area_doors.all():
        a_household(line.door)
    sign_in(client, "commander", area.incident)
    two = Stair.objects.get(name="2单元")
    url = f"/command/areas/{area.pk}/places/"
    assert "No door changes" in client.get(url).content.decode()
    page = client.post(url, {"p": f"c{compound.pk}", "do": f"except:s{two.pk}"}).content.decode()
    assert "4 doors are released" in page
    assert "changes with it at once" in page
    assert area.area_doors.count() == 8
    client.post(url, {"p": [f"c{compound.pk}", f"-s{two.pk}"], "do": "save"})
    assert area.area_doors.count() == 4
    assert not Promise.objects.filter(door__stair=two, state="open").exists()
    client.post(url, {"p": [f"c{compound.pk}", f"-s{two.pk}"], "do": "save"})
    assert JournalEntry.objects.filter(act="change_places").count() == 1
    answer = client.post(url, {"do": "save"})
    assert answer.status_code == 422
    assert "no doors left" in answer.content.decode()
    assert area.area_doors.count() == 4


def test_lifting_early_asks_a_reason_and_is_written_down_as_early(client):
    area = a_sealed_area()
    sign_in(client, "commander", area.incident)
    page = client.get(f"/command/areas/{area.pk}/").content.decode()
    assert "14 full days without a new case" in page
    assert client.post(f"/command/areas/{area.pk}/lift/", {"reason": ""}).status_code == 422
    client.post(f"/command/areas/{area.pk}/lift/", {"reason": "误划"})
    area.refresh_from_db()
    assert area.state == Area.State.LIFTED
    assert JournalEntry.objects.get(act="lift").data == {"reason": "误划", "early": True}


def test_noted_facts_meet_the_conditions_and_the_following_zone_is_proposed(client):
    area = a_sealed_area()
    sign_in(client, "commander", area.incident)
    facts = {"clock_from": "2021-12-08T10:00", "last_exposure": "2021-12-08T10:00"}
    facts |= {"last_negative_round": "2021-12-23T10:00", "declared": ["last_contact_negative", "expert", "command"]}
    client.post(f"/command/areas/{area.pk}/lifting/", facts)
    incident = area.incident
    incident.clock_anchor_incident = NIGHT + timedelta(days=16)
    incident.save()
    page = client.get(f"/command/areas/{area.pk}/").content.decode()
    assert page.count("not yet") == 0
    client.post(f"/command/areas/{area.pk}/lift/", {"reason": ""})
    area.refresh_from_db()
    assert area.state == Area.State.LIFTED
    client.post(f"/command/areas/{area.pk}/again/", {"zone": "transition"})
    made = Area.objects.exclude(pk=area.pk).get()
    assert (made.zone, made.state) == ("transition", Area.State.PROPOSED)
    assert made.area_doors.count() == area.area_doors.count()


def test_a_proposal_is_withdrawn_and_one_in_force_is_not(client, night, proposal):
    sign_in(client, "commander", night)
    client.post(f"/command/areas/{proposal.pk}/withdraw/")
    assert not Area.objects.exists()
    other = a_sealed_area(night)
    assert client.post(f"/command/areas/{other.pk}/withdraw/").status_code == 422


def test_who_lacks_the_duty_here_is_told_so(client, night, proposal):
    elsewhere = a_sealed_area(night)
    sign_in(client, "commander", night, area=elsewhere)
    assert client.get(f"/command/areas/{proposal.pk}/").status_code == 403
    assert client.post(f"/command/areas/{proposal.pk}/prepare/", {"do": "seal"}).status_code == 403
    assert client.get("/command/areas/new/").status_code == 403
    assert client.get(f"/command/areas/{elsewhere.pk}/places/").status_code == 200
    sign_in(client, "coordinator", night)
    assert client.get(f"/command/areas/{proposal.pk}/").status_code == 200
    assert client.post(f"/command/areas/{proposal.pk}/lift/").status_code == 403
    assert client.get(f"/command/areas/{proposal.pk}/places/").status_code == 403


def test_areas_stand_side_by_side_and_leave_as_a_file(client, night, proposal, django_assert_max_num_queries):
    sign_in(client, "commander", night)
    a_sealed_area(night)
    with django_assert_max_num_queries(25):
        page = client.get("/command/areas/").content.decode()
    assert "Proposals" in page
    assert "In force" in page
    assert client.get("/command/areas/?format=csv").content.startswith(b"\xef\xbb\xbfarea,zone")
    assert client.get("/command/areas/?format=xlsx").content[:2] == b"PK"


def test_an_area_of_another_incident_is_not_found(client, night):
    other = a_sealed_area()
    sign_in(client, "commander", night)
    assert client.get(f"/command/areas/{other.pk}/").status_code == 404


def test_a_decider_is_named_on_the_page(client, night, proposal):
    member = sign_in(client, "commander", night)
    given = complete(night)
    accepted(proposal, given["supply_team"])
    client.post(f"/command/areas/{proposal.pk}/prepare/", {**given, "do": "seal"})
    proposal.refresh_from_db()
    assert proposal.decided_by == member
    assert member.name in client.get(f"/command/areas/{proposal.pk}/").content.decode()
    assert a_member().name not in client.get(f"/command/areas/{proposal.pk}/").content.decode()
