"""The facts that a letter names, area by area, in the language of the letter; and those that are missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.functions import functions_of, team_phone
from doorstep.command.models import Area, Incident, Notice, Organisation
from doorstep.wiring.texts import in_language

NAMES = {"zh-hans": "简体中文", "en": "English", "zh-hant": "繁體中文", "ko": "한국어", "ug": "ئۇيغۇرچە", "bo": "བོད་ཡིག"}
DAYS = {"ko": "n월 j일 H:i", "zh-hant": "n月j日 H:i"}
BLANK = "＿＿＿＿＿＿"


def language_name(code: str) -> str:
    """A language in its own words, else its code."""
    return NAMES.get(code, code)


def spoken_for(language: str) -> str:
    """The language of the program that stands in for a letter's: Chinese for Chinese, English for all others."""
    return "zh-hans" if language.startswith("zh") else "en"


def complaint_of(area: Area) -> Organisation | None:
    """Where to complain: the nearest office above the team that can be reached (F33)."""
    leader = area.supply_team.leader if area.supply_team else None
    here = area.owner or (leader.organisation if leader else None)
    while here is not None:
        here = here.parent
        if here is not None and here.phone:
            return here
    return Organisation.objects.filter(parent=None).exclude(phone="").order_by("pk").first()


def fact_titles() -> dict[str, str]:
    """What each fact is called on the pages, in the order in which they are offered."""
    return {
        "incident": _("the incident"),
        "why": _("why"),
        "rules": _("the rules"),
        "issuer": _("who made the rules"),
        "area": _("the area"),
        "zone": _("the class of the area"),
        "rule": _("the rule of the area"),
        "measures": _("the measures"),
        "services": _("the services"),
        "kits": _("the kits"),
        "reason": _("the reason"),
        "basis": _("the basis"),
        "decided_by": _("who decided, by function"),
        "effective": _("since when"),
        "review": _("when it is reviewed"),
        "max_days": _("days at most"),
        "until_at_most": _("until when at most"),
        "ends_when": _("what ends it"),
        "first_delivery": _("the first delivery"),
        "team": _("the team, by function"),
        "team_phone": _("the team's number"),
        "emergency_phone": _("the emergency number"),
        "phones": _("public numbers"),
        "complaint_office": _("the office above the team"),
        "complaint_phone": _("the number of the office above the team"),
        "complaint_hours": _("hours to an answer"),
        "never": _("what is never allowed"),
    }


def letter_facts(incident: Incident, area: Area | None, language: str) -> dict[str, str]:
    """Every fact by its name, "" where it is not known. Without an area only those of the incident are known."""
    with translation.override(spoken_for(language)):
        rules = incident.protocol
        comma = "、" if language.startswith("zh") else ", "
        found = dict.fromkeys(fact_titles(), "")
        found |= {
            "incident": incident.name,
            "why": (incident.trigger_text or incident.name).rstrip("。. "),
            "rules": in_language(rules.title),
            "issuer": in_language(rules.issuer),
            "kits": comma.join(_kits(incident)),
            "phones": comma.join(f"{in_language(one.title)} {one.code}" for one in rules.emergency.phones),
            "complaint_hours": f"{rules.rights.complaint_hours:g}",
            "never": comma.join(in_language(one.title) for one in rules.rights.never),
            "max_days": f"{rules.review.max_days:g}",
        }
        return found | (_of_area(area, language, comma) if area else {})


def _of_area(area: Area, language: str, comma: str) -> dict[str, str]:
    zone = area.incident.protocol.zones[area.zone]
    services = [in_language(one.title) for one in zone.services]
    office = complaint_of(area)
    until = [one.max_until for one in area.restrictions.all() if one.max_until and one.ended_at is None]
    most = max(until, default=None)
    facts = {
        "area": area.name,
        "zone": in_language(zone.title),
        "rule": in_language(zone.rule),
        "measures": comma.join(in_language(one.title) for one in zone.measures),
        "services": comma.join([*_kits(area.incident, area.zone), *services]) or in_language(zone.title),
        "kits": comma.join(_kits(area.incident, area.zone)),
        "reason": area.reason.rstrip("。. "),
        "basis": area.basis,
        "decided_by": _decider(area),
        "effective": local_words(area.effective_at, area.incident, language),
        "review": local_words(area.review_at, area.incident, language),
        "until_at_most": local_words(most, area.incident, language),
        "ends_when": area.ends_when.rstrip("。. "),
        "first_delivery": local_words(area.first_delivery_at, area.incident, language),
        "team": area.supply_team.name if area.supply_team else "",
        "team_phone": team_phone(area),
        "emergency_phone": area.emergency_phone,
        "complaint_office": office.name if office else "",
        "complaint_phone": office.phone if office else "",
    }
    if area.reason:
        facts["why"] = facts["reason"]
    if most and area.effective_at:
        facts["max_days"] = f"{(most - area.effective_at).total_seconds() / 86_400:.0f}"
    return facts


def _kits(incident: Incident, zone: str = "") -> list[str]:
    """The kits in words: how often they come."""
    every, once = _("%(title)s (every %(days)s days)"), _("%(title)s (with the first visit)")
    return [
        (every if kit.every_days else once) % {"title": in_language(kit.title), "days": f"{kit.every_days or 0:g}"}
        for kit in incident.protocol.supply.kits
        if not zone or zone in kit.zones
    ]


def _decider(area: Area) -> str:
    """Who decided, by function and office: a resident reads no name here unless the office is one (S82)."""
    if area.decided_by is None:
        return ""
    office = area.decided_by.organisation.name if area.decided_by.organisation else ""
    function = functions_of([area.decided_by_id], area.incident, "manage_areas").get(area.decided_by_id or 0, "")
    return " ".join(filter(None, (office, function)))


def local_words(instant: datetime | None, incident: Incident, language: str) -> str:
    """An instant as a reader of the incident's place says it."""
    if instant is None:
        return ""
    return formats.date_format(instant.astimezone(incident.tz), DAYS.get(language) or _("M j, H:i"))


def text_of(letter: Notice, language: str) -> dict[str, str]:
    """A notice in a language, else in the first that it has."""
    found: dict[str, str] = letter.texts.get(language) or next((letter.texts[one] for one in letter.written_in), {})
    return found


def filled_text(letter: Notice, language: str, area: Area | None) -> dict[str, str]:
    """A letter as it is printed: with the facts of the area, a line to write on where one is missing.

    Without an area the facts of an area are named in brackets.
    """
    facts = letter_facts(letter.incident, area, language)
    with translation.override(spoken_for(language)):
        titles = fact_titles()

    def blank(name: str) -> str:
        return BLANK if area else f"〔{titles[name]}〕"

    text = text_of(letter, language)
    return {part: protocol.filled(text.get(part, ""), facts, blank=blank) for part in ("title", "body")}


def missing_facts(texts: dict[str, dict[str, str]], incident: Incident, area: Area) -> list[str]:
    """The facts that these texts name and the area does not have, by title."""
    facts, titles = letter_facts(incident, area, "en"), fact_titles()
    named = dict.fromkeys(
        name for text in texts.values() for part in text.values() for name in protocol.facts_named(str(part))
    )
    return [titles[name] for name in named if name in facts and not facts[name]]


def language_for(spoken: Iterable[Any], texts: dict[str, Any]) -> tuple[str, bool]:
    """In which language a household gets a letter, and whether that is its own. Nothing known counts as Chinese."""
    wanted = [protocol.language_tag(str(one)) for one in spoken if str(one).strip()] or ["zh-hans"]
    own = next((one for one in wanted if one in texts), None)
    if own is not None:
        return own, True
    close = "zh-hans" if "zh-hans" in texts else next(iter(sorted(texts)), "zh-hans")
    return close, False
