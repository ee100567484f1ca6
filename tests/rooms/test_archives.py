"""The whole incident out and in again: the same figures, a chain that holds, no name where none is wanted."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, an_incident, sign_in
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from doorstep.command import chain, journal
from doorstep.command.models import Area, Incident, JournalEntry, Member, Task
from doorstep.command.tasks import open_task
from doorstep.desk.models import Message
from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.register.models import Household, Person
from doorstep.report.archive.reading import bring_in
from doorstep.report.archive.writing import Asked, write_archive
from doorstep.report.content import collect
from doorstep.report.models import Crossing, Origin
from doorstep.rounds.models import Visit
from doorstep.rounds.visits import VisitReport, record_visit

whole_database = pytest.mark.django_db(transaction=True)
END = NIGHT + timedelta(hours=14)


@pytest.fixture
def incident():
    area = a_sealed_area(compound=a_compound(stairs=1, floors=3))
    for line in area.area_doors.select_related("door").order_by("pk"):
        a_household(line.door, persons=2, phone="13900001111", note="kind words")
    derive(area.incident, at=NIGHT)
    carrier = a_member("carrier", incident=area.incident)
    for number, line in enumerate(area.area_doors.select_related("door").order_by("pk")[:4]):
        report = VisitReport(
            uuid4(), line.door_id, "opened", NIGHT + timedelta(hours=10, minutes=number), ("kit:living",)
        )
        record_visit(area.incident, report, by=carrier, at=NIGHT + timedelta(hours=10, minutes=number))
    open_task(area.incident, "Fetch insulin", at=NIGHT, by=carrier, owner=carrier, area=area, key="visit:1:follow")
    facts = {"occurred_at": NIGHT, "recorded_at": NIGHT, "sender": "柳青", "contact": "13900001111"}
    Message.objects.create(incident=area.incident, channel="phone", text="柳青 asks for insulin", **facts)
    return area.incident


def written(incident, path, *, names: bool = True):
    return write_archive(incident, path, Asked("Gu Ming", NIGHT, "handing over to the city", names))


def figures(incident) -> dict[str, tuple]:
    content = collect(incident, incident.trigger_at, END)
    return {
        f"{section['code']}.{line['code']}": (line["value"], line["of"], line["unknown"])
        for section in content["sections"]
        for line in section["lines"]
    }


def elsewhere() -> None:
    """Another installation: nothing of the first is there, and its own numbers are taken."""
    call_command("flush", verbosity=0, interactive=False)
    other = a_sealed_area(an_incident(), a_compound(stairs=2, floors=4))
    a_household(other.area_doors.order_by("pk").first().door)
    derive(other.incident, at=NIGHT)
    journal.record("note", incident=other.incident, occurred_at=NIGHT)


@whole_database
def test_an_incident_brought_elsewhere_has_the_same_figures_and_a_chain_that_holds(incident, tmp_path):
    before, kept = figures(incident), Promise.objects.filter(state="kept").count()
    assert before["rounds.reached"][0] == 4
    assert kept
    written(incident, tmp_path / "a.zip")
    entries = list(
        JournalEntry.objects.filter(incident=incident).order_by("sequence").values_list("act", "occurred_at")
    )
    elsewhere()
    brought = bring_in(tmp_path / "a.zip", at=END, by=None)
    assert brought.is_new
    assert figures(brought.incident) == before
    assert chain.broken_links() == []
    mine = JournalEntry.objects.filter(incident=brought.incident).order_by("sequence")
    assert list(mine.values_list("act", "occurred_at"))[:-1] == entries
    assert mine.last().act == "import_incident"
    proofs = Promise.objects.filter(incident=brought.incident, proof_kind="visit").values_list("proof_id", "door_id")
    assert proofs.count() == kept
    visits = dict(Visit.objects.filter(incident=brought.incident).values_list("pk", "door_id"))
    assert all(visits[int(proof)] == door for proof, door in proofs)
    homes = set(Household.objects.values_list("pk", flat=True))
    owed = Promise.objects.filter(incident=brought.incident, subject_kind="household")
    assert set(owed.values_list("subject_id", flat=True)) <= homes


@whole_database
def test_bringing_the_same_incident_twice_changes_nothing_and_its_own_work_goes_on(incident, tmp_path):
    written(incident, tmp_path / "a.zip")
    elsewhere()
    first = bring_in(tmp_path / "a.zip", at=END, by=None)
    counts = [model.objects.count() for model in (Incident, Area, Promise, Visit, Person, Member, Task, JournalEntry)]
    again = bring_in(tmp_path / "a.zip", at=END, by=None)
    assert (again.incident, again.is_new) == (first.incident, False)
    assert counts == [m.objects.count() for m in (Incident, Area, Promise, Visit, Person, Member, Task, JournalEntry)]
    assert open_task(first.incident, "Go on", at=END).pk
    area = first.incident.areas.get()
    assert derive(first.incident, at=NIGHT) is not None
    assert area.area_doors.count() == 6


def changed(path, target, name: str, change) -> None:
    """The archive with one part changed by hand, its sums in the manifest put right."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        parts = {info.filename: old.read(info) for info in old.infolist()}
        parts[name] = change(parts[name])
        if name.startswith("tables/"):
            manifest = json.loads(parts["manifest.json"])
            table = name.removeprefix("tables/").removesuffix(".jsonl")
            manifest["tables"][table]["sha256"] = hashlib.sha256(parts[name]).hexdigest()
            parts["manifest.json"] = json.dumps(manifest).encode()
        for part, data in parts.items():
            new.writestr(part, data)


def without_protocol(data: bytes) -> bytes:
    manifest = json.loads(data)
    manifest["incident"]["protocol"] = "nowhere"
    return json.dumps(manifest).encode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("tables/command.journalentry.jsonl", lambda data: data.replace(b'"open_task"', b'"shut_task"'), "was changed"),
        ("tables/command.journalentry.jsonl", lambda data: data[: data.rindex(b"[")], "entries of its journal"),
        ("manifest.json", lambda data: data.replace(b'"version": 1', b'"version": 99'), "newer Doorstep"),
        ("manifest.json", lambda data: b"{", "manifest"),
        ("manifest.json", without_protocol, "protocol nowhere is unknown"),
        ("manifest.json", lambda data: data.replace(b'"rounds.visit"', b'"rounds.other"'), "rounds.other"),
        ("tables/rounds.visit.jsonl", lambda data: b"nonsense\n", "rounds.visit is missing or was changed"),
    ],
)
def test_a_bad_archive_is_named_and_leaves_nothing_behind(incident, tmp_path, name, change, said):
    written(incident, tmp_path / "a.zip")
    changed(tmp_path / "a.zip", tmp_path / "b.zip", name, change)
    Origin.objects.update(identity=uuid4())
    before = (Incident.objects.count(), Person.objects.count(), JournalEntry.objects.count())
    with pytest.raises(UserError, match=said):
        bring_in(tmp_path / "b.zip", at=END, by=None)
    assert before == (Incident.objects.count(), Person.objects.count(), JournalEntry.objects.count())


@pytest.mark.django_db
def test_a_file_that_is_cut_off_is_no_archive(tmp_path, incident):
    written(incident, tmp_path / "a.zip")
    (tmp_path / "b.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:2000])
    with pytest.raises(UserError, match="no ZIP file"):
        bring_in(tmp_path / "b.zip", at=END, by=None)


@pytest.mark.django_db
def test_an_archive_for_study_holds_no_name_no_phone_and_no_words(incident, tmp_path):
    Person.objects.filter(key="1").update(classes=["elder"])
    written(incident, tmp_path / "a.zip", names=False)
    with zipfile.ZipFile(tmp_path / "a.zip") as bundle:
        whole = {info.filename: bundle.read(info).decode() for info in bundle.infolist()}
    tables = "".join(text for name, text in whole.items() if name.startswith(("tables/", "csv/")))
    for secret in ("柳", "13900001111", "kind words", "insulin", *Member.objects.values_list("name", flat=True)):
        assert secret not in tables
    people = whole["csv/register.person.csv"]
    assert "P-" in people
    assert "elder" in people
    assert Household.objects.first().private_code not in tables
    with pytest.raises(UserError, match="for study"):
        bring_in(tmp_path / "a.zip", at=END, by=None)


@whole_database
def test_an_export_needs_a_purpose_is_journalled_and_marked_with_person_and_time(client, incident, settings):
    member = sign_in(client, "commander", incident)
    assert client.post("/report/archives/", {"client_id": str(uuid4()), "names": "whole"}).status_code == 422
    asked = {"client_id": str(uuid4()), "names": "whole", "purpose": "handing over to the city"}
    for _twice in range(2):
        client.post("/report/archives/", asked)
    crossing = Crossing.objects.get()
    assert (crossing.state, crossing.progress) == ("ready", 1.0)
    page = client.get("/report/archives/").content.decode()
    assert "handing over to the city" in page
    answer = client.get(f"/report/archives/{crossing.pk}/")
    (settings.MEDIA_ROOT / "took.zip").write_bytes(answer.content)
    with zipfile.ZipFile(settings.MEDIA_ROOT / "took.zip") as bundle:
        assert member.name in bundle.read("READ-ME.txt").decode()
    acts = list(JournalEntry.objects.filter(by=member).values_list("act", flat=True))
    assert acts[-2:] == ["export_incident", "take_archive"]
    sign_in(client, "health", incident)
    assert client.get("/report/archives/").status_code == 403
    assert client.get(f"/report/archives/{crossing.pk}/").status_code == 403


@whole_database
def test_only_who_opens_incidents_everywhere_brings_one_in(client, incident, tmp_path):
    written(incident, tmp_path / "a.zip")
    content = (tmp_path / "a.zip").read_bytes()
    sign_in(client, "commander", incident)
    assert client.get("/report/arrivals/").status_code == 404
    elsewhere()
    sign_in(client, "administrator", None)
    said = {"client_id": str(uuid4()), "purpose": "we take over"}
    client.post("/report/arrivals/", {**said, "file": SimpleUploadedFile("a.zip", content)})
    assert incident.name in client.get("/report/arrivals/").content.decode()
    bad = {"client_id": str(uuid4()), "purpose": "we take over", "file": SimpleUploadedFile("b.zip", b"no")}
    client.post("/report/arrivals/", bad)
    assert "no ZIP file" in client.get("/report/arrivals/").content.decode()
