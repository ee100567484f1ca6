"""Covered until: from confirmed food and who is at home; never backwards without a cause."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_household, an_incident
from hypothesis import given, settings
from hypothesis import strategies as some

from doorstep.register.models import Person
from doorstep.supplies import coverage
from doorstep.supplies.coverage import Handed
from doorstep.supplies.models import Coverage, CoverageChange, Delivery

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def hand(incident, household, amount, at, proof="1"):
    handed = [Handed(household.pk, "kit:living", amount, at)]
    return coverage.deliver(incident, handed, proof_kind="visit", proof_id=proof, at=at)[household.pk]


def test_two_persons_with_five_person_days_are_covered_two_days_and_a_half():
    incident, home = an_incident(), a_household(persons=2)
    assert hand(incident, home, 5, NIGHT) == NIGHT + 2.5 * DAY


def test_a_delivery_said_twice_counts_once():
    incident, home = an_incident(), a_household(persons=2)
    hand(incident, home, 5, NIGHT)
    assert hand(incident, home, 5, NIGHT) == NIGHT + 2.5 * DAY
    assert Delivery.objects.count() == 1


def test_a_late_message_of_an_earlier_kit_counts_from_when_it_was_handed_over():
    """The phone had no network: the kit of the morning arrives after that of the evening."""
    incident, home = an_incident(), a_household(persons=1)
    hand(incident, home, 1, NIGHT + 10 * HOUR, "evening")
    assert hand(incident, home, 1, NIGHT, "morning") == NIGHT + 2 * DAY


def test_a_person_who_comes_home_shortens_it_and_is_the_named_cause():
    incident, home = an_incident(), a_household(persons=2)
    hand(incident, home, 8, NIGHT)
    Person.objects.create(household=home, key="9", name="柳远")
    changed = coverage.note_at_home(incident, [home.pk], at=NIGHT + DAY)
    assert changed == {home.pk}
    assert coverage.recount(incident, changed, at=NIGHT + DAY)[home.pk] == NIGHT + 3 * DAY
    change = CoverageChange.objects.get()
    assert (change.before, change.after, change.cause) == (NIGHT + 4 * DAY, NIGHT + 3 * DAY, "more_persons")


def test_a_delivery_taken_back_is_the_named_cause():
    incident, home = an_incident(), a_household(persons=2)
    hand(incident, home, 4, NIGHT, "1")
    hand(incident, home, 4, NIGHT + DAY, "2")
    coverage.take_back(incident, proof_kind="visit", proof_id="2", at=NIGHT + DAY)
    assert Coverage.objects.get().covered_until == NIGHT + 2 * DAY
    coverage.take_back(incident, proof_kind="visit", proof_id="1", at=NIGHT + DAY)
    assert not Coverage.objects.exists()
    assert list(CoverageChange.objects.values_list("cause", flat=True)) == ["delivery_taken_back"] * 2


def test_two_changes_at_one_instant_leave_the_last():
    incident, home = an_incident(), a_household(persons=1)
    hand(incident, home, 4, NIGHT)
    for key in ("8", "9"):
        Person.objects.create(household=home, key=key, name="柳远")
        coverage.note_at_home(incident, [home.pk], at=NIGHT)
    assert coverage.recount(incident, [home.pk], at=NIGHT)[home.pk] == NIGHT + 4 / 3 * DAY


def test_nobody_at_home_has_no_end_and_comes_back():
    incident, home = an_incident(), a_household(persons=1)
    hand(incident, home, 4, NIGHT)
    home.persons.update(present="hospital")
    coverage.recount(incident, coverage.note_at_home(incident, None, at=NIGHT + DAY), at=NIGHT + DAY)
    assert not Coverage.objects.exists()
    home.persons.update(present="home")
    coverage.recount(incident, coverage.note_at_home(incident, None, at=NIGHT + 3 * DAY), at=NIGHT + 3 * DAY)
    assert Coverage.objects.get().covered_until == NIGHT + 6 * DAY


def test_many_households_are_counted_in_a_known_number_of_queries(django_assert_num_queries):
    incident = an_incident()
    homes = [a_household(persons=2) for _ in range(12)]
    for home in homes:
        hand(incident, home, 4, NIGHT)
    with django_assert_num_queries(4):  # who has got anything, deliveries, who was at home, what was known
        coverage.recount(incident, at=NIGHT)


@settings(max_examples=15)
@given(
    some.lists(
        some.tuples(some.sampled_from(["kit", "undo", "comes", "goes"]), some.integers(1, 9), some.integers(1, 30)),
        max_size=10,
    )
)
def test_coverage_never_goes_back_without_a_named_cause(steps):
    incident, home, at = an_incident(), a_household(persons=2), NIGHT
    before = None
    for number, (what, amount, hours) in enumerate(steps):
        at += hours * HOUR
        causes = CoverageChange.objects.filter(household=home).count()
        if what == "kit":
            hand(incident, home, amount, at, str(number))
        elif what == "undo":
            coverage.take_back(incident, proof_kind="visit", proof_id=str(number - amount), at=at)
        elif what == "comes":
            Person.objects.create(household=home, key=f"x{number}", name="柳远")
        elif home.persons.filter(present="home").count() > 1:
            Person.objects.filter(pk=home.persons.filter(present="home").first().pk).update(present="hospital")
        changed = coverage.note_at_home(incident, None, at=at)
        coverage.recount(incident, changed, at=at)
        now = Coverage.objects.filter(household=home).values_list("covered_until", flat=True).first()
        if before is not None and (now is None or now < before - timedelta(seconds=1)):
            assert CoverageChange.objects.filter(household=home).count() > causes
        before = now
