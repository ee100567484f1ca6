"""The papers of a district come in parts; each door stands on exactly one of them."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pypdf
import pytest
from builders import NIGHT, a_compound, a_household, a_sealed_area
from django.utils import translation

from doorstep.promises.actions import derive
from doorstep.register.models import Door
from doorstep.rounds import papers
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.files import write_plan
from doorstep.rounds.models import RoundPlan, Stop
from doorstep.rounds.queries import plan_page
from doorstep.wiring.pages import zipped

pytestmark = pytest.mark.django_db


def a_plan(doors: int = 30) -> RoundPlan:
    compound = a_compound(floors=5, doors_per_floor=6)
    for door in Door.objects.filter(stair__building__compound=compound)[:doors]:
        a_household(door)
    area = a_sealed_area(compound=compound)
    derive(area.incident, at=NIGHT)
    end = NIGHT + timedelta(hours=12)
    carriers = [CarrierLine(None, f"配送员{n}", NIGHT, end) for n in range(3)]
    plan = request_plan(area.incident, [area], NIGHT, end, carriers=carriers, at=NIGHT)
    run_plan(plan.pk)
    plan.refresh_from_db()
    return plan


def words(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_a_large_plan_is_printed_in_parts_with_each_door_once(monkeypatch, tmp_path):
    monkeypatch.setattr(papers, "STOPS_A_PAPER", 4)
    plan = a_plan()
    with translation.override("zh-hans"):
        parts = papers.door_lists(plan_page(plan))
        files = write_plan(plan_page(plan), tmp_path)
    assert len(parts) > 1
    listed = [row.split() for part in parts for row in words(part).splitlines()]
    doors = [row[2] for row in listed if len(row) > 3 and row[0].isdigit() and ":" in row[1]]
    assert sorted(doors) == sorted(Stop.objects.filter(round__plan=plan).values_list("door__number", flat=True))
    names = [file.name for file in files]
    assert names.count("door-lists.pdf") == 0
    assert "door-lists-01.pdf" in names
    page = (tmp_path / "index.html").read_text("utf-8")
    assert all(f'href="{name}"' in page for name in names if name.endswith(".pdf"))


def test_parts_leave_the_page_as_one_file():
    answer = zipped([b"one", b"two"], "door-lists-7")
    bundle = zipfile.ZipFile(io.BytesIO(answer.content))
    assert {name: bundle.read(name) for name in bundle.namelist()} == {
        "door-lists-7-01.pdf": b"one",
        "door-lists-7-02.pdf": b"two",
    }
    assert zipped([b"one"], "door-lists-7").content == b"one"
