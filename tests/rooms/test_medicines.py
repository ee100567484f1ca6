"""Medicines as the report needed them: said at noon, written on paper, fetched from three hospitals, in the hand in time."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area

from doorstep.command.models import JournalEntry
from doorstep.desk import handing, objects, requests
from doorstep.desk.lists import burden_of
from doorstep.desk.medicines import (
    asking,
    authority,
    care,
    doors,
    errand_planning,
    errands,
    listing,
    refills,
    sources,
    watching,
)
from doorstep.desk.medicines.listing import Facts
from doorstep.desk.medicines.models import (
    CareSession,
    Errand,
    MedicineAsk,
    MedicineLine,
    Refill,
    Source,
    SourceStock,
)
from doorstep.desk.models import Request
from doorstep.errors import UserError
from doorstep.promises import actions as ledger
from doorstep.promises.models import Promise

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = NIGHT + 13 * HOUR  # 8 December, 12:00 in Nanjing
PAPER = """诺和灵30R笔芯 300u:3ml 早12单位晚10单位 还剩0.2支
胰岛素针头 100支 一天2根 还剩4根
血糖试纸 50片 一天2片 剩10片
二甲双胍 0.5g*20片 早晚各1片 还剩6片
络活喜 5mg×28 每日一片 还有2片"""


class Ward:
    """A sealed compound, a resident with diabetes, a desk worker and a courier."""

    def __init__(self, compound="梧桐院"):
        self.area = a_sealed_area(compound=a_compound(compound, stairs=1, floors=3))
        self.incident = self.area.incident
        self.me = a_member("desk", incident=self.incident)
        self.courier = a_member("carrier", incident=self.incident)
        self.door = self.area.area_doors.select_related("door__stair__building").order_by("pk").first().door
        self.home = a_household(self.door, persons=1, classes=["insulin"], phone="13900000001")
        self.person = self.home.persons.get()

    def lines(self, paper=PAPER, at=NOON, confirm=True):
        made = listing.write_list(self.person, paper, incident=self.incident, at=at, by=self.me)
        for line in made if confirm else ():
            listing.confirm_line(line, facts_of(line), at=at, by=self.me)
        return made

    def source(self, name="中大医院", department="内分泌科", *, has=(), at=NOON, opened=True, **facts):
        first = {
            "name": name, "department": department, "opens_at": time(8), "closes_at": time(17), "opens_days": list(range(7)),
            "queue_minutes": 30, "keeps_cold": True, "special": True, "minutes_away": 20.0,
        }  # fmt: skip
        source = sources.save_source(self.incident, {**first, **facts}, at=at, by=self.me)
        if opened:
            sources.say_doors(source, "open", at=at, by=self.me)
        for drug in has:
            sources.say_stock(source, drug, "has", at=at, by=self.me)
        return source

    def want(self, lines, at=NOON, **more):
        return refills.want(lines, incident=self.incident, at=at, by=self.me, **more)

    def wrong(self, at):
        return [row.what for row in watching.running_out(self.incident, at)]


def facts_of(line, **changed):
    first = {name: getattr(line, name) for name in listing.FACTS}
    return Facts(**{**first, "stock": line.stock, **changed})


@pytest.fixture
def ward():
    return Ward()


def test_a_paper_list_becomes_lines_that_count_only_when_read_back(ward):
    lines = ward.lines(confirm=False)
    assert [line.drug for line in lines] == ["insulin_human_30r", "pen_needle", "test_strip", "metformin", "amlodipine"]
    assert {line.state for line in lines} == {"read"}
    with pytest.raises(UserError, match="No line is chosen"):
        ward.want(lines)
    listing.confirm_line(lines[0], facts_of(lines[0]), at=NOON, by=ward.me)
    assert (lines[0].runs_out_at - NOON) / DAY == pytest.approx(0.2 * 300 / 22)
    assert (lines[0].klass, lines[0].rule, lines[0].cold) == ("insulin", "essential", True)
    assert not any("诺和灵" in str(entry.data) for entry in JournalEntry.objects.all())


def test_the_same_list_sent_twice_is_written_once(ward):
    act = uuid4()
    for _ in range(2):
        listing.write_list(ward.person, PAPER, incident=ward.incident, at=NOON, by=ward.me, client_id=act)
    assert MedicineLine.objects.count() == 5
    with pytest.raises(UserError, match="No medicine"):
        listing.write_list(ward.person, "??", incident=ward.incident, at=NOON, by=ward.me)


def test_a_request_opens_by_itself_at_the_warning_hours_and_goes_to_command_at_the_last(ward):
    line = ward.lines("华法林 3mg 每日1片 还剩5片")[0]
    assert refills.open_due(ward.incident, at=NOON + 47 * HOUR) == []
    opened = refills.open_due(ward.incident, at=NOON + 48 * HOUR)
    assert [(one.need, one.level, one.person, one.days_left) for one in opened] == [
        ("medicine", "urgent", ward.person, 3)
    ]
    assert refills.open_due(ward.incident, at=NOON + 49 * HOUR) == []
    boss = a_member("commander", incident=ward.incident)
    refills.open_due(ward.incident, at=NOON + 95 * HOUR)
    assert not opened[0].steps.filter(why="runs_out").exists()
    for _ in range(2):
        refills.open_due(ward.incident, at=NOON + 96 * HOUR)
    assert [(step.duty, step.to) for step in opened[0].steps.filter(why="runs_out")] == [("commander", boss)]
    assert Refill.objects.get().line == line


def test_several_medicines_of_one_person_are_one_request_and_each_supply_is_asked_for_once(ward):
    lines = ward.lines()
    first = ward.want(lines[:2])
    assert {one.request for one in ward.want(lines)} == {first[0].request}
    assert Refill.objects.count() == 5
    assert Request.objects.count() == 1


def test_lines_join_the_request_that_was_said_at_noon_and_its_clock_began_then(ward):
    asked = requests.Asked("medicine", "胰岛素快用完了", door=ward.door, said_at=NOON)
    said = requests.open_request(ward.incident, asked, at=NOON + HOUR, by=ward.me)
    made = ward.want(ward.lines(at=NOON + HOUR), at=NOON + HOUR)
    assert {(one.request, one.said_at) for one in made} == {(said, NOON)}
    said.refresh_from_db()
    assert said.person == ward.person


def planned(ward, lines, **more):
    start = NOON + HOUR / 6
    outcome = errand_planning.plan(
        ward.incident, ward.want(lines), [ward.courier], start=start, end=start + 6 * HOUR, at=NOON, seconds=1, **more
    )
    return outcome, errands.make(ward.incident, outcome, at=NOON, by=ward.me)


def three_hospitals(ward):
    ward.source("中大医院", "内分泌科", has=["insulin_human_30r", "pen_needle"], east_km=2.0, north_km=1.0)
    ward.source("省人民医院", "心内科", has=["amlodipine"], east_km=-3.0, north_km=1.5)
    ward.source("省中医院", "药房", has=["test_strip", "metformin"], east_km=1.0, north_km=-2.0)


def test_the_errand_of_the_report_three_hospitals_one_way_in_the_hand_before_it_runs_out(ward):
    lines = ward.lines()
    three_hospitals(ward)
    outcome, (errand,) = planned(ward, lines, cool_box=True)
    assert outcome.short == ()
    assert errand.stops.count() == 3
    assert outcome.courier_s == pytest.approx((errand.ends_at - errand.starts_at).total_seconds(), abs=2)
    out = NOON + 2 * HOUR
    for refill in Refill.objects.filter(stop__errand=errand).select_related("line", "request", "stop__errand"):
        errands.collect(refill, at=out, by=ward.courier, cooled=True)
    errands.come_back(errand, at=out + HOUR, by=ward.courier)
    request = Request.objects.get()
    for number, refill in enumerate(Refill.objects.select_related("line__incident", "request").order_by("pk"), start=1):
        assert request.is_open
        refills.hand_over(refill, at=out + HOUR + number * HOUR / 60, by=ward.courier)
        request.refresh_from_db()
    assert request.state == "done"
    insulin = Refill.objects.get(line=lines[0])
    assert insulin.in_hand_at < NOON + 0.2 * 300 / 22 * DAY
    insulin.line.refresh_from_db()
    assert insulin.line.runs_out_at > NOON + 10 * DAY
    assert insulin.out_minutes == 0
    for _ in range(2):
        refills.hand_over(insulin, at=out + 9 * HOUR, by=ward.courier)
    assert JournalEntry.objects.filter(act="medicine_in_hand").count() == 5


def test_another_box_needs_the_residents_word_and_for_the_essential_a_clinicians(ward):
    lines = ward.lines("诺和灵30R 300u:3ml 早12晚10 还剩1支\n格华止 0.5g 早晚各1片 还剩6片")
    ward.source(has=["insulin_human_30r", "metformin"])
    planned(ward, lines, cool_box=True)
    insulin, pills = Refill.objects.select_related("line__incident", "request", "stop__errand").order_by("pk")
    given = {"at": NOON + HOUR, "by": ward.courier}
    with pytest.raises(UserError, match="not what was asked for") as refused:
        errands.collect(insulin, box="诺和灵50R 300u:3ml", **given)
    assert refused.value.field == "box"
    with pytest.raises(UserError) as refused:
        errands.collect(insulin, box="诺和灵50R 300u:3ml", resident_agrees=True, **given)
    assert refused.value.field == "clinician"
    errands.collect(insulin, box="诺和灵50R 300u:3ml", resident_agrees=True, clinician="王医生", **given)
    assert (insulin.state, insulin.allowed_by, insulin.differs[0][0]) == ("collected", "王医生", "drug")
    with pytest.raises(UserError):
        errands.collect(pills, box="美迪康 0.5g", **given)
    errands.collect(pills, box="美迪康 0.5g", resident_agrees=True, **given)
    assert pills.differs == [["brand", "格华止", "美迪康"]]


def test_a_try_that_failed_is_kept_and_the_line_goes_on_to_the_next_source(ward):
    lines = ward.lines("络活喜 5mg×28 每日一片 还有2片\n二甲双胍 0.5g 早晚各1片 还剩6片")
    near = ward.source(has=["amlodipine"], east_km=1.0, north_km=0.0)
    far = ward.source("省人民医院", "心内科", has=["amlodipine", "metformin"], east_km=4.0, north_km=0.0, opened=False)
    outcome, (errand,) = planned(ward, lines)
    assert [one.why for one in outcome.short] == ["not_confirmed"]
    refill = Refill.objects.select_related("line", "request", "stop__errand__incident", "stop__source").get(
        state="planned"
    )
    assert errands.not_had(refill, "断货", at=NOON + HOUR, by=ward.courier) == far
    kept = SourceStock.objects.get(said="failed")
    assert (kept.source, kept.drug, kept.note, kept.by) == (near, "amlodipine", "断货", ward.courier)
    assert (refill.state, refill.stop) == ("wanted", None)
    stop = errands.go_there_too(refill, errand, far, at=NOON + HOUR, by=ward.courier)
    refill.refresh_from_db()
    assert (refill.state, refill.stop, stop.order) == ("planned", stop, 1)
    sources.say_doors(far, "open", at=NOON + HOUR, by=ward.me)
    assert near not in errands.others_with(ward.incident, "amlodipine")


def test_the_cold_clock_runs_only_in_the_warm_and_is_an_alarm_beyond_its_limit(ward):
    line = ward.lines("诺和灵30R 300u:3ml 早12晚10 还剩1支")[0]
    ward.source(has=["insulin_human_30r"])
    planned(ward, [line])
    refill = Refill.objects.select_related("line__incident", "request", "stop__errand").get()
    errands.collect(refill, at=NOON, by=ward.courier)
    errands.cool(refill, at=NOON + HOUR, by=ward.courier)
    assert refills.minutes_out(refill, NOON + 5 * HOUR) == 60
    errands.cool(refill, warm=True, at=NOON + 5 * HOUR, by=ward.courier)
    assert not any("out of the cold" in what for what in ward.wrong(NOON + 6 * HOUR))
    assert any("out of the cold" in what for what in ward.wrong(NOON + 6 * HOUR + HOUR / 2))


def test_no_route_goes_where_open_was_not_confirmed_lately_or_is_closed(ward):
    line = ward.lines("络活喜 5mg×28 每日一片 还有2片")[0]
    source = ward.source(has=["amlodipine"])
    window = {"start": NOON, "end": NOON + 4 * HOUR}
    assert errand_planning.ground(ward.incident, at=NOON + 5 * HOUR, **window).sources == [source]
    late = errand_planning.ground(ward.incident, at=NOON + 7 * HOUR, **window)
    assert (late.sources, late.unsure) == ([], [source])
    sources.say_doors(source, "closed", at=NOON, by=ward.me)
    assert errand_planning.ground(ward.incident, at=NOON, **window).sources == []
    outcome = errand_planning.plan(ward.incident, ward.want([line]), [ward.courier], at=NOON, seconds=1, **window)
    assert [(one.why, one.refill.line) for one in outcome.short] == [("no_source", line)]


def test_controlled_and_cold_medicines_are_had_only_where_that_is_possible(ward):
    lines = ward.lines("佐匹克隆 7.5mg 睡前1片 还剩3片\n来得时 300u:3ml 睡前20单位 还剩1支")
    ward.source(has=["zopiclone", "insulin_glargine"], keeps_cold=False, special=False)
    outcome = errand_planning.plan(
        ward.incident, ward.want(lines), [ward.courier], start=NOON, end=NOON + 4 * HOUR, at=NOON, seconds=1
    )
    assert {one.why for one in outcome.short} == {"no_source"}


def test_an_essential_medicine_is_on_the_watch_list_until_it_is_planned_to_come_in_time(ward):
    line = ward.lines("诺和灵30R 300u:3ml 早12晚10 还剩0.2支")[0]
    assert "ends, and nobody fetches it" in ward.wrong(NOON)
    ward.source(has=["insulin_human_30r"])
    planned(ward, [line], cool_box=True)
    assert ward.wrong(NOON + HOUR) == []
    errands.cancel(Errand.objects.get(), at=NOON + HOUR, by=ward.me)
    rows = watching.running_out(ward.incident, NOON + 4 * DAY)
    assert ("has run out", 3) in [(row.what, row.level) for row in rows]


def test_an_errand_whose_courier_is_away_or_late_and_one_person_with_too_many_lines_are_on_the_watch_list(ward):
    lines = ward.lines()
    three_hospitals(ward)
    _outcome, (errand,) = planned(ward, lines, cool_box=True)
    assert ward.wrong(NOON + HOUR) == []
    assert "not back yet" in ward.wrong(errand.ends_at + HOUR)
    ward.courier.available = False
    ward.courier.save()
    assert ward.wrong(NOON + HOUR) == ["its courier is away"]
    errands.give_to(errand, ward.me, at=NOON, by=ward.me)
    requests.take(Request.objects.get(), by=ward.me, at=NOON)
    more = listing.write_list(
        ward.person, "\n".join(f"叶酸 {n}mg" for n in range(1, 30)), incident=ward.incident, at=NOON, by=ward.me
    )
    for line in more:
        listing.confirm_line(line, facts_of(line), at=NOON, by=ward.me)
    ward.want(more)
    assert "answers for 34 medicines at once" in ward.wrong(NOON + HOUR)


def test_what_nobody_read_back_and_what_has_no_known_end_is_on_the_watch_list(ward):
    ward.lines("诺和灵30R 300u:3ml", confirm=False)
    ward.lines("华法林 3mg")
    ward.lines("络活喜 5mg")
    found = ward.wrong(NOON + 25 * HOUR)
    assert found.count("a medicine was not read back") == 1
    assert found.count("nobody knows when it ends") == 1


def test_every_household_is_owed_the_question_and_silence_is_no_answer(ward):
    other = a_household(ward.area.area_doors.order_by("pk").last().door, persons=2)
    ledger.derive(ward.incident, at=NIGHT)
    rows = Promise.objects.filter(kind="medicine_ask")
    assert {row.subject_id for row in rows} == {ward.home.pk, other.pk}
    assert {row.due_at for row in rows} == {NIGHT + DAY}
    assert "not asked which medicines they need" not in ward.wrong(NIGHT + 23 * HOUR)
    asking.asked(ward.home, MedicineAsk.Answer.NONE, incident=ward.incident, at=NOON, by=ward.me)
    asking.asked(other, MedicineAsk.Answer.LATER, incident=ward.incident, at=NOON, by=ward.me)
    late = [row for row in watching.running_out(ward.incident, NIGHT + 25 * HOUR) if "not asked" in row.what]
    assert [(row.area_id, row.count) for row in late] == [(ward.area.pk, 1)]
    states = dict(rows.values_list("subject_id", "state"))
    assert states == {ward.home.pk: "kept", other.pk: "open"}
    asking.asked(ward.home, MedicineAsk.Answer.LATER, incident=ward.incident, at=NOON + HOUR, by=ward.me)
    assert MedicineAsk.objects.get(household=ward.home).answer == "none"


def test_a_gap_needs_a_reason_and_for_the_essential_a_clinician_and_can_be_taken_back(ward):
    lines = ward.lines("华法林 3mg 每日1片 还剩2片\n络活喜 5mg×28 每日一片 还有2片")
    warfarin, other = ward.want(lines)
    given = {"at": NOON, "by": ward.me}
    with pytest.raises(UserError, match="reason"):
        refills.accept_gap(other, " ", **given)
    with pytest.raises(UserError, match="dangerous"):
        refills.accept_gap(warfarin, "改用利伐沙班", **given)
    refills.accept_gap(warfarin, "改用利伐沙班", clinician="王医生", **given)
    refills.accept_gap(other, "先不吃", **given)
    request = Request.objects.get()
    assert request.state == "done"
    refills.ungap(warfarin, **given)
    request.refresh_from_db()
    assert (request.state, warfarin.state) == ("working", "wanted")


def test_a_supply_that_is_not_wanted_after_all_falls_away_with_its_line(ward):
    line = ward.lines("络活喜 5mg×28 每日一片 还有2片")[0]
    (refill,) = ward.want([line])
    listing.end_line(line, at=NOON, by=ward.me, reason="医生停药")
    refill.refresh_from_db()
    assert (line.state, refill.state) == ("ended", "dropped")
    listing.use_again(line, at=NOON, by=ward.me)
    assert line.state == "used"


def test_a_knock_hands_medicines_over_and_taking_it_back_takes_them_back(ward):
    line = ward.lines("络活喜 5mg×28 每日一片 还有2片")[0]
    ward.source(has=["amlodipine"])
    planned(ward, [line])
    refill = Refill.objects.select_related("line__incident", "request", "stop__errand").get()
    errands.collect(refill, at=NOON, by=ward.courier)
    waiting = doors.visit_lines(ward.incident, [ward.door.pk], NOON, NOON + DAY)
    (at_door,) = waiting[ward.door.pk]
    assert "络活喜" not in str(at_door.title)
    given = {"visit": 7, "at": NOON + HOUR, "by": ward.courier}
    doors.handed_at_door(ward.incident, ward.door.pk + 1, [at_door.confirms], **given)
    assert Refill.objects.get().state == "collected"
    doors.handed_at_door(ward.incident, ward.door.pk, [at_door.confirms, "medicine:x"], **given)
    line.refresh_from_db()
    assert (Refill.objects.get().state, line.stock, Request.objects.get().state) == (
        "in_hand",
        pytest.approx(29.96, 0.01),
        "done",
    )
    doors.visit_undone(ward.incident, **given)
    line.refresh_from_db()
    assert (Refill.objects.get().state, line.stock) == ("collected", pytest.approx(1.96, 0.01))
    assert Request.objects.get().is_open


def test_consent_and_cards_are_authority_and_belong_to_the_household(ward):
    card = objects.take_in(
        ward.incident, objects.Given("card", ward.door, "尾号4417"), holder=ward.me, at=NOON, by=ward.me
    )
    other = a_household(ward.area.area_doors.order_by("pk").last().door)
    given = {"incident": ward.incident, "at": NOON, "by": ward.me}
    assert authority.give(ward.person, "card", thing=card, **given) == authority.give(
        ward.person, "card", thing=card, **given
    )
    with pytest.raises(UserError, match="another household"):
        authority.give(other.persons.first(), "card", thing=card, **given)


def test_a_treatment_needs_place_vehicle_and_permit_a_day_before_and_a_missed_one_is_grave(ward):
    told = care.Treatment("dialysis", (0, 2, 4), time(7), NOON.date(), place="省人民医院血透中心", client_id=uuid4())
    for _ in range(2):
        care.begin(ward.person, told, incident=ward.incident, at=NOON, by=ward.me)
    care.write_sessions(ward.incident, at=NOON)
    first = CareSession.objects.first()
    assert [one.starts_at.astimezone(ward.incident.tz).weekday() for one in CareSession.objects.all()] == [2, 4, 0, 2]
    friday = CareSession.objects.all()[1]

    def rows(at):
        found = watching.care_not_settled(ward.incident, at)
        return [(row.what, row.level) for row in found if row.due != first.starts_at]

    assert rows(friday.starts_at - 25 * HOUR) == []
    assert rows(friday.starts_at - 24 * HOUR) == [("not settled: vehicle, permit", 3)]
    care.settle(friday, place=friday.place, vehicle="苏A12345", permit="出-17", at=NOON, by=ward.me)
    assert rows(friday.starts_at - 24 * HOUR) == []
    assert rows(friday.starts_at + 2 * HOUR) == [("nobody says whether it took place", 3)]
    care.end(friday, "missed", at=friday.starts_at + 2 * HOUR, by=ward.me)
    assert rows(friday.starts_at + 3 * HOUR) == [("missed", 3)]
    care.end(friday, "missed", at=friday.starts_at + 2 * HOUR, by=ward.me)
    care.end(friday, "due", at=friday.starts_at, by=ward.me)
    assert friday.ended_at is None


def test_what_a_source_says_is_kept_and_the_newest_word_counts(ward):
    source = ward.source(has=["amlodipine"])
    sources.say_stock(source, "amlodipine", "has_not", at=NOON + HOUR, by=ward.me)
    assert errand_planning.stock_of([source]) == {source.pk: {}}
    sources.take_back_stock(sources.newest(source, "amlodipine"), at=NOON + HOUR, by=ward.me)
    assert errand_planning.stock_of([source]) == {source.pk: {"amlodipine": errand_planning.PLENTY}}
    with pytest.raises(UserError, match="on the list already"):
        ward.source()
    with pytest.raises(UserError, match="closes before"):
        ward.source("另一家", closes_at=time(7))
    assert Source.objects.count() == 1


def test_errands_go_along_when_somebody_hands_their_list_over_or_falls_away(ward):
    three_hospitals(ward)
    _outcome, (errand,) = planned(ward, ward.lines(), cool_box=True)
    assert burden_of(ward.courier, ward.incident).of_residents == 1
    done = handing.hand_all(ward.courier, ward.me, at=NOON, by=ward.me, incident=ward.incident)
    assert (done.errands, done.left) == (1, 0)
    errand.refresh_from_db()
    assert errand.courier == ward.me
    other = a_member("desk", incident=ward.incident)
    errands.leave(errand, at=NOON, by=ward.me)
    assert handing.scatter(ward.me, ward.incident, at=NOON + HOUR).errands == 1
    errand.refresh_from_db()
    assert errand.courier == other
    assert burden_of(ward.me, ward.incident).of_residents == 0
