"""`doorstep plan` on a folder needs no server and no database; `doorstep watch` says who waits."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from builders import NIGHT, a_compound, a_household, a_sealed_area
from click.testing import CliRunner

from doorstep.cli import main
from doorstep.cli.plan import plan
from doorstep.cli.watch import watch
from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.register.lists.sites import read_folder

LIST = "楼栋,单元,室号,姓名,年龄,备注\n3号楼,1,501,柳青,83岁,独居\n3号楼,1,302,柳白,31,\n3号楼,,,柳蓝,40,\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "柳树院.csv").write_text(LIST, "utf-8")
    (tmp_path / "buildings.csv").write_text(
        "compound,building,stair,floors,lift,x_m,y_m\n柳树院,3号楼,1,6,no,30,12\n", "utf-8"
    )
    (tmp_path / "compounds.csv").write_text(
        "compound,list,gate,gate_x_m,gate_y_m\n柳树院,柳树院.csv,东门,0,0\n", "utf-8"
    )
    (tmp_path / "carriers.csv").write_text("name,start,end\n林溪,,\n", "utf-8")
    return tmp_path


def doorstep(*words, data):
    environment = {**os.environ, "DOORSTEP_DATA": str(data)}
    command = [sys.executable, "-m", "doorstep", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)


def test_a_folder_becomes_door_lists_a_plan_and_a_page_and_the_users_database_is_not_touched(folder, tmp_path):
    out = tmp_path / "out"
    done = doorstep("plan", folder, "--protocol", "cn-covid-2021-09", "--out", out, "--json", data=tmp_path / "mine")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {"cost", "lower_bound", "gap", "feasible", "seconds", "seed", "unserved"} <= set(answer)
    assert [stop["door"] for line in answer["rounds"] for stop in line["stops"]] == ["3号楼-1-501", "3号楼-1-302"]
    assert "林溪" in (out / "index.html").read_text("utf-8")
    assert (out / "door-lists.pdf").read_bytes()[:4] == b"%PDF"
    assert (out / "柳树院-to-mend.xlsx").exists()
    assert not (tmp_path / "mine" / "doorstep.sqlite3").exists()


def test_a_users_mistake_ends_in_one_line_and_code_2(folder, tmp_path):
    done = doorstep("plan", folder, data=tmp_path / "mine")
    assert done.returncode == 2
    assert "cn-covid-2021-09" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{folder}/柳树院.csv"], "is a file, not a folder of lists"),
        (["{folder}/elsewhere"], "There is no folder"),
        (["elsewhere", "--protocol", "cn-covid-2021-09"], "There is no folder"),
        (["{folder}", "--protocol", "nope"], "One of chemical-shelter, cn-covid-2021-09"),
        (["{folder}", "--protocol", "heat"], "serves nobody at the door"),
        (["{folder}", "--protocol", "cn-covid-2021-09", "--from", "tomorrow"], "Write it with its zone"),
        (["{folder}/broken", "--protocol", "cn-covid-2021-09"], "✕ letter.csv: No row"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_what_to_do_and_leaves_no_database(folder, tmp_path, words, said):
    (folder / "broken").mkdir()
    (folder / "broken" / "letter.csv").write_text("hello\nworld\n", "utf-8")
    done = doorstep("plan", *(word.format(folder=folder) for word in words), "--json", data=tmp_path / "mine")
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "mine" / "doorstep.sqlite3").exists()


def test_what_is_owed_counts_from_the_first_shift_and_the_same_instant_gives_the_same_plan(folder, tmp_path):
    (folder / "carriers.csv").write_text("name,start,end\n林溪,09:00,12:00\n", "utf-8")
    words = ["plan", folder, "--protocol", "cn-covid-2021-09", "--from", "2021-12-08T06:00+08:00", "--json"]
    one, two = (json.loads(doorstep(*words, data=tmp_path / "mine").stdout) for _ in range(2))
    assert one["starts_at"] == "2021-12-08 09:00:00+08:00"
    assert one["feasible"]
    assert one["rounds"] == two["rounds"]


def test_a_fault_of_ours_ends_in_code_70_and_says_so(monkeypatch, capsys):
    monkeypatch.setattr("doorstep.cli.root", lambda **how: 1 // 0)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 70
    assert "a fault of Doorstep" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("buildings.csv", "compound,building,lift\n柳树院,3号楼,maybe\n", "buildings.csv row 2, lift"),
        ("buildings.csv", "compound,building,floors\n柳树院,3号楼,six\n", "buildings.csv row 2, floors"),
        ("compounds.csv", "compound,gate_x_m\n柳树院,far\n", "compounds.csv row 2, gate_x_m"),
        ("carriers.csv", "name,start\n,08:00\n", "carriers.csv row 2, name"),
    ],
)
def test_a_mistake_beside_the_lists_names_file_row_and_column(folder, name, text, field):
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(UserError) as caught:
        read_folder(folder)
    assert caught.value.field == field
    assert caught.value.mend


@pytest.fixture
def _here(monkeypatch):
    monkeypatch.setattr("doorstep.cli.watch.start_django", lambda: None)
    monkeypatch.setattr("doorstep.cli.plan.start_django", lambda: None)


@pytest.mark.django_db
@pytest.mark.usefixtures("_here")
def test_the_watch_list_leaves_as_one_json_object():
    area = a_sealed_area(compound=a_compound(floors=1))
    a_household(area.area_doors.first().door, alone=True)
    derive(area.incident, at=NIGHT)
    incident = area.incident
    incident.clock_anchor_incident = NIGHT.replace(day=9)
    incident.save()
    answer = json.loads(CliRunner().invoke(watch, ["--json", "--lang", "en"]).stdout)
    assert answer["waiting"] > 0
    assert {each["watch"] for each in answer["watches"]} >= {1, 2, 5, 10, 13, 16}


@pytest.mark.django_db
@pytest.mark.usefixtures("_here")
def test_an_unknown_area_is_refused_with_the_names_there_are():
    area = a_sealed_area(compound=a_compound(floors=1))
    failed = CliRunner().invoke(plan, ["nowhere"])
    assert isinstance(failed.exception, UserError)
    assert area.name in failed.exception.mend
