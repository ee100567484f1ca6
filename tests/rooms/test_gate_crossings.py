"""Crossings: who comes in by which right, what waits, what is undone; the gate that opens for life."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area

from doorstep.command.models import JournalEntry, Task
from doorstep.errors import UserError
from doorstep.gate import counts, crossings, figures, permits, watches
from doorstep.gate.models import Crossing, Permit
from doorstep.gate.queries import count_inside, guests_now, line_of, out_now, seen_in, waiting
from doorstep.register.models import Door, Gate

pytestmark = pytest.mark.django_db

H, M = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def area():
    return a_sealed_area(compound=a_compound("梧桐院"))


def cross(area, direction, permission, *, at=NIGHT, **facts):
    seen = crossings.Seen(facts.pop("client_id", uuid4()), direction, permission, at, Gate.objects.get(), **facts)
    return crossings.record(area.incident, seen, at=at)


def test_the_gate_opens_for_life_with_nothing_filled_in_and_the_reason_comes_later(area):
    ident, by = uuid4(), a_member("gate")
    given = {"at": NIGHT, "by": by, "occurred_at": NIGHT}
    first = crossings.open_for_life(area.incident, Gate.objects.get(), ident, **given)
    second = crossings.open_for_life(area.incident, Gate.objects.get(), ident, **given)
    assert first.pk == second.pk
    task = Task.objects.get(kind="gate_opened")
    assert (task.area, task.state, task.due_at) == (area, "open", NIGHT + 12 * H)
    assert set(task.titles) == {"zh", "en"}
    crossings.complete(first, "120接走临产孕妇", at=NIGHT + H, by=by)
    task.refresh_from_db()
    assert task.state == "done"


def test_nothing_about_an_emergency_is_refused_at_any_gate(area):
    for permission_facts in ({}, {"label": "救护车", "what": "vehicle"}, {"direction": "in"}):
        direction = permission_facts.pop("direction", "out")
        assert not cross(area, direction, "emergency", **permission_facts).refused
    assert crossings.open_for_life(area.incident, None, uuid4(), at=NIGHT, by=None, occurred_at=NIGHT).pk


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"role": ""}, "role"),
        ({"role": "press", "label": "晚报"}, "reason"),
        ({"role": "press", "reason": "采访现场指挥"}, "label"),
        ({"role": "family", "label": "表哥", "reason": "看望"}, "role"),
    ],
)
def test_nobody_enters_without_task_or_right(area, facts, field):
    with pytest.raises(UserError) as refused:
        cross(area, "in", "visitor", **facts)
    assert refused.value.field == field
    assert not Crossing.objects.exists()


def test_a_visitor_with_a_task_is_inside_until_they_leave_and_is_missed_when_late(area):
    came = cross(area, "in", "visitor", role="press", label="晚报", reason="采访现场指挥")
    rows = seen_in(area.incident, None)
    assert list(guests_now(rows)) == [came]
    assert not watches.not_back(area.incident, NIGHT + H)
    (row,) = watches.not_back(area.incident, NIGHT + 3 * H)
    assert row.subject == "晚报"
    left = cross(area, "out", "visitor", at=NIGHT + 3 * H, label="晚报", ends=came)
    assert not guests_now(rows)
    crossings.undo(left, at=NIGHT + 3 * H, by=None)
    assert list(guests_now(rows)) == [came]


def test_a_refusal_needs_its_reason_and_is_told_to_both_sides(area):
    with pytest.raises(UserError):
        cross(area, "in", "visitor", role="family", label="表哥", refused=True)
    turned = cross(area, "in", "visitor", role="family", label="表哥", refused=True, reason="没有通行证")
    assert turned.told_outside_at == NIGHT
    assert turned.told_inside_at is None
    crossings.tell_inside(turned, at=NIGHT + M, by=None)
    assert turned.told_inside_at == NIGHT + M
    assert not guests_now(seen_in(area.incident, None))


def test_what_waits_between_the_gates_has_a_clock_and_cold_goods_a_shorter_one(area):
    warm = cross(area, "buffer_in", "parcel", what="goods")
    cold = cross(area, "buffer_in", "order", what="goods", cold=True)

    def late(at):
        return watches.buffer_waits(area.incident, at)

    assert not late(NIGHT + 29 * M)
    (row,) = watches.buffer_waits(area.incident, NIGHT + 31 * M)
    assert row.level == 3
    cross(area, "in", "order", what="goods", ends=cold, at=NIGHT + 32 * M)
    assert not late(NIGHT + 100 * M)
    assert late(NIGHT + 121 * M)
    assert list(waiting(seen_in(area.incident, None))) == [warm]
    with pytest.raises(UserError):
        cross(area, "in", "order", what="goods", ends=cold)


def test_who_lives_here_comes_home_at_any_time_and_goes_out_with_a_permit(area):
    with pytest.raises(UserError) as refused:
        cross(area, "out", "home", door=Door.objects.first())
    assert refused.value.field == "permission"
    assert cross(area, "in", "home", door=Door.objects.first()).pk


def test_the_count_inside_is_the_registers_and_each_difference_is_explained(area):
    home = a_household(area.area_doors.first().door, persons=3)
    asked = permits.Asked(
        area, "medical_planned", NIGHT, NIGHT + 4 * H, door=home.door, person=home.persons.first(), reason="透析"
    )
    permit = permits.grant(permits.ask(area.incident, asked, at=NIGHT), at=NIGHT, by=None)
    out = cross(area, "out", "permit", permit=permit)
    rows = seen_in(area.incident, None)

    def inside():
        return count_inside([area], [line_of(area.incident, row, NIGHT) for row in out_now(rows)], ()).inside

    assert inside() == 2
    told = counts.out(area.incident, Door.objects.all(), NIGHT)
    assert told[home.door_id].persons == 2
    assert permit.number in told[home.door_id].text
    person = home.persons.first()
    person.present = "hospital"
    person.save()
    assert inside() == 2, "the register has them away already: nobody is counted twice"
    assert not counts.out(area.incident, Door.objects.all(), NIGHT)
    assert {row.level for row in watches.not_back(area.incident, NIGHT + 5 * H)} == {3}
    crossings.undo(out, at=NIGHT, by=None)
    person.present = "home"
    person.save()
    assert inside() == 3
    assert not watches.not_back(area.incident, NIGHT + 5 * H)


def test_what_a_device_tells_late_is_never_refused_but_looked_at(area):
    home = a_household(area.area_doors.first().door)
    asked = permits.Asked(area, "other", NIGHT, NIGHT + 4 * H, door=home.door, bearer="household", reason="取药")
    permit = permits.grant(permits.ask(area.incident, asked, at=NIGHT), at=NIGHT, by=None)
    permits.withdraw(permit, "不再需要", at=NIGHT + M, by=None)
    late = cross(area, "out", "permit", permit=permit, happened=True, at=NIGHT + 2 * M)
    unknown = cross(area, "out", "permit", happened=True, at=NIGHT + 2 * M, permission_ref="123456")
    assert (late.doubt, unknown.doubt) == ("not_valid", "unknown")


def test_legs_that_arrive_out_of_order_fit_together_again(area):
    home = a_household(area.area_doors.first().door)
    asked = permits.Asked(area, "other", NIGHT, NIGHT + 4 * H, door=home.door, bearer="household", reason="取药")
    permit = permits.grant(permits.ask(area.incident, asked, at=NIGHT), at=NIGHT, by=None)
    back = cross(area, "in", "permit", permit=permit, happened=True, at=NIGHT + 2 * H)
    out = cross(area, "out", "permit", permit=permit, happened=True, at=NIGHT + H)
    back.refresh_from_db()
    assert back.ends == out
    permit.refresh_from_db()
    assert permit.state == Permit.State.USED


def test_figures_open_to_their_rows_and_the_journal_names_no_resident(area):
    home = a_household(area.area_doors.first().door)
    asked = permits.Asked(area, "emergency", NIGHT, NIGHT + 4 * H, door=home.door, person=home.persons.first())
    permit = permits.ask(area.incident, asked, at=NIGHT)
    cross(area, "out", "permit", permit=permit)
    cross(area, "in", "duty", label="配送员", count=3)
    cross(area, "in", "order", what="goods", count=40)
    found = {one.code: one.value for one in figures.figures(area.incident, NIGHT, NIGHT + H)}
    assert (found["gate_persons_in"], found["gate_persons_out"], found["gate_goods"]) == (3, 1, 1)
    assert found["gate_permits"] == 1
    for code, value in found.items():
        opened = figures.rows(area.incident, code, NIGHT, NIGHT + H)
        assert bool(opened.rows) == bool(value)
        assert home.head not in str(opened.rows)
    assert home.persons.first().name not in str(list(JournalEntry.objects.values_list("subject_label", "data")))
