"""The ground that every room stands on: journal, rights, bulk loading, tables out, wiring."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, an_incident

from doorstep.command import journal
from doorstep.command.chain import broken_links
from doorstep.command.models import Incident, JournalEntry
from doorstep.command.rights import rights_of, roles
from doorstep.errors import NotAllowedError, UserError
from doorstep.register.models import Door, Person, Stair, masked
from doorstep.storage.bulk import bulk_load, bulk_load_new, bulk_set
from doorstep.storage.instants import Seconds
from doorstep.storage.settings import postgresql
from doorstep.storage.tables import to_csv, to_xlsx
from doorstep.wiring.events import publish, subscribe

pytestmark = pytest.mark.django_db


def test_the_journal_chains_and_shows_a_row_changed_by_hand():
    incident = an_incident()
    for number in range(4):
        journal.record("note", incident=incident, occurred_at=NIGHT + timedelta(minutes=number), text=f"第{number}条")
    assert broken_links() == []
    entry = JournalEntry.objects.get(sequence=3)
    JournalEntry.objects.filter(pk=entry.pk).update(data={"text": "另一条"})
    assert broken_links() == [3]


def test_a_row_taken_out_of_the_journal_is_noticed():
    for number in range(3):
        journal.record("note", incident=None, occurred_at=NIGHT, text=str(number))
    JournalEntry.objects.filter(sequence=2).delete()
    assert broken_links() == [2]


def test_a_grant_in_one_area_gives_nothing_in_another():
    incident = an_incident()
    here, there = a_sealed_area(incident), a_sealed_area(incident)
    rights = rights_of(a_member("coordinator", incident=incident, area=here), incident)
    assert rights.may("plan_rounds", here)
    assert not rights.may("plan_rounds", there)
    assert rights.areas("plan_rounds") == {here.pk}
    assert rights.sees_names(here)
    assert not rights.sees_names(there)
    with pytest.raises(NotAllowedError):
        rights.require("plan_rounds", there)


def test_a_grant_of_another_incident_gives_nothing():
    mine, other = an_incident(), an_incident()
    assert not rights_of(a_member("commander", incident=other), mine).may("see_board")
    assert rights_of(a_member("commander"), mine).may("see_board")


def test_every_role_names_acts_that_exist():
    from doorstep.command.rights import acts

    for role in roles().values():
        assert role.acts <= set(acts()), role.code
        assert role.title["zh"]
        assert role.title["en"]


def test_bulk_load_stores_what_the_orm_would_and_says_a_thing_twice_only_once():
    household = a_household(persons=1)
    fields = ["household_id", "key", "name", "classes", "source_at"]
    rows = [(household.pk, f"k{n}", "柳一", ["elder"], NIGHT) for n in range(5)]
    assert bulk_load(Person, fields, rows) == 5
    assert bulk_load_new(Person, fields, [*rows, (household.pk, "k9", "柳九", [], None)]) == 1
    stored = Person.objects.get(household=household, key="k3")
    assert stored.classes == ["elder"]
    assert stored.source_at == NIGHT
    assert stored.present == "home"


def test_one_field_of_many_rows_is_set_and_no_other():
    people = list(a_household(persons=3).persons.order_by("pk"))
    day = date(1938, 4, 1)
    assert bulk_set(Person, "birth_date", [(people[0].pk, day), (people[2].pk, None)]) == 2
    found = list(Person.objects.filter(pk__in=[p.pk for p in people]).order_by("pk").values_list("birth_date", "name"))
    assert found == [(day, people[0].name), (None, people[1].name), (None, people[2].name)]


@pytest.mark.parametrize(
    "more", [timedelta(0), timedelta(microseconds=123_456), timedelta(days=-20_000, microseconds=1)]
)
def test_instants_are_read_as_the_seconds_that_their_datetimes_give(more):
    incident = an_incident()
    Incident.objects.filter(pk=incident.pk).update(trigger_at=NIGHT + more)
    assert Incident.objects.values_list(Seconds("trigger_at"), flat=True).get() == pytest.approx(
        (NIGHT + more).timestamp(), abs=4e-7
    )


def test_a_bulk_load_that_fails_leaves_nothing():
    from django.db import IntegrityError, transaction

    stair = Stair.objects.get(building__compound=a_compound())
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk_load(Door, ["stair_id", "number", "floor"], [(stair.pk, "901", 9), (stair.pk, "101", 1)])
    assert not Door.objects.filter(number="901").exists()


def test_no_exported_cell_runs_as_a_formula():
    rows = [["=1+1", "@SUM(A1)", 3, None, ["盐", "米"]]]
    text = to_csv(["a", "b", "c", "d", "e"], rows).decode("utf-8-sig")
    assert "'=1+1,'@SUM(A1),3,,盐、米" in text
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(["a", "b", "c", "d", "e"], rows))).active
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].value == "=1+1"
    assert sheet["C2"].value == 3


def test_names_are_masked():
    assert masked("陆小明") == "陆某"
    assert masked("Ada Moore") == "A."
    assert masked("") == "—"


def test_an_event_reaches_its_handler_once():
    class Rang:
        pass

    heard = []
    handler = heard.append
    subscribe(Rang, handler)
    subscribe(Rang, handler)
    publish(Rang())
    assert len(heard) == 1


def test_a_wrong_database_address_says_how_it_should_look():
    from doorstep.errors import FaultError

    with pytest.raises(FaultError, match="postgresql://"):
        postgresql("mysql://x/y")
    assert postgresql("postgresql://me@/town?host=/run/pg")["HOST"] == "/run/pg"


def test_an_error_for_the_user_says_what_to_do():
    assert str(UserError("No file.", mend="Choose one.")) == "No file. Choose one."


def test_rows_may_be_drawn_from_the_same_database_while_they_are_loaded():
    household = a_household(persons=3)
    people = Person.objects.filter(household=household)
    rows = ((household.pk, f"copy {p.key}", Person.objects.get(pk=p.pk).name) for p in people.iterator(chunk_size=1))
    assert bulk_load_new(Person, ["household_id", "key", "name"], rows) == 3
