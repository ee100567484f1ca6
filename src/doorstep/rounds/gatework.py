"""Goods at the gate: what goes out with a trip, what comes back, and where the rest is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.command.rights import Rights
from doorstep.errors import UserError
from doorstep.rounds.models import GateCount, Round, RoundPlan, Stop, Visit
from doorstep.rounds.visits import door_label
from doorstep.rounds.words import item_title
from doorstep.supplies.kit_ways import taken_to

MOST = 10_000  # of one kind with one trip: more is a slip of the finger
OUT, BACK = GateCount.Way.OUT, GateCount.Way.BACK


@transaction.atomic
def count_out(walk: Round, trip: int, counts: Mapping[str, int], *, by: Member | None, at: datetime) -> bool:
    """Write down what left the gate with a trip. Counting again corrects; the same numbers again change nothing.

    Where all kits of a kind went out, those that are packed for the doors of the trip are with the carrier.
    """
    load = _check(walk, trip, counts)
    whole = [kind for kind, count in counts.items() if count >= load[kind][0]]
    doors = Stop.objects.filter(round=walk, trip=trip).values_list("door_id", flat=True)
    taken_to(walk.plan.incident, list(doors), whole, at=at)
    return _store(walk, trip, OUT, counts, {}, by=by, at=at)


@transaction.atomic
def count_back(
    walk: Round, trip: int, counts: Mapping[str, int], notes: Mapping[str, str], *, by: Member | None, at: datetime
) -> bool:
    """Write down what came back, with a note for what is missing or too much, in the name of who counts."""
    _check(walk, trip, counts)
    left = dict(GateCount.objects.filter(round=walk, trip=trip, way=OUT).values_list("kind", "count"))
    if not left:
        raise UserError(_("This trip has not been counted out."), field="back", mend=_("Count first what went out."))
    for kind, count in counts.items():
        if count > left.get(kind, 0):
            title = item_title(walk.plan.incident, kind)
            raise UserError(
                _("%(title)s: %(back)d came back and %(out)d went out.")
                % {"title": title, "back": count, "out": left.get(kind, 0)},
                field=kind,
                mend=_("Count again, or correct what went out."),
            )
    return _store(walk, trip, BACK, counts, notes, by=by, at=at)


def _check(walk: Round, trip: int, counts: Mapping[str, int]) -> dict[str, tuple[int, float]]:
    load = _loads(list(Stop.objects.filter(round=walk, trip=trip))).get((walk.pk, trip))
    if load is None:
        raise UserError(_("This round has no such trip."), field="trip", mend=_("Choose a trip of the list."))
    for kind, count in counts.items():
        if kind not in load:
            raise UserError(_("This trip carries no such thing."), field=kind, mend=_("Leave it out."))
        if not 0 <= count <= MOST:
            raise UserError(_("%(n)d cannot be.") % {"n": count}, field=kind, mend=_("Give a number from 0 to 10,000."))
    return load


def _store(
    walk: Round,
    trip: int,
    way: str,
    counts: Mapping[str, int],
    notes: Mapping[str, str],
    *,
    by: Member | None,
    at: datetime,
) -> bool:
    there = {row.kind: row for row in GateCount.objects.filter(round=walk, trip=trip, way=way)}
    changed = {}
    for kind, count in counts.items():
        note, row = notes.get(kind, "").strip()[:240], there.get(kind)
        if row is None or (row.count, row.note) != (count, note):
            changed[kind] = [row.count if row else None, count]
            facts = {"count": count, "note": note, "counted_at": at, "counted_by": by}
            GateCount.objects.update_or_create(round=walk, trip=trip, way=way, kind=kind, defaults=facts)
    if changed:
        label = f"{walk.carrier_name} · {trip} · {way}"
        journal.record(
            "count_goods", incident=walk.plan.incident, subject=walk, by=by, occurred_at=at, label=label, counts=changed
        )
    return bool(changed)


@dataclass(frozen=True)
class GoodsLine:
    """One kind of goods on one trip: planned, out, handed over at doors, back. None where nobody has counted."""

    kind: str
    title: str
    planned: int
    kg: float
    out: int | None
    handed: int
    back: int | None
    note: str
    by: str

    @property
    def missing(self) -> int | None:
        """Out, less handed over, less back; None before both are counted."""
        return None if self.out is None or self.back is None else self.out - self.handed - self.back

    @property
    def left(self) -> int:
        """What ought to be on the trolley still."""
        return (self.planned if self.out is None else self.out) - self.handed

    @property
    def look(self) -> str:
        """ "" before the count, kept where it comes out even, risk where a person explained it, else broken."""
        if self.missing is None:
            return ""
        return "kept" if not self.missing else "risk" if self.note else "broken"


@dataclass(frozen=True)
class TripLoad:
    """A trip: its goods, and its doors in the order of loading (the last one first)."""

    number: int
    goods: tuple[GoodsLine, ...]
    loading: tuple[tuple[str, str, float], ...]

    @property
    def kg(self) -> float:
        return sum(line.kg for line in self.goods)

    @property
    def is_out(self) -> bool:
        return any(line.out is not None for line in self.goods)

    @property
    def is_back(self) -> bool:
        return any(line.back is not None for line in self.goods)


@dataclass(frozen=True)
class RoundGoods:
    """A round at the gate."""

    round: Round
    trips: tuple[TripLoad, ...]

    @property
    def unexplained(self) -> int:
        """How many lines do not come out even and say nothing of why."""
        return sum(line.look == "broken" for trip in self.trips for line in trip.goods)

    @property
    def waiting(self) -> int:
        """How many trips are out and not back."""
        return sum(trip.is_out and not trip.is_back for trip in self.trips)


def goods_of(incident: Incident, rounds: Sequence[Round]) -> list[RoundGoods]:
    """Rounds at the gate, trip by trip. Three queries, whatever their number."""
    stops = list(
        Stop.objects.filter(round__in=rounds).select_related("door__stair__building").order_by("trip", "-order")
    )
    loads, handed = _loads(stops), _handed(stops)
    counts = GateCount.objects.filter(round__in=rounds).select_related("counted_by")
    counted = {(row.round_id, row.trip, row.way, row.kind): row for row in counts}
    titles: dict[str, str] = {}
    found: dict[int, list[TripLoad]] = {walk.pk: [] for walk in rounds}
    for (walk, trip), load in sorted(loads.items()):
        lines = []
        for kind, (planned, kg) in load.items():
            titles.setdefault(kind, item_title(incident, kind))
            out, back = (counted.get((walk, trip, way, kind)) for way in (OUT, BACK))
            lines.append(
                GoodsLine(
                    *(kind, titles[kind], planned, round(kg, 1)),
                    out=out.count if out else None,
                    handed=handed[walk, trip, kind],
                    back=back.count if back else None,
                    note=back.note if back else "",
                    by=back.counted_by.name if back and back.counted_by else "",
                )
            )
        doors = [stop for stop in stops if (stop.round_id, stop.trip) == (walk, trip) and _goods(stop)]
        loading = tuple((door_label(stop.door), _packed(stop, titles), stop.weight_kg) for stop in doors)
        found[walk].append(TripLoad(trip, tuple(lines), loading))
    return [RoundGoods(walk, tuple(found[walk.pk])) for walk in rounds]


def rounds_at_gate(incident: Incident, rights: Rights) -> list[Round]:
    """Rounds in force in areas in which the member counts goods, the next to go first."""
    rounds = Round.objects.filter(plan__incident=incident, plan__state=RoundPlan.State.READY, out=False)
    scope = rights.areas("count_goods")
    if scope is not None:
        rounds = rounds.filter(plan__areas__in=scope)
    return list(rounds.select_related("plan").distinct().order_by("starts_at", "number"))


SUMMARY_HEADINGS = (
    *("round", "carrier", "trip", "kind", "planned", "out", "handed", "back", "difference", "note", "counted by"),
)


def summary_rows(goods: Sequence[RoundGoods]) -> list[list[Any]]:
    """All carriers of a plan as a table: a row a trip and kind."""
    return [
        [
            *(one.round.number, one.round.carrier_name, trip.number, line.title),
            *(line.planned, line.out, line.handed, line.back, line.missing, line.note, line.by),
        ]
        for one in goods
        for trip in one.trips
        for line in trip.goods
    ]


def totals(goods: Sequence[RoundGoods]) -> list[GoodsLine]:
    """The whole plan kind by kind; a difference counts as explained where each of its lines is."""
    lines: dict[str, list[GoodsLine]] = {}
    for one in goods:
        for trip in one.trips:
            for line in trip.goods:
                lines.setdefault(line.kind, []).append(line)
    found = []
    for kind, rows in lines.items():
        open_rows = [row for row in rows if row.look == "broken"]
        note = "" if open_rows else "; ".join(row.note for row in rows if row.note)
        found.append(
            GoodsLine(
                *(kind, rows[0].title, sum(row.planned for row in rows), sum(row.kg for row in rows)),
                out=_sum([row.out for row in rows]),
                handed=sum(row.handed for row in rows),
                back=_sum([row.back for row in rows]),
                note=note,
                by="",
            )
        )
    return found


def _sum(counts: list[int | None]) -> int | None:
    """The sum of what was counted; None where nothing was."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _goods(stop: Stop) -> list[dict[str, Any]]:
    return [item for item in stop.items if item["kg"] or protocol.base_kind(item["kind"]) == "letter"]


def _loads(stops: list[Stop]) -> dict[tuple[int, int], dict[str, tuple[int, float]]]:
    """(round, trip) → kind → how many, how heavy."""
    found: dict[tuple[int, int], dict[str, tuple[int, float]]] = {}
    for stop in stops:
        load = found.setdefault((stop.round_id, stop.trip), {})
        for item in _goods(stop):
            number, kg = load.get(item["kind"], (0, 0.0))
            load[item["kind"]] = (number + 1, kg + item["kg"])
    return found


def _handed(stops: list[Stop]) -> Counter[tuple[int, int, str]]:
    """(round, trip, kind) → how many were handed over at doors; two knocks at one door hand a thing over once."""
    by_pk = {stop.pk: stop for stop in stops}
    kinds: dict[int, set[str]] = {}
    visits = Visit.objects.filter(stop__round__in={stop.round_id for stop in stops}, undone_at=None)
    for knocked, given_kinds in visits.values_list("stop_id", "handed"):
        kinds.setdefault(knocked or 0, set()).update(given_kinds)
    found: Counter[tuple[int, int, str]] = Counter()
    for pk, given in kinds.items():
        if (stop := by_pk.get(pk)) is not None:
            found.update((stop.round_id, stop.trip, item["kind"]) for item in _goods(stop) if item["kind"] in given)
    return found


def _packed(stop: Stop, titles: dict[str, str]) -> str:
    counted = Counter(titles.get(item["kind"], item["kind"]) for item in _goods(stop))
    return _(", ").join(f"{title} ×{count}" if count > 1 else title for title, count in counted.items())
