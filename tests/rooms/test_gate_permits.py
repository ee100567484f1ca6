"""Permits: asked for, decided, signed, checked. No emergency waits for one."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep import protocol
from doorstep.command.events import ExitAsked, PermitChanged
from doorstep.errors import UserError
from doorstep.gate import checking, crossings, permits, slips, tokens
from doorstep.gate.models import Crossing, Permit
from doorstep.gate.rules import approval_of, waits
from doorstep.register.models import Gate
from doorstep.wiring import events

pytestmark = pytest.mark.django_db

H = timedelta(hours=1)


@pytest.fixture
def home():
    area = a_sealed_area(compound=a_compound("梧桐院"))
    return a_household(area.area_doors.first().door), area


def ask(home, kind="medical_planned", *, hours=4, at=NIGHT, **more):
    household, area = home
    facts = {"door": household.door, "person": household.persons.first(), "reason": "透析"} | more
    asked = permits.Asked(area, kind, NIGHT, NIGHT + hours * H, **facts)
    return permits.ask(area.incident, asked, at=at)


def cross(permit, way, *, at=NIGHT + H, client_id=None, **more):
    seen = crossings.Seen(
        client_id or uuid4(), way, "permit", at, Gate.objects.order_by("pk").first(), permit=permit, **more
    )
    return crossings.record(permit.incident, seen, at=max(at, NIGHT + H))


@pytest.fixture
def answers():
    """Hears what the gate answers."""
    heard = []
    events.subscribe(PermitChanged, heard.append)
    yield heard
    events._handlers[PermitChanged].remove(heard.append)


def test_an_emergency_is_granted_by_itself_in_every_zone_of_every_protocol(home):
    area = home[1]
    for code in protocol.shipped_ids():
        area.incident.protocol_id = code
        for zone in area.incident.protocol.zones:
            area.zone = zone
            for kind in area.incident.protocol.emergency.covers:
                assert not waits(approval_of(area.incident, area, kind)), (code, zone)


def test_a_planned_exit_waits_and_a_no_needs_its_reason(home):
    permit, by = ask(home), a_member("desk")
    assert permit.state == Permit.State.ASKED
    with pytest.raises(UserError) as refused:
        permits.refuse(permit, " ", at=NIGHT, by=by)
    assert refused.value.field == "reason"
    assert permits.refuse(permit, "医生可以上门", at=NIGHT, by=by).state == Permit.State.REFUSED
    assert permits.grant(permit, at=NIGHT, by=by).state == Permit.State.GRANTED
    assert permits.withdraw(permit, "取消预约", at=NIGHT, by=by).state == Permit.State.WITHDRAWN
    assert ask(home, "emergency", reason="").state == Permit.State.GRANTED


def test_asking_twice_makes_one_permit_with_a_number_that_shows_a_slip_of_the_finger(home):
    ident = uuid4()
    first, second = ask(home, client_id=ident), ask(home, client_id=ident)
    assert first.pk == second.pk
    assert len(first.number) == 6
    assert permits.check_digit(first.number[:-1]) == first.number[-1]


def test_another_room_asks_and_hears_each_answer_under_its_key(home, answers):
    household, area = home
    event = ExitAsked(
        "care:7", area.incident_id, household.door_id, "medical_planned", "透析", NIGHT, NIGHT + 4 * H, NIGHT,
        person_id=household.persons.first().pk,
    )  # fmt: skip
    events.publish(event)
    events.publish(event)
    permit = Permit.objects.get()
    permits.grant(permit, at=NIGHT, by=a_member("desk"))
    cross(permit, "out")
    cross(permit, "in", at=NIGHT + 2 * H)
    states = [one.state for one in answers]
    assert states == ["asked", "asked", "granted", "used"]
    assert {(one.key, one.number) for one in answers} == {("care:7", permit.number)}


def test_a_new_time_for_the_same_key_is_a_new_number(home, answers):
    household, area = home
    facts = (area.incident_id, household.door_id, "medical_planned", "透析")
    events.publish(ExitAsked("care:7", *facts, NIGHT, NIGHT + 4 * H, NIGHT))
    old = Permit.objects.get()
    events.publish(ExitAsked("care:7", *facts, NIGHT + 24 * H, NIGHT + 28 * H, NIGHT))
    old.refresh_from_db()
    new = Permit.objects.get(key="care:7")
    assert (old.state, old.key) == (Permit.State.WITHDRAWN, None)
    assert new.number != old.number
    assert answers[-1].number == new.number


def test_a_door_that_nobody_binds_needs_no_permit(home, answers):
    other = a_household(a_compound("松院").buildings.get().stairs.first().doors.first())
    area = home[1]
    kind = "medical_planned"
    events.publish(ExitAsked("care:8", area.incident_id, other.door_id, kind, "", NIGHT, NIGHT + H, NIGHT))
    assert not Permit.objects.exists()
    assert (answers[-1].state, answers[-1].number) == ("granted", "")


def test_the_check_says_yes_no_and_ask(home):
    permit = ask(home)
    incident, by = permit.incident, a_member("desk")
    here = Gate.objects.get()
    a_compound("松院")

    def look(said, at):
        return checking.check(incident, said, at=at, gate=here)

    assert look(permit.number, NIGHT).look == "broken"
    permits.grant(permit, at=NIGHT, by=by)
    token = slips.token_of(permit)
    assert (look(token, NIGHT).look, look(f"{permit.number[:3]} {permit.number[3:]}", NIGHT).look) == ("kept", "kept")
    assert look(token[:-4] + "AAAA", NIGHT).look == "broken"
    assert look("123", NIGHT).look == "risk"
    elsewhere = Gate.objects.exclude(pk=here.pk).get()
    assert checking.check(incident, token, at=NIGHT, gate=elsewhere).words == "It is for another gate."
    assert look(token, NIGHT + 5 * H).look == "broken"
    cross(permit, "out")
    late = look(token, NIGHT + 9 * H)
    assert (late.look, late.way) == ("kept", "in"), "nobody is kept from coming home"
    cross(permit, "in", at=NIGHT + 2 * H)
    permit.refresh_from_db()
    assert permit.state == Permit.State.USED
    assert look(token, NIGHT + 2 * H).look == "broken"


def test_the_square_says_no_full_name_and_holds_only_as_it_was_signed(home):
    permit = permits.grant(ask(home), at=NIGHT, by=a_member("desk"))
    token = slips.token_of(permit)
    said = tokens.read(token)
    assert said.number == permit.number
    assert said.label.startswith("柳某")
    assert permit.person.name not in said.label
    head, facts, signature = token.split(".")
    changed = tokens._coded(tokens._plain(facts).replace(b"medical_planned", b"emergency"))
    assert tokens.read(f"{head}.{changed}.{signature}") is None
    assert tokens.read("DSG1.x") is None


def test_the_slip_is_a_pdf_whose_square_another_library_reads(home):
    import io

    import zxingcpp
    from PIL import Image
    from pypdf import PdfReader

    permit = permits.grant(ask(home), at=NIGHT, by=a_member("desk"))
    made = slips.slip(permit, at=NIGHT, by=None)
    assert str(permit) in PdfReader(io.BytesIO(made)).pages[0].extract_text()
    import segno

    out = io.BytesIO()
    segno.make_qr(slips.token_of(permit), error="m").save(out, kind="png", scale=4, border=2)
    (found,) = zxingcpp.read_barcodes(Image.open(out))
    assert tokens.read(found.text).number == permit.number


acts = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["out", "in", "undo", "again"])), max_size=14)


@settings(max_examples=20)
@given(acts)
def test_each_crossing_counts_once_and_the_count_inside_fits_whatever_is_undone(steps):
    """Crossings of three permits against a plain model of who is out: repeating and undoing change nothing else."""
    area = a_sealed_area(compound=a_compound())
    doors = [one.door for one in area.area_doors.all()[:3]]
    mine = [permits.grant(ask((a_household(door), area), many=True, hours=90), at=NIGHT, by=None) for door in doors]
    gate = Gate.objects.get(compound=doors[0].stair.building.compound)
    live: list[list[tuple]] = [[], [], []]
    for minute, (which, step) in enumerate(steps):
        at = NIGHT + timedelta(minutes=minute)
        if step in ("out", "in"):
            seen = crossings.Seen(uuid4(), step, "permit", at, gate, permit=mine[which], happened=True)
            live[which].append((seen, crossings.record(area.incident, seen, at=at)))
        elif live[which] and step == "undo":
            crossings.undo(live[which].pop()[1], at=at, by=None)
        elif live[which]:
            seen, made = live[which][-1]
            assert crossings.record(area.incident, seen, at=at).pk == made.pk
    from doorstep.gate.queries import out_now, seen_in

    rows = Crossing.objects.filter(incident=area.incident, undone_at=None)
    assert rows.count() == sum(map(len, live))
    out = {row.permit_id for row in out_now(seen_in(area.incident, None))}
    away = {permit.pk for permit in mine if permits.is_away(permit)}
    model = {permit.pk for permit, list_ in zip(mine, live, strict=True) if list_ and list_[-1][0].direction == "out"}
    assert away == out == model
