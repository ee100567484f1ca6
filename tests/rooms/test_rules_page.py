"""The rules in words on a page: every block, marks and sources, in both languages, as a file."""

from __future__ import annotations

import pytest
from builders import a_member, an_incident
from django.contrib.auth import get_user_model

from doorstep import protocol

pytestmark = pytest.mark.django_db


@pytest.fixture
def commander(client):
    incident = an_incident()
    a_member("commander", incident=incident, login="lead")
    client.force_login(get_user_model().objects.get(username="lead"), "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_incidents_rules_stand_in_words_with_marks_and_sources(commander):
    page = commander.get("/command/protocol/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "本事件使用中" in page
    found = protocol.shipped("cn-covid-2021-09")
    for zone in found.zones.values():
        assert zone.rule["zh"] in page
    assert "人民网" in page
    assert "经验值" in page
    assert "已核对" in page
    english = commander.get("/command/protocol/", headers={"accept-language": "en"}).content.decode()
    assert "approval of exits" in english
    assert "at once, written down afterwards" in english


@pytest.mark.parametrize("code", protocol.shipped_ids())
def test_every_shipped_protocol_has_its_page(commander, code):
    page = commander.get(f"/command/protocol/?protocol={code}").content.decode()
    assert protocol.shipped(code).title["zh"] in page


def test_only_shipped_rules_are_shown_never_a_file_of_the_server(commander, tmp_path):
    assert commander.get("/command/protocol/?protocol=cn-covid-1918").status_code == 404
    mine = tmp_path / "mine.yaml"
    mine.write_text((protocol.files.FOLDER / "heat.yaml").read_text("utf-8"), "utf-8")
    assert commander.get("/command/protocol/", {"protocol": str(mine)}).status_code == 404


def test_the_rules_leave_as_a_table_with_a_source_in_each_row(commander):
    table = commander.get("/command/protocol/?format=csv", headers={"accept-language": "en"}).content.decode(
        "utf-8-sig"
    )
    line = next(row for row in table.splitlines() if "supply.kits.living.every_days" in row)
    assert "report" in line
    assert "Report from Gulou" in line
    assert commander.get("/command/protocol/?format=xlsx").content.startswith(b"PK")


def test_who_may_not_see_the_board_does_not_see_the_page(client):
    incident = an_incident()
    a_member("gate", incident=incident, login="gate")
    assert client.get("/command/protocol/").status_code == 302
    client.force_login(get_user_model().objects.get(username="gate"), "django.contrib.auth.backends.ModelBackend")
    assert client.get("/command/protocol/").status_code == 403
