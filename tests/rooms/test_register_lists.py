"""The import pages: looked at first, corrected, brought in, taken back; within one's areas."""

from __future__ import annotations

import io
from pathlib import Path
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_member, a_sealed_area
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from doorstep.command.models import JournalEntry
from doorstep.register import actions, jobs
from doorstep.register.models import Compound, Household, ListImport, Person, SavedMapping

pytestmark = pytest.mark.django_db

HEAD = "楼栋,单元,室号,姓名,年龄,备注\n"
LIST = HEAD + "3号楼,1,501,柳青,83岁,独居\n3号楼,1,1203,柳蓝,30,怀孕32周\n3号楼,1,五楼东,柳红,5,\n"


@pytest.fixture
def area():
    return a_sealed_area(compound=a_compound("柳树院"))


def sign_in(client, role: str, area, *, only: bool = False):
    """A member with a duty in the whole incident, or (`only`) in this area alone."""
    login = f"{role}-{uuid4().hex[:6]}"
    member = a_member(role, incident=area.incident, area=area if only else None, login=login)
    client.force_login(get_user_model().objects.get(pk=member.user_id), "django.contrib.auth.backends.ModelBackend")
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    return member


def send(client, text: str | bytes = LIST, name: str = "名单.csv", **fields):
    data = text.encode() if isinstance(text, str) else text
    fields = fields or {"new_compound": "柳树院"}
    return client.post("/register/lists/new/", {"file": SimpleUploadedFile(name, data), **fields}, follow=True)


def test_a_list_is_looked_at_before_anything_is_stored(client, area):
    sign_in(client, "coordinator", area)
    page = send(client, new_compound="新院子").content.decode()
    assert "Bring it in" in page
    assert "五楼东" in page
    assert "write it like 2-1-501" in page
    assert "3号楼-1-1203" in page
    assert not Person.objects.exists()
    assert not Compound.objects.filter(name="新院子").exists()


def test_bringing_it_in_twice_brings_it_once_and_the_same_file_again_says_nothing_new(client, area):
    sign_in(client, "coordinator", area)
    send(client)
    pk = ListImport.objects.get().pk
    page = client.post(f"/register/lists/{pk}/bring/", follow=True).content.decode()
    client.post(f"/register/lists/{pk}/bring/")
    assert "The list is in: 2 new people" in page
    assert Person.objects.count() == 2
    again = send(client).content.decode()
    assert "nothing new" in again
    assert "Bring it in<" not in again


def test_the_rows_to_mend_leave_as_a_file_that_says_why(client, area):
    sign_in(client, "coordinator", area)
    send(client)
    pk = ListImport.objects.get().pk
    answer = client.get(f"/register/lists/{pk}/to-mend.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[1][2] == "五楼东"
    assert "2-1-501" in rows[1][-1]
    assert JournalEntry.objects.filter(act="export").count() == 1


def test_columns_are_corrected_read_again_and_kept(client, area):
    sign_in(client, "coordinator", area)
    page = send(client, "楼,房,大名,备用\n3号楼,501,柳青,83岁\n").content.decode()
    assert "looks like a heading" in page
    assert "Bring it in<" not in page
    pk = ListImport.objects.get().pk
    chosen = {"column-0": "building", "column-1": "room", "column-2": "name", "column-3": "age"}
    page = client.post(f"/register/lists/{pk}/columns/", chosen, follow=True).content.decode()
    assert "柳青" in page
    assert "1938" in page
    assert "looks like a heading" not in page
    assert SavedMapping.objects.get().mapping["2"] == "name"
    assert ListImport.objects.count() == 1


def test_columns_that_cannot_be_are_refused_beside_them(client, area):
    sign_in(client, "coordinator", area)
    send(client)
    pk = ListImport.objects.get().pk
    answer = client.post(f"/register/lists/{pk}/columns/", {"column-3": "name"})
    assert answer.status_code == 422
    assert "No column says which door" in answer.content.decode()
    answer = client.post(f"/register/lists/{pk}/columns/", {"column-2": "room", "column-3": "name", "column-0": "name"})
    assert "Two columns are “name”" in answer.content.decode()


def test_what_was_seen_at_the_door_wins_unless_a_person_ticks_the_field(client, area):
    sign_in(client, "coordinator", area)
    send(client)
    client.post(f"/register/lists/{ListImport.objects.get().pk}/bring/")
    person = Person.objects.get(name="柳蓝")
    actions.correct(person, kind="door", at=NIGHT, by="组员", present="hospital")
    send(client, LIST + "3号楼,1,502,柳紫,40,\n")
    preview = ListImport.objects.first()
    page = client.get(f"/register/lists/{preview.pk}/?show=seen").content.decode()
    assert "seen at the door · 组员" in page
    assert "in hospital" in page
    line = preview.changes.get()
    client.post(f"/register/lists/{preview.pk}/choose/", {"shown": line.pk, "take": line.pk, "query": "show=seen"})
    client.post(f"/register/lists/{preview.pk}/bring/")
    person.refresh_from_db()
    assert person.present == "home"
    assert "What the list changed" in client.get(f"/register/lists/{preview.pk}/").content.decode()
    client.post(f"/register/lists/{preview.pk}/undo/")
    person.refresh_from_db()
    assert (person.present, person.sources["present"]["kind"]) == ("hospital", "door")
    assert not Person.objects.filter(name="柳紫").exists()


def test_a_list_that_was_only_looked_at_is_thrown_away_with_its_file(client, area):
    sign_in(client, "coordinator", area)
    send(client)
    preview = ListImport.objects.get()
    path = preview.file.path
    client.post(f"/register/lists/{preview.pk}/forget/")
    assert not ListImport.objects.exists()
    assert not Path(path).exists()


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "a.csv", "The file is empty"),
        (b"%PDF-1.7 x", "a.pdf", "not a table"),
        (b"PK\x03\x04broken", "a.xlsx", "damaged"),
        (LIST.encode(), "名单.csv", "which compound"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_and_nothing_is_kept(client, area, data, name, said):
    sign_in(client, "coordinator", area)
    answer = send(client, data, name, compound="")
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ListImport.objects.exists()


def test_a_long_list_is_read_and_brought_in_by_the_job_runner(
    client, area, monkeypatch, django_capture_on_commit_callbacks
):
    sign_in(client, "coordinator", area)
    monkeypatch.setattr(jobs, "AT_ONCE", 10)
    with django_capture_on_commit_callbacks() as waiting:
        page = send(client).content.decode()
    assert "waiting to be read" in page
    part = client.get(f"/register/lists/{ListImport.objects.get().pk}/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    for job in waiting:
        job()
    preview = ListImport.objects.get()
    assert preview.state == ListImport.State.PREVIEW
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/register/lists/{preview.pk}/columns/", {"column-0": "building", "column-2": "room"})
    preview.refresh_from_db()
    assert preview.mapping["columns"] == {"0": "building", "2": "room"}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/register/lists/{preview.pk}/bring/")
    preview.refresh_from_db()
    assert preview.state == ListImport.State.DONE
    assert Household.objects.count() == 2


def test_a_long_list_that_cannot_be_read_says_so_in_the_language_of_the_page(
    client, area, monkeypatch, django_capture_on_commit_callbacks
):
    sign_in(client, "coordinator", area)
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    with django_capture_on_commit_callbacks(execute=True):
        send(client, b"PK\x03\x04broken", "a.xlsx")
    pk = ListImport.objects.get().pk
    assert "a.xlsx is damaged" in client.get(f"/register/lists/{pk}/").content.decode()
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert "a.xlsx 已损坏" in client.get(f"/register/lists/{pk}/").content.decode()


def test_a_list_of_another_area_is_refused_and_leaves_nothing(client, area):
    sign_in(client, "coordinator", area)
    send(client, compound="", new_compound="别处")
    other = ListImport.objects.get()
    member = sign_in(client, "coordinator", area, only=True)
    assert client.get(f"/register/lists/{other.pk}/").status_code == 403
    assert send(client, "小区," + HEAD + "别处,3号楼,1,501,柳青,83岁,\n", compound="").status_code == 403
    assert not ListImport.objects.filter(by_member=member.pk).exists()
    compound = Compound.objects.get(name="柳树院")
    assert "Bring it in" in send(client, compound=compound.pk).content.decode()


def test_who_may_not_import_sees_no_import_page(client, area):
    sign_in(client, "desk", area)
    assert client.get("/register/lists/").status_code == 403


def test_the_preview_asks_a_bounded_number_of_questions(client, area, django_assert_max_num_queries):
    sign_in(client, "coordinator", area)
    send(client)
    client.post(f"/register/lists/{ListImport.objects.get().pk}/bring/")
    rows = "".join(f"3号楼,1,{floor}0{n},柳{n},40,\n" for floor in range(1, 30) for n in range(1, 5))
    send(client, LIST.replace("独居", "残疾") + rows)
    with django_assert_max_num_queries(25):
        client.get(f"/register/lists/{ListImport.objects.first().pk}/")


def test_a_list_without_a_heading_loses_no_row_when_a_person_says_what_its_columns_hold(client, area):
    sign_in(client, "coordinator", area)
    send(client, "3号楼,501,柳青\n3号楼,502,柳蓝\n")
    pk = ListImport.objects.get().pk
    client.post(f"/register/lists/{pk}/columns/", {"column-0": "building", "column-1": "room", "column-2": "name"})
    client.post(f"/register/lists/{pk}/bring/")
    assert sorted(Person.objects.values_list("name", flat=True)) == ["柳蓝", "柳青"]


def test_who_sees_no_names_sees_none_in_the_list_that_another_brought(client, area):
    sign_in(client, "coordinator", area)
    send(client)
    pk = ListImport.objects.get().pk
    sign_in(client, "commander", area)
    page = client.get(f"/register/lists/{pk}/").content.decode()
    assert "柳青" not in page
    assert "柳某" in page
    assert client.get(f"/register/lists/{pk}/to-mend.xlsx").status_code == 403
    send(client, HEAD + "3号楼,1,501,柳青,83岁,独居\n")
    assert "柳青" in client.get(f"/register/lists/{ListImport.objects.first().pk}/").content.decode()


def test_lists_and_register_work_before_there_is_any_incident(client):
    member = a_member("coordinator", login="first")
    client.force_login(get_user_model().objects.get(pk=member.user_id), "django.contrib.auth.backends.ModelBackend")
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert "The register is empty" in client.get("/register/").content.decode()
    send(client)
    client.post(f"/register/lists/{ListImport.objects.get().pk}/bring/")
    assert "elder alone" in client.get("/register/?order=need").content.decode()
    assert client.get(f"/register/household/{Household.objects.first().pk}/").status_code == 200
    assert client.get("/register/reconcile/").status_code == 200
