"""Posts follow their area, shifts keep their rest, and invariant 7 names what is not covered."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, an_incident
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep import protocol
from doorstep.command import actions as command
from doorstep.command.models import AreaPlace, JournalEntry, Team
from doorstep.crew import actions, filling
from doorstep.crew.gates import keep_gates
from doorstep.crew.models import Post, Shift
from doorstep.crew.watches import gates_uncovered
from doorstep.errors import UserError
from doorstep.planning.rosters import Place, RostersProblem, Worker, plan_by_hand
from doorstep.protocol.cover import Duty, clashes, cover
from doorstep.register.models import Gate

pytestmark = pytest.mark.django_db

H = timedelta(hours=1)


def windows(incident, at=NIGHT, hours=48):
    return protocol.shift_windows(incident.protocol, start=at, until=at + hours * H, tz=incident.tz)


def a_post(incident=None, *, persons=1, name="东门", at=NIGHT) -> Post:
    incident = incident or an_incident()
    return actions.open_post(incident, name, at=at, persons_needed=persons)


def seal(area, at=NIGHT):
    """Seal a proposed copy of a builder's area through the act that users have."""
    area.state = "proposed"
    area.save()
    return command.seal(area, effective_at=at, at=at)


def whats(incident, at) -> list[tuple[str, str]]:
    return [(row.subject, row.what) for row in gates_uncovered(incident, at)]


def test_a_sealed_area_has_its_gates_manned_in_the_same_act_one_post_a_gate():
    compound = a_compound("梧桐院")
    Gate.objects.create(compound=compound, name="北门")
    area = seal(a_sealed_area(compound=compound))
    assert sorted(area.posts.values_list("name", flat=True)) == ["梧桐院 · 北门", "梧桐院 · 大门"]
    assert {post.starts_at for post in area.posts.all()} == {NIGHT}
    command.note_exits_checked(area, at=NIGHT + H)
    assert keep_gates(area.incident, at=NIGHT + H) == []
    assert area.posts.count() == 2


def test_an_area_without_a_known_gate_has_one_post_that_the_first_gate_takes_over():
    compound = a_compound("银杏院")
    compound.gates.all().delete()
    area = seal(a_sealed_area(compound=compound))
    post = area.posts.get()
    assert (post.gate, post.name) == (None, "银杏院")
    Gate.objects.create(compound=compound, name="大门")
    keep_gates(area.incident, at=NIGHT + H)
    post = area.posts.get()
    assert post.gate is not None
    assert post.name == "银杏院 · 大门"


def test_a_lifted_area_ends_its_posts_and_frees_those_who_were_to_stand_there():
    area = seal(a_sealed_area())
    post, member = area.posts.get(), a_member()
    ahead = windows(area.incident)[2]
    actions.assign(post, member, ahead, at=NIGHT)
    command.lift(area, at=NIGHT + H)
    post.refresh_from_db()
    assert post.ended_at == NIGHT + H
    assert Shift.objects.get().state == Shift.State.DROPPED
    assert gates_uncovered(area.incident, NIGHT + 2 * H) == []


def test_a_gate_of_two_areas_stays_manned_until_the_last_is_lifted():
    compound = a_compound()
    one = seal(a_sealed_area(compound=compound))
    other = a_sealed_area(one.incident)
    AreaPlace.objects.create(area=other, compound=compound)
    command.change_places(other, [AreaPlace(compound=compound)], at=NIGHT)
    assert one.incident.posts.filter(gate__compound=compound).count() == 1
    command.lift(one, at=NIGHT + H)
    post = one.incident.posts.get(gate__compound=compound)
    assert (post.ended_at, post.area) == (None, other)


def test_a_post_that_somebody_ended_by_hand_stays_ended_and_can_be_opened_again_with_its_people():
    area = seal(a_sealed_area())
    post = area.posts.get()
    shift = actions.assign(post, a_member(), windows(area.incident)[2], at=NIGHT)
    actions.end_post(post, at=NIGHT + H)
    command.note_exits_checked(area, at=NIGHT + 2 * H)
    assert not area.posts.filter(ended_at=None).exists()
    actions.reopen_post(post, at=NIGHT + 2 * H)
    shift.refresh_from_db()
    assert shift.state == Shift.State.PLANNED
    assert area.posts.filter(ended_at=None).count() == 1


def test_an_area_that_is_drawn_smaller_and_wider_again_has_its_gate_back():
    compound, other = a_compound(), a_compound()
    area = seal(a_sealed_area(compound=compound))
    command.change_places(area, [AreaPlace(compound=other)], at=NIGHT + H)
    assert [post.gate.compound for post in area.posts.filter(ended_at=None)] == [other]
    command.change_places(area, [AreaPlace(compound=compound)], at=NIGHT + 2 * H)
    (post,) = area.posts.filter(ended_at=None)
    assert (post.gate.compound, post.starts_at) == (compound, NIGHT + 2 * H)


def test_a_zone_that_guards_no_gate_has_no_post():
    area = seal(a_sealed_area(zone="precaution"))
    assert not area.posts.exists()


def test_opening_the_same_post_twice_opens_one_and_another_of_its_name_is_refused():
    incident = an_incident()
    one = actions.open_post(incident, "核酸帐篷", at=NIGHT, kind="sampling", persons_needed=2)
    again = actions.open_post(incident, "核酸帐篷", at=NIGHT, kind="sampling", persons_needed=2)
    assert one == again
    with pytest.raises(UserError) as error:
        actions.open_post(incident, "核酸帐篷", at=NIGHT, kind="duty", persons_needed=1)
    assert error.value.field == "name"


def test_assigning_twice_adds_nothing_and_only_the_protocols_shifts_exist():
    post, member = a_post(), a_member()
    window = windows(post.incident)[1]
    assert actions.assign(post, member, window, at=NIGHT) == actions.assign(post, member, window, at=NIGHT)
    assert Shift.objects.count() == 1
    with pytest.raises(UserError, match="no such shift"):
        actions.assign(post, member, (window[0] + H, window[1]), at=NIGHT)
    with pytest.raises(UserError, match="is over"):
        actions.assign(post, member, window, at=window[1])


def test_two_posts_at_once_and_too_little_rest_are_refused_until_somebody_says_why():
    incident = an_incident()
    east, west, member = a_post(incident), a_post(incident, name="西门"), a_member()
    first, second, third, fourth = windows(incident)[:4]
    actions.assign(east, member, first, at=NIGHT)
    with pytest.raises(UserError, match="stands at 东门 then"):
        actions.assign(west, member, first, at=NIGHT)
    with pytest.raises(UserError, match="would rest 0 h of 12 h"):
        actions.assign(west, member, second, at=NIGHT)
    with pytest.raises(UserError, match="would rest 6 h of 12 h"):
        actions.assign(west, member, third, at=NIGHT)
    actions.assign(west, member, fourth, at=NIGHT)
    shift = actions.assign(west, member, third, at=NIGHT, because="无人可换")
    assert shift.allowed_because == "无人可换"
    assert JournalEntry.objects.filter(act="assign_shift", data__because="无人可换").exists()


def test_who_is_away_or_ill_is_not_put_on_a_shift():
    post, member = a_post(), a_member()
    member.health = "quarantine"
    member.save()
    with pytest.raises(UserError, match="not available"):
        actions.assign(post, member, windows(post.incident)[1], at=NIGHT)


def test_a_shift_is_given_on_swapped_and_dropped_and_each_can_be_undone():
    incident = an_incident()
    post, one, two, three = a_post(incident, persons=2), a_member(), a_member(), a_member()
    first, second = windows(incident)[1:3]
    early = actions.assign(post, one, first, at=NIGHT)
    late = actions.assign(post, two, second, at=NIGHT)
    left, right = actions.swap(early, late, at=NIGHT)
    assert (left.member, left.starts_at, right.member, right.starts_at) == (two, first[0], one, second[0])
    given = actions.replace(right, three, at=NIGHT)
    assert given.member == three
    actions.drop(given, at=NIGHT)
    assert not post.shifts.filter(starts_at=second[0], state=Shift.State.PLANNED).exists()
    actions.step_back(given, at=NIGHT)
    assert post.shifts.get(starts_at=second[0], state=Shift.State.PLANNED).member == three


def test_a_swap_that_would_cost_somebody_the_rest_moves_neither_shift():
    incident = an_incident()
    post, one, two = a_post(incident, persons=2), a_member(), a_member()
    all_windows = windows(incident)
    early = actions.assign(post, one, all_windows[1], at=NIGHT)
    actions.assign(post, one, all_windows[4], at=NIGHT)
    late = actions.assign(post, two, all_windows[5], at=NIGHT)
    with pytest.raises(UserError):
        actions.swap(early, late, at=NIGHT)
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.state, late.state) == ("planned", "planned")


def test_the_relief_checks_in_and_leaves_with_a_note_only():
    post, member = a_post(), a_member()
    window = windows(post.incident)[1]
    shift = actions.assign(post, member, window, at=NIGHT)
    with pytest.raises(UserError, match="does not run now"):
        actions.check_in(shift, at=window[0] - 2 * H)
    actions.check_in(shift, at=window[0])
    actions.check_in(shift, at=window[0] + H)
    assert shift.checked_in_at == window[0]
    with pytest.raises(UserError) as error:
        actions.hand_over(shift, "  ", at=window[1])
    assert error.value.field == "note"
    actions.hand_over(shift, "西侧栅栏门锁已换", at=window[1])
    assert (shift.state, shift.handover) == ("done", "西侧栅栏门锁已换")
    actions.step_back(shift, at=window[1])
    assert shift.state == "on_duty"


def test_nobody_checks_in_at_two_posts():
    incident = an_incident()
    member, window = a_member(), windows(incident)[1]
    east = actions.assign(a_post(incident), member, window, at=NIGHT)
    west = actions.assign(a_post(incident, name="西门"), member, window, at=NIGHT, because="两门相邻")
    actions.check_in(east, at=window[0])
    with pytest.raises(UserError, match="Still on duty at 东门"):
        actions.check_in(west, at=window[0])


def test_the_watch_names_the_gap_now_and_the_gap_in_the_next_shift():
    post = a_post(persons=2, name="大门")
    now, after = windows(post.incident)[:2]
    rows = gates_uncovered(post.incident, NIGHT)
    assert [(row.what, row.level) for row in rows] == [("0 of 2 persons now", 3), ("0 of 2 persons next shift", 2)]
    assert rows[1].since == after[0]
    assert rows[0].url == f"/crew/post/{post.pk}/"
    for window in (now, after):
        for _ in range(2):
            actions.assign(post, a_member(), window, at=NIGHT)
    assert gates_uncovered(post.incident, NIGHT) == []


def test_who_hands_over_early_leaves_a_gap_and_who_stays_on_still_covers():
    post = a_post(at=NIGHT)
    now, after = windows(post.incident)[:2]
    shift = actions.check_in(actions.assign(post, a_member(), now, at=NIGHT), at=NIGHT)
    actions.assign(post, a_member(), after, at=NIGHT)
    assert whats(post.incident, NIGHT) == []
    actions.hand_over(shift, "身体不适，先走", at=NIGHT + H)
    assert whats(post.incident, NIGHT + H) == [("东门", "0 of 1 persons now")]


def test_a_relief_that_does_not_come_is_on_the_list_after_the_minutes_of_the_data():
    post, member = a_post(), a_member()
    window = windows(post.incident)[1]
    shift = actions.assign(post, member, window, at=NIGHT)
    minute = timedelta(minutes=1)
    label = f"东门 · {member.name}"
    assert (label, "has not checked in") not in whats(post.incident, window[0] + 14 * minute)
    assert (label, "has not checked in") in whats(post.incident, window[0] + 15 * minute)
    actions.check_in(shift, at=window[0] + 20 * minute)
    assert (label, "has not checked in") not in whats(post.incident, window[0] + 20 * minute)
    assert (label, "shift over, not handed over") in whats(post.incident, window[1] + 15 * minute)


def test_a_person_on_two_posts_or_without_rest_is_on_the_list_with_the_reason():
    incident = an_incident()
    member = a_member()
    first, second = windows(incident)[1:3]
    actions.assign(a_post(incident), member, first, at=NIGHT)
    actions.assign(a_post(incident, name="西门"), member, first, at=NIGHT, because="两门相邻")
    actions.assign(a_post(incident, name="北门"), member, second, at=NIGHT, because="无人可换")
    found = [what for subject, what in whats(incident, NIGHT) if member.name in subject]
    assert found == [
        "on two posts at once · allowed: 两门相邻",
        "0 h of rest · allowed: 无人可换",
        "0 h of rest · allowed: 无人可换",
    ]
    assert whats(incident, second[1] + 24 * H)[0][1] == "0 of 1 persons now"


def test_the_watch_asks_the_same_number_of_questions_for_one_post_and_for_thirty(django_assert_num_queries):
    incident = an_incident()
    for number in range(30):
        post = a_post(incident, name=f"{number}号门")
        actions.assign(post, a_member(), windows(incident)[0], at=NIGHT)
    with django_assert_num_queries(2):
        assert len(gates_uncovered(incident, NIGHT)) == 30


@given(
    offsets=st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), max_size=6),
    needed=st.integers(1, 3),
)
def test_cover_is_the_least_number_of_persons_at_any_minute(offsets, needed):
    spans = [(NIGHT + begin * H, NIGHT + (begin + length) * H) for begin, length in offsets]
    found = cover(spans, NIGHT, NIGHT + 12 * H)
    by_hour = [sum(begin <= NIGHT + h * H < end for begin, end in spans) for h in range(12)]
    assert found.persons == min(by_hour)
    assert found.since == NIGHT + by_hour.index(min(by_hour)) * H


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(1, 12)), max_size=7))
def test_clashes_are_every_pair_that_overlaps_or_rests_too_little(lines):
    duties = [Duty(NIGHT + s * H, NIGHT + (s + n) * H, post=1, key=key) for key, (s, n) in enumerate(lines)]
    pairs = {
        frozenset((a.key, b.key))
        for a in duties
        for b in duties
        if a.key != b.key and max(a.start, b.start) < min(a.end, b.end) + 12 * H
    }
    assert {frozenset((wrong.one.key, wrong.other.key)) for wrong in clashes(duties, 12)} == pairs


def check_roster(problem, plan):
    """Whether a roster holds, by rules written down anew: seats, rest, nothing dropped silently."""
    for place in problem.places:
        here = [one.worker for one in plan.placed if one.place == place]
        empty = sum(line.seats for line in plan.unfilled if line.place == place)
        assert len(here) + empty == place.seats
        assert len(set(here)) == len(here)
    for worker in problem.workers:
        mine = [(one.place.start_h, one.place.end_h) for one in plan.placed if one.worker == worker.id]
        mine = sorted(mine + [(busy.start_h, busy.end_h) for busy in worker.busy])
        assert all(b[0] - a[1] >= problem.rest_h for a, b in zip(mine, mine[1:], strict=False))
    assert plan.lower_bound <= plan.cost


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    posts=st.integers(1, 4),
    shifts=st.integers(1, 9),
    seats=st.integers(1, 3),
    people=st.integers(0, 14),
)
def test_a_roster_by_hand_keeps_every_rest_and_names_every_empty_seat(posts, shifts, seats, people):
    places = tuple(Place(f"p{p}", 6.0 * s, 6.0 * s + 6, seats) for p in range(posts) for s in range(shifts))
    problem = RostersProblem(places, tuple(Worker(f"{n:03d}") for n in range(people)), 12)
    plan = plan_by_hand(problem)
    check_roster(problem, plan)
    assert plan == plan_by_hand(problem)
    wider = RostersProblem(places, tuple(Worker(f"{n:03d}") for n in range(people + plan.more_workers)), 12)
    assert plan_by_hand(wider).unfilled == ()


def test_hours_are_shared_fairly():
    places = tuple(Place("p", 6.0 * s, 6.0 * s + 6, 2) for s in range(12))
    plan = plan_by_hand(RostersProblem(places, tuple(Worker(str(n)) for n in range(6)), 12))
    counts = [sum(one.worker == str(n) for one in plan.placed) for n in range(6)]
    assert counts == [4] * 6
    assert plan.cost == 0


def a_gate_crew(incident, people):
    return [a_member("gate", incident=incident) for _ in range(people)]


def test_a_proposal_stores_nothing_then_all_of_it_once_and_is_taken_back_whole():
    incident = an_incident()
    post = a_post(incident, persons=2)
    a_gate_crew(incident, 6)
    members = list(filling.candidates(incident))
    proposal = filling.propose(incident, [post], members, at=NIGHT, hours=24)
    assert not Shift.objects.exists()
    assert (len(proposal.lines), proposal.empty) == (10, ())
    batch, keys = uuid4(), [line.key for line in proposal.lines]
    filling.store(incident, keys, batch, at=NIGHT)
    filling.store(incident, keys, batch, at=NIGHT)
    assert Shift.objects.filter(state="planned").count() == 10
    assert gates_uncovered(incident, NIGHT) == []
    assert JournalEntry.objects.filter(act="fill_shifts").count() == 1
    assert filling.take_back(incident, batch, at=NIGHT) == 10
    assert not Shift.objects.filter(state="planned").exists()


def test_what_cannot_be_filled_is_named_with_what_would_change_it():
    incident = an_incident()
    post = a_post(incident, persons=2)
    members = a_gate_crew(incident, 4)
    proposal = filling.propose(incident, [post], members, at=NIGHT, hours=24)
    assert (len(proposal.lines), proposal.empty_seats, proposal.more_workers) == (8, 2, 2)
    assert proposal.empty[0].starts_at == windows(incident)[2][0]
    assert proposal.lower_bound == 2
    new = a_gate_crew(incident, 2)
    assert filling.propose(incident, [post], members + new, at=NIGHT, hours=24).empty == ()


def test_a_roster_that_no_longer_holds_is_stored_not_even_in_part():
    incident = an_incident()
    post, other = a_post(incident), a_post(incident, name="西门")
    (member,) = a_gate_crew(incident, 1)
    proposal = filling.propose(incident, [post], [member], at=NIGHT, hours=24)
    actions.assign(other, member, windows(incident)[3], at=NIGHT)
    with pytest.raises(UserError, match="西门"):
        filling.store(incident, [line.key for line in proposal.lines], uuid4(), at=NIGHT)
    assert Shift.objects.count() == 1


def test_a_team_may_be_asked_and_who_is_away_is_not():
    incident = an_incident()
    team = Team.objects.create(incident=incident, name="临时值守队")
    there, away = a_member(), a_member()
    away.available = False
    away.save()
    team.members.set([there, away])
    assert list(filling.candidates(incident, team)) == [there]


def test_sealing_a_place_with_people_still_derives_what_they_are_owed():
    compound = a_compound()
    area = a_sealed_area(compound=compound)
    a_household(compound.buildings.get().stairs.get().doors.first())
    area = seal(area)
    assert area.posts.count() == 1
    assert area.incident.promises.filter(kind="kit:living").exists()
