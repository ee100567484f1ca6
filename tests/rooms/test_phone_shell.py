"""The carrier's app as files: complete, small, the same for everybody, in two languages."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from doorstep.rounds import shell
from doorstep.rounds.phone_words import WORDS, words

pytestmark = pytest.mark.django_db

MOST_BYTES = 150_000  # over the wire, the first time
ROOT = "/rounds/phone/"


def listed(client) -> list[str]:
    worker = client.get(f"{ROOT}sw.js").content.decode()
    found = re.search(r"^const FILES = (\[.*\]);$", worker, re.M)
    assert found
    return json.loads(found[1])


def test_everything_that_the_worker_keeps_is_there_for_everybody_and_opens_no_session(client):
    for path in listed(client):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert not answer.cookies, path
    assert "app.js" in client.get(ROOT).content.decode()


def test_the_whole_app_is_small_over_the_wire(client):
    compressed = [client.get(path, headers={"Accept-Encoding": "gzip"}) for path in [*listed(client), f"{ROOT}sw.js"]]
    assert sum(len(answer.content) for answer in compressed) < MOST_BYTES
    script = next(answer for answer in compressed if answer.headers["Content-Type"] == "text/javascript")
    assert b"import" in gzip.decompress(script.content)


def test_one_changed_byte_of_any_file_is_another_version(client, tmp_path, monkeypatch):
    before = shell.shell_now()
    for name, content in before.files.items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    monkeypatch.setattr(shell.finders, "find", lambda _: str(tmp_path))
    assert shell.shell_now().version == before.version
    (tmp_path / "round.js").write_bytes(before.files["round.js"] + b"\n")
    after = shell.shell_now()
    assert after.version != before.version
    assert client.get(f"{ROOT}app/{after.version}/round.js").status_code == 200
    assert client.get(f"{ROOT}app/{before.version}/round.js").status_code == 404


def test_no_file_beside_the_apps_own_can_be_asked_for(client):
    version = shell.shell_now().version
    assert client.get(f"{ROOT}app/{version}/../../../settings.py").status_code == 404
    assert client.get(f"{ROOT}app/{version}/worker.js").status_code == 200
    assert client.get(f"{ROOT}app/{version}/other.js").status_code == 404


def test_every_sentence_of_the_screens_is_there_in_both_languages():
    scripts = "\n".join(content.decode() for name, content in shell.shell_now().files.items() if name.endswith(".js"))
    used = set(re.findall(r'\bt\("(\w+)"', scripts)) | TURNED
    assert used == set(WORDS)
    spoken = words()
    for key, text in spoken["zh"].items():
        assert re.search(r"[\u3001\u4e00-\u9fff]", text), key
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", spoken["en"][key])), key


# keys that a variable names: outcomes and the three lights
TURNED = {"opened", "through_door", "no_answer", "refused", "moved", "theme_auto", "theme_light", "theme_dark"}
