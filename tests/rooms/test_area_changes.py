"""An area advised on, accepted, measured, changed in part or in class, and taken back: what its doors are owed goes along."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, an_incident, sign_in

from doorstep import protocol
from doorstep.command import actions
from doorstep.command.areas import kept as kept_areas
from doorstep.command.areas.changing import carry_out_due
from doorstep.command.areas.loads import load_of
from doorstep.command.areas.measures import measure_lines
from doorstep.command.areas.owners import owner_for
from doorstep.command.areas.smallest import smallest
from doorstep.command.models import Area, AreaChange, AreaPlace, Incident, JournalEntry, Organisation, Team
from doorstep.command.watches import areas_lacking, reviews_and_liftings
from doorstep.errors import UserError
from doorstep.promises.actions import derive, keep, settle
from doorstep.promises.continuing import Bound, Stretch, owed_in
from doorstep.promises.models import Promise
from doorstep.register.models import Building, Door, Person, Stair, Territory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def sealed():
    """Two stairs of four doors, sealed at night, everything that is owed written down."""
    area = a_sealed_area(compound=a_compound("湖边里", stairs=2, floors=2))
    for line in area.area_doors.all():
        a_household(line.door)
    derive(area.incident, at=NIGHT)
    return area


def stair(number: int) -> str:
    return f"s{Stair.objects.order_by('name')[number - 1].pk}"


def open_kinds(doors) -> set[str]:
    return set(Promise.objects.filter(door__in=doors, state="open").values_list("kind", flat=True))


def test_an_adviser_recommends_and_somebody_else_decides(client, sealed):
    night = sealed.incident
    area = actions.propose_area(night, "甲", "sealed", [AreaPlace(stair=Stair.objects.first())], at=NIGHT)
    adviser = sign_in(client, "adviser", night)
    url = f"/command/areas/{area.pk}/"
    assert client.post(f"{url}decide/", {"kind": "approve", "reason": "好"}).status_code == 403
    client.post(f"{url}advise/", {"stance": "against", "text": "一天后再封，先备好药"})
    client.post(f"{url}advise/", {"stance": "against", "text": "一天后再封，先备好药"})
    assert area.advice.count() == 1
    commander = sign_in(client, "commander", night)
    assert client.post(f"{url}advise/", {"stance": "for", "text": "好"}).status_code == 403
    assert client.post(f"{url}decide/", {"kind": "approve", "reason": ""}).status_code == 422
    client.post(f"{url}decide/", {"kind": "approve", "reason": "传播快，今夜封"})
    decision = area.decisions.get()
    assert (decision.by, decision.advice.by) == (commander, adviser)
    page = client.get(url).content.decode()
    assert "against it" in page
    assert "传播快，今夜封" in page
    assert set(JournalEntry.objects.filter(subject_id=str(area.pk)).values_list("act", flat=True)) >= {
        "advise_area",
        "decide_area",
    }


def test_a_typed_supply_team_has_not_accepted(client, sealed):
    night = sealed.incident
    leader, team = a_member("supply", incident=night), Team.objects.create(incident=night, name="乙组")
    area = actions.propose_area(night, "甲", "sealed", [AreaPlace(stair=Stair.objects.first())], at=NIGHT)
    facts = {"supply_team": team, "first_delivery_at": NIGHT + 9 * HOUR}
    actions.prepare_area(area, facts, at=NIGHT)
    assert "supply_accepted" in {lack.field for lack in actions.seal_requirements(area)}
    with pytest.raises(UserError, match="not of this team"):
        actions.accept_supply(area, NIGHT + 9 * HOUR, at=NIGHT, by=a_member())
    team.leader = leader
    team.save()
    with pytest.raises(UserError, match="past"):
        actions.accept_supply(area, NIGHT - HOUR, at=NIGHT, by=leader)
    actions.accept_supply(area, NIGHT + 10 * HOUR, at=NIGHT, by=leader)
    assert "supply_accepted" not in {lack.field for lack in actions.seal_requirements(area)}
    assert (area.supply_accepted_by, area.first_delivery_at) == (leader.name, NIGHT + 10 * HOUR)
    actions.prepare_area(area, {"first_delivery_at": NIGHT + 4 * HOUR}, at=NIGHT)
    assert "supply_accepted" in {lack.field for lack in actions.seal_requirements(area)}
    sign_in(client, "commander", night)
    client.post(f"/command/areas/{area.pk}/accept/", {"first_delivery_at": "2021-12-08T09:00", "word_of": "组长，电话"})
    area.refresh_from_db()
    assert area.supply_accepted_by == "组长，电话"


def test_a_measure_is_late_until_somebody_saw_it(sealed):
    gate = sealed.restrictions.get(measure="gate")
    gate.confirmed_at, gate.due_at = None, NIGHT + 2 * HOUR
    gate.save()
    assert not areas_lacking(sealed.incident, NIGHT + HOUR)
    late = areas_lacking(sealed.incident, NIGHT + 3 * HOUR)
    assert [row.what for row in late] == ["late: gates manned day and night"]
    with pytest.raises(UserError, match="what was seen"):
        actions.confirm_measure(gate, " ", at=NIGHT, by=None)
    actions.confirm_measure(gate, "两处各两人", at=NIGHT + 3 * HOUR, by=a_member())
    assert not areas_lacking(sealed.incident, NIGHT + 3 * HOUR)
    sealed.restrictions.filter(measure="patrol").delete()
    assert [row.what for row in areas_lacking(sealed.incident, NIGHT)] == [
        "missing: patrol, cameras or door sensors day and night"
    ]


def test_a_way_of_supply_ends_only_with_its_replacement(client, sealed):
    sign_in(client, "commander", sealed.incident)
    service = sealed.restrictions.get(measure="door_service")
    url = f"/command/areas/{sealed.pk}/measures/{service.pk}/end/"
    assert client.post(url, {"reason": "人手不足"}).status_code == 422
    client.post(url, {"reason": "人手不足", "replacement": "居委会在单元口设点"})
    service.refresh_from_db()
    assert service.ended_at == NIGHT
    assert "单元口设点" in service.end_reason
    client.post(f"/command/areas/{sealed.pk}/measures/", {"title": "外卖统一代收", "reason": "减少接触"})
    looks = {line.title: line.look for line in measure_lines(sealed, NIGHT)}
    assert looks["外卖统一代收"] == "in_force"
    assert looks["service at the door"] == "ended"


def test_part_of_an_area_is_lifted_with_what_its_doors_are_owed(client, sealed):
    sign_in(client, "commander", sealed.incident)
    mine = Door.objects.filter(stair__name="2单元")
    before = {(p.kind, p.subject_id, p.sequence) for p in Promise.objects.filter(door__in=mine, state="open")}
    given = {"p": stair(2), "zone": "transition", "reason": "两轮全阴", "replacement": "可到店采购"}
    url = f"/command/areas/{sealed.pk}/change/"
    page = client.post(url, {**given, "do": "look"}).content.decode()
    assert "These ways of supply end" in page
    assert "4 doors" in page
    assert not AreaChange.objects.exists()
    assert {(p.kind, p.subject_id, p.sequence) for p in Promise.objects.filter(door__in=mine, state="open")} == before
    assert client.post(url, {**given, "replacement": "", "do": "part"}).status_code == 422
    assert client.post(url, {**given, "p": "", "zone": "", "do": "look"}).status_code == 422
    client.post(url, {**given, "do": "part"})
    client.post(url, {**given, "do": "part"})
    made = Area.objects.get(continues=sealed)
    assert (made.zone, made.effective_at, made.state) == ("transition", NIGHT, "in_force")
    assert set(made.area_doors.values_list("door", flat=True)) == set(mine.values_list("pk", flat=True))
    assert sealed.area_doors.count() == 4
    assert not open_kinds(mine) & {"kit:living", "contact"}
    assert "kit:living" in open_kinds(Door.objects.filter(stair__name="1单元"))
    change = AreaChange.objects.get()
    client.post(f"/command/areas/{sealed.pk}/change/{change.pk}/undo/")
    assert not Area.objects.filter(continues=sealed).exists()
    assert sealed.area_doors.count() == 8
    assert {(p.kind, p.subject_id, p.sequence) for p in Promise.objects.filter(door__in=mine, state="open")} == before


def test_a_change_on_which_something_was_built_is_not_taken_back(sealed):
    facts = {"effective_at": NIGHT, "reason": "全阴", "replacement": "可到店采购", "at": NIGHT}
    with pytest.raises(UserError, match="whole area"):
        actions.change_part(sealed, [stair(1), stair(2)], "transition", **facts)
    change = actions.change_part(sealed, [stair(2)], "transition", **facts)
    Team.objects.create(incident=sealed.incident, name="过渡组", area=change.made)
    with pytest.raises(UserError, match="built on this change"):
        actions.undo_change(change, at=NIGHT)
    assert sealed.area_doors.count() == 4


def test_a_change_for_a_later_hour_happens_at_that_hour(sealed):
    six = NIGHT + 7 * HOUR
    change = actions.change_part(
        sealed, [stair(2)], "", effective_at=six, reason="全阴", replacement="可到店采购", at=NIGHT
    )
    assert (change.state, sealed.area_doors.count()) == ("planned", 8)
    assert carry_out_due(sealed.incident, six - HOUR) == 0
    assert carry_out_due(sealed.incident, six) == 1
    assert carry_out_due(sealed.incident, six) == 0
    assert sealed.area_doors.count() == 4
    assert not open_kinds(Door.objects.filter(stair__name="2单元"))


def test_a_control_zone_becomes_a_sealed_one_and_owes_from_then_on():
    area = a_sealed_area(zone="control", compound=a_compound(floors=1))
    for line in area.area_doors.all():
        a_household(line.door)
    derive(area.incident, at=NIGHT)
    assert not Promise.objects.filter(kind__startswith="kit").exists()
    later = NIGHT + 3 * DAY
    derive(area.incident, at=later)
    area.supply_accepted_at = None
    area.save()
    with pytest.raises(UserError, match="lacks what this class asks"):
        actions.change_zone(area, "sealed", effective_at=later, reason="阳性", at=later)
    area.supply_accepted_at = later
    area.save()
    change = actions.change_zone(area, "sealed", effective_at=later, reason="阳性", at=later)
    area.refresh_from_db()
    assert (area.zone, area.effective_at, area.zone_since) == ("sealed", NIGHT, later)
    settle(area.incident, at=later)
    kits = Promise.objects.filter(kind="kit:living")
    assert kits.exists()
    assert min(kits.values_list("due_at", flat=True)) == later + 12 * HOUR
    assert {line.code for line in measure_lines(area, later) if line.look in ("in_force", "waiting")} == {
        "stay_home",
        "gate",
        "patrol",
        "door_service",
    }
    keep(kits[:1], at=later + HOUR, proof_kind="visit", proof_id="1")
    with pytest.raises(UserError, match="kept already"):
        actions.undo_change(change, at=later + HOUR)
    kits.update(state="open", kept_at=None)
    actions.undo_change(change, at=later + HOUR)
    area.refresh_from_db()
    assert (area.zone, area.zone_since) == ("control", None)
    assert not kits.filter(state="open").exists()


def test_what_both_classes_owe_goes_on_without_a_break():
    rules = protocol.find("cn-covid-2021-09")
    kits = tuple(kit.model_copy(update={"zones": ("sealed", "control")}) for kit in rules.supply.kits)
    both = rules.model_copy(update={"supply": rules.supply.model_copy(update={"kits": kits})})
    home = protocol.HouseholdFacts("7", (protocol.PersonFacts("1"),))
    tz, until = an_incident().tz, NIGHT + 8 * DAY

    def owed(bound: Bound) -> set[tuple[str, int]]:
        lines = owed_in(both, bound, home, until=until, persons_until=until, tz=tz)
        return {(line.kind, line.sequence, line.due) for line in lines if line.kind == "kit:living"}

    straight = owed(Bound((Stretch("sealed", NIGHT),), NIGHT))
    assert owed(Bound((Stretch("control", NIGHT), Stretch("sealed", NIGHT + 3 * DAY)), NIGHT)) == straight
    taken_on = owed(Bound((Stretch("control", NIGHT), Stretch("sealed", NIGHT + 3 * DAY)), NIGHT + 3 * DAY))
    assert taken_on == {line for line in straight if line[2] > NIGHT + 3 * DAY}
    break_between = Bound(
        (Stretch("sealed", NIGHT), Stretch("precaution", NIGHT + DAY), Stretch("sealed", NIGHT + 3 * DAY)), NIGHT
    )
    assert min(due for _kind, _number, due in owed(break_between)) == NIGHT + 3 * DAY + 12 * HOUR


def test_the_smallest_area_goes_up_by_stair_building_compound(client):
    night = an_incident()
    compound = a_compound("湖边里", stairs=2, floors=2)
    other = Building.objects.create(compound=compound, name="2号楼", floors=1)
    Door.objects.create(stair=Stair.objects.create(building=other, name="1单元"), number="101")
    case = Door.objects.filter(stair__name="2单元").first()
    a_household(case, persons=3)
    steps = smallest(night, "sealed", [f"d{case.pk}"])
    assert [(step.depth, step.load.doors, step.more_doors) for step in steps] == [
        ("stair", 4, 0),
        ("building", 8, 4),
        ("compound", 9, 1),
    ]
    assert steps[0].codes == (f"s{case.stair_id}",)
    assert steps[0].load.persons == 3
    sign_in(client, "commander", night)
    given = {"name": "甲", "zone": "sealed", "p": f"d{case.pk}", "do": "smallest"}
    assert f'value="use:s{case.stair_id}"' in client.post("/command/areas/new/", given).content.decode()


def test_loads_of_many_areas_are_counted_in_few_queries(sealed, django_assert_max_num_queries, client):
    other = actions.propose_area(sealed.incident, "乙", "sealed", [AreaPlace(stair=Stair.objects.first())], at=NIGHT)
    one = Door.objects.filter(stair=Stair.objects.first()).first()
    one.households.all().delete()
    a_household(one, alone=True, languages=["en"])
    sign_in(client, "commander", sealed.incident)
    with django_assert_max_num_queries(30):
        page = client.get("/command/areas/").content.decode()
    assert "Proposals side by side" in page
    load = load_of(other)
    assert (load.doors, load.households, load.persons, load.languages) == (4, 4, 7, (("en", 1),))
    assert load.contacts_a_day == 3 * 0.5 + 1
    assert load.kits_a_day == 2
    assert load.kg_a_day == pytest.approx((4 * 0.3 + 7 * 2.4) / 2)
    assert dict(load.staff)["at each gate in each shift"] == 2


def test_the_body_that_answers_is_read_off_the_tree(sealed):
    street = Territory.objects.create(kind="subdistrict", name="湖南路街道")
    community = Territory.objects.create(kind="community", name="傅佐路社区", parent=street)
    compound = a_compound("南秀里")
    compound.territory = community
    compound.save()
    above = Organisation.objects.create(kind="subdistrict", name="湖南路街道", territory=street)
    area = actions.propose_area(sealed.incident, "甲", "sealed", [AreaPlace(compound=compound)], at=NIGHT)
    assert area.owner == above
    Organisation.objects.create(kind="community", name="傅佐路社区")
    assert owner_for(area).name == "傅佐路社区"
    sealed.owner = None
    sealed.save()
    assert "No body answers" in areas_lacking(sealed.incident, NIGHT)[0].what


def test_one_decision_does_not_hold_for_ever(sealed):
    past = NIGHT + timedelta(days=sealed.incident.protocol.review.max_days) + HOUR
    sealed.review_at = past + DAY
    sealed.save()
    sealed.restrictions.update(review_at=past + DAY)
    assert [row.what for row in reviews_and_liftings(sealed.incident, past)] == [
        "it holds longer than one decision may"
    ]
    with pytest.raises(UserError, match="reason"):
        actions.renew(sealed, reason="", at=past)
    actions.renew(sealed, reason="仍有新增", at=past)
    assert not reviews_and_liftings(sealed.incident, past)
    actions.rename_area(sealed, "湖边里一期", at=past)
    assert JournalEntry.objects.get(act="rename_area").data["before"] == "湖边里"


def test_a_large_incident_is_counted_in_the_background(client, sealed, monkeypatch, settings, tmp_path):
    from doorstep.board.jobs import count_large

    settings.CACHES = {
        **settings.CACHES,
        "kept": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)},
    }
    monkeypatch.setattr(kept_areas, "LARGE", 2)
    sign_in(client, "commander", sealed.incident)
    assert count_large() == Incident.objects.count()
    door = Door.objects.first()
    Person.objects.create(household=door.households.get(), key="9", name="柳紫")
    page = client.get("/board/").content.decode()
    assert "Counted at" in page
    assert '<div class="stat-number">16</div>' in page
    count_large()
    assert '<div class="stat-number">17</div>' in client.get("/board/").content.decode()
    assert client.get("/board/watch/10/").status_code == 200
