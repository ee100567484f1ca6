"""docs/protocols.md and docs/glossary.md say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from doorstep import protocol as rules
from doorstep.protocol.schema import Protocol

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "protocols.md").read_text("utf-8")
SNIPPETS = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)]
EXAMPLES = [(key, value) for snippet in SNIPPETS for key, value in snippet.items()]


@pytest.mark.parametrize(("block", "example"), EXAMPLES, ids=[key for key, _ in EXAMPLES])
def test_each_example_of_the_guide_is_what_the_schema_takes(block, example):
    TypeAdapter(Protocol.model_fields[block].annotation).validate_python(example)


def test_each_block_has_an_example_and_each_protocol_its_line():
    assert {key for key, _ in EXAMPLES} == set(Protocol.model_fields)
    assert all(f"| `{code}` |" in GUIDE for code in rules.shipped_ids())


def parts_of(annotation):
    """The classes of a block's parts."""
    found = {annotation} if hasattr(annotation, "model_fields") else set()
    for inner in getattr(annotation, "__args__", ()):
        found |= parts_of(inner)
    for part in list(found):
        for field in part.model_fields.values():
            found |= (
                parts_of(field.annotation) - found
                if field.annotation is not None and part.__name__ != "Condition"
                else set()
            )
    return found


def test_each_key_of_the_schema_is_shown_in_the_guide():
    said = set(re.findall(r"[\w]+(?=:)", "\n".join(re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))))
    for block, field in Protocol.model_fields.items():
        for part in parts_of(field.annotation):
            missing = (
                set(part.model_fields)
                - said
                - {"at_most", "below_threshold_nights", "round_negative_on_day", "strength_max", "end"}
            )
            assert not missing, (block, part.__name__, missing)


def test_the_glossary_only_holds_terms_that_the_code_uses():
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `([\w.: -]+)` \|", glossary, re.MULTILINE)
    assert len(rows) > 50
    files = [path for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".yaml")]
    source = "\n".join(path.read_text("utf-8") for path in files)
    words = set(re.findall(r"\w+", source))
    for chinese, english, code in rows:
        assert chinese.strip(), english
        assert set(re.findall(r"\w+", code)) <= words, code
    assert len({code for _, _, code in rows}) == len(rows)
