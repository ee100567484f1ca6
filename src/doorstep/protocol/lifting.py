"""When an area may end: its conditions, what is still missing in words, and the earliest instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.errors import UserError
from doorstep.protocol.clock import local_day, local_midnight
from doorstep.protocol.schema import Condition, LiftingRule, Named, Protocol, Text

NOTHING: Text = {}


@dataclass(frozen=True)
class LiftingFacts:
    """What is known for lifting. None is unknown, and unknown is never met.

    `clocks` holds the instants that a clock may start at, by their name in the file (`last_case_transferred`,
    `terminal_disinfection_done` …); `clock_from` serves where the one asked for is not in it. `declared` holds what was
    declared, and which sign-offs were given; `below_since` is when readings last fell below their threshold.
    """

    clock_from: datetime | None = None
    last_exposure: datetime | None = None
    last_negative_round: datetime | None = None
    declared: frozenset[str] = frozenset()
    last_contact_transferred: datetime | None = None
    below_since: datetime | None = None
    clocks: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class ConditionState:
    """One condition: met or not, what is missing in plain words, and when it can be met at the earliest."""

    code: str
    met: bool
    missing: Text
    earliest: datetime | None


@dataclass(frozen=True)
class LiftingStatus:
    """Whether an area meets its conditions. `met` only when every one is; who must still sign stands apart."""

    conditions: tuple[ConditionState, ...]
    met: bool
    earliest: datetime | None
    next_zone: str | None
    awaiting: tuple[Named, ...] = ()
    next_days: int = 0

    @property
    def may_end(self) -> bool:
        """Every condition is met and everybody who must sign has signed."""
        return self.met and not self.awaiting


def lifting_rule(protocol: Protocol, zone_key: str, variant: str = "") -> LiftingRule | None:
    """The rule of a zone class, or a local variant of it. Raises UserError for a variant that the file has not."""
    rule = protocol.lifting.get(zone_key)
    if rule is None or not variant:
        return rule
    for local in rule.variants:
        if local.code == variant:
            return local
    known = ", ".join(local.code for local in rule.variants) or "none"
    raise UserError(f"No lifting variant is called {variant!r}.", field="variant", mend=f"There are {known}.")


def lifting_status(
    protocol: Protocol, zone_key: str, facts: LiftingFacts, at: datetime, tz: ZoneInfo, *, variant: str = ""
) -> LiftingStatus:
    """Which lifting conditions of a zone class are met at `at`. A zone class without a rule is never met."""
    rule = lifting_rule(protocol, zone_key, variant)
    if rule is None:
        return LiftingStatus((), False, None, None)
    start = clock_start(rule, facts)
    states = tuple(_state(condition, start, facts, at, tz) for condition in rule.all)
    days = [state.earliest for state in states]
    earliest = max((day for day in days if day), default=None) if all(days) else None
    awaiting = tuple(signer for signer in rule.sign_off if signer.code not in facts.declared)
    return LiftingStatus(states, all(state.met for state in states), earliest, rule.then, awaiting, rule.then_days)


def clock_start(rule: LiftingRule, facts: LiftingFacts) -> datetime | None:
    """Where the clock of days without a case starts: the file's event, or another where a declared fact asks for it."""
    name = next((other for fact, other in rule.clock_start_if.items() if fact in facts.declared), None)
    if name is not None:
        return facts.clocks.get(name)
    return facts.clocks.get(rule.clock_start, facts.clock_from)


def _state(
    condition: Condition, start: datetime | None, facts: LiftingFacts, at: datetime, tz: ZoneInfo
) -> ConditionState:
    kind = condition.kind
    if kind in ("any", "all"):
        return _group(kind, [_state(part, start, facts, at, tz) for part in getattr(condition, kind)])
    if kind == "declared":
        met = condition.declared in facts.declared
        title = condition.title or NOTHING
        words = {"zh": f"尚未确认：{title.get('zh')}", "en": f"not declared yet: {title.get('en')}"}
        return ConditionState("declared", met, {} if met else words, at if met else None)
    if kind == "round_negative_within_hours":
        hours = condition.round_negative_within_hours or 0
        done = facts.last_negative_round
        met = done is not None and at - timedelta(hours=hours) <= done <= at
        words = {"zh": f"最近 {hours} 小时内全员检测阴性", "en": f"a full negative round within the last {hours} h"}
        return ConditionState("round_negative", met, {} if met else words, at if met else None)
    if kind == "round_negative_on_day":
        return _round_on_day(condition.round_negative_on_day or 0, start, facts, at, tz)
    return _days(kind, getattr(condition, kind), _from(kind, start, facts), at, tz)


def _group(kind: str, states: list[ConditionState]) -> ConditionState:
    known = [state.earliest for state in states if state.earliest]
    if kind == "any":
        met, earliest, words = any(s.met for s in states), min(known, default=None), {"zh": "，或", "en": ", or "}
    else:
        met, words = all(s.met for s in states), {"zh": "，且", "en": ", and "}
        earliest = max(known) if states and len(known) == len(states) else None
    open_ = [state.missing for state in states if not state.met]
    missing = {} if met else {language: word.join(text[language] for text in open_) for language, word in words.items()}
    return ConditionState(kind, met, missing, earliest)


def _round_on_day(day: int, start: datetime | None, facts: LiftingFacts, at: datetime, tz: ZoneInfo) -> ConditionState:
    words = {"zh": f"第 {day} 天全员检测阴性", "en": f"a full negative round on day {day} or later"}
    if start is None:
        return ConditionState("round_negative", False, _unknown(), None)
    opens = local_midnight(local_day(start, tz) + timedelta(days=day), tz)
    done = facts.last_negative_round
    met = done is not None and opens <= done <= at
    return ConditionState("round_negative", met, {} if met else words, opens)


def _from(kind: str, start: datetime | None, facts: LiftingFacts) -> datetime | None:
    if kind == "no_new_case_days":
        return start
    if kind == "last_contact_exposure_days":
        return facts.last_exposure
    return facts.last_contact_transferred if kind == "last_contact_transferred_days" else facts.below_since


def _days(kind: str, days: int, start: datetime | None, at: datetime, tz: ZoneInfo) -> ConditionState:
    code = {
        "no_new_case_days": "no_new_case",
        "last_contact_exposure_days": "last_contact",
        "last_contact_transferred_days": "last_contact",
    }.get(kind, "below_threshold")
    words: dict[str, Text] = {
        "no_new_case_days": {"zh": f"连续 {days} 天无新发", "en": f"{days} full days without a new case"},
        "last_contact_exposure_days": {
            "zh": f"最后一名密接末次接触满 {days} 天",
            "en": f"{days} full days since the last contact was exposed",
        },
        "last_contact_transferred_days": {
            "zh": f"最后一名密接转出满 {days} 天",
            "en": f"{days} full days since the last contact was taken to quarantine",
        },
        "below_threshold_nights": {
            "zh": f"连续 {days} 夜低于阈值",
            "en": f"{days} nights in a row below the threshold",
        },
    }
    if start is None:
        unknown = _unknown()
        missing = {language: f"{words[kind][language]}{unknown[language]}" for language in unknown}
        return ConditionState(code, False, missing, None)
    more = 0 if kind == "below_threshold_nights" else 1
    earliest = local_midnight(local_day(start, tz) + timedelta(days=days + more), tz)
    met = at >= earliest
    return ConditionState(code, met, {} if met else words[kind], earliest)


def _unknown() -> Text:
    return {"zh": "（起算时间未知）", "en": " (the start of its clock is not known)"}
