"""Protocol files: load, find, check. An error names the file, the key and the mend."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from doorstep.errors import UserError
from doorstep.protocol import mends
from doorstep.protocol.inherit import inherit, taken_by
from doorstep.protocol.schema import Protocol, UnfitError

FOLDER = Path(__file__).parent / "files"
SHARED = FOLDER / "shared"
_folders = [FOLDER]
_opened: dict[str, Protocol] = {}


@dataclass(frozen=True)
class Problem:
    """What is wrong at which key of which file, and what to do."""

    file: str
    key: str
    message: str
    mend: str


class _TwiceError(yaml.YAMLError):
    """A key that stands twice in one block: YAML would keep the last without a word."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(key)
        self.key, self.line = key, line


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, which also refuses a key that stands twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _TwiceError(str(key.value), key.start_mark.line + 1)
            seen.add(key.value)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


def use_folder(folder: Path) -> None:
    """Serve the protocols of an operator's folder, too, beside those that come with Doorstep."""
    if folder not in _folders:
        _folders.append(folder)


def shipped_ids() -> list[str]:
    """The protocols that come with Doorstep, and those that the operator has added."""
    return sorted({path.stem for folder in _folders for path in folder.glob("*.yaml") if not _is_shared(path)})


@cache
def shipped(protocol_id: str) -> Protocol:
    """One of them. Raises UserError with the nearest id. A file never changes under its id, so it is read once."""
    if protocol_id not in (ids := shipped_ids()):
        near = get_close_matches(protocol_id, ids, n=1)
        raise UserError(
            f"No protocol is called {protocol_id!r}.",
            field="protocol",
            mend=f"Did you mean {near[0]}?" if near else "See `doorstep protocol list`.",
        )
    protocol = load(next(path for folder in _folders if (path := folder / f"{protocol_id}.yaml").is_file()))
    if protocol.id != protocol_id:
        name, right = f"{protocol_id}.yaml", f"{protocol.id}.yaml"
        raise UserError(f"{name} holds the rules {protocol.id!r}.", field="id", mend=f"Rename the file to {right}.")
    return protocol


def find(id_or_path: str) -> Protocol:
    """A protocol by its id, or a file of the user's by its path, which this process then knows by its id, too."""
    if id_or_path.endswith((".yaml", ".yml")) and Path(id_or_path).is_file():
        protocol = _own(Path(id_or_path))
        _opened[protocol.id] = protocol
        return protocol
    return _opened[id_or_path] if id_or_path in _opened else shipped(id_or_path)


def add(path: Path, folder: Path) -> Protocol:
    """Take a checked file into the operator's folder, with the shared files beside it that it names.

    Adding the same file again changes nothing. Other rules under an id that is taken are refused: an incident that runs
    under that id keeps the rules it was opened with.
    """
    protocol = _own(path)
    content, _ = _content(path)
    beside = [path.parent / f"{name}.yaml" for name, _ in taken_by(content or {})]
    copies = {folder / f"{protocol.id}.yaml": path} | {folder / one.name: one for one in beside if one.is_file()}
    for place, source in copies.items():
        if place.is_file() and place.read_bytes() != source.read_bytes():
            raise UserError(
                f"Other rules stand under {place.stem!r} already.",
                field="id",
                mend="Give the new rules an id of their own, such as one with the date; incidents keep the rules they have.",
            )
    folder.mkdir(parents=True, exist_ok=True)
    for place, source in copies.items():
        place.write_bytes(source.read_bytes())
    use_folder(folder)
    return protocol


def _own(path: Path) -> Protocol:
    protocol = load(path)
    if (FOLDER / f"{protocol.id}.yaml").is_file() and path.parent.resolve() != FOLDER:
        raise UserError(
            f"{path.name}: id: {protocol.id} is the name of a protocol that comes with Doorstep.",
            field="id",
            mend=f"Give your rules a name of their own, such as {protocol.id}-local.",
        )
    return protocol


def _is_shared(path: Path) -> bool:
    """A shared file says no `title` of its own."""
    if path.parent == FOLDER:
        return False
    content, _ = _content(path)
    return content is not None and "title" not in content


def load(path: Path) -> Protocol:
    """Read one file. Raises UserError naming the first problem."""
    protocol, problems = _read(path)
    if protocol is None:
        first = problems[0]
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UserError(f"{first.file}: {first.key}: {first.message}{more}", field=first.key, mend=first.mend)
    return protocol


def check(path: Path) -> list[Problem]:
    """Every problem of a file; empty when it is in order."""
    return _read(path)[1]


def _read(path: Path) -> tuple[Protocol | None, list[Problem]]:
    content, problems = _content(path)
    if content is None:
        return None, problems
    shared: dict[str, Any] = {}
    for name, _ in taken_by(content):
        beside, ours = path.parent / f"{name}.yaml", SHARED / f"{name}.yaml"
        if not beside.is_file() and not ours.is_file():
            has = ", ".join(sorted(file.stem for file in SHARED.glob("*.yaml")))
            message = f"No shared file is called {name!r}."
            return None, [
                Problem(path.name, "extends", message, f"Put {name}.yaml beside this file, or take from {has}.")
            ]
        under, problems = _content(beside if beside.is_file() else ours)
        if under is None:
            return None, problems
        shared[name] = under
    inherited = inherit(content, shared)
    problems = [Problem(path.name, fault.key, fault.message, fault.mend) for fault in inherited.faults]
    try:
        protocol = Protocol.model_validate(inherited.content)
    except ValidationError as error:
        for entry in error.errors():
            cause = entry.get("ctx", {}).get("error")
            if isinstance(cause, UnfitError):
                problems += [Problem(path.name, fault.key, fault.message, fault.mend) for fault in cause.faults]
            else:
                problems.append(Problem(path.name, *mends.said(entry, inherited.content)))
    return (None if problems else protocol), problems


def _content(path: Path) -> tuple[dict[str, Any] | None, list[Problem]]:
    try:
        content = yaml.load(path.read_text("utf-8"), Loader=Loader)
    except UnicodeDecodeError as error:
        return None, [Problem(path.name, "file", f"This is not UTF-8 text: {error.reason}.", "Save the file as UTF-8.")]
    except OSError as error:
        return None, [
            Problem(path.name, "file", f"It cannot be read: {error.strerror}.", "Check the name and the rights.")
        ]
    except _TwiceError as error:
        where = f"{error.key} (line {error.line})"
        return None, [Problem(path.name, where, "This key stands twice in one block.", "Keep one of the two.")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "file"
        mend = "Check the indentation and the colons there; a text with a colon needs quotes."
        return None, [Problem(path.name, where, "This is not YAML.", mend)]
    if not isinstance(content, dict):
        return None, [Problem(path.name, "file", "The file holds no keys.", "Start with `id:` and `title:`.")]
    return content, []
