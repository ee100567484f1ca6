"""Rules of the operator's own: added once, served beside the shipped ones, never changed under an id."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from doorstep import protocol as rules
from doorstep.cli.protocol import protocol as command
from doorstep.errors import UserError
from doorstep.protocol import files


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A local variant of the heat file in a folder, with Doorstep's data elsewhere and forgotten afterwards."""
    monkeypatch.setattr(files, "_folders", [files.FOLDER])
    monkeypatch.setattr(files, "_opened", {})
    monkeypatch.setenv("DOORSTEP_DATA", str(tmp_path / "data"))
    text = (files.FOLDER / "heat.yaml").read_text("utf-8").replace("id: heat", "id: heat-here")
    mine = tmp_path / "heat-here.yaml"
    mine.write_text(text.replace("{alone_elder: 12,", "{alone_elder: 6,"), "utf-8")
    rules.shipped.cache_clear()
    yield mine
    rules.shipped.cache_clear()


def test_an_added_file_is_served_by_its_id(own, tmp_path):
    rules.add(own, tmp_path / "data" / "protocols")
    assert "heat-here" in rules.shipped_ids()
    assert rules.find("heat-here").contact.limit_hours["alone_elder"] == 6
    assert rules.find("heat").contact.limit_hours["alone_elder"] == 12
    assert len(rules.shipped_ids()) == 9


def test_a_file_opened_by_its_path_is_known_by_its_id_afterwards(own):
    with pytest.raises(UserError, match="heat-here"):
        rules.find("heat-here")
    opened = rules.find(str(own))
    assert rules.find("heat-here") == opened


def test_adding_again_changes_nothing_and_other_rules_need_another_id(own, tmp_path):
    folder = tmp_path / "data" / "protocols"
    rules.add(own, folder)
    rules.add(own, folder)
    own.write_text(own.read_text("utf-8").replace("{alone_elder: 6,", "{alone_elder: 4,"), "utf-8")
    with pytest.raises(UserError, match="id of their own"):
        rules.add(own, folder)
    assert rules.find("heat-here").contact.limit_hours["alone_elder"] == 6


def test_a_shared_file_beside_it_comes_along_and_is_no_protocol_itself(own, tmp_path):
    shared = (files.SHARED / "common.yaml").read_text("utf-8").replace("erase_after_days: 30", "erase_after_days: 5")
    (own.parent / "common.yaml").write_text(shared, "utf-8")
    rules.add(own, tmp_path / "data" / "protocols")
    own.unlink()
    (own.parent / "common.yaml").unlink()
    assert rules.find("heat-here").data.erase_after_days == 5
    assert "common" not in rules.shipped_ids()


def test_nobody_takes_the_name_of_a_shipped_protocol(own):
    own.write_text(own.read_text("utf-8").replace("id: heat-here", "id: heat"), "utf-8")
    with pytest.raises(UserError, match="heat-local"):
        rules.find(str(own))


def test_the_command_line_lists_shows_checks_and_adds(own):
    run = CliRunner().invoke
    assert run(command, ["check", str(own)]).exit_code == 0
    assert json.loads(run(command, ["add", str(own), "--json"]).output)["id"] == "heat-here"
    assert "heat-here" in run(command, ["list"]).output
    assert "独居老人: 6" in run(command, ["show", "heat-here", "--lang", "zh"]).output
    own.write_text(own.read_text("utf-8").replace("tone: 0", "tone: high"), "utf-8")
    broken = run(command, ["check", str(own), "--json"])
    assert broken.exit_code == 2
    problem = json.loads(broken.output)["problems"][0]
    assert (problem["key"], bool(problem["mend"])) == ("zones.watch.tone", True)


def test_a_file_dropped_into_the_folder_under_another_name_says_how_to_name_it(own):
    rules.use_folder(own.parent)
    own.rename(own.with_name("something.yaml"))
    with pytest.raises(UserError, match=r"heat-here\.yaml"):
        rules.find("something")
