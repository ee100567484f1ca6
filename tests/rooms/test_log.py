"""The command log: one order, addressed, read, done, struck, and the chain that shows what was changed by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_member, a_sealed_area, an_incident, sign_in
from django.db import connection

from doorstep.command import chain, journal
from doorstep.command.chain import Anchor
from doorstep.command.events import Tell
from doorstep.command.log import acts, queries
from doorstep.command.log.acts import Said
from doorstep.command.models import Addressee, Incident, JournalEntry, LogEntry, Member, Task, Team
from doorstep.command.rights import rights_of
from doorstep.errors import UserError
from doorstep.wiring.events import _handlers

pytestmark = pytest.mark.django_db


@pytest.fixture
def night() -> Incident:
    return an_incident()


@pytest.fixture
def lead(night) -> Member:
    return a_member("commander", incident=night)


def say(night, by, kind="instruction", text="封闭西门", *, name="1", at=NIGHT, **more) -> LogEntry:
    return acts.write(night, Said(name, kind, text, **more), at=at, by=by)


def later(minutes: int):
    return NIGHT + timedelta(minutes=minutes)


def test_entries_have_one_order_and_sending_twice_writes_once(night, lead):
    first, again, second = say(night, lead), say(night, lead), say(night, lead, "report", "已封闭", name="2")
    assert first == again
    assert [first.number, second.number] == [1, 2]
    assert JournalEntry.objects.filter(act__startswith="log_").count() == 2


def test_an_instruction_is_sent_read_and_done_with_the_report_that_it_asks_for(night, lead):
    told: list[Tell] = []
    _handlers[Tell].append(told.append)
    try:
        desk, other = a_member("desk", incident=night), a_member("supply", incident=night)
        team = Team.objects.create(incident=night, name="保障组", leader=other)
        entry = say(night, lead, to=(f"member:{desk.pk}", f"team:{team.pk}"), needs_report=True, due_at=later(60))
    finally:
        _handlers[Tell].pop()
    assert told[0].member_ids == tuple(sorted((desk.pk, other.pk)))
    assert (told[0].urgency, told[0].url) == (3, f"/command/log/{entry.pk}/")
    assert acts.mark_read(entry, desk, at=later(2)) == 1
    assert acts.mark_read(entry, desk, at=later(3)) == 0
    with pytest.raises(UserError, match="asks for a report"):
        acts.mark_done(entry, other, at=later(4))
    report = acts.mark_done(entry, other, "西门已封闭", at=later(5))
    assert acts.mark_done(entry, other, "再说一次", at=later(6)) is None
    assert (report.kind, report.answers, report.number) == ("report", entry, 2)
    assert [one.state for one in entry.addressees.all()] == ["read", "done"]
    acts.not_done(entry, other, at=later(7))
    assert [one.state for one in entry.addressees.all()] == ["read", "read"]


def test_what_is_not_read_in_time_is_named_and_a_struck_entry_asks_nothing(night, lead):
    desk = a_member("desk", incident=night)
    entry = say(night, lead, to=(f"member:{desk.pk}",))
    assert list(queries.waiting_in(night, later(14))) == []
    (late,) = queries.waiting_in(night, later(16))
    assert (late.label, late.entry) == (desk.name, entry)
    struck = acts.strike(entry, "封闭东门", client_id="s", at=later(17), by=lead)
    assert list(queries.waiting_in(night, later(18))) == []
    entry.refresh_from_db()
    assert (entry.text, struck.strikes, struck.kind) == ("封闭西门", entry, "instruction")
    assert [one.code for one in struck.addressees.all()] == [f"member:{desk.pk}"]


def test_an_adviser_recommends_and_never_decides_and_only_command_decides(night, lead):
    expert, desk = a_member("adviser", incident=night), a_member("desk", incident=night)
    for kind in ("decision", "instruction", "report"):
        with pytest.raises(UserError, match="command decides"):
            say(night, expert, kind)
    with pytest.raises(UserError, match="may not decide"):
        say(night, desk, "decision")
    asked = say(night, lead, "question", "两个院子都封吗？", name="q", to=("role:adviser",))
    advice = say(night, expert, "advice", "建议两处都封", name="a", answers=asked)
    decided = say(night, lead, "decision", "两处都封", name="d", answers=advice)
    assert [one.kind for one in queries.thread_of(asked)] == ["question", "advice", "decision"]
    assert decided.root == asked
    assert Addressee.objects.get(entry=asked).read_by == expert


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "长" * 4001}, "text"),
        ({"kind": "rumour"}, "kind"),
        ({"to": ("member:999999",)}, "to"),
        ({"to": ("role:king",)}, "to"),
        ({"occurred_at": NIGHT + timedelta(hours=1)}, "occurred_at"),
    ],
)
def test_what_cannot_be_written_says_where_and_what_to_do(night, lead, said, field):
    with pytest.raises(UserError) as refused:
        say(night, lead, **said)
    assert refused.value.field == field
    assert refused.value.mend
    assert not LogEntry.objects.exists()


def test_who_writes_in_one_area_reads_it_and_what_goes_to_them(night, lead):
    here, there = a_sealed_area(night), a_sealed_area(night)
    guard = a_member("gate", incident=night, area=here)
    mine = say(night, lead, area=here, name="1")
    to_me = say(night, lead, area=there, name="2", to=(f"member:{guard.pk}",))
    say(night, lead, area=there, name="3")
    whole = say(night, lead, name="4")
    assert list(queries.entries_for(night, rights_of(guard, night), guard)) == [mine, to_me, whole]


def test_an_entry_makes_one_task(night, lead):
    entry = say(night, lead, workstream="gates")
    task = acts.make_task(entry, at=NIGHT, by=lead, owner=lead, due_at=later(30))
    assert acts.make_task(entry, at=NIGHT, by=lead) == task
    assert (task.title, task.owner, task.workstream) == ("封闭西门", lead, "gates")


def by_hand(sql: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def found(*anchors: str) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(one.sequence, one.what, one.facts) for one in chain.faults([Anchor.read(text) for text in anchors])]


@pytest.fixture
def written(night, lead):
    for number in range(5):
        say(night, lead, "report", f"第{number}条", name=str(number))
    return journal.newest()


def test_a_row_changed_by_hand_is_named_with_what_differs(written):
    assert found() == []
    by_hand("UPDATE command_journalentry SET by_label = 'x', act = 'log_decision' WHERE sequence = 3")
    assert found() == [(3, "changed", ("act", "by_label"))]
    by_hand("UPDATE command_journalentry SET hash = %s WHERE sequence = 5", "0" * 64)
    assert found()[1:] == [(5, "changed", ("hash",))]


def test_a_row_forged_with_its_hash_breaks_the_link_after_it(written):
    entry = JournalEntry.objects.get(sequence=2)
    entry.by_label = "x"
    by_hand("UPDATE command_journalentry SET by_label = 'x', hash = %s WHERE sequence = 2", journal.entry_hash(entry))
    assert found() == [(3, "unlinked", ("previous_hash",))]


def test_rows_taken_out_are_named(written):
    by_hand("DELETE FROM command_journalentry WHERE sequence IN (2, 3)")
    assert (2, "missing", ("2", "3")) in found()


def test_a_cut_tail_shows_by_its_anchor(written):
    sequence, digest = written
    assert found(f"{sequence}:{digest}", f"{sequence}:{digest[:16]}") == []
    assert found(f"{sequence}:{'0' * 64}") == [(5, "apart", ("hash",))]
    by_hand("DELETE FROM command_addressee")
    by_hand("DELETE FROM command_logentry WHERE number > 3")
    by_hand("DELETE FROM command_journalentry WHERE sequence > 3")
    assert found() == []
    assert found(f"{sequence}:{digest}") == [(5, "cut", ("3",))]
    with pytest.raises(UserError, match="no anchor"):
        Anchor.read("5:xyz")


def test_a_log_entry_changed_taken_out_or_put_in_by_hand_is_named(written, night):
    by_hand("UPDATE command_logentry SET text = 'x' WHERE number = 2")
    assert found() == [(2, "log_changed", ("log #2",))]
    by_hand("DELETE FROM command_logentry WHERE number = 2")
    assert found() == [(2, "log_missing", ())]
    last = LogEntry.objects.get(number=5)
    last.pk, last.number, last.client_id = None, 6, "forged"
    last.save()
    assert found()[1:] == [(6, "log_unknown", ("log #6",))]


def test_the_page_takes_a_line_and_shows_it_with_its_addressee(client, night):
    me = sign_in(client, "commander", night)
    desk, _guard = a_member("desk", incident=night), a_member("gate", incident=night)
    given = {"kind": "instruction", "text": f"@{desk.name} 今晚8点前封闭西门", "asking": "line-1", "to": ["role:gate"]}
    assert client.post("/command/log/", given).status_code == 302
    client.post("/command/log/", given)
    entry = LogEntry.objects.get()
    assert {one.code for one in entry.addressees.all()} == {"role:gate", f"member:{desk.pk}"}
    page = client.get("/command/log/").content.decode()
    assert desk.name in page
    refused = client.post("/command/log/", {**given, "asking": "line-2", "kind": "advice"})
    assert refused.status_code == 422
    assert "今晚8点前封闭西门" in refused.content.decode()
    assert entry.author == me


def test_the_live_list_is_sent_only_when_something_moved(client, night, django_assert_max_num_queries):
    sign_in(client, "desk", night)
    lead = a_member("commander", incident=night)
    for number in range(45):
        entry = say(night, lead, "report", f"第{number:02}条", name=str(number), to=("role:desk",))
    with django_assert_max_num_queries(20):
        first = client.get("/command/log/live/")
    assert "第44条" in first.content.decode()
    assert "第04条" not in first.content.decode()
    assert client.get("/command/log/live/", headers={"if-none-match": first["ETag"]}).status_code == 304
    seen = first["ETag"].strip('"')
    assert client.get(f"/command/log/live/?seen={seen}").status_code == 204
    client.post(f"/command/log/{entry.pk}/do/", {"do": "read", "back": "log"})
    assert client.get(f"/command/log/live/?seen={seen}").status_code == 200
    assert "第04条" in client.get("/command/log/?before=6").content.decode()


def test_an_entry_is_narrowed_to_found_exported_struck_and_made_a_task(client, night):
    lead = sign_in(client, "commander", night)
    area = a_sealed_area(night)
    entry = say(night, lead, "decision", "封控两处", area=area)
    say(night, lead, "report", "帐篷到位", name="2")
    for query in ("words=封控", "kind=decision", f"area={area.pk}", "words=%231", "since=2021-12-07&kind=decision"):
        page = client.get(f"/command/log/?{query}").content.decode()
        assert "封控两处" in page
        assert "帐篷到位" not in page.split('id="log"')[1]
    assert "帐篷到位" in client.get("/command/log/?format=csv").content.decode("utf-8-sig")
    assert f"/command/log/{entry.pk}/" in client.get("/search/", {"q": "封控两处", "all": "1"}).content.decode()
    url = f"/command/log/{entry.pk}/do/"
    client.post(url, {"do": "task", "owner": lead.pk, "due_at": "2021-12-08T20:00"})
    assert Task.objects.get().owner == lead
    assert client.post(url, {"do": "task", "due_at": "gestern"}).status_code == 422
    client.post(url, {"do": "strike", "text": "封控一处", "asking": "s"})
    page = client.get(f"/command/log/{entry.pk}/").content.decode()
    assert "<s>封控两处</s>" in page
    assert "封控一处" in page


def test_an_adviser_has_a_line_for_advice_and_the_press_sees_no_log(client, night):
    sign_in(client, "adviser", night)
    page = client.get("/command/log/").content.decode()
    assert 'value="advice"' in page
    assert 'name="kind" value="instruction"' not in page
    assert client.get("/command/log/chat/").status_code == 403
    lead = a_member("commander", incident=night)
    asked = say(night, lead, "question", "要封吗？", to=("role:adviser",))
    client.post(f"/command/log/new/?answers={asked.pk}", {"kind": "advice", "text": "建议封", "asking": "a1"})
    assert "nothing is decided on it yet" in client.get(f"/command/log/{asked.pk}/").content.decode()
    sign_in(client, "press", night)
    assert client.get("/command/log/").status_code == 403
