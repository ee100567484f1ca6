"""What each household and area is owed in a window: the promise derivations.

Identity is (kind, subject, sequence); the lines up to an earlier `until` are always among those up to a later one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.protocol.clock import local_hour
from doorstep.protocol.pathways import StageDates, stages, tests_due
from doorstep.protocol.schema import KitRule, Protocol, Question, Waste


@dataclass(frozen=True)
class PersonFacts:
    """What the rules need to know of a person. `present` is a place code; only `home` is served here.

    `pathway` began at `pathway_from`, and was left early by `left_by` at `left_at` where the file allows that.
    """

    id: str
    birth_date: date | None = None
    classes: frozenset[str] = frozenset()
    present: str = "home"
    pathway: str = ""
    pathway_from: datetime | None = None
    left_by: str = ""
    left_at: datetime | None = None


@dataclass(frozen=True)
class HouseholdFacts:
    """What the rules need to know of a household."""

    id: str
    persons: tuple[PersonFacts, ...] = ()
    diets: frozenset[str] = frozenset()

    @property
    def at_home(self) -> int:
        return sum(person.present == "home" for person in self.persons)

    @property
    def classes(self) -> frozenset[str]:
        return frozenset().union(*(person.classes for person in self.persons if person.present == "home"))


@dataclass(frozen=True, slots=True)
class Owed:
    """One promise as the rules see it. Nothing planned by `at_risk_from` means at risk."""

    kind: str
    subject_kind: str
    subject_id: str
    sequence: int
    window_start: datetime
    due: datetime
    at_risk_from: datetime
    priority: int
    params: tuple[tuple[str, str], ...] = ()


def contact_limit(protocol: Protocol, classes: Iterable[str]) -> timedelta:
    """Longest time without a two-way contact: the strictest class wins (invariant 2)."""
    limits = protocol.contact.limit_hours
    return timedelta(hours=min((limits[c] for c in classes if c in limits), default=limits["other"]))


def counts_as_contact(protocol: Protocol, channel: str, classes: Iterable[str]) -> bool:
    """Whether both could speak by this channel, for the strictest of the classes (F5, F27)."""
    contact = protocol.contact
    usual = contact.two_way.get("other", ("door", contact.channel))
    lists = [contact.two_way[code] for code in classes if code in contact.two_way] or [usual]
    return all(channel in channels for channels in lists)


def vulnerability_weight(protocol: Protocol, classes: Iterable[str]) -> int:
    """Who comes first when two are due: the greatest weight of the classes, 0 for none (S78)."""
    return max((protocol.weights.get(code, 0) for code in classes), default=0)


def owed_to_household(
    protocol: Protocol, zone_key: str, household: HouseholdFacts, *, bound_from: datetime, until: datetime, tz: ZoneInfo
) -> list[Owed]:
    """Kits, letter, refuse and contacts of one household whose window opens before `until`. Nobody at home is owed nothing."""
    if household.at_home == 0:
        return []
    weight = vulnerability_weight(protocol, household.classes)
    lines: list[Owed] = []
    letter = protocol.letter
    if letter and zone_key in letter.zones and bound_from < until:
        due = bound_from + timedelta(hours=letter.within_hours)
        lines.append(Owed("letter", "household", household.id, 0, bound_from, due, bound_from, weight))
    for kit in protocol.supply.kits:
        if zone_key in kit.zones:
            lines += _kit_lines(kit, household.id, weight, bound_from, until)
    if protocol.waste and zone_key in protocol.waste.zones:
        lines += _waste_lines(protocol.waste, household.id, weight, bound_from, until)
    if zone_key in protocol.contact.zones:
        lines += _contact_lines(protocol, household, weight, bound_from, until)
    return lines


def kinds_owed_in(protocol: Protocol, zone_key: str) -> list[str]:
    """The kinds of promises that a household has in a zone class."""
    kinds = [f"kit:{kit.code}" for kit in protocol.supply.kits if zone_key in kit.zones]
    blocks = (("letter", protocol.letter), ("waste", protocol.waste), ("contact", protocol.contact))
    return kinds + [kind for kind, block in blocks if block is not None and zone_key in block.zones]


def is_owed_in(protocol: Protocol, zone_key: str, kind: str) -> bool:
    """Whether a household has promises of that kind in a zone class."""
    return kind in kinds_owed_in(protocol, zone_key)


def owed_to_person(
    protocol: Protocol, person: PersonFacts, *, bound_from: datetime, until: datetime, tz: ZoneInfo
) -> list[Owed]:
    """Checks and tests of a person on a pathway, at home, whose window opens before `until` and ends after `bound_from`.

    A sequence is a local day, so a clock that starts again adds days and leaves those that stay owed as they are.
    Who is in central quarantine or hospital is served there. A pathway that the file does not have owes nothing.
    """
    if person.present != "home" or person.pathway not in protocol.pathways or person.pathway_from is None:
        return []
    dated = stages(
        protocol, person.pathway, from_=person.pathway_from, tz=tz, left_by=person.left_by, left_at=person.left_at
    )
    weight = vulnerability_weight(protocol, person.classes)
    at_home = [stage for stage in dated if stage.place in ("home", "anywhere")]
    lines = [line for stage in at_home for line in _check_lines(protocol, person.id, stage, weight, until, tz)]
    for test in tests_due(protocol, person.pathway, at_home):
        opens, due = local_hour(test.day, 0, tz), local_hour(test.day, 24, tz)
        params = (("sample", test.kind), ("stage", test.stage))
        number = test.day.toordinal() * 10 + (1 if test.kind == "antigen" else 0)
        lines.append(Owed("test", "person", person.id, number, opens, due, opens + (due - opens) / 2, weight, params))
    return [line for line in lines if line.window_start < until and line.due > bound_from]


def owed_to_area(
    protocol: Protocol,
    zone_key: str,
    area_id: str,
    *,
    bound_from: datetime,
    review_at: datetime | None,
    until: datetime,
) -> list[Owed]:
    """The review of the restriction, and the daily check of the exits."""
    lines: list[Owed] = []
    zone = protocol.zones[zone_key]
    if zone.binding and review_at is not None and bound_from < until:
        at_risk = max(bound_from, review_at - timedelta(hours=12))
        lines.append(Owed("review", "area", area_id, int(review_at.timestamp()), bound_from, review_at, at_risk, 50))
    every = protocol.review.exit_check_hours
    if zone.binding and every:
        for number, (start, due) in enumerate(_cycles(bound_from, until, timedelta(hours=every))):
            lines.append(Owed("exit_check", "area", area_id, number, start, due, due - timedelta(hours=2), 60))
    return lines


def covered_until(delivered_at: datetime, kit_person_days: float, persons: int) -> datetime:
    """When the household's food ends.

    `kit_person_days` is the kit's yield (person·days), `persons` who are at home now; S51, F10.
    Raises ValueError for no persons: an empty door is owed nothing and has no end.
    """
    if persons < 1:
        raise ValueError("covered_until needs at least one person at home")
    return delivered_at + timedelta(days=kit_person_days / persons)


@dataclass(frozen=True)
class FollowUp:
    """What happens after a knock without an answer."""

    due: datetime
    step: str  # "knock_again" | "now"


def follow_up_due(protocol: Protocol, classes: Iterable[str], missed_at: datetime, misses: int) -> FollowUp:
    """First miss: knock again, sooner for the vulnerable; second miss: somebody goes at once (S77, S104)."""
    contact = protocol.contact
    if misses >= 2:
        return FollowUp(missed_at + timedelta(hours=contact.after_second_miss_hours), "now")
    wait = contact.knock_again_hours
    if contact_limit(protocol, classes) < timedelta(hours=contact.limit_hours["other"]):
        wait /= 2
    return FollowUp(missed_at + timedelta(hours=wait), "knock_again")


def serious_answers(protocol: Protocol, answers: dict[str, str]) -> list[str]:
    """The codes of the welfare questions with an answer that needs somebody to act."""
    return [
        question.code
        for question in protocol.welfare
        if not set(question.serious).isdisjoint(said(answers.get(question.code, "")))
    ]


def said(answer: str) -> list[str]:
    """The answer codes of one question: several are joined by `+`."""
    return [code for code in answer.split("+") if code]


def answers_fit(question: Question, answer: str) -> bool:
    """Whether this is an answer to the question: known codes, each once, one only unless `many`."""
    codes = said(answer)
    known = bool(codes) and all(code in question.answers for code in codes) and "+".join(codes) == answer
    return known and len(set(codes)) == len(codes) and (question.many or len(codes) == 1)


def kit_weight_kg(kit: KitRule, persons: int) -> float:
    """Weight of one kit for a household with `persons` at home."""
    return kit.kg_per_household + kit.kg_per_person * persons


def _kit_lines(kit: KitRule, household_id: str, weight: int, start: datetime, until: datetime) -> list[Owed]:
    opens = start + timedelta(days=kit.from_day)
    if opens >= until:
        return []
    kind, params = f"kit:{kit.code}", (("kit", kit.code),)
    first = opens + timedelta(hours=kit.first_within_hours)
    last = start + timedelta(days=kit.until_day) if kit.until_day else None
    lead = timedelta(hours=kit.lead_hours)
    lines = [Owed(kind, "household", household_id, 0, opens, first, first - lead, weight, params)]
    if kit.every_days is None:
        return lines
    step, number = timedelta(days=kit.every_days), 1
    while (opens := first + step * number - lead) < until and (last is None or opens + lead < last):
        lines.append(
            Owed(kind, "household", household_id, number, opens, opens + lead, opens + lead / 2, weight, params)
        )
        number += 1
    return lines


def _waste_lines(waste: Waste, household_id: str, weight: int, start: datetime, until: datetime) -> list[Owed]:
    """A collection in each cycle since the door was bound; it may be made in the last `lead_hours` of the cycle."""
    every = timedelta(days=waste.every_days)
    lead = min(timedelta(hours=waste.lead_hours), every)
    return [
        Owed("waste", "household", household_id, number, due - lead, due, due - lead / 2, weight)
        for number, (_, due) in enumerate(_cycles(start, until + lead, every))
        if due - lead < until
    ]


def _check_lines(
    protocol: Protocol, person_id: str, stage: StageDates, weight: int, until: datetime, tz: ZoneInfo
) -> list[Owed]:
    slots = protocol.monitoring.slots[: stage.checks_per_day] if protocol.monitoring else ()
    lines, day, params = [], stage.first_day, (("stage", stage.stage),)
    while day <= stage.last_day and local_hour(day, 0, tz) < until:
        for place, slot in enumerate(slots):
            opens, due = local_hour(day, slot.from_hour, tz), local_hour(day, slot.to_hour, tz)
            number, half = day.toordinal() * 10 + place, opens + (due - opens) / 2
            if opens < stage.ends:
                lines.append(Owed("check", "person", person_id, number, opens, due, half, weight, params))
        day += timedelta(days=1)
    return lines


def _contact_lines(
    protocol: Protocol, household: HouseholdFacts, weight: int, start: datetime, until: datetime
) -> list[Owed]:
    limit = contact_limit(protocol, household.classes)
    lead = timedelta(hours=min(protocol.contact.lead_hours, limit.total_seconds() / 7200))
    return [
        Owed("contact", "household", household.id, number, opens, due, due - lead, weight)
        for number, (opens, due) in enumerate(_cycles(start, until, limit))
    ]


def _cycles(start: datetime, until: datetime, every: timedelta) -> list[tuple[datetime, datetime]]:
    found = []
    while start < until:
        found.append((start, start + every))
        start += every
    return found
