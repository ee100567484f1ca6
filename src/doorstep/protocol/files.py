"""Protocol files: load, find, check. An error names the file, the key and the mend."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from doorstep.errors import UserError
from doorstep.protocol.schema import Protocol

FOLDER = Path(__file__).parent / "files"
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    """What is wrong at which key of which file, and what to do."""

    file: str
    key: str
    message: str
    mend: str


def shipped_ids() -> list[str]:
    """The protocols that come with Doorstep."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def shipped(protocol_id: str) -> Protocol:
    """A shipped protocol. Raises UserError with the nearest id."""
    if protocol_id not in shipped_ids():
        near = get_close_matches(protocol_id, shipped_ids(), n=1)
        raise UserError(
            f"No protocol is called {protocol_id!r}.",
            field="protocol",
            mend=f"Did you mean {near[0]}?" if near else "See `doorstep protocol list`.",
        )
    return load(FOLDER / f"{protocol_id}.yaml")


def find(id_or_path: str) -> Protocol:
    """A shipped protocol by its id, or a file of the user's by its path."""
    if id_or_path.endswith((".yaml", ".yml")) and Path(id_or_path).is_file():
        return load(Path(id_or_path))
    return shipped(id_or_path)


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
    try:
        content = yaml.load(path.read_text("utf-8"), Loader=Loader)
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(path.name, "file", str(error), "Save the file as UTF-8 text.")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "file"
        return None, [Problem(path.name, where, "This is not YAML.", "Check the indentation and the colons there.")]
    if not isinstance(content, dict):
        return None, [Problem(path.name, "file", "The file holds no keys.", "Start with `id:` and `title:`.")]
    try:
        return Protocol.model_validate(content), []
    except ValidationError as error:
        return None, [_problem(path.name, entry) for entry in error.errors()]


def _problem(file: str, entry: Any) -> Problem:
    key = ".".join(map(str, entry["loc"])) or "file"
    if entry["type"] == "extra_forbidden":
        name = str(entry["loc"][-1])
        near = get_close_matches(name, sorted(_all_keys(Protocol)), n=1)
        mend = f"Did you mean `{near[0]}`?" if near else "Take it out, or see docs/protocols.md."
        return Problem(file, key, "This key is not known.", mend)
    if entry["type"] == "missing":
        return Problem(file, key, "This key is missing.", "Add it; docs/protocols.md says what it holds.")
    message = str(entry["msg"]).removeprefix("Value error, ")
    return Problem(file, message.split(":")[0] if key == "file" else key, message, "Change it as the sentence says.")


def _all_keys(model: type[BaseModel]) -> set[str]:
    keys = set(model.model_fields)
    for part in BaseModel.__subclasses__():
        keys |= set(part.model_fields)
        for child in part.__subclasses__():
            keys |= set(child.model_fields)
    return keys
