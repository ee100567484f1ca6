"""Invented compounds: the census comes out of them, and the importer reads every row of them."""

from __future__ import annotations

import csv
import json
from datetime import date

import pytest
from click.testing import CliRunner

from doorstep.cli.exercise import exercise
from doorstep.errors import UserError
from doorstep.exercise.make import AS_OF, draw_district, make_district
from doorstep.register import lists


@pytest.fixture(scope="module")
def large():
    return draw_district(6_000, 7)


def people(district):
    return [one for compound in district.compounds for home in compound.households for one in home.persons]


def homes(district):
    return [home for compound in district.compounds for home in compound.households]


def read(folder):
    found = []
    for path in sorted(folder.glob("[0-9]*")):
        sheet = lists.open_table(path.read_bytes(), path.name)[0]
        found.append(lists.read_rows(sheet, lists.guess_layout(sheet), compound=path.stem, today=AS_OF))
    return found


@pytest.mark.parametrize("fmt", ["xlsx", "csv"])
def test_the_importer_reads_every_row_of_every_form(tmp_path, fmt):
    made = make_district(90, 3, tmp_path / "m", compounds=3, fmt=fmt)
    readings = read(tmp_path / "m")
    assert [len(one.bad) + one.blank for one in readings] == [0, 0, 0]
    assert [len(one.good) for one in readings] == [sum(len(h.persons) for h in c.households) for c in made.compounds]
    doors = [{row.door_key for row in one.good} for one in readings]
    assert [len(one) for one in doors] == [30, 30, 30]
    assert not any(row.warnings for one in readings for row in one.good)


def test_the_floor_of_every_room_comes_back(tmp_path):
    made = make_district(60, 5, tmp_path / "m")
    floors = sorted(home.floor for home in made.compounds[0].households for _ in home.persons)
    assert sorted(row.floor for one in read(tmp_path / "m") for row in one.good) == floors


def test_household_sizes_and_ages_meet_the_census_of_gulou(large):
    persons, number = people(large), len(homes(large))
    assert len(persons) / number == pytest.approx(2.43, abs=0.06)
    assert sum(len(home.persons) == 1 for home in homes(large)) / number == pytest.approx(0.251, abs=0.02)
    assert sum(one.age < 15 for one in persons) / len(persons) == pytest.approx(0.144, abs=0.015)
    assert sum(one.age >= 65 for one in persons) / len(persons) == pytest.approx(0.196, abs=0.015)
    assert sum(any(one.age >= 65 for one in home.persons) for home in homes(large)) / number == pytest.approx(
        0.304, abs=0.03
    )


def test_elders_alone_are_noted_as_often_as_the_city_counts_them(large):
    elders = [one for one in people(large) if one.age >= 60]
    alone = [one for one in elders if "alone_elder" in lists.parse_note(one.note).classes]
    assert len(alone) / len(elders) == pytest.approx(0.057, abs=0.015)


def test_three_in_ten_households_have_a_lift(large):
    lifts = {(c.name, stair.building) for c in large.compounds for stair in c.stairs if stair.lift}
    share = sum((c.name, home.building) in lifts for c in large.compounds for home in c.households) / 6_000
    assert share == pytest.approx(0.302, abs=0.05)


def test_every_household_has_a_door_of_its_own_on_a_stair_that_is_placed(large):
    for compound in large.compounds:
        placed = {(stair.building, stair.stair): stair for stair in compound.stairs}
        assert len({(h.building, h.stair, h.room) for h in compound.households}) == len(compound.households)
        assert all(h.floor <= placed[h.building, h.stair].floors for h in compound.households)
        assert len({(stair.x_m, stair.y_m) for stair in compound.stairs}) == len(compound.stairs)


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_district(50, seed, tmp_path / name)
    files = [{p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in "abc"]
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_the_tables_beside_the_lists_agree_with_them(tmp_path):
    make_district(5_000, 1, tmp_path / "m", fmt="csv")
    tables = {
        name: list(csv.DictReader((tmp_path / "m" / f"{name}.csv").open(encoding="utf-8-sig")))
        for name in ("compounds", "buildings", "carriers")
    }
    assert sum(int(row["households"]) for row in tables["compounds"]) == 5_000
    assert all((tmp_path / "m" / row["list"]).exists() for row in tables["compounds"])
    assert {row["compound"] for row in tables["buildings"]} == {row["compound"] for row in tables["compounds"]}
    assert len({(row["east_m"], row["north_m"]) for row in tables["compounds"]}) == len(tables["compounds"])
    assert all(row["start"] < row["end"] for row in tables["carriers"])


@pytest.mark.parametrize(("households", "compounds"), [(0, None), (7_000, 2), (3, 5)])
def test_a_size_that_cannot_be_is_refused_with_its_field(households, compounds):
    with pytest.raises(UserError) as refused:
        draw_district(households, 1, compounds=compounds)
    assert refused.value.field in ("households", "compounds")
    assert refused.value.mend


def test_a_folder_that_holds_files_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(UserError, match="empty folder"):
        make_district(5, 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_says_what_it_made(tmp_path):
    arguments = ["make", "--households", "40", "--seed", "2", "--out", str(tmp_path / "m"), "--format", "csv", "--json"]
    answer = json.loads(CliRunner().invoke(exercise, arguments, catch_exceptions=False).stdout)
    assert (answer["households"], answer["compounds"], answer["seed"]) == (40, 1, 2)
    assert answer["persons"] == sum(len(one.good) for one in read(tmp_path / "m"))


def test_nobody_is_born_after_the_list_was_written(tmp_path):
    make_district(300, 4, tmp_path / "m", compounds=2)
    assert all(date(1920, 1, 1) < row.birth <= AS_OF for one in read(tmp_path / "m") for row in one.good)
