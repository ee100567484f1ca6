"""What the medicine pages ask: all lines by when they end, one person's, shortages, how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.desk import dosing, places
from doorstep.desk.dosing.model import plain
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.medicines import rules
from doorstep.desk.medicines.models import MedicineLine, Refill, SourceStock
from doorstep.desk.medicines.refills import stock_at
from doorstep.desk.models import Request
from doorstep.register.models import Household, Person
from doorstep.register.sight import shown_name

SHOWS = ("ending", "wanted", "all", "read", "hand")


@dataclass(frozen=True)
class Asked:
    """How the list of lines is narrowed."""

    show: str = "ending"
    klass: str = ""
    words: str = ""

    @classmethod
    def of(cls, given: Any) -> Asked:
        """From the address. What is not known counts as not said."""
        show = given.get("show", "ending")
        return cls(show if show in SHOWS else "ending", given.get("class", "")[:24], given.get("q", "").strip()[:80])


@dataclass(frozen=True)
class Shown:
    """One line as this member may see it."""

    line: MedicineLine
    who: str
    door: str
    generic: str
    klass: str
    left: float | None
    dose: str
    lasts: timedelta | None
    refill: Refill | None
    look: str  # kept, open, risk, broken, waived

    @property
    def strength(self) -> str:
        return self.line.strength


@dataclass(frozen=True)
class Took:
    """Said → in the hand (S97), in hours: how many supplies, median, the longest, how many came before it ran out."""

    count: int = 0
    median_hours: float = 0.0
    most_hours: float = 0.0
    in_time: int = 0
    with_end: int = 0


def lines_in(incident: Incident, rights: Any, act: str = "see_requests") -> QuerySet[MedicineLine]:
    """The lines within a duty, with whoever they belong to and the supply that is under way. Two queries when read."""
    supplies = Refill.objects.exclude(state=Refill.State.DROPPED).select_related(
        "request", "stop__errand", "stop__source"
    )
    rows = MedicineLine.objects.filter(incident=incident).select_related(
        "incident", "person__household__door__stair__building__compound"
    )
    rows = rows.prefetch_related(Prefetch("refills", supplies.order_by("-pk"), "supplies"))
    scope = rights.areas(act)
    return rows if scope is None else rows.filter(person__household__door__area_doors__area__in=scope).distinct()


def people_in(incident: Incident, rights: Any, act: str = "see_requests") -> QuerySet[Person]:
    """The people within a duty."""
    rows = Person.objects.filter(active=True).select_related("household__door__stair__building__compound")
    scope = rights.areas(act)
    return rows if scope is None else rows.filter(household__door__area_doors__area__in=scope).distinct()


def narrowed(rows: QuerySet[MedicineLine], asked: Asked, rights: Any) -> QuerySet[MedicineLine]:
    """What a tab and its filters show, the soonest end first, of one hour the essential first."""
    used = Q(state=MedicineLine.State.USED)
    chosen = {
        "ending": used & Q(runs_out_at__isnull=False),
        "wanted": Q(refills__state__in=Refill.OPEN),
        "all": ~Q(state=MedicineLine.State.ENDED),
        "read": Q(state=MedicineLine.State.READ),
        "hand": Q(refills__state=Refill.State.IN_HAND),
    }
    rows = rows.filter(chosen[asked.show])
    if asked.klass:
        rows = rows.filter(Q(klass=asked.klass) | Q(rule=asked.klass))
    if asked.words:
        found = [place.door.pk for place in places.find(asked.words, rights)]
        drug = dosing.find(asked.words)
        rows = rows.filter(
            Q(person__household__door__in=found)
            | Q(written__icontains=asked.words)
            | (Q(drug=drug.drug.code) if drug and drug.sure else Q(pk__in=[]))
        )
    first = Case(When(rule="other", then=Value(1)), default=Value(0), output_field=IntegerField())
    return rows.distinct().order_by(first, F("runs_out_at").asc(nulls_last=True), "pk")


def shown(rows: Iterable[MedicineLine], rights: Any, at: datetime) -> list[Shown]:
    """Lines as they stand on a page. One query beside those of the rows."""
    lines = list(rows)
    named = places.sight(rights).named(line.person.household.door_id for line in lines)
    return [_shown(line, line.person.household.door_id in named, at) for line in lines]


def counts(incident: Incident, rights: Any) -> dict[str, int]:
    """How many lines each tab holds. One query."""
    rows = lines_in(incident, rights).prefetch_related(None).order_by()
    used = Q(state=MedicineLine.State.USED)
    found = rows.aggregate(
        ending=Count("pk", used & Q(runs_out_at__isnull=False), distinct=True),
        wanted=Count("pk", Q(refills__state__in=Refill.OPEN), distinct=True),
        all=Count("pk", ~Q(state=MedicineLine.State.ENDED), distinct=True),
        read=Count("pk", Q(state=MedicineLine.State.READ), distinct=True),
        hand=Count("pk", Q(refills__state=Refill.State.IN_HAND), distinct=True),
    )
    return {name: int(value) for name, value in found.items()}


def took(incident: Incident) -> Took:
    """How long it took from the word to the hand, over everything that has come. One query."""
    rows = list(
        Refill.objects.filter(line__incident=incident, state=Refill.State.IN_HAND).values_list(
            "said_at", "in_hand_at", "needed_at"
        )
    )
    hours = [(hand - said).total_seconds() / 3600 for said, hand, _needed in rows if hand]
    if not hours:
        return Took()
    ends = [(hand, needed) for _said, hand, needed in rows if hand and needed]
    in_time = sum(hand <= needed for hand, needed in ends)
    return Took(len(hours), round(median(hours), 1), round(max(hours), 1), in_time, len(ends))


@dataclass(frozen=True)
class OfPerson:
    """A person's page."""

    person: Person
    who: str
    full: bool
    door: str
    to_read: tuple[Shown, ...]
    used: tuple[Shown, ...]
    ended: tuple[Shown, ...]
    authorities: tuple[Any, ...]
    things: tuple[Any, ...]
    requests: tuple[Request, ...]
    papers: tuple[Any, ...]
    told: tuple[str, ...]


def of_person(person: Person, incident: Incident, rights: Any, at: datetime) -> OfPerson:
    """Everything of one person's medicines. Ten queries at most."""
    rows = shown(lines_in(incident, rights).filter(person=person).order_by("pk"), rights, at)
    full = bool(places.sight(rights).named([person.household.door_id]))
    home = person.household
    requests = Request.objects.filter(incident=incident, household=home, need="medicine", state__in=Request.LIVE)
    found = list(requests.prefetch_related("messages"))
    papers = [one for request in found for one in request.messages.all() if one.attachment or one.text]
    held = incident.entrusted.filter(household=home).select_related("holder")
    return OfPerson(
        person,
        shown_name(person.name, full),
        full,
        f"{home.door.stair.building.compound.name} {place_in_words(home.door)}",
        tuple(one for one in rows if one.line.state == MedicineLine.State.READ),
        tuple(one for one in rows if one.line.state == MedicineLine.State.USED),
        tuple(one for one in rows if one.line.state == MedicineLine.State.ENDED),
        tuple(person.authorities.filter(incident=incident, ended_at=None).select_related("thing__holder")),
        tuple(held),
        tuple(found),
        tuple(papers),
        tuple(str(one) for one in person.medicines) if full else (),
    )


@dataclass(frozen=True)
class Shortage:
    """A medicine that somebody wants and no source is known to have."""

    key: str
    title: str
    klass: str
    refills: tuple[Shown, ...]
    failed: tuple[SourceStock, ...]
    unsure: tuple[SourceStock, ...]
    others: tuple[str, ...]


def shortages(incident: Incident, rights: Any, at: datetime) -> list[Shortage]:
    """What is wanted and is had nowhere, with failed tries and what might do instead; the essential first. Four queries."""
    wanted = lines_in(incident, rights).filter(refills__state__in=(Refill.State.WANTED,)).distinct()
    by_key: dict[str, list[Shown]] = {}
    for one in shown(wanted, rights, at):
        by_key.setdefault(rules.key_of(one.line), []).append(one)
    news = newest_words(incident, list(by_key))
    found = []
    for key, rows in by_key.items():
        said = news.get(key, [])
        if any(one.said in ("has", "collected") and one.packs != 0 and one.source.doors != "closed" for one in said):
            continue
        group = [rules.generic_title(one.code) for one in dosing.alternatives(key)]
        found.append(
            Shortage(
                key,
                rules.generic_title(key),
                rows[0].klass,
                tuple(rows),
                tuple(one for one in said if one.said in ("failed", "has_not")),
                tuple(one for one in said if one.said in ("has", "collected")),
                tuple(group[:8]),
            )
        )
    return sorted(found, key=lambda one: (not one.refills[0].line.is_essential, one.title))


def headings() -> list[str]:
    """The list of lines as a table."""
    return [
        _("door"), _("person"), _("as written"), _("medicine"), _("strength"), _("class"), _("a day"), _("left"), _("counted"),
        _("ends"), _("state"), _("supply"), _("said at"), _("in the hand"), _("hours from said to hand"),
    ]  # fmt: skip


def rows_of(lines: Sequence[Shown], incident: Incident) -> list[list[Any]]:
    """The list of lines as a table."""

    def local(value: datetime | None) -> Any:
        return value.astimezone(incident.tz) if value else ""

    rows = []
    for one in lines:
        line, refill = one.line, one.refill
        hand = refill.in_hand_at if refill else None
        hours = round((hand - refill.said_at).total_seconds() / 3600, 1) if refill and hand else ""
        rows.append(
            [
                one.door,
                one.who,
                line.written,
                one.generic,
                line.strength,
                one.klass,
                one.dose,
                "" if one.left is None else round(one.left, 1),
                local(line.counted_at),
                local(line.runs_out_at),
                line.get_state_display(),
                refill.get_state_display() if refill else "",
                local(refill.said_at) if refill else "",
                local(hand),
                hours,
            ]
        )
    return rows


def dose_in_words(line: MedicineLine) -> str:
    """2 tablets a day."""
    if line.as_needed:
        return _("when needed")
    if line.dose_per_day is None:
        return ""
    units = dict(unit_titles())
    unit = units.get(line.dose_unit or line.unit, "")
    return f"{plain(line.dose_per_day)} {unit}".strip()


def unit_titles() -> list[tuple[str, str]]:
    """The units that are counted, in the language of the page."""
    return [
        ("tablet", _("tablets")), ("capsule", _("capsules")), ("cartridge", _("pens, cartridges, ampoules")),
        ("bottle", _("bottles, inhalers")), ("sachet", _("sachets, bags")), ("patch", _("patches")), ("piece", _("pieces")),
        ("unit", _("units")), ("mg", "mg"), ("g", "g"), ("ug", "μg"), ("ml", "ml"), ("puff", _("puffs")), ("drop", _("drops")),
    ]  # fmt: skip


def _shown(line: MedicineLine, full: bool, at: datetime) -> Shown:
    supplies = list(line.supplies)  # type: ignore[attr-defined]
    refill = next((one for one in supplies if one.is_open), supplies[0] if supplies else None)
    lasts = line.runs_out_at - at if line.runs_out_at else None
    return Shown(
        line,
        shown_name(line.person.name, full),
        place_in_words(line.person.household.door),
        rules.generic_title(line.drug) if line.drug else line.name,
        rules.class_title(line.klass),
        stock_at(line, at),
        dose_in_words(line),
        lasts,
        refill,
        _look(line, refill, at),
    )


def _look(line: MedicineLine, refill: Refill | None, at: datetime) -> str:
    if line.runs_out_at is None:
        return "waived" if line.as_needed or not line.is_essential else "risk"
    if line.runs_out_at <= at:
        return "broken"
    opens = rules.opens_at(line)
    if opens is None or opens > at:
        return "kept"
    coming = refill is not None and refill.state in (Refill.State.PLANNED, Refill.State.COLLECTED)
    return "open" if coming else "risk"


def newest_words(incident: Incident, keys: Sequence[str]) -> dict[str, list[SourceStock]]:
    """The newest word of each source about some medicines. One query."""
    seen: set[tuple[int, str]] = set()
    news: dict[str, list[SourceStock]] = {}
    rows = SourceStock.objects.filter(source__incident=incident, source__active=True, drug__in=set(keys))
    for one in rows.select_related("source", "by").order_by("-at", "-pk"):
        if (one.source_id, one.drug) not in seen:
            seen.add((one.source_id, one.drug))
            news.setdefault(one.drug, []).append(one)
    return news


def homes_not_asked(incident: Incident, rights: Any, bound: dict[int, int]) -> QuerySet[Household]:
    """Households that have not told us their medicines, the most vulnerable need no list: those with classes first."""
    from doorstep.desk.medicines.asking import not_asked

    rows = not_asked(incident, bound)
    scope = rights.areas("see_requests")
    if scope is not None:
        rows = rows.filter(door__area_doors__area__in=scope)
    return rows.select_related("door__stair__building__compound").prefetch_related("persons").order_by(
        "door__stair__building__compound__name", "door__stair__building__name", "door__stair__name", "door__floor", "door__number"
    )  # fmt: skip
