"""What a protocol file may say: broken files are named by file, key and mend; every value has its basis."""

from __future__ import annotations

import re

import pytest
import yaml
from pydantic import BaseModel

from doorstep import protocol as rules
from doorstep.errors import UserError
from doorstep.protocol import explain, files, inherit
from doorstep.protocol.schema import MARKS, Part
from doorstep.protocol.schema.paths import leaves, nearest

SHIPPED = rules.shipped_ids()


def problems_of(tmp_path, source, *changes, name="mine.yaml"):
    """The problems of a shipped file after changes (old text, new text), each of which must match once or more."""
    text = (files.FOLDER / f"{source}.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    wrong = tmp_path / name
    wrong.write_text(text, "utf-8")
    return rules.check(wrong)


BROKEN = [
    pytest.param(
        "cn-covid-2021-09",
        [("exits: {emergency: log_after", "exits: {emergency: prior")],
        "zones.sealed.exits.emergency",
        "path of an emergency",
        "log_after",
        id="an approval on the path of an emergency",
    ),
    pytest.param(
        "cn-covid-2022-11",
        [("exits: {emergency: log_after", "exits: {emergency: never")],
        "zones.high.exits.emergency",
        "path of an emergency",
        "log_after",
        id="an emergency that may never leave",
    ),
    pytest.param(
        "chemical-shelter",
        [("exits: {emergency: log_after, medical_planned: log_after}", "exits: {medical_planned: log_after}")],
        "zones.shelter.exits.emergency",
        "no way out",
        "log_after",
        id="no way out in an emergency",
    ),
    pytest.param(
        "heat",
        [("limit_hours: {alone_elder: 12", "limit_hours: {alone_elders: 12")],
        "contact.limit_hours",
        "No class is called 'alone_elders'",
        "Did you mean alone_elder?",
        id="a class that does not exist",
    ),
    pytest.param(
        "flood-isolated",
        [("zones: [isolated], every_days: 3", "zones: [izolated], every_days: 3")],
        "supply.kits.food.zones",
        "No zone is called 'izolated'",
        "Did you mean isolated?",
        id="a kit for a zone that does not exist",
    ),
    pytest.param(
        "ebola-household",
        [("days: 21, going_out", "days: three weeks, going_out")],
        "pathways.contact.stages.home_isolation.days",
        "whole number",
        "14",
        id="a word where a number belongs",
    ),
    pytest.param(
        "measles-contacts",
        [("within_hours: 72", "within_hours: 0")],
        "pathways.susceptible_contact.prophylaxis.vaccine.within_hours",
        "out of range",
        "above 0",
        id="a deadline of nothing",
    ),
    pytest.param(
        "cn-covid-2022-06",
        [("tests: [1, 2, 3, 5, 7]", "tests: [1, 2, 3, 5, 8]")],
        "pathways.close_contact.stages.central_quarantine",
        "Day 8 is no day of this stage",
        "1 to 7",
        id="a test after the stage",
    ),
    pytest.param(
        "cn-covid-2021-09",
        [("clock_start: last_case_transferred", "clock_start: last_case")],
        "lifting.sealed.clock_start",
        "none of the choices",
        "last_case_transferred",
        id="a choice that is none",
    ),
    pytest.param(
        "cn-covid-2021-09",
        [("title: {zh: 封控区, en: sealed zone}", "title: {zh: 封控区}")],
        "zones.sealed.title",
        "no en",
        "both languages",
        id="a text in one language",
    ),
    pytest.param(
        "heat",
        [("  review: {source: practice_heat, mark: memory}\n", "")],
        "basis.review",
        "Nothing says where",
        "under `basis`",
        id="a block without a basis",
    ),
    pytest.param(
        "heat",
        [("contact.ladder.call.after_minutes:", "contact.ladder.call.after_minute:")],
        "basis.contact.ladder.call.after_minute",
        "no such value",
        "Did you mean contact.ladder.call.after_minutes?",
        id="a basis of nothing",
    ),
    pytest.param(
        "heat",
        [("contact.channel: {source: chicago", "contact.channel: {source: chikago")],
        "basis.contact.channel.source",
        "not among `sources`",
        "chicago",
        id="a source that does not exist",
    ),
    pytest.param(
        "cn-covid-2021-09",
        [("  sampling.deadline_hours: {source: guide2, mark: confirmed}\n", "")],
        "basis.sampling.deadline_hours",
        "change a taken value",
        "Add `sampling.deadline_hours`",
        id="a taken value changed on another's authority",
    ),
    pytest.param(
        "cn-covid-2021-09",
        [("take: [classes,", "take: [clases,")],
        "extends.0.take",
        "no block 'clases'",
        "classes",
        id="a block that the shared file does not have",
    ),
    pytest.param(
        "cn-covid-2021-09",
        [("{file: epidemic,", "{file: epidemics,")],
        "extends",
        "No shared file",
        "epidemic",
        id="a shared file that does not exist",
    ),
    pytest.param(
        "flood-isolated",
        [("hazard: flood", "hazard: flood\nhazard: water")],
        "hazard (line 5)",
        "stands twice",
        "Keep one",
        id="a key twice",
    ),
    pytest.param(
        "flood-isolated",
        [("all:\n      - {declared: road_open,", "all:\n      - {declared: road_open, no_new_case_days: 3,")],
        "lifting.isolated.all.0",
        "no_new_case_days and declared",
        "exactly one",
        id="two conditions in one entry",
    ),
    pytest.param(
        "ebola-household",
        [("times_per_day: 2", "times_per_day: 3")],
        "monitoring",
        "3 checks a day need 3 slots",
        "one entry",
        id="more checks than slots",
    ),
    pytest.param(
        "measles-contacts",
        [
            (
                "{file: common, take: [classes, weights, exit_kinds, carrying, visits, emergency,",
                "{file: common, take: [classes, weights, exit_kinds, carrying,",
            )
        ],
        "emergency",
        "missing",
        "Add it",
        id="no path for emergencies",
    ),
]


@pytest.mark.parametrize(("source", "changes", "key", "message", "mend"), BROKEN)
def test_a_broken_file_is_told_by_file_key_and_mend(tmp_path, source, changes, key, message, mend):
    found = {problem.key: problem for problem in problems_of(tmp_path, source, *changes)}
    assert key in found, found
    assert found[key].file == "mine.yaml"
    assert message in found[key].message
    assert mend in found[key].mend


def test_every_problem_is_told_at_once(tmp_path):
    found = problems_of(
        tmp_path,
        "heat",
        ("shifts: {hours: 8", "shifts: {hours: 80"),
        ("tone: 0", "tone: 9"),
        ("gathering: free", "gathering: sometimes"),
    )
    assert {problem.key for problem in found} == {"shifts.hours", "zones.watch.tone", "zones.watch.gathering"}


@pytest.mark.parametrize("text", ["", "- a\n", "id: x\n  title: y\n", "just words"])
def test_a_file_that_is_no_protocol_says_what_to_start_with(tmp_path, text):
    wrong = tmp_path / "empty.yaml"
    wrong.write_text(text, "utf-8")
    assert rules.check(wrong)[0].mend
    wrong.write_bytes("id: 中文".encode("gb18030"))
    assert "UTF-8" in rules.check(wrong)[0].mend


def test_no_file_can_put_approval_before_an_emergency(tmp_path):
    for code in SHIPPED:
        text = (files.FOLDER / f"{code}.yaml").read_text("utf-8")
        for number, match in enumerate(re.finditer(r"exits: \{emergency: \w+", text)):
            mode, wrong = ("prior", "never")[number % 2], tmp_path / f"{code}-{number}.yaml"
            wrong.write_text(f"{text[: match.start()]}exits: {{emergency: {mode}{text[match.end() :]}", "utf-8")
            assert any("path of an emergency" in problem.message for problem in rules.check(wrong))


@pytest.mark.parametrize("code", SHIPPED)
def test_every_value_of_a_shipped_file_has_a_source_and_a_mark(code):
    found = rules.shipped(code)
    values = found.values
    assert len(values) > 80
    for path in values:
        basis = rules.basis_of(found, path)
        assert basis.mark in MARKS
        assert basis.source in found.sources


def test_the_most_specific_basis_wins():
    found = rules.shipped("cn-covid-2021-09")
    assert rules.basis_of(found, "supply.kits.living.every_days").mark == "seed"
    assert rules.basis_of(found, "supply.kits.living.kg_per_person").mark == "derived"
    assert rules.basis_of(found, "supply.margin_hours").mark == "memory"
    assert rules.basis_of(found, "supply.kcal_floor").mark == "confirmed"
    assert rules.basis_of(found, "contact.limit_hours.severe").source == "report"
    assert rules.basis_of(found, "contact.lead_hours").source == "practice"
    assert rules.basis_of(found, "zones.sealed.tone").mark == "derived"  # zones.*.tone
    assert rules.basis_of(found, "sampling.deadline_hours").source == "guide2"
    assert rules.basis_of(rules.shipped("cn-covid-2022-06"), "sampling.deadline_hours").source == "guide3"
    with pytest.raises(UserError, match=r"contact\.limit_hours\.severe"):
        rules.basis_of(found, "contact.limit_hours.sever")


def test_a_full_name_wins_over_a_star_and_a_longer_one_over_a_shorter():
    bases = ["zones", "zones.*.tone", "zones.sealed", "zones.low.tone"]
    assert nearest("zones.high.tone", bases) == "zones.*.tone"
    assert nearest("zones.low.tone", bases) == "zones.low.tone"
    assert nearest("zones.sealed.rule", bases) == "zones.sealed"
    assert nearest("contact", bases) is None


def test_a_file_takes_only_the_blocks_it_names_and_changes_them_value_by_value():
    shared = {
        "base": {
            "sources": {"s": "their source"},
            "basis": {"supply": {"source": "s", "mark": "memory"}, "review": {"source": "s", "mark": "memory"}},
            "supply": {"margin_hours": 6, "kits": [{"code": "a", "kg": 1, "zones": []}, {"code": "b", "kg": 2}]},
            "review": {"max_days": 3},
        }
    }
    mine = {
        "extends": [{"file": "base", "take": ["supply"]}],
        "sources": {"mine": "my source"},
        "basis": {"supply.kits.a.zones": {"source": "mine", "mark": "seed"}},
        "supply": {"kits": [{"code": "a", "zones": ["x"]}]},
    }
    found = inherit.inherit(mine, shared)
    assert found.faults == []
    assert found.content["supply"] == {
        "margin_hours": 6,
        "kits": [{"code": "a", "kg": 1, "zones": ["x"]}, {"code": "b", "kg": 2}],
    }
    assert "review" not in found.content
    assert set(found.content["basis"]) == {"supply", "supply.kits.a.zones"}
    assert set(found.content["sources"]) == {"s", "mine"}
    shared["base"]["extends"] = [{"file": "deeper", "take": []}]
    assert "itself" in inherit.inherit(mine, shared).faults[0].message
    mine["basis"] = {"supply": {"source": "mine", "mark": "confirmed"}}
    assert {fault.key for fault in inherit.inherit(mine, {"base": dict(shared["base"])}).faults} >= {"basis.supply"}


def test_a_shared_file_beside_the_users_own_is_taken_first(tmp_path):
    (tmp_path / "common.yaml").write_text(
        (files.SHARED / "common.yaml").read_text("utf-8").replace("erase_after_days: 30", "erase_after_days: 7"),
        "utf-8",
    )
    mine = tmp_path / "mine.yaml"
    mine.write_text((files.FOLDER / "heat.yaml").read_text("utf-8"), "utf-8")
    assert rules.load(mine).data.erase_after_days == 7
    assert rules.shipped("heat").data.erase_after_days == 30


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("code", SHIPPED)
def test_show_prints_every_block_and_every_value_in_words(code, lang):
    found = rules.shipped(code)
    text = rules.describe(found, lang)
    sections = {section.key for section in explain.explain(found, lang)}
    assert sections == {path.partition(".")[0] for path in found.values}
    for path, value in leaves(found.given()):
        if isinstance(value, dict) and set(value) == {"zh", "en"}:
            assert value[lang] in text, path
        elif isinstance(value, int | float) and not isinstance(value, bool):
            assert f"{value:g}" in text, path
    for name, source in found.sources.items():
        assert f"{name}: {source[lang]}" in text
    if lang == "zh":
        shown = {line.label for section in explain.explain(found, "zh") for line in section.lines if line.label}
        assert [label for label in shown if re.fullmatch(r"[a-z_]+", label)] == []


def test_a_line_without_a_mark_has_the_basis_of_its_heading():
    for code in SHIPPED:
        found = rules.shipped(code)
        for section in explain.explain(found, "en", brief=False):
            held = {-1: (section.mark, section.source)}
            for line in section.lines:
                held = {depth: basis for depth, basis in held.items() if depth < line.depth}
                above = next((held[depth] for depth in sorted(held, reverse=True) if held[depth][0]), ("", ""))
                held[line.depth] = (line.mark, line.source) if line.mark else above
                if not line.is_heading:
                    basis = rules.basis_of(found, line.path)
                    assert held[line.depth] == (basis.mark, basis.source), line.path


def all_parts(part: type[BaseModel] = Part):
    yield part
    for child in part.__subclasses__():
        yield from all_parts(child)


def test_every_field_and_every_choice_of_the_schema_has_words():
    words = explain.words()
    for part in all_parts():
        if part.__module__.startswith("doorstep.protocol.schema") and part.__name__ not in (
            "Basis",
            "Taken",
            "Protocol",
        ):
            for field, facts in part.model_fields.items():
                named = {field, *(f"{kind.__name__}.{field}" for kind in part.__mro__)}
                assert field in explain.NAMES or named & set(words["fields"]), (part.__name__, field)
                for choice in (
                    re.findall(r"'(\w+)'", str(facts.annotation)) if "Literal" in str(facts.annotation) else []
                ):
                    assert choice in words["values"], (part.__name__, field, choice)
    assert all(len(pair) == 2 and all(pair) for group in words.values() for pair in group.values())


def test_every_block_of_the_list_is_used_by_a_shipped_protocol():
    blocks = set(rules.files.Protocol.model_fields)
    used = {key for code in SHIPPED for key in rules.shipped(code).model_fields_set}
    assert blocks == used


def test_shared_files_are_used_whole():
    taken = {(one.file, block) for code in SHIPPED for one in rules.shipped(code).extends for block in one.take}
    for path in files.SHARED.glob("*.yaml"):
        content = yaml.safe_load(path.read_text("utf-8"))  # the loader written in Python, too, must read our files
        assert {(path.stem, key) for key in content if key not in ("sources", "basis")} <= taken


@pytest.mark.parametrize("code", SHIPPED)
def test_the_loader_written_in_python_reads_the_same(code):
    text = (files.FOLDER / f"{code}.yaml").read_text("utf-8")
    assert yaml.safe_load(text) == yaml.load(text, Loader=files.Loader)
