"""The founding exercise: the report's own figures come out of its spreadsheets."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from doorstep.command.journal import broken_links
from doorstep.command.models import Incident, JournalEntry, Member
from doorstep.crew.actions import assign
from doorstep.crew.models import Shift
from doorstep.crew.watches import gates_uncovered
from doorstep.errors import UserError
from doorstep.exercise.description import exercises, read_exercise
from doorstep.exercise.load import load_once, logins, play
from doorstep.promises.models import Promise
from doorstep.register.models import Household, Person
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def gulou() -> Incident:
    load_once("gulou-2021")
    return Incident.objects.get(exercise="gulou-2021")


def at_home(compound: str):
    return Person.objects.filter(household__door__stair__building__compound__name=compound, present="home")


def test_the_counts_of_the_report_come_out_of_the_lists(gulou):
    assert at_home("南秀村12号").count() == 21
    assert Household.objects.filter(door__stair__building__compound__name="南秀村12号").count() == 8
    assert at_home("北京西路7号").count() == 220
    classes = Counter(code for person in Person.objects.all() for code in person.classes)
    assert (classes["severe"], classes["pregnant"], classes["alone_elder"]) == (2, 1, 3)
    assert set(Person.objects.get(name="陈锋").conditions) == {"diabetes", "hypertension"}


def test_loading_twice_changes_nothing(gulou):
    before = (Person.objects.count(), Promise.objects.count(), JournalEntry.objects.count())
    assert not load_once("gulou-2021").is_new
    assert (Person.objects.count(), Promise.objects.count(), JournalEntry.objects.count()) == before


def test_two_areas_are_sealed_and_every_household_at_home_is_owed_a_first_kit(gulou):
    assert gulou.areas.filter(state="in_force").count() == 2
    first = Promise.objects.filter(kind="kit:living", sequence=0)
    assert first.count() == Household.objects.filter(persons__present="home").distinct().count()
    assert broken_links() == []


def test_the_clock_stands_where_the_night_ends_and_goes_on_when_played(gulou):
    exercise = read_exercise("gulou-2021")
    assert gulou.now() == exercise.loaded_until
    assert play(gulou, until=exercise.loaded_until + timedelta(hours=9)) == 6
    assert gulou.tasks.get(kind="task").owner.user.username == "desk"
    assert Promise.objects.filter(kind="letter", state="broken").exists()


def test_the_accounts_sign_in(gulou, client):
    login, password, duty = logins()[0]
    assert "commander" in duty
    assert gulou.grants.count() == len(logins())
    from django.contrib.auth import authenticate
    from django.test import RequestFactory

    assert authenticate(RequestFactory().post("/"), username=login, password=password) is not None


def test_an_unknown_exercise_names_those_there_are():
    assert exercises() == ["gulou-2021"]
    with pytest.raises(UserError, match="nanjing"):
        read_exercise("nanjing")


def clock(text: str):
    return datetime.fromisoformat(f"2021-12-08T{text}:00+08:00")


def rows_of_watch(gulou) -> list[str]:
    return [row.what for row in gates_uncovered(gulou, gulou.now())]


def test_the_loaded_night_has_its_gates_manned_and_a_gap_coming(gulou):
    assert sorted(gulou.posts.values_list("name", flat=True)) == [
        "北京西路7号 · 东门",
        "北京西路7号 · 西门",
        "南秀村12号 · 大门",
    ]
    assert Shift.objects.filter(state="on_duty").count() == 6
    (gap,) = gates_uncovered(gulou, gulou.now())
    assert (gap.subject, gap.what) == ("北京西路7号 · 西门", "1 of 2 persons next shift")
    team = gulou.teams.get(workstream="gates")
    assert len({member.organisation_id for member in team.members.all()}) >= 6
    assert team.members.count() == 18


def test_played_step_by_step_the_day_goes_as_the_report_tells_it(gulou):
    play(gulou, until=clock("09:00"))
    nanxiucun = Promise.objects.filter(area__name="南秀村12号", sequence=0)
    assert (
        not nanxiucun.filter(kind__in=["kit:living", "kit:epidemic", "kit:breakfast", "letter"])
        .exclude(state="kept")
        .exists()
    )
    assert not nanxiucun.filter(late=True).exists()
    first = Promise.objects.filter(kind="letter", state="kept").order_by("kept_at").first()
    assert first.kept_at < clock("07:00")
    assert sorted(rows_of_watch(gulou)) == ["0 of 2 persons next shift", "1 of 2 persons next shift"]
    play(gulou, until=clock("12:00"))
    play(gulou, until=clock("13:30"))
    assert rows_of_watch(gulou) == []
    assert Shift.objects.filter(state="on_duty").count() == 6
    assert Shift.objects.filter(state="done").exclude(handover="").count() == 12
    shut = Visit.objects.filter(outcome="no_answer").values_list("door__number", flat=True)
    assert sorted(shut) == ["102", "102", "501"]
    homes = Promise.objects.filter(area__name="北京西路7号", kind="kit:living", sequence=0)
    assert [promise.door.number for promise in homes.exclude(state="kept")] == ["102"]
    assert broken_links() == []


def test_whoever_plays_along_leads_the_crew_leaves_what_is_planned_and_filled(gulou):
    coordinator = gulou.grants.get(role="coordinator").member
    area = gulou.areas.get(name="南秀村12号")
    at = gulou.now()
    line = CarrierLine(None, "林间", at, clock("20:00"))
    mine = request_plan(gulou, [area], at, clock("20:00"), carriers=[line], at=at, by=coordinator)
    run_plan(mine.pk)
    post = gulou.posts.get(name="北京西路7号 · 西门")
    helper = Member.objects.create(name="江雪")
    assign(post, helper, (clock("07:00"), clock("13:00")), at=at)
    play(gulou, until=clock("09:00"))
    mine.refresh_from_db()
    assert mine.state == "ready"
    assert not Visit.objects.filter(stop__round__plan=mine).exists()
    assert post.shifts.filter(starts_at=clock("07:00")).count() == 2
