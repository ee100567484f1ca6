"""A stair on paper: its code, what is typed back, once; what differs from a phone is kept and shown."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from rooms.test_rounds_live import MORNING, a_round, knock, minutes, now

from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.rounds.models import Visit, VisitConflict
from doorstep.rounds.sheets import LETTERS, boxes_of, code_of, read_code, sheet_by_code
from doorstep.rounds.typed import Entry, look_through, start_of, write_sheet
from doorstep.rounds.visits import undo_visit

NUMBERS = st.integers(1, 10**7)


@given(NUMBERS, NUMBERS)
def test_a_code_is_read_back_without_a_table(round_id, stair_id):
    code = code_of(round_id, stair_id)
    assert read_code(code) == (round_id, stair_id)
    assert read_code(f" {code[:3].lower()}-{code[3:]} ") == (round_id, stair_id)
    assert not set(code) & set("01ILOQSZBDGUV")


@given(NUMBERS, NUMBERS, st.data())
def test_one_wrong_character_and_two_exchanged_are_found(round_id, stair_id, data):
    code = code_of(round_id, stair_id)
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from([letter for letter in LETTERS if letter != code[place]]))
    with pytest.raises(UserError):
        read_code(code[:place] + other + code[place + 1 :])
    second = data.draw(st.integers(0, len(code) - 2))
    first = min(second, place)
    second = max(second, place)
    if second < len(code) - 1 and code[first] != code[second]:
        letters = list(code)
        letters[first], letters[second] = letters[second], letters[first]
        with pytest.raises(UserError):
            read_code("".join(letters))


@pytest.mark.parametrize(("typed", "says"), [("", "No code"), ("4O7", "No code holds “O”"), ("222", "slip")])
def test_a_code_that_cannot_be_says_why(typed, says):
    with pytest.raises(UserError, match=says):
        read_code(typed)


def test_a_code_of_a_compound_is_short_enough_to_type():
    assert len(code_of(12, 40)) == 4
    assert len(code_of(999, 999)) <= 6


@pytest.fixture
def area(db):
    area = a_sealed_area(compound=a_compound(stairs=1, floors=6))
    for line in area.area_doors.select_related("door").order_by("pk"):
        a_household(line.door)
    derive(area.incident, at=NIGHT, until=MORNING + timedelta(hours=1))
    return area


@pytest.fixture
def sheet(area):
    walk = a_round(area, a_member("carrier", incident=area.incident), doors=12)
    return sheet_by_code(area.incident, code_of(walk.pk, walk.stops.first().door.stair_id))


LATER = MORNING + timedelta(hours=3)


def opened(line, **facts) -> Entry:
    return Entry("opened", tuple(item.kind for item in line.items), **facts)


def typed(sheet, entries):
    lines = look_through(sheet, entries, start_of(sheet.round.plan.incident, sheet, "", LATER), LATER)
    return lines, write_sheet(lines, sheet, by=None, at=LATER)


def test_a_sheet_goes_from_the_top_floor_down_and_each_answer_has_a_key_of_its_own(sheet):
    numbers = [line.stop.door.number for line in sheet.lines]
    assert numbers[:3] == ["601", "602", "501"]
    assert numbers[-1] == "102"
    keys = [box.key for box in boxes_of(sheet.round.plan.incident.protocol.welfare)]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & set("osnrmwx")


def test_a_sheet_typed_once_keeps_promises_as_the_phone_does(sheet):
    first, second = sheet.lines[:2]
    lines, visits = typed(sheet, {first.stop.pk: opened(first, well=True), second.stop.pk: Entry("no_answer")})
    assert [line.state for line in lines[:3]] == ["new", "new", "blank"]
    visit = Visit.objects.get(door=first.stop.door)
    assert visit.source == "paper"
    assert visit.member == sheet.round.carrier
    assert visit.occurred_at == first.stop.arrives_at
    assert visit.welfare["food"] == "enough"
    assert Promise.objects.filter(proof_id=str(visit.pk), state="kept").count() > 1
    assert len(visits) == 2


def test_typing_a_sheet_twice_does_nothing_twice_and_shows_what_is_there(sheet):
    first = sheet.lines[0]
    typed(sheet, {first.stop.pk: opened(first)})
    lines, visits = typed(sheet, {first.stop.pk: opened(first)})
    assert lines[0].state == "same"
    assert visits == []
    lines, visits = typed(sheet, {first.stop.pk: Entry("refused")})
    assert lines[0].state == "typed"
    assert lines[0].known.outcome == "opened"
    assert visits == []
    assert Visit.objects.count() == 1
    undo_visit(Visit.objects.get(), by=None, at=LATER)
    assert len(typed(sheet, {first.stop.pk: Entry("refused")})[1]) == 1
    assert Visit.objects.filter(undone_at=None).get().outcome == "refused"


def test_what_differs_from_a_phones_knock_is_a_conflict_and_what_agrees_is_none(sheet):
    first, second = sheet.lines[:2]
    phone = knock(first.stop, MORNING + minutes(4), "no_answer")
    knock(second.stop, MORNING + minutes(6))
    entries = {first.stop.pk: opened(first), second.stop.pk: opened(second)}
    lines, visits = typed(sheet, entries)
    assert [line.state for line in lines[:2]] == ["conflict", "same"]
    conflict = VisitConflict.objects.get()
    assert (conflict.kind, conflict.first, conflict.second) == ("two_visits", phone, visits[0])
    typed(sheet, entries)
    assert VisitConflict.objects.count() == 1
    phone.refresh_from_db()
    assert phone.outcome == "no_answer"


def test_bad_lines_name_field_and_mend_and_the_good_go_on(sheet):
    a, b, c, d = sheet.lines[:4]
    lines, visits = typed(
        sheet,
        {
            a.stop.pk: Entry("no_answer", serious={"food": "short"}),
            b.stop.pk: Entry("vanished"),
            c.stop.pk: Entry("opened", ("kit:gold",)),
            d.stop.pk: opened(d),
        },
    )
    assert [line.state for line in lines[:4]] == ["bad", "bad", "bad", "new"]
    assert [line.problem.field for line in lines[:3]] == ["answers", "outcome", "handed"]
    assert all(line.problem.mend for line in lines[:3])
    assert len(visits) == 1


def test_times_are_the_plans_or_counted_from_the_one_typed_and_never_in_the_future(sheet):
    incident = sheet.round.plan.incident
    assert start_of(incident, sheet, "", LATER) == sheet.first_at
    assert start_of(incident, sheet, "10:15", LATER) == MORNING + minutes(75)
    early = MORNING + minutes(20)
    assert start_of(incident, sheet, "", early) + (sheet.last_at - sheet.first_at) == early
    with pytest.raises(UserError, match="has not come yet"):
        start_of(incident, sheet, "10:15", early)
    with pytest.raises(UserError, match="no time of day"):
        start_of(incident, sheet, "25:70", LATER)
    lines = look_through(sheet, {}, start_of(incident, sheet, "10:15", LATER), LATER)
    by_order = sorted(lines, key=lambda line: line.view.stop.order)
    assert [(line.occurred_at - MORNING) / minutes(1) for line in by_order[:3]] == [75, 80, 85]


def pages(answer) -> list[str]:
    assert answer.headers["Content-Type"] == "application/pdf"
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]


def test_the_paper_has_a_page_a_stair_with_its_code_its_keys_and_the_plans_version(client, area, sheet):
    sign_in(client, "coordinator", area.incident)
    plan = sheet.round.plan
    text = pages(client.get(f"/rounds/plan/{plan.pk}/stair-sheets.pdf"))
    assert len(text) == 1
    assert sheet.code in text[0]
    assert f"plan {plan.pk} of 2021-12-07 23:00" in text[0]
    assert text[0].index("601") < text[0].index("101")
    for words in ("spoke through the door", "all well", "not enough", "living kit"):
        assert " ".join(words.split()) in " ".join(text[0].split())
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert "不够" in pages(client.get(f"/rounds/plan/{plan.pk}/stair-sheets.pdf"))[0]


def test_a_label_speaks_the_language_of_its_household(client, area, sheet):
    sign_in(client, "coordinator", area.incident)
    home = sheet.lines[0].stop.door.households.get()
    home.languages = ["zh-CN"]
    home.save()
    text = "".join(pages(client.get(f"/rounds/plan/{sheet.round.plan_id}/labels.pdf")))
    assert text.count("本包可供您家用到") == 1
    assert text.count("This kit keeps this household until") == 11


def test_a_sheet_is_typed_without_a_script(client, area, sheet):
    sign_in(client, "coordinator", area.incident)
    now(area, LATER)
    wrong = client.get("/rounds/sheet/?code=4O7")
    assert wrong.status_code == 422
    assert "No code holds “O”" in wrong.content.decode()
    url = f"/rounds/sheet/?code={sheet.code.lower()}"
    page = client.get(url).content.decode()
    assert page.index(f">{sheet.lines[0].stop.door.number}<") < page.index(f">{sheet.lines[-1].stop.door.number}<")
    data = {"time": "09:30"}
    for line in sheet.lines[:3]:
        data[f"o-{line.stop.pk}"] = "opened"
        data[f"i-{line.stop.pk}"] = [item.kind for item in line.items]
    bad = sheet.lines[3].stop.pk
    data |= {f"o-{bad}": "refused", f"w-{bad}": "on"}
    seen = client.post(url, data | {"do": "look"}).content.decode()
    assert "3 new" in seen
    assert not Visit.objects.exists()
    answer = client.post(url, data | {"do": "save"})
    assert answer.status_code == 422
    assert "An answer without a talk" in answer.content.decode()
    assert Visit.objects.count() == 3
    del data[f"w-{bad}"]
    done = client.post(url, data | {"do": "save"}, follow=True).content.decode()
    assert "1 door is written down" in done
    assert sheet.code in done
    visit = Visit.objects.get(stop=bad)
    client.post(f"/rounds/sheet/undo/{visit.pk}/", {"code": sheet.code})
    visit.refresh_from_db()
    assert visit.undone_at is not None


def test_a_time_that_cannot_be_stands_at_its_field_and_loses_nothing(client, area, sheet):
    sign_in(client, "coordinator", area.incident)
    now(area, LATER)
    stop = sheet.lines[0].stop.pk
    answer = client.post(f"/rounds/sheet/?code={sheet.code}", {"time": "9.30", f"o-{stop}": "refused", "do": "save"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "9.30 is no time of day" in page
    assert 'value="refused" data-key="r" data-digit="4" data-silent selected' in page


def test_a_sheet_of_another_area_cannot_be_typed(client, area, sheet):
    sign_in(client, "coordinator", area.incident, area=a_sealed_area(area.incident))
    assert client.get(f"/rounds/sheet/?code={sheet.code}").status_code == 404
