"""What the documents tell people to type is what the program takes, and what they link to is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from doorstep.cli import root

HOME = Path(__file__).resolve().parents[2]
DOCUMENTS = [HOME / "README.md", HOME / "README.zh-CN.md", *sorted((HOME / "docs").rglob("*.md"))]
LINES = [
    (path.name, found[1])
    for path in DOCUMENTS
    for found in re.finditer(r"^ +(?:\.venv/bin/)?doorstep (.+?)(?:\s{2,}#.*)?$", path.read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize(("name", "line"), LINES, ids=[f"{name}: {line[:40]}" for name, line in LINES])
def test_every_command_of_the_documents_exists_with_its_options(name: str, line: str) -> None:
    words, command, context = shlex.split(line), root, click.Context(root)
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        assert found is not None, f"{name}: there is no `doorstep {words[0]}`"
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    wrong = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    assert not wrong, f"{name}: `{line}` has options that do not exist: {wrong}"


def test_the_readme_names_commands() -> None:
    assert {name for name, _ in LINES} >= {"README.md", "README.zh-CN.md"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(HOME)))
def test_every_link_of_the_documents_leads_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text("utf-8"))
    lost = [target for target in targets if "://" not in target and not (path.parent / target).exists()]
    assert not lost, f"{path.name} links to what is not there: {lost}"
