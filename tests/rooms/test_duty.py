"""Protective equipment: what duties need, what the stock has, who was given it, who is on duty without it."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_member, a_sealed_area, sign_in

from doorstep import protocol
from doorstep.command import actions as command
from doorstep.command.models import JournalEntry
from doorstep.crew import actions as crew
from doorstep.crew import filling
from doorstep.crew.models import Post, Shift
from doorstep.errors import UserError
from doorstep.rounds.models import RoundPlan
from doorstep.supplies import duty, items, lots, moves, watches
from doorstep.supplies.models import Balance, Item, SetAside, Supplier
from doorstep.wiring.contributions import OnDuty

pytestmark = pytest.mark.django_db(transaction=True)
DAY, H = timedelta(days=1), timedelta(hours=1)


class Gate:
    """A sealed area with its gate manned, the starter catalogue, a store with some masks and suits."""

    def __init__(self):
        area = a_sealed_area(compound=a_compound("梧桐院"))
        area.state = "proposed"
        area.save()
        self.area = command.seal(area, effective_at=NIGHT, at=NIGHT)
        self.incident = self.area.incident
        items.load_starter(items.Act(NIGHT))
        self.store = moves.place_of(self.incident, "store", "街道仓库")
        self.post = Post.objects.filter(area=self.area).first()
        rules = self.incident.protocol
        self.windows = protocol.shift_windows(rules, start=NIGHT, until=NIGHT + 48 * H, tz=self.incident.tz)

    def receive(self, code, packs):
        supplier, _made = Supplier.objects.get_or_create(incident=self.incident, name="区防控办")
        receipt = lots.Receipt(
            uuid4(), Item.objects.get(code=code), packs, f"{code}-1", supplier, NIGHT + 300 * DAY, {"whole": True}
        )
        return lots.receive(self.incident, receipt, store=self.store, at=NIGHT)

    def shift(self, window=0, member=None, because=""):
        member = member or a_member("gate", incident=self.incident)
        return crew.assign(self.post, member, self.windows[window], at=NIGHT, because=because)

    def issue(self, shift, packs, said=None):
        return duty.issue(
            self.incident,
            shift.member,
            packs,
            store=self.store,
            duty=f"shift:{shift.pk}",
            at=NIGHT,
            by=None,
            client_id=said or uuid4(),
        )

    def in_store(self, code):
        return sum(Balance.objects.filter(location=self.store, lot__item__code=code).values_list("packs", flat=True))


@pytest.fixture
def gate():
    return Gate()


def work(kind, hours=4.0, number=1, zone="sealed"):
    return OnDuty(f"test:{number}", kind, "梧桐院", NIGHT, NIGHT + hours * H, zone=zone)


def test_pieces_are_summed_over_all_persons_before_they_become_packs(gate):
    suits = duty.need_of(gate.incident, [work("door", number=n) for n in range(3)])
    assert suits == {"ppe_suit": 3, "ppe_n95": 1, "ppe_gloves": 1, "ppe_shoe_covers": 1, "ppe_shield": 3}
    assert duty.need_of(gate.incident, [work("gate", hours=6)]) == {"masks": 1}
    assert duty.need_of(gate.incident, [work("desk")]) == {}


def test_a_longer_duty_changes_its_suit_but_keeps_its_shield(gate):
    need = duty.need_of(gate.incident, [work("sampling", hours=9)])
    assert (need["ppe_suit"], need["ppe_shield"]) == (3, 1)


def test_what_is_missing_is_named_with_what_is_free(gate):
    gate.receive("ppe_suit", 2)
    gate.receive("masks", 5)
    short = duty.enough_for(gate.incident, [work("door", number=n) for n in range(3)], NIGHT)
    suit = next(line for line in short if line.code == "ppe_suit")
    assert (suit.needed, suit.free) == (3, 2)
    assert duty.enough_for(gate.incident, [work("gate")], NIGHT) == []


def test_where_no_equipment_is_in_the_books_no_shift_is_refused(gate):
    assert duty.enough_for(gate.incident, [work("door")], NIGHT) == []
    gate.shift()


def test_a_shift_that_the_stock_cannot_equip_needs_a_reason(gate):
    gate.receive("masks", 1)
    for _ in range(5):  # ten masks: two for each of five shifts of six hours
        gate.shift(0)
    with pytest.raises(UserError, match="Protective equipment is short") as refused:
        gate.shift(1)
    assert refused.value.field == "because"
    made = gate.shift(1, because="区里两小时内送到")
    assert made.allowed_because == "区里两小时内送到"


def a_proposal(gate, people=4):
    members = [a_member("gate", incident=gate.incident) for _ in range(people)]
    return filling.propose(gate.incident, [gate.post], members, at=NIGHT, hours=24)


def test_a_roster_that_the_stock_equips_says_nothing_and_is_stored(gate):
    gate.receive("masks", 20)
    roster = a_proposal(gate)
    assert roster.against == ""
    assert filling.store(gate.incident, [line.key for line in roster.lines], uuid4(), at=NIGHT)


def test_a_roster_that_needs_more_than_there_is_says_so_and_is_stored_with_a_reason_only(gate):
    """One box has masks for the first shifts, not for all of them together."""
    gate.receive("masks", 1)
    roster, batch = a_proposal(gate, people=12), uuid4()
    more = Post.objects.filter(pk=gate.post.pk)
    more.update(persons_needed=3)
    roster = filling.propose(gate.incident, list(more), [*{line.member for line in roster.lines}], at=NIGHT, hours=24)
    assert "Protective equipment is short" in roster.against
    keys = [line.key for line in roster.lines]
    with pytest.raises(UserError, match="Protective equipment is short") as refused:
        filling.store(gate.incident, keys, batch, at=NIGHT)
    assert refused.value.field == "because"
    assert not Shift.objects.exists()
    for _ in range(2):
        made = filling.store(gate.incident, keys, batch, at=NIGHT, because="区里两小时内送到")
    assert len(made) == Shift.objects.filter(allowed_because="区里两小时内送到").count() == len(keys)
    entry = JournalEntry.objects.get(act="fill_shifts")
    assert entry.data["facts"]["because"] == "区里两小时内送到"


def test_the_page_of_a_roster_asks_why_where_equipment_is_short(client, gate):
    gate.receive("masks", 1)
    Post.objects.filter(pk=gate.post.pk).update(persons_needed=6)
    for _ in range(12):
        a_member("gate", incident=gate.incident)
    sign_in(client, "coordinator", gate.incident)
    page = client.get("/crew/fill/?hours=24&who=").content.decode()
    assert "Protective equipment is short" in page
    form = {"line": re.findall(r'name="line" value="([^"]+)"', page), "batch": str(uuid4()), "hours": "24"}
    told = client.post("/crew/fill/store/", form, follow=True).content.decode()
    assert "say why it must be so" in told
    assert not Shift.objects.exists()
    assert client.post("/crew/fill/store/", {**form, "because": "区里两小时内送到"}).status_code == 302
    assert Shift.objects.count() == len(form["line"])


def test_what_is_issued_leaves_the_store_once_and_counts_for_the_duty(gate):
    gate.receive("masks", 5)
    shift, said = gate.shift(), uuid4()
    for _ in range(2):
        gate.issue(shift, {"masks": 2}, said)
    assert gate.in_store("masks") == 3
    assert duty.issued_for(gate.incident, [f"shift:{shift.pk}", "shift:0"]) == {f"shift:{shift.pk}"}
    assert JournalEntry.objects.filter(act="issue_protection").count() == 1


def test_more_than_there_is_is_not_issued_and_nothing_of_it(gate):
    gate.receive("masks", 5)
    gate.receive("ppe_suit", 1)
    with pytest.raises(UserError) as refused:
        gate.issue(gate.shift(), {"masks": 1, "ppe_suit": 2})
    assert refused.value.field == "packs-ppe_suit"
    assert gate.in_store("masks") == 5


def test_what_comes_back_is_in_the_store_and_the_rest_was_used(gate):
    lot = gate.receive("masks", 5)
    shift, said = gate.shift(), uuid4()
    gate.issue(shift, {"masks": 3})
    given = {"store": gate.store, "at": NIGHT + 6 * H, "by": None}
    with pytest.raises(UserError):
        duty.count_back(gate.incident, shift.member, {lot.pk: 4}, client_id=uuid4(), **given)
    for _ in range(2):
        duty.count_back(gate.incident, shift.member, {lot.pk: 1}, client_id=said, **given)
    assert gate.in_store("masks") == 3
    assert lots.where(lot)["used"] == 2
    assert duty.held_by(gate.incident, shift.member) == []
    assert moves.unbalanced(gate.incident) == []


def test_who_is_on_duty_in_a_sealed_area_without_equipment_is_on_the_watch_list(gate):
    gate.receive("masks", 5)
    shift = gate.shift()
    at = gate.windows[0][0] if gate.windows[0][0] >= NIGHT else NIGHT
    assert watches.duty_without_protection(gate.incident, at) == []
    crew.check_in(shift, at=at)
    row = watches.duty_without_protection(gate.incident, at)[0]
    assert shift.member.name in row.subject
    assert row.area_id == gate.area.pk
    gate.issue(shift, {"masks": 1})
    assert watches.duty_without_protection(gate.incident, at) == []


def test_a_duty_set_aside_is_written_down_once_with_who_and_why(gate):
    gate.receive("masks", 5)
    duties = [work("door")]
    with pytest.raises(UserError):
        duty.set_aside(gate.incident, "test:1", reason="", at=NIGHT, by=None)
    for reason in ("只到楼下", "另一个理由"):
        duty.set_aside(gate.incident, "test:1", reason=reason, at=NIGHT, by=a_member())
    assert SetAside.objects.get().reason == "只到楼下"
    assert duty.enough_for(gate.incident, duties, NIGHT) == []


def test_the_page_shows_the_need_and_issues_and_counts_back(client, gate):
    lot = gate.receive("masks", 5)
    shift = gate.shift()
    sign_in(client, "supply", gate.incident)
    page = client.get("/supplies/protection/").content.decode()
    assert "surgical masks" in page
    assert "not yet" in page
    page = client.get(f"/supplies/protection/issue/?duty=shift:{shift.pk}").content.decode()
    assert shift.member.name in page
    form = {"client_id": str(uuid4()), "member": str(shift.member_id), "store": str(gate.store.pk), "packs-masks": "1"}
    assert client.post(f"/supplies/protection/issue/?duty=shift:{shift.pk}", form).status_code == 302
    assert "issued</span>" in client.get("/supplies/protection/").content.decode()
    path = f"/supplies/protection/members/{shift.member_id}/"
    assert "1 were issued" in client.get(path).content.decode()
    back = {"client_id": str(uuid4()), "store": str(gate.store.pk), f"back-{lot.pk}": "1"}
    for _ in range(2):
        assert client.post(path, back).status_code == 302
    assert gate.in_store("masks") == 5


def test_the_page_sets_a_duty_aside_and_exports_the_need(client, gate):
    gate.receive("masks", 5)
    shift = gate.shift()
    sign_in(client, "coordinator", gate.incident)
    client.post("/supplies/protection/aside/", {"duty": f"shift:{shift.pk}", "reason": "临时顶岗"})
    assert "临时顶岗" in client.get("/supplies/protection/").content.decode()
    assert client.get("/supplies/protection/?format=xlsx").content[:2] == b"PK"
    assert client.post("/supplies/protection/aside/", {"duty": "shift:0", "reason": "x"}).status_code == 404


def test_who_answers_for_another_area_issues_nothing_here(client, gate):
    gate.receive("masks", 5)
    shift = gate.shift()
    sign_in(client, "supply", gate.incident, area=a_sealed_area(gate.incident))
    assert client.get(f"/supplies/protection/issue/?duty=shift:{shift.pk}").status_code == 403


def test_rounds_that_the_stock_cannot_equip_are_planned_only_with_a_reason(client, gate):
    a_member("carrier", incident=gate.incident)
    gate.receive("ppe_suit", 1)
    sign_in(client, "coordinator", gate.incident)
    form = {"areas": [str(gate.area.pk)], "starts": "2021-12-08T06:00", "hours": "4", "helpers": "Lin Xi"}
    answer = client.post("/rounds/new/", form)
    assert answer.status_code == 422
    assert "Protective equipment is short" in answer.content.decode()
    answer = client.post("/rounds/new/", {**form, "because": "区里六点前送到"})
    assert answer.status_code == 302
    made = SetAside.objects.get()
    assert (made.duty, made.reason) == (f"plan:{RoundPlan.objects.get().pk}", "区里六点前送到")
