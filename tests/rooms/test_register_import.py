"""A list goes in once, comes back where it is wrong, and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_sealed_area
from django.utils import translation

from doorstep.command.models import JournalEntry
from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.register import actions, corrections
from doorstep.register.corrections import Word
from doorstep.register.models import Building, Compound, Correction, Door, Household, ListImport, Person
from doorstep.wiring.texts import spoken

pytestmark = pytest.mark.django_db

HEAD = "楼栋,单元,室号,姓名,年龄,备注\n"
LIST = (
    HEAD + "3号楼,1,501,柳青,83岁,独居\n3号楼,1,1203,柳蓝,30,怀孕32周\n3号楼,1,1203,柳白,31,\n3号楼,1,五楼东,柳红,5,\n"
)


def bring(text: str, *, accept=None, at=NIGHT) -> ListImport:
    compound = actions.ensure_compound("柳树院")
    preview = actions.preview_list(text.encode(), "名单.csv", compound=compound, at=at)
    actions.apply_import(preview, at=at, accept=accept)
    return preview


def test_a_preview_changes_nothing():
    preview = actions.preview_list(LIST.encode(), "名单.csv", compound=actions.ensure_compound("柳树院"), at=NIGHT)
    assert preview.counts["new_persons"] == 3
    assert preview.counts["bad"] == 1
    assert not Person.objects.exists()
    assert not Building.objects.exists()


def test_good_rows_go_in_bad_rows_come_back_and_floors_are_derived():
    done = bring(LIST)
    assert done.state == ListImport.State.DONE
    assert Household.objects.count() == 2
    assert sorted(Person.objects.values_list("name", flat=True)) == ["柳白", "柳蓝", "柳青"]
    assert dict(Door.objects.values_list("number", "floor")) == {"501": 5, "1203": 12}
    assert Building.objects.get().floors == 12
    assert set(Person.objects.get(name="柳青").classes) == {"alone_elder", "elder"}
    assert done.bad_file.size > 0
    assert JournalEntry.objects.filter(act="import").count() == 1


def test_the_same_file_again_changes_nothing():
    bring(LIST)
    again = bring(LIST, at=NIGHT + timedelta(days=800))  # 83岁 in an old file is no new birth date
    assert again.state == ListImport.State.EMPTY
    assert (Person.objects.count(), Household.objects.count(), Door.objects.count()) == (3, 2, 2)


def test_a_changed_file_shows_its_differences_and_what_was_seen_at_the_door_wins():
    bring(LIST)
    person = Person.objects.get(name="柳白")
    actions.correct(person, kind="door", at=NIGHT, present="quarantine")
    changed = HEAD + "3栋,1单元,501,柳青,83岁,独居，糖尿病\n3号楼,1,1203,柳白,31,\n"
    done = bring(changed, at=NIGHT + timedelta(days=1))
    assert done.counts["seen_otherwise"] == 1
    assert done.counts["gone_from_list"] == 1
    person.refresh_from_db()
    assert person.present == "quarantine"
    assert "chronic" in Person.objects.get(name="柳青").classes
    assert Building.objects.count() == 1
    bring(changed, accept="all", at=NIGHT + timedelta(days=2))
    person.refresh_from_db()
    assert person.present == "home"


def test_an_import_can_be_undone():
    bring(LIST)
    second = bring(HEAD + "3号楼,1,501,柳青,83岁,残疾\n3号楼,2,201,柳紫,40,\n", at=NIGHT + timedelta(days=1))
    stays = actions.undo_import(second, at=NIGHT + timedelta(days=2))
    assert stays == []
    assert not Person.objects.filter(name="柳紫").exists()
    assert not Door.objects.filter(number="201").exists()
    assert set(Person.objects.get(name="柳青").classes) == {"alone_elder", "elder"}
    with pytest.raises(UserError, match="taken back"):
        actions.undo_import(second, at=NIGHT)


def test_an_undo_names_what_somebody_changed_meanwhile():
    bring(LIST)
    second = bring(HEAD + "3号楼,1,501,柳青,83岁,残疾\n", at=NIGHT + timedelta(days=1))
    actions.correct(Person.objects.get(name="柳青"), kind="door", at=NIGHT, classes=["severe"])
    stays = actions.undo_import(second, at=NIGHT + timedelta(days=2))
    assert any("classes" in line for line in stays)
    assert Person.objects.get(name="柳青").classes == ["severe"]


def test_one_row_a_household_makes_as_many_persons_as_it_says():
    bring("地址,户主,人数\n2栋501,柳青,3人\n")
    assert sorted(Person.objects.values_list("key", flat=True)) == ["#2", "#3", "柳青"]
    assert Household.objects.get().size_stated == 3


def test_a_building_is_known_by_its_address_and_aliases():
    compound = actions.ensure_compound("柳树院")
    actions.ensure_building(compound, "南楼", address="7-3号南楼", aliases=["7-3南"])
    bring("楼栋,室号,姓名\n7-3号南楼,501,柳青\n南楼,502,柳蓝\n7-3南,503,柳白\n")
    assert Building.objects.count() == 1
    assert Door.objects.count() == 3


def test_a_correction_of_the_mapping_is_kept_for_the_next_list():
    text = "楼,房,大名,备用\n3号楼,501,柳青,83岁\n"
    compound = actions.ensure_compound("柳树院")
    actions.preview_list(
        text.encode(), "a.csv", compound=compound, at=NIGHT, mapping={0: "building", 1: "room", 2: "name", 3: "age"}
    )
    preview = actions.preview_list(text.encode(), "b.csv", compound=compound, at=NIGHT)
    assert preview.mapping["columns"] == {"0": "building", "1": "room", "2": "name", "3": "age"}


def test_a_list_that_names_no_compound_is_refused_with_what_to_do():
    with pytest.raises(UserError, match="compound"):
        actions.preview_list(LIST.encode(), "名单.csv", at=NIGHT)
    assert not Compound.objects.exists()


def test_people_who_come_by_a_list_into_a_sealed_area_are_owed_at_once():
    compound = actions.ensure_compound("柳树院")
    building = actions.ensure_building(compound, "3号楼")
    stair = actions.ensure_stair(building, "1")
    Door.objects.create(stair=stair, number="501", floor=5)
    area = a_sealed_area(compound=compound)
    derive(area.incident, at=NIGHT)
    assert not Promise.objects.filter(subject_kind="household").exists()
    bring(HEAD + "3号楼,1,501,柳青,83岁,独居\n")
    assert Promise.objects.filter(kind="kit:living").exists()


def test_a_door_that_only_the_list_knows_is_owed_as_the_area_around_it():
    compound = actions.ensure_compound("柳树院")
    area = a_sealed_area(compound=compound)
    derive(area.incident, at=NIGHT)
    bring(HEAD + "9号楼,1,501,柳青,83岁,独居\n")
    assert Promise.objects.filter(kind="kit:living", door__number="501").exists()


def test_who_was_seen_to_leave_stays_away_though_the_next_list_names_them():
    bring(LIST)
    household = Household.objects.get(door__number="1203")
    corrections.move_out(Person.objects.get(name="柳白"), Word("door", NIGHT))
    again = bring(LIST, at=NIGHT + timedelta(days=1))
    assert again.counts["seen_otherwise"] == 1
    assert list(household.persons.filter(active=True).values_list("name", flat=True)) == ["柳蓝"]
    bring(LIST, accept="all", at=NIGHT + timedelta(days=2))
    assert household.persons.filter(active=True).count() == 2


def test_a_newcomer_on_the_list_makes_a_left_home_a_household_again_without_those_who_left():
    bring(LIST)
    household = Household.objects.get(door__number="1203")
    corrections.household_left(household, Word("door", NIGHT))
    bring(HEAD + "3号楼,1,501,柳青,83岁,独居\n3号楼,1,1203,柳黄,50,\n", at=NIGHT + timedelta(days=1))
    household.refresh_from_db()
    assert household.active
    assert list(household.persons.filter(active=True).values_list("name", flat=True)) == ["柳黄"]


def test_nobody_leaves_because_a_list_forgot_them_unless_it_was_chosen_by_name():
    bring(LIST)
    shorter = HEAD + "3号楼,1,501,柳青,83岁,独居\n3号楼,1,1203,柳蓝,30,怀孕32周\n"
    assert bring(shorter, at=NIGHT + timedelta(days=1)).counts["gone_from_list"] == 1
    assert Person.objects.get(name="柳白").active
    preview = actions.preview_list(shorter.encode(), "b.csv", compound=Compound.objects.get(), at=NIGHT)
    line = preview.changes.get(field="active")
    assert not line.accepted
    actions.choose(preview, shown=[line.pk], ticked=[line.pk])
    actions.apply_import(preview, at=NIGHT)
    assert not Person.objects.get(name="柳白").active


def test_single_fields_are_chosen_the_other_way_and_the_rest_goes_in():
    bring(LIST)
    person = Person.objects.get(name="柳白")
    actions.correct(person, kind="door", at=NIGHT, present="quarantine")
    changed = HEAD + "3号楼,1,501,柳青,83岁,残疾\n3号楼,1,1203,柳白,31,\n3号楼,1,1203,柳蓝,30,怀孕32周\n"
    preview = actions.preview_list(changed.encode(), "b.csv", compound=Compound.objects.get(), at=NIGHT)
    seen = preview.changes.get(field="present")
    assert (seen.protected, seen.accepted, seen.before_source["kind"]) == (True, False, "door")
    classes = preview.changes.get(field="classes")
    actions.choose(preview, shown=[seen.pk, classes.pk], ticked=[seen.pk])
    actions.apply_import(preview, at=NIGHT)
    person.refresh_from_db()
    assert person.present == "home"
    assert set(Person.objects.get(name="柳青").classes) == {"alone_elder", "elder"}


def test_a_correction_is_taken_back_as_one_act_with_its_source():
    bring(LIST)
    household = Household.objects.get(door__number="1203")
    corrections.household_left(household, Word("door", NIGHT, "柳工"))
    batch = Correction.objects.get(model="household").batch
    assert Correction.objects.filter(batch=batch).count() == 3
    corrections.take_back(batch, at=NIGHT)
    corrections.take_back(batch, at=NIGHT)
    household.refresh_from_db()
    assert household.active
    assert household.persons.filter(active=True).count() == 2
    assert "active" not in household.sources


def test_an_earlier_correction_cannot_be_taken_back_from_under_a_later_one():
    bring(LIST)
    person = Person.objects.get(name="柳白")
    actions.correct(person, kind="door", at=NIGHT, present="quarantine")
    actions.correct(person, kind="manual", at=NIGHT, present="hospital")
    later, earlier = Correction.objects.filter(field="present")
    with pytest.raises(UserError, match="later change"):
        corrections.take_back(earlier.batch, at=NIGHT)
    corrections.take_back(later.batch, at=NIGHT)
    person.refresh_from_db()
    assert person.present == "quarantine"
    assert person.sources["present"]["kind"] == "door"


def test_an_import_that_is_undone_leaves_whom_somebody_corrected_since():
    done = bring(LIST)
    actions.correct(Person.objects.get(name="柳青"), kind="door", at=NIGHT, present="hospital")
    stays = actions.undo_import(done, at=NIGHT)
    assert any("corrected since" in line for line in stays)
    assert list(Person.objects.values_list("name", flat=True)) == ["柳青"]


def test_a_message_of_the_reader_is_said_in_the_language_of_the_page():
    with pytest.raises(UserError) as caught:
        actions.preview_list(b"", "名单.csv", at=NIGHT)
    with translation.override("zh-hans"):
        assert str(spoken(caught.value)) == "名单.csv 是空的。 请选择装有名单的文件。"


def test_a_list_full_of_nasty_cells_goes_into_the_database_or_comes_back():
    lines = [
        "3号楼,1,501," + "柳" * 81 + ",30,",
        "3号楼,1,502,柳\x00青,83岁," + "独居" * 40_000,
        "楼" * 121 + ",1,503,柳蓝,30,",
        '3号楼,1,504,"=HYPERLINK(""http://x"")",30,\ufeff\u200b',
        "3号楼,1,505,柳白,-3,#REF!",
        "3号楼,99999999999999999999,506,柳红,1e9,",
    ]
    done = bring(HEAD + "\n".join(lines) + "\n")
    assert (done.counts["good"], done.counts["bad"]) == (4, 2)
    assert "alone_elder" in Person.objects.get(name="柳青").classes
    assert Person.objects.count() == 4
