"""The pure functions over the files: clocks, lifting, pathways, needs, emergencies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from doorstep import protocol as rules
from doorstep.errors import UserError

TZ = ZoneInfo("Asia/Shanghai")
NIGHT = datetime(2021, 12, 7, 15, 0, tzinfo=UTC)  # 23:00 in Nanjing
DAY = timedelta(days=1)
FOUNDING = rules.shipped("cn-covid-2021-09")
HOME = rules.Whereabouts(person="1", household="7", building="3", area="9")


# --- lifting ---


def test_what_is_missing_is_said_in_both_languages_with_the_earliest_instant():
    facts = rules.LiftingFacts(clock_from=NIGHT, last_exposure=NIGHT)
    status = rules.lifting_status(FOUNDING, "sealed", facts, NIGHT + 3 * DAY, TZ)
    missing = [state.missing for state in status.conditions if not state.met]
    assert [text["en"] for text in missing] == [
        "14 full days without a new case",
        "14 full days since the last contact was exposed",
        "not declared yet: the last contact's test is negative",
        "a full negative round within the last 48 h",
    ]
    assert missing[2]["zh"] == "尚未确认：最后一名密接检测阴性"
    assert status.conditions[0].earliest.astimezone(TZ) == datetime(2021, 12, 22, tzinfo=TZ)
    assert status.earliest is None  # two facts have no date
    unknown = rules.lifting_status(FOUNDING, "sealed", rules.LiftingFacts(), NIGHT, TZ)
    assert "start of its clock is not known" in unknown.conditions[0].missing["en"]


def test_signatures_stand_apart_from_conditions():
    at = NIGHT + 15 * DAY
    known = {"clock_from": NIGHT, "last_exposure": NIGHT, "last_negative_round": at - timedelta(hours=3)}
    status = rules.lifting_status(
        FOUNDING, "sealed", rules.LiftingFacts(**known, declared=frozenset({"last_contact_negative"})), at, TZ
    )
    assert status.met
    assert not status.may_end
    assert [signer.code for signer in status.awaiting] == ["expert", "command"]
    signed = frozenset({"last_contact_negative", "expert", "command"})
    assert rules.lifting_status(FOUNDING, "sealed", rules.LiftingFacts(**known, declared=signed), at, TZ).may_end


def test_guangzhou_takes_either_of_two_conditions():
    at = NIGHT + 15 * DAY
    facts = rules.LiftingFacts(clock_from=NIGHT, last_contact_transferred=at - 5 * DAY, declared=frozenset())
    status = rules.lifting_status(FOUNDING, "sealed", facts, at, TZ, variant="guangzhou_2022_04")
    assert [state.met for state in status.conditions] == [True, True, False]
    without = rules.LiftingFacts(clock_from=NIGHT, last_exposure=at - DAY, last_contact_transferred=at - DAY)
    either = rules.lifting_status(FOUNDING, "sealed", without, at, TZ, variant="guangzhou_2022_04").conditions[1]
    assert " or " in either.missing["en"]
    assert either.earliest == rules.local_midnight(rules.local_day(at + 4 * DAY, TZ), TZ)


def test_beijing_counts_from_terminal_disinfection_when_a_surface_was_positive():
    facts = {
        "clocks": {"last_case_transferred": NIGHT, "terminal_disinfection_done": NIGHT + 2 * DAY},
        "last_contact_transferred": NIGHT,
    }
    rule = rules.lifting_rule(FOUNDING, "sealed", "beijing_2022_05")
    assert rules.clock_start(rule, rules.LiftingFacts(**facts)) == NIGHT
    surface = rules.LiftingFacts(**facts, declared=frozenset({"surface_positive"}))
    assert rules.clock_start(rule, surface) == NIGHT + 2 * DAY
    pending = rules.LiftingFacts(clock_from=NIGHT, declared=frozenset({"surface_positive"}))
    assert rules.clock_start(rule, pending) is None
    with pytest.raises(UserError, match="guangzhou_2022_04"):
        rules.lifting_rule(FOUNDING, "sealed", "shanghai")


def test_the_ninth_edition_wants_a_round_on_day_seven_and_not_before():
    ninth = rules.shipped("cn-covid-2022-06")
    at = NIGHT + 8 * DAY
    early, late = (
        rules.lifting_status(ninth, "high", rules.LiftingFacts(clock_from=NIGHT, last_negative_round=round_), at, TZ)
        for round_ in (NIGHT + 5 * DAY, NIGHT + 7 * DAY)
    )
    assert not early.met
    assert late.met
    assert (late.next_zone, late.next_days) == ("medium", 3)


def test_a_rule_says_which_facts_it_asks():
    asked = rules.facts_asked(rules.lifting_rule(FOUNDING, "sealed"))
    assert asked.instants == ("clock_from", "last_exposure", "last_negative_round")
    assert [fact.code for fact in asked.declared] == ["last_contact_negative"]
    assert [signer.code for signer in asked.sign_off] == ["expert", "command"]
    either = rules.facts_asked(rules.lifting_rule(FOUNDING, "sealed", "guangzhou_2022_04"))
    assert either.instants == ("clock_from", "last_exposure", "last_contact_transferred")
    for code in rules.shipped_ids():
        for zone, rule in rules.shipped(code).lifting.items():
            status = rules.lifting_status(rules.shipped(code), zone, rules.LiftingFacts(), NIGHT, TZ)
            assert all(state.asks["zh"] and state.asks["en"] for state in status.conditions)
            assert rules.facts_asked(rule) != rules.FactsAsked((), (), ())


def test_heat_ends_after_two_nights_below_the_threshold():
    heat = rules.shipped("heat")
    facts = rules.LiftingFacts(below_since=datetime(2022, 7, 1, 20, tzinfo=TZ))
    for day, met in ((2, False), (3, True)):
        at = datetime(2022, 7, day, 8, tzinfo=TZ)
        assert rules.lifting_status(heat, "watch", facts, at, TZ).met is met


def test_measles_ends_by_days_or_by_immunity():
    measles = rules.shipped("measles-contacts")
    shown = rules.LiftingFacts(declared=frozenset({"immunity_shown"}))
    assert rules.lifting_status(measles, "household", shown, NIGHT, TZ).met


# --- clocks started again ---


def clock(found, name, key, *events, whose=HOME):
    return rules.restarted_clock(found, name, key=key, started=NIGHT, whose=whose, events=events)


def test_each_new_case_in_an_ebola_household_starts_the_days_of_every_housemate_again():
    ebola = rules.shipped("ebola-household")
    case = rules.ClockEvent("new_case", NIGHT + 9 * DAY, rules.Whereabouts("2", "7", "3", "9"), NIGHT + 10 * DAY)
    next_door = rules.ClockEvent("new_case", NIGHT + 12 * DAY, rules.Whereabouts("5", "8", "3", "9"), NIGHT + 12 * DAY)
    running = clock(ebola, "pathway", "contact", case, next_door)
    assert running.since == NIGHT + 10 * DAY
    assert running.by.code == "new_case_person"
    path = rules.stages(ebola, "contact", from_=running.since, tz=TZ)
    assert path[0].last_day == date(2021, 12, 17) + 21 * DAY
    assert clock(ebola, "lifting", "household", case, next_door).since == NIGHT + 10 * DAY


def test_a_case_who_has_not_left_holds_the_clock():
    ebola = rules.shipped("ebola-household")
    running = clock(ebola, "pathway", "contact", rules.ClockEvent("new_case", NIGHT + DAY, HOME))
    assert running.waits_for_transfer
    assert not clock(ebola, "pathway", "contact").waits_for_transfer


def test_events_in_any_order_and_said_twice_give_the_same_clock():
    events = [rules.ClockEvent("new_case", NIGHT + n * DAY, HOME, NIGHT + n * DAY) for n in (3, 1, 2)]
    expected = clock(FOUNDING, "lifting", "sealed", *events)
    assert expected.since == NIGHT + 3 * DAY
    assert clock(FOUNDING, "lifting", "sealed", *reversed(events), *events) == expected
    assert clock(FOUNDING, "lifting", "precaution", *events).since == NIGHT  # only sealed and control


def test_a_case_in_an_isolated_household_does_not_extend_the_area_in_november_2022():
    november = rules.shipped("cn-covid-2022-11")
    excused = frozenset({"isolated_household_only"})
    event = rules.ClockEvent("new_case", NIGHT + DAY, HOME, NIGHT + DAY, excused)
    assert clock(november, "lifting", "high", event).since == NIGHT
    assert clock(rules.shipped("cn-covid-2022-06"), "lifting", "high", event).since == NIGHT + DAY


def test_what_happened_elsewhere_or_nobody_knows_where_starts_nothing_again():
    elsewhere = rules.ClockEvent("new_case", NIGHT + DAY, rules.Whereabouts(area="10"), NIGHT + DAY)
    nowhere = rules.ClockEvent("new_case", NIGHT + DAY, rules.Whereabouts(), NIGHT + DAY)
    assert clock(FOUNDING, "lifting", "sealed", elsewhere, nowhere).since == NIGHT
    assert clock(FOUNDING, "lifting", "sealed", nowhere, whose=rules.Whereabouts()).since == NIGHT


# --- pathways ---


def test_the_three_chinese_versions_have_their_own_days_and_tests():
    expected = {
        "cn-covid-2021-09": [(14, (1, 4, 7, 14)), (7, (2, 7))],
        "cn-covid-2022-06": [(7, (1, 2, 3, 5, 7)), (3, (3,))],
        "cn-covid-2022-11": [(5, (1, 2, 3, 5)), (3, (1, 3))],
    }
    for code, days in expected.items():
        found = rules.shipped(code)
        assert [(stage.days, stage.tests) for stage in found.pathways["close_contact"].stages] == days
        path = rules.stages(found, "close_contact", from_=NIGHT, tz=TZ)
        assert path[0].first_day == date(2021, 12, 8)
        assert path[1].first_day == date(2021, 12, 8) + days[0][0] * DAY
    assert "secondary_contact" not in rules.shipped("cn-covid-2022-11").pathways


def test_tests_fall_on_local_days_in_order():
    path = rules.stages(FOUNDING, "close_contact", from_=NIGHT, tz=TZ)
    due = rules.tests_due(FOUNDING, "close_contact", path)
    assert [test.day.day for test in due] == [8, 11, 14, 21, 23, 28]
    assert {test.kind for test in due} == {"nasopharyngeal"}


def test_immunity_ends_the_measles_pathway_at_the_instant_it_is_shown():
    measles = rules.shipped("measles-contacts")
    shown = NIGHT + 8 * DAY
    whole = rules.stages(measles, "susceptible_contact", from_=NIGHT, tz=TZ)
    assert [stage.first_day for stage in whole] == [date(2021, 12, 8), date(2021, 12, 12)]
    assert whole[1].last_day == date(2021, 12, 28)  # day 21 after the exposure on the 7th
    early = rules.stages(measles, "susceptible_contact", from_=NIGHT, tz=TZ, left_by="immunity_shown", left_at=shown)
    assert early[1].ends == shown
    assert early[1].ended_by.code == "immunity_shown"
    at_once = rules.stages(
        measles, "susceptible_contact", from_=NIGHT, tz=TZ, left_by="immunity_shown", left_at=NIGHT + 2 * DAY
    )
    assert [stage.stage for stage in at_once] == ["before_window"]
    with pytest.raises(UserError, match="immunity_shown"):
        rules.stages(measles, "susceptible_contact", from_=NIGHT, tz=TZ, left_by="bribe", left_at=shown)


def test_vaccine_and_immunoglobulin_have_their_deadlines():
    found = rules.prophylaxis_deadlines(rules.shipped("measles-contacts"), "susceptible_contact", exposed_at=NIGHT)
    assert [(one.code, one.until - NIGHT) for one in found] == [("vaccine", 3 * DAY), ("immunoglobulin", 6 * DAY)]


def test_a_person_at_home_on_a_pathway_is_owed_checks_and_tests_and_one_elsewhere_is_not():
    ninth = rules.shipped("cn-covid-2022-06")
    person = rules.PersonFacts("1", pathway="secondary_contact", pathway_from=NIGHT)
    lines = rules.owed_to_person(ninth, person, bound_from=NIGHT, until=NIGHT + 30 * DAY, tz=TZ)
    assert sum(line.kind == "check" for line in lines) == 14
    assert [line.due.astimezone(TZ).day for line in lines if line.kind == "test"] == [9, 12, 15]
    assert all(line.subject_kind == "person" for line in lines)
    for away in (
        rules.PersonFacts("1", pathway="secondary_contact", pathway_from=NIGHT, present="quarantine"),
        rules.PersonFacts("1", pathway="from_the_moon", pathway_from=NIGHT),
        rules.PersonFacts("1", pathway="secondary_contact"),
    ):
        assert rules.owed_to_person(ninth, away, bound_from=NIGHT, until=NIGHT + 30 * DAY, tz=TZ) == []


def test_a_person_is_owed_nothing_for_days_before_the_area_was_bound():
    ninth = rules.shipped("cn-covid-2022-06")
    person = rules.PersonFacts("1", pathway="secondary_contact", pathway_from=NIGHT)
    lines = rules.owed_to_person(ninth, person, bound_from=NIGHT + 5 * DAY, until=NIGHT + 30 * DAY, tz=TZ)
    assert min(line.due for line in lines) > NIGHT + 5 * DAY


# --- needs ---


def test_water_in_a_flood_doubles_after_five_days():
    flood = rules.shipped("flood-isolated")
    assert rules.water_litres_per_person(flood, from_day=0, days=1) == 10
    assert rules.water_litres_per_person(flood, from_day=5, days=1) == 20
    assert rules.water_litres_per_person(flood, from_day=4.5, days=1) == 15
    assert rules.water_litres_per_person(flood, from_day=0, days=10) == 150
    assert rules.water_litres_per_person(FOUNDING, from_day=0, days=10) == 0
    household = rules.HouseholdFacts("7", (rules.PersonFacts("1"),))
    lines = rules.owed_to_household(flood, "isolated", household, bound_from=NIGHT, until=NIGHT + 10 * DAY, tz=TZ)
    first, more = ([line.due for line in lines if line.kind == kind] for kind in ("kit:water", "kit:water_more"))
    assert max(first) < NIGHT + 5 * DAY < min(more)
    gaps = {later - earlier for earlier, later in zip(first + more, (first + more)[1:], strict=False)}
    assert gaps == {DAY}


def test_a_village_by_boat_needs_journeys_by_weight():
    flood = rules.shipped("flood-isolated")
    needs = rules.supply_needs(flood, "isolated", persons=100, households=40, infants=2, from_day=0, days=1)
    assert needs.kcal == 210_000
    assert needs.nappies == 14
    assert {kit.code: kit.kg for kit in needs.kits} == {"water": 1000}
    later = rules.supply_needs(flood, "isolated", persons=100, households=40, from_day=7, days=1)
    assert {kit.code: kit.kg for kit in later.kits} == {"food": 350, "water_more": 2000}
    assert later.journeys == {"boat": 6, "helicopter": 3, "drone": 118}


def test_sampling_of_the_founding_incident():
    sealed = rules.sampling_needs(FOUNDING, "sealed", persons=241, households=97)
    assert (sealed.tubes, sealed.sampler_days) == (97, 1)
    ring = rules.sampling_needs(FOUNDING, "precaution", persons=21_343, households=8_800)
    assert (ring.tubes, ring.sampler_days, ring.points_min, ring.points_max) == (2_135, 60, 8, 11)
    assert ring.deadline_hours == 48
    with pytest.raises(UserError, match="tube"):
        rules.sampling_needs(rules.shipped("heat"), "watch", persons=1, households=1)


def test_a_watched_person_has_a_team_of_five_seats():
    lines = {
        line.code: line.persons for line in rules.staff_needed(FOUNDING, {"watched": 3, "gates": 2, "households": 97})
    }
    assert lines == {"gate": 4, "grid": 1, "five_in_one": 15}


def test_heat_calls_then_knocks_then_enters():
    ladder = rules.contact_ladder(rules.shipped("heat"), NIGHT)
    assert [step.code for step in ladder] == ["call", "knock", "entry"]
    assert [step.at - NIGHT for step in ladder] == [timedelta(minutes=m) for m in (0, 60, 120)]


def test_a_hot_night_counts_as_well_as_a_hot_day():
    heat = rules.shipped("heat")
    assert rules.crossed(heat, {"day": 33, "night": 26}) == ["night"]
    assert rules.crossed(heat, {"day": 35}) == ["day"]
    assert rules.crossed(rules.shipped("chemical-shelter"), {"day": 50}) == []


def test_the_vulnerable_may_miss_fewer_checks():
    assert rules.missed_checks_limit(FOUNDING, ["pregnant", "chronic"]) == 1
    assert rules.missed_checks_limit(FOUNDING, ["chronic"]) == 2
    assert rules.missed_checks_limit(rules.shipped("chemical-shelter"), []) is None


def test_insulin_becomes_a_request_before_it_runs_out_and_an_unknown_class_sooner():
    due = rules.medicine_due(FOUNDING, "essential", NIGHT)
    assert (NIGHT - due.request_at, NIGHT - due.command_at) == (timedelta(hours=72), timedelta(hours=24))
    assert rules.medicine_due(FOUNDING, "no such class", NIGHT).request_at <= due.request_at


# --- emergencies and journeys ---


@pytest.mark.parametrize("code", rules.shipped_ids())
def test_the_path_of_an_emergency_is_clear_in_every_zone(code):
    found = rules.shipped(code)
    for zone in found.zones:
        assert rules.emergency_faults(found, zone, ["call", "gate_opens", "vehicle"]) == []
        blocked = rules.emergency_faults(found, zone, ["call", "test", "approval", "vehicle"])
        assert len(blocked) == 2
        assert all(text["zh"] and text["en"] for text in blocked)


def test_an_emergency_has_a_vehicle_moving_in_ten_minutes_and_a_rung_every_five():
    times = rules.emergency_times(FOUNDING, NIGHT)
    assert dict(times.targets)["moving"] == NIGHT + timedelta(minutes=10)
    assert [rung - NIGHT for rung in times.rungs] == [timedelta(minutes=m) for m in (5, 10, 15)]


def test_nobody_is_moved_at_night_or_with_an_open_dependants_check():
    midnight = datetime(2021, 12, 8, 2, 40, tzinfo=TZ)
    faults = rules.journey_faults(FOUNDING, rules.Journey(midnight, 6, frozenset({"bed"}), frozenset({"chronic"})), TZ)
    assert [text["en"].split(":")[0].split(" (")[0] for text in faults] == [
        "no journeys at night",
        "the driver drives at most 4 h",
        "not done yet",
        "not as a companion",
    ]
    noon = midnight.replace(hour=12)
    assert rules.journey_faults(FOUNDING, rules.Journey(noon, 2, frozenset({"bed", "dependants"})), TZ) == []
    assert rules.journey_faults(FOUNDING, rules.Journey(midnight, 9, emergency=True), TZ) == []
