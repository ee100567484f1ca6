"""When an area may end: its conditions, what is still missing in words, and the earliest instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    """One condition: what it asks, met or not, what is missing in plain words, when it can be met at the earliest."""

    code: str
    met: bool
    missing: Text
    earliest: datetime | None
    asks: Text


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


@dataclass(frozen=True)
class FactsAsked:
    """What a lifting rule is measured by: fields of LiftingFacts, what is declared, and who signs (both into `declared`)."""

    instants: tuple[str, ...]
    declared: tuple[Named, ...]
    sign_off: tuple[Named, ...]


FACTS = {
    "no_new_case_days": "clock_from",
    "round_negative_on_day": "last_negative_round",
    "round_negative_within_hours": "last_negative_round",
    "last_contact_exposure_days": "last_exposure",
    "last_contact_transferred_days": "last_contact_transferred",
    "below_threshold_nights": "below_since",
}


def facts_asked(rule: LiftingRule) -> FactsAsked:
    """Which facts somebody must note before the rule can be met; only what the rule asks."""
    conditions = list(_flat(rule.all))
    instants = [FACTS[condition.kind] for condition in conditions if condition.kind in FACTS]
    if any(condition.kind == "round_negative_on_day" for condition in conditions):
        instants.insert(0, "clock_from")
    declared = [Named(code=c.declared, title=c.title or NOTHING) for c in conditions if c.declared]
    return FactsAsked(tuple(dict.fromkeys(instants)), tuple(declared), rule.sign_off)


def condition_words(condition: Condition) -> Text:
    """What a condition asks, in plain words."""
    kind = condition.kind
    if kind in ("any", "all"):
        joins = {"any": {"zh": "，或", "en": ", or "}, "all": {"zh": "，且", "en": ", and "}}[kind]
        parts = [condition_words(part) for part in getattr(condition, kind)]
        return {language: join.join(part[language] for part in parts) for language, join in joins.items()}
    if kind == "declared":
        return dict(condition.title or NOTHING)
    number = getattr(condition, kind)
    return {language: text.format(n=number) for language, text in ASKS[kind].items()}


ASKS: dict[str, Text] = {
    "no_new_case_days": {"zh": "连续 {n} 天无新发", "en": "{n} full days without a new case"},
    "last_contact_exposure_days": {
        "zh": "最后一名密接末次接触满 {n} 天",
        "en": "{n} full days since the last contact was exposed",
    },
    "last_contact_transferred_days": {
        "zh": "最后一名密接转出满 {n} 天",
        "en": "{n} full days since the last contact was taken to quarantine",
    },
    "round_negative_within_hours": {
        "zh": "最近 {n} 小时内全员检测阴性",
        "en": "a full negative round within the last {n} h",
    },
    "round_negative_on_day": {"zh": "第 {n} 天或以后全员检测阴性", "en": "a full negative round on day {n} or later"},
    "below_threshold_nights": {"zh": "连续 {n} 夜低于阈值", "en": "{n} nights in a row below the threshold"},
}
UNKNOWN: Text = {"zh": "（起算时间未知）", "en": " (the start of its clock is not known)"}
NOT_DECLARED: Text = {"zh": "尚未确认：", "en": "not declared yet: "}


def _flat(conditions: Iterable[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        yield from _flat((*condition.any, *condition.all)) if condition.kind in ("any", "all") else (condition,)


def _state(
    condition: Condition, start: datetime | None, facts: LiftingFacts, at: datetime, tz: ZoneInfo
) -> ConditionState:
    kind, asks = condition.kind, condition_words(condition)
    if kind in ("any", "all"):
        return _group(kind, asks, [_state(part, start, facts, at, tz) for part in getattr(condition, kind)])
    if kind == "declared":
        met = condition.declared in facts.declared
        missing = {language: f"{words}{asks[language]}" for language, words in NOT_DECLARED.items()}
        return ConditionState("declared", met, {} if met else missing, at if met else None, asks)
    if kind == "round_negative_within_hours":
        since = at - timedelta(hours=getattr(condition, kind))
        met = facts.last_negative_round is not None and since <= facts.last_negative_round <= at
        return ConditionState("round_negative", met, {} if met else asks, at if met else None, asks)
    begins = {"clock_from": start, "last_negative_round": start}.get(FACTS[kind], getattr(facts, FACTS[kind]))
    code = CODES[kind]
    if begins is None:
        return ConditionState(code, False, {lang: f"{asks[lang]}{UNKNOWN[lang]}" for lang in UNKNOWN}, None, asks)
    full_days = getattr(condition, kind) + (1 if kind.startswith(("no_new", "last_contact")) else 0)
    earliest = local_midnight(local_day(begins, tz) + timedelta(days=full_days), tz)
    done = at if kind != "round_negative_on_day" else facts.last_negative_round
    met = done is not None and earliest <= done <= at
    return ConditionState(code, met, {} if met else asks, earliest, asks)


CODES = {
    "no_new_case_days": "no_new_case",
    "last_contact_exposure_days": "last_contact",
    "last_contact_transferred_days": "last_contact",
    "round_negative_on_day": "round_negative",
    "below_threshold_nights": "below_threshold",
}


def _group(kind: str, asks: Text, states: list[ConditionState]) -> ConditionState:
    known = [state.earliest for state in states if state.earliest]
    if kind == "any":
        met, earliest, joins = any(s.met for s in states), min(known, default=None), {"zh": "，或", "en": ", or "}
    else:
        met, joins = all(s.met for s in states), {"zh": "，且", "en": ", and "}
        earliest = max(known) if len(known) == len(states) else None
    waiting = [state.missing for state in states if not state.met]
    missing = {} if met else {lang: join.join(text[lang] for text in waiting) for lang, join in joins.items()}
    return ConditionState(kind, met, missing, earliest, asks)
