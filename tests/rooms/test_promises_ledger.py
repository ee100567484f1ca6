"""Sealing an area makes its promises; extending, redrawing and lifting it changes them in the same act."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, an_incident
from django.utils import timezone
from django_q.models import Schedule

from doorstep.command import actions as command
from doorstep.command.models import Area, AreaPlace, Notice, Team
from doorstep.command.queries import bound_doors
from doorstep.errors import UserError
from doorstep.promises.actions import NOT_OWED, derive, keep, settle, waive
from doorstep.promises.jobs import keep_ledger, schedule
from doorstep.promises.models import Promise
from doorstep.register.actions import correct
from doorstep.register.models import Door, Person, Stair

pytestmark = pytest.mark.django_db


def ready(incident) -> dict:
    return {
        "effective_at": NIGHT + timedelta(hours=4),
        "at": NIGHT + timedelta(hours=4),
        "reason": "一例阳性",
        "basis": "社区防控方案",
        "ends_when": "十四天无新增",
        "supply_team": Team.objects.create(incident=incident, name="保供组"),
        "first_delivery_at": NIGHT + timedelta(hours=10),
        "letter": Notice.objects.create(incident=incident, version=9, created_at=NIGHT, texts={}),
        "emergency_phone": "025-0000-0000",
        "exits_checked_at": NIGHT,
    }


def proposed(incident, compound) -> Area:
    return command.propose_area(incident, compound.name, "sealed", [AreaPlace(compound=compound)], at=NIGHT)


def test_an_area_is_refused_with_everything_that_is_missing():
    incident, compound = an_incident(), a_compound()
    area = proposed(incident, compound)
    with pytest.raises(UserError) as refused:
        command.seal(area, effective_at=NIGHT, at=NIGHT)
    for field in ("supply_team", "first_delivery_at", "letter", "emergency_phone", "ends_when", "exits_checked_at"):
        assert field in refused.value.field
    assert Area.objects.get(pk=area.pk).state == Area.State.PROPOSED
    assert not Promise.objects.exists()


def test_one_decision_holds_no_longer_than_the_protocol_says():
    incident, compound = an_incident(), a_compound()
    area = proposed(incident, compound)
    with pytest.raises(UserError, match="longer than one decision") as refused:
        command.seal(area, **ready(incident), review_at=NIGHT + timedelta(days=400))
    assert refused.value.field == "review_at"
    assert Area.objects.get(pk=area.pk).state == Area.State.PROPOSED


def test_sealing_makes_the_promises_and_deriving_again_adds_nothing():
    incident, compound = an_incident(), a_compound()
    household = a_household(Door.objects.filter(stair__building__compound=compound).first())
    area = command.seal(proposed(incident, compound), **ready(incident))
    kinds = set(Promise.objects.filter(subject_kind="household").values_list("kind", flat=True))
    assert kinds == {"letter", "contact", "kit:living", "kit:epidemic", "kit:breakfast", "waste", "medicine_ask"}
    assert Promise.objects.filter(door=household.door, kind="letter").get().due_at == area.effective_at + timedelta(
        hours=4
    )
    before = Promise.objects.count()
    assert derive(incident, at=NIGHT + timedelta(hours=4)).added == 0
    assert Promise.objects.count() == before
    assert area.restrictions.count() == len(incident.protocol.zones["sealed"].measures)


def test_a_longer_restriction_is_a_longer_supply_in_the_same_act():
    incident, compound = an_incident(), a_compound()
    a_household(Door.objects.filter(stair__building__compound=compound).first())
    area = command.seal(proposed(incident, compound), **ready(incident))
    kits = Promise.objects.filter(kind="kit:living")
    before = kits.count()
    command.extend_review(area, area.review_at + timedelta(days=6), reason="新增一例", at=NIGHT + timedelta(hours=60))
    assert kits.count() == before + 3
    with pytest.raises(UserError, match="longer than one decision"):
        command.extend_review(area, area.review_at + timedelta(days=60), reason="再延", at=NIGHT)


def test_lifting_withdraws_what_was_owed_and_keeps_what_was_kept():
    area = a_sealed_area()
    a_household(area.area_doors.first().door)
    derive(area.incident, at=NIGHT)
    keep(Promise.objects.filter(kind="letter"), at=NIGHT + timedelta(hours=5), proof_kind="visit", proof_id="1")
    command.lift(area, at=NIGHT + timedelta(hours=6))
    assert Promise.objects.get(kind="letter").state == Promise.State.KEPT
    assert Promise.objects.get(kind="letter").late
    assert set(Promise.objects.exclude(kind="letter").values_list("state", "waive_reason")) == {("waived", NOT_OWED)}


def test_a_household_that_goes_is_owed_nothing_and_is_owed_again_when_it_returns():
    area = a_sealed_area()
    household = a_household(area.area_doors.first().door)
    derive(area.incident, at=NIGHT)
    waiting = Promise.objects.filter(subject_kind="household", state="open").count()
    Person.objects.filter(household=household).update(present="quarantine")
    assert derive(area.incident, at=NIGHT).withdrawn == waiting
    Person.objects.filter(household=household).update(present="home")
    assert derive(area.incident, at=NIGHT).restored == waiting


def test_a_promise_past_its_due_time_is_broken_and_can_still_be_kept_late():
    area = a_sealed_area()
    a_household(area.area_doors.first().door)
    derive(area.incident, at=NIGHT)
    assert settle(area.incident, at=NIGHT + timedelta(hours=4, minutes=1)) == 1
    letter = Promise.objects.get(kind="letter")
    assert letter.state == Promise.State.BROKEN
    keep([letter], at=NIGHT + timedelta(hours=5), proof_kind="visit", proof_id="7")
    letter.refresh_from_db()
    assert (letter.state, letter.late, letter.proof_id) == ("kept", True, "7")


def test_nobody_waives_without_a_reason():
    area = a_sealed_area()
    a_household(area.area_doors.first().door)
    derive(area.incident, at=NIGHT)
    letter = Promise.objects.get(kind="letter")
    with pytest.raises(UserError, match="reason"):
        waive(letter, reason=" ", by=a_member(), at=NIGHT)
    waive(letter, reason="住户已当面收到", by=a_member(), at=NIGHT)
    assert derive(area.incident, at=NIGHT).restored == 0


def test_the_deepest_word_wins_among_includes_and_excepts():
    incident, compound = an_incident(), a_compound(stairs=2)
    building = compound.buildings.get()
    first, second = Stair.objects.filter(building=building)
    kept_door = first.doors.first()
    places = [
        AreaPlace(compound=compound),
        AreaPlace(stair=first, include=False),
        AreaPlace(door=kept_door),
    ]
    area = command.propose_area(incident, "半院", "sealed", places, at=NIGHT)
    doors = set(area.area_doors.values_list("door_id", flat=True))
    assert doors == {kept_door.pk, *second.doors.values_list("pk", flat=True)}


def test_the_strictest_area_rules_a_door():
    incident, compound = an_incident(), a_compound()
    a_sealed_area(incident, compound, zone="precaution")
    Area.objects.update(name="圈外")
    strict = a_sealed_area(incident, compound)
    assert set(bound_doors(incident).values()) == {strict.pk}


def test_a_real_clock_is_never_moved():
    incident = command.open_incident("真的", "heat", NIGHT, at=NIGHT)
    with pytest.raises(UserError, match="exercise"):
        command.move_clock(incident, real=NIGHT, by=timedelta(hours=1))
    drill = command.open_incident("演练", "heat", NIGHT, at=NIGHT, exercise="gulou-2021")
    command.move_clock(drill, real=NIGHT, by=timedelta(hours=6))
    assert drill.clock.now(NIGHT + timedelta(days=1)) == NIGHT + timedelta(hours=6)


def test_the_job_runner_keeps_the_ledger_on_the_incidents_own_clock():
    area = a_sealed_area(compound=a_compound(floors=1))
    a_household(area.area_doors.first().door)
    derive(area.incident, at=NIGHT)
    before = Promise.objects.count()
    command.move_clock(area.incident, real=timezone.now(), by=timedelta(hours=30))
    assert keep_ledger() > 0
    assert Promise.objects.filter(state="broken").exists()
    assert Promise.objects.count() > before
    assert keep_ledger() == 0


def test_the_ledger_is_scheduled_once():
    schedule()
    schedule()
    assert Schedule.objects.filter(name="ledger").count() == 1


@pytest.mark.parametrize("seed", range(6))
def test_changing_a_part_leaves_the_ledger_that_deriving_everything_would(seed):
    luck = random.Random(seed)
    incident, compound = an_incident(), a_compound(stairs=2, floors=3)
    stairs = list(Stair.objects.filter(building__compound=compound))
    households = [a_household(door) for door in Door.objects.filter(stair__in=stairs)]
    ring = command.propose_area(incident, "全院", "sealed", [AreaPlace(compound=compound)], at=NIGHT)
    core = command.propose_area(incident, "一单元", "control", [AreaPlace(stair=stairs[0])], at=NIGHT)
    facts = ready(incident)
    for area in (ring, core):
        command.seal(area, **facts)
    at = NIGHT + timedelta(hours=5)
    for _ in range(5):
        at += timedelta(hours=luck.randint(1, 20))
        match luck.choice(["redraw", "extend", "person", "lift"]):
            case "redraw":
                command.change_places(luck.choice([ring, core]), [AreaPlace(stair=luck.choice(stairs))], at=at)
            case "extend":
                area = luck.choice([ring, core])
                area.refresh_from_db()
                if area.state == Area.State.IN_FORCE:
                    command.extend_review(
                        area, area.review_at + timedelta(hours=luck.randint(1, 60)), reason="延", at=at
                    )
            case "person":
                person = Person.objects.get(pk=luck.choice(households).persons.first().pk)
                correct(person, kind="manual", at=at, present=luck.choice(["home", "away"]))
            case "lift":
                core.refresh_from_db()
                if core.state == Area.State.IN_FORCE:
                    command.lift(core, at=at)
        incident.refresh_from_db()
        whole = derive(incident, at=at, until=incident.derived_until)
        assert (whole.added, whole.withdrawn, whole.restored) == (0, 0, 0)


def test_a_person_on_a_pathway_at_home_is_owed_checks_and_tests_once_and_none_after_leaving():
    incident, compound = an_incident(), a_compound()
    household = a_household(Door.objects.filter(stair__building__compound=compound).first())
    contact = household.persons.first()
    contact.pathway, contact.pathway_from = "discharged", NIGHT
    contact.save()
    command.seal(proposed(incident, compound), **ready(incident))
    owed = Promise.objects.filter(subject_kind="person", subject_id=contact.pk)
    assert set(owed.values_list("kind", flat=True)) == {"check"}  # the test falls on day 14
    assert set(owed.values_list("door", flat=True)) == {household.door_id}
    before = Promise.objects.count()
    assert derive(incident, at=NIGHT + timedelta(hours=1)).added == 0
    assert Promise.objects.count() == before
    derive(incident, at=NIGHT, until=NIGHT + timedelta(days=20))
    assert owed.filter(kind="check").count() == 28
    assert owed.filter(kind="test").count() == 1
    contact.present = "hospital"
    contact.save()
    derive(incident, at=NIGHT)
    assert set(owed.values_list("state", flat=True)) == {"waived"}
