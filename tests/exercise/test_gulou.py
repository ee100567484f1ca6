"""The founding exercise: the report's own figures come out of its spreadsheets."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from doorstep.command.journal import broken_links
from doorstep.command.models import Incident, JournalEntry
from doorstep.errors import UserError
from doorstep.exercise.description import exercises, read_exercise
from doorstep.exercise.load import load_once, logins, play
from doorstep.promises.models import Promise
from doorstep.register.models import Household, Person

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
    assert play(gulou, until=exercise.loaded_until + timedelta(hours=9)) == 3
    assert gulou.tasks.get().owner.user.username == "desk"
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
