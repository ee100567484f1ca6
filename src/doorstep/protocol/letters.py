"""Letters and answers: the template in each language, its facts filled in, which of them are missing, how soon to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import yaml

from doorstep.protocol.files import SHARED
from doorstep.protocol.schema import Alert, Answers, LetterText, Protocol
from doorstep.protocol.schema.notices import PLACEHOLDER

USUAL = "zh-hans"


@cache
def _usual(name: str, block: str) -> Any:
    return yaml.safe_load((SHARED / f"{name}.yaml").read_text("utf-8"))[block]


def letter_templates(protocol: Protocol) -> dict[str, LetterText]:
    """The letter by language; a protocol without one has that of the shared file."""
    if protocol.letter and protocol.letter.templates:
        return dict(protocol.letter.templates)
    usual = _usual("letters", "letter")["templates"]
    return {language: LetterText.model_validate(text) for language, text in usual.items()}


def letter_languages(protocol: Protocol) -> list[str]:
    """The languages in which a letter of this protocol is written: Chinese first, small letters, `zh` in full."""
    named = protocol.letter.languages if protocol.letter else ()
    asked = [language_tag(one) for one in (*named, *letter_templates(protocol))]
    return sorted(dict.fromkeys(asked), key=lambda one: (one != USUAL, one != "en"))


def language_tag(spoken: str) -> str:
    """A language as texts are kept by: `zh`, `zh-CN`, `中文` are zh-hans; `zh-TW` is zh-hant; others by their first part."""
    known = {
        "中文": USUAL,
        "汉语": USUAL,
        "普通话": USUAL,
        "繁体": "zh-hant",
        "英语": "en",
        "英文": "en",
        "维吾尔语": "ug",
        "藏语": "bo",
    }
    known |= {"朝鲜语": "ko", "韩语": "ko", "chinese": USUAL, "english": "en", "korean": "ko"}
    plain = spoken.strip().lower().replace("_", "-")
    if plain in known:
        return known[plain]
    if plain.startswith("zh"):
        return "zh-hant" if plain.split("-")[-1] in ("hant", "tw", "hk", "mo") else USUAL
    return plain.split("-")[0]


def body_of(text: LetterText) -> str:
    """A letter as it is edited: a heading is a line that begins with `# `."""
    return "\n".join(
        line for section in text.sections for line in (section.heading and f"# {section.heading}", section.text) if line
    )


def filled(text: str, facts: Mapping[str, str], *, blank: Callable[[str], str]) -> str:
    """A text with its facts; `blank` says what stands where a fact is not known. What names no fact stays as it is."""

    def said(name: str) -> str:
        return facts[name] or blank(name)

    done = PLACEHOLDER.sub(lambda found: said(found[1]) if found[1] in facts else found[0], text)
    return done.replace("。。", "。").replace("..", ".")


def facts_named(text: str) -> list[str]:
    """The facts that a text asks for, each once, in their order."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def alert_of(protocol: Protocol) -> Alert:
    """How grave a public notice is; unknown where the protocol does not say."""
    return protocol.alert or Alert.model_validate(
        {
            "event": protocol.title,
            "category": ["Other"],
            "urgency": "Unknown",
            "severity": "Unknown",
            "certainty": "Unknown",
            "expires_hours": protocol.review.restriction_hours,
        }
    )


def answer_rules(protocol: Protocol) -> Answers:
    """How soon questions and rumours are answered."""
    return protocol.answers or Answers.model_validate(_usual("common", "answers"))
