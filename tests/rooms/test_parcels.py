"""Parcels at the gate: one holder, a clock, handed over with a knock, refused only with a reason that is told."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in

from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.rounds.visits import VisitReport, record_visit, undo_visit
from doorstep.supplies import parcels, watches
from doorstep.supplies.models import Parcel

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Night:
    """A sealed area whose gate takes parcels."""

    def __init__(self):
        self.area = a_sealed_area(compound=a_compound("梧桐院", stairs=1, floors=3))
        self.incident = self.area.incident
        self.keeper = a_member("gate", incident=self.incident)
        self.door = self.area.area_doors.select_related("door__stair__building").order_by("pk").first().door

    def parcel(self, **facts):
        brought = parcels.Brought(uuid4(), self.door, **{"sender": "女儿", **facts})
        return parcels.register(self.incident, brought, at=NIGHT, by=self.keeper)


@pytest.fixture
def night():
    return Night()


def form(**changed):
    return {"client_id": str(uuid4()), "door": "1号楼-1单元-101", "sender": "女儿", "kind": "family", **changed}


def test_whoever_writes_a_parcel_down_holds_it_and_twice_is_once(night):
    brought = parcels.Brought(uuid4(), night.door, sender="女儿")
    first = parcels.register(night.incident, brought, at=NIGHT, by=night.keeper)
    again = parcels.register(night.incident, brought, at=NIGHT + MINUTE, by=a_member())
    assert first == again
    assert again.holder == night.keeper


def test_nobody_named_who_brought_it_is_refused(night):
    with pytest.raises(UserError) as refused:
        night.parcel(sender=" ")
    assert refused.value.field == "sender"


@pytest.mark.parametrize(("cold", "minutes"), [(False, 120), (True, 30)])
def test_past_its_limit_a_parcel_is_on_the_watch_list(night, cold, minutes):
    parcel = night.parcel(cold=cold)
    assert parcels.limit_of(parcel) == NIGHT + minutes * MINUTE
    assert watches.parcels_waiting(night.incident, NIGHT + (minutes - 1) * MINUTE) == []
    row = watches.parcels_waiting(night.incident, NIGHT + minutes * MINUTE)[0]
    assert (row.who_acts, row.door_id, row.area_id) == (night.keeper.name, night.door.pk, night.area.pk)
    assert row.level == (3 if cold else 2)


def test_a_parcel_changes_hands_and_has_one_holder(night):
    parcel, other = night.parcel(), a_member("carrier", incident=night.incident)
    parcels.take_over(parcel, other, at=NIGHT, by=other)
    assert Parcel.objects.get().holder == other
    Parcel.objects.update(holder=None)
    assert "nobody holds it" in watches.parcels_waiting(night.incident, NIGHT)[0].what


def test_a_refusal_needs_a_reason_and_waits_until_both_sides_are_told(night):
    parcel = night.parcel()
    given = {"at": NIGHT, "by": night.keeper}
    with pytest.raises(UserError) as refused:
        parcels.refuse(parcel, reason=" ", **given)
    assert refused.value.field == "reason"
    parcels.refuse(parcel, reason="内有明火炉具", **given)
    for side in parcels.SIDES:
        assert len(watches.parcels_waiting(night.incident, NIGHT)) == 1
        parcels.tell(parcel, side, **given)
    assert watches.parcels_waiting(night.incident, NIGHT) == []
    with pytest.raises(UserError):
        parcels.hand_over(parcel, **given)


def test_what_waits_for_a_door_goes_along_with_its_visit(night):
    parcel = night.parcel(cold=True, kg=1.5)
    other = night.area.area_doors.order_by("pk").last().door_id
    start, end = NIGHT, NIGHT + 120 * MINUTE
    lines = parcels.visit_lines(night.incident, [night.door.pk, other], start, end)
    assert list(lines) == [night.door.pk]
    line = lines[night.door.pk][0]
    assert (line.confirms, line.kg, line.due_at) == (f"parcel:{parcel.pk}", 1.5, NIGHT + 30 * MINUTE)
    assert parcels.visit_lines(night.incident, [other], start, end) == {}
    parcels.hand_over(parcel, at=NIGHT, by=None)
    assert parcels.visit_lines(night.incident, [night.door.pk], start, end) == {}


def test_a_knock_hands_its_parcels_over_and_taken_back_they_are_at_the_gate_again(night):
    a_household(night.door)
    derive(night.incident, at=NIGHT)
    parcel = night.parcel()
    elsewhere = parcels.register(
        night.incident,
        parcels.Brought(uuid4(), night.area.area_doors.order_by("pk").last().door, sender="亲戚"),
        at=NIGHT,
        by=night.keeper,
    )
    carrier = a_member("carrier", incident=night.incident)
    said = (f"parcel:{parcel.pk}", f"parcel:{elsewhere.pk}", "parcel:x")
    report = VisitReport(uuid4(), night.door.pk, "opened", NIGHT + 20 * MINUTE, handed=said)
    visit = record_visit(night.incident, report, by=carrier, at=NIGHT + 21 * MINUTE)
    parcel.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (parcel.state, parcel.ended_at, parcel.proof) == ("handed", NIGHT + 20 * MINUTE, f"visit:{visit.pk}")
    assert elsewhere.state == "waits"
    undo_visit(visit, by=carrier, at=NIGHT + 25 * MINUTE)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.proof) == ("waits", "")


def test_the_gate_writes_a_parcel_down_and_sees_its_clock(client, night):
    sign_in(client, "gate", night.incident)
    sent = form(cold="on", what="饺子")
    for _ in range(2):
        page = client.post("/supplies/parcels/", sent, follow=True).content.decode()
    assert Parcel.objects.get().door == night.door
    assert "to be at the door by 23:30" in page
    assert "30 minutes left" in page
    assert "饺子" in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"door": "9-9-999"}, "No door of your areas is called so."), ({"sender": ""}, "Nobody is named who brought it.")],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(client, night, changed, said):
    sign_in(client, "gate", night.incident)
    answer = client.post("/supplies/parcels/", form(what="饺子", **changed))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert 'value="饺子"' in answer.content.decode()


def test_a_door_that_is_named_twice_is_asked_for_with_its_building(client, night):
    a_sealed_area(night.incident, a_compound("桂花院"))
    sign_in(client, "gate", night.incident)
    answer = client.post("/supplies/parcels/", form(door="1-1-101"))
    assert "Several doors are called so" in answer.content.decode()
    client.post("/supplies/parcels/", form(door="桂花院1-1-101"))
    assert Parcel.objects.get().door.stair.building.compound.name == "桂花院"


def test_the_page_hands_over_refuses_tells_and_takes_back(client, night):
    parcel = night.parcel()
    sign_in(client, "gate", night.incident)
    path = f"/supplies/parcels/{parcel.pk}/"

    def do(what, **more):
        page = client.post(path, {"do": what, **more}, follow=True).content.decode()
        parcel.refresh_from_db()
        return page

    do("hand")
    assert parcel.state == "handed"
    do("back")
    assert "A reason is missing" in do("refuse", reason="")
    assert parcel.state == "waits"
    do("refuse", reason="超大件")
    do("tell_sender")
    page = do("tell_door")
    assert "sender told" in page
    assert parcel.told_door_at == NIGHT


def test_parcels_of_another_area_are_not_on_the_page_nor_changed(client, night):
    parcel = night.parcel()
    sign_in(client, "gate", night.incident, area=a_sealed_area(night.incident))
    assert "Nothing waits at the gate" in client.get("/supplies/parcels/").content.decode()
    assert client.post(f"/supplies/parcels/{parcel.pk}/", {"do": "hand"}).status_code == 404
    sign_in(client, "press", night.incident)
    assert client.get("/supplies/parcels/").status_code == 403


def test_who_brought_it_is_shown_to_its_holder_and_to_who_needs_names(client, night):
    night.parcel(sender="柳青")
    sign_in(client, "supply", night.incident)
    assert "柳青" not in client.get("/supplies/parcels/").content.decode()
    sign_in(client, "coordinator", night.incident)
    assert "柳青" in client.get("/supplies/parcels/").content.decode()
    rows = client.get("/supplies/parcels/?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 2
