"""Whether the parts of a protocol fit together: zones and codes that are named exist, every value has its basis.

The rule that no approval lies on the path of an emergency stands here, too: no file can say otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from doorstep.protocol.schema.paths import is_path, leaves, nearest

if TYPE_CHECKING:
    from doorstep.protocol.schema.protocol import Protocol

BLOCKING = ("prior", "never")


@dataclass(frozen=True)
class Fault:
    """What does not fit at a key, and the mend."""

    key: str
    message: str
    mend: str


class UnfitError(ValueError):
    """A protocol whose parts do not fit, with every fault."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.key}: {fault.message}" for fault in faults))
        self.faults = faults


def faults(protocol: Protocol) -> list[Fault]:
    """Everything that does not fit, in the order of the file."""
    found = [*_emergency(protocol), *_named(protocol), *_twice(protocol), *_basis(protocol)]
    return list(dict.fromkeys(found))


def _emergency(protocol: Protocol) -> Iterator[Fault]:
    for key, zone in protocol.zones.items():
        for kind in protocol.emergency.covers:
            approval = zone.exits.get(kind)
            where = f"zones.{key}.exits.{kind}"
            if approval in BLOCKING:
                yield Fault(
                    where,
                    f"`{approval}` would lie on the path of an emergency.",
                    "Write log_after (it is written down afterwards) or none_before.",
                )
            elif approval is None and zone.binding:
                yield Fault(where, "This zone binds people and names no way out in an emergency.", "Write log_after.")


def _named(protocol: Protocol) -> Iterator[Fault]:
    zones, classes = set(protocol.zones), set(protocol.classes)
    tubes = set(protocol.sampling.tubes) if protocol.sampling else set()
    samples = set(protocol.sampling.samples) if protocol.sampling else set()
    for where, codes in _zone_uses(protocol):
        yield from _unknown(where, codes, zones, "zone", "zones")
    for where, codes in _class_uses(protocol):
        yield from _unknown(where, set(codes) - {"other"}, classes, "class", "classes")
    for key, zone in protocol.zones.items():
        yield from _unknown(f"zones.{key}.exits", zone.exits, set(protocol.exit_kinds), "kind of exit", "exit_kinds")
        yield from _unknown(f"zones.{key}.tube", [zone.tube] if zone.tube else [], tubes, "tube", "sampling.tubes")
    yield from _unknown(
        "emergency.covers", protocol.emergency.covers, set(protocol.exit_kinds), "kind of exit", "exit_kinds"
    )
    if protocol.requests and (out := protocol.requests.outgoing):
        for name in ("repairs", "exits", "treatments"):
            kinds = [getattr(out, name).exit_kind]
            where = f"requests.outgoing.{name}.exit_kind"
            yield from _unknown(where, kinds, set(protocol.exit_kinds), "kind of exit", "exit_kinds")
    for key, path in protocol.pathways.items():
        if (path.day_one or protocol.day_one) is None:
            yield Fault(
                "day_one", "Nothing says which day of a pathway is day 1.", "Write day_one: next_day or same_day."
            )
        for stage in path.stages:
            where = f"pathways.{key}.stages.{stage.stage}"
            yield from _unknown(
                f"{where}.sample", [stage.sample] if stage.sample else [], samples, "sample", "sampling.samples"
            )
            checks = protocol.monitoring.times_per_day if protocol.monitoring else 0
            if (stage.checks_per_day or 0) > checks:
                yield Fault(
                    f"{where}.checks_per_day",
                    f"{stage.checks_per_day} checks a day, but monitoring has slots for {checks}.",
                    "Add slots to `monitoring`, or ask fewer checks.",
                )
    for rule in protocol.restart_rules:
        known = zones if rule.clock == "lifting" else set(protocol.pathways)
        where = "zones" if rule.clock == "lifting" else "pathways"
        yield from _unknown(f"restart_rules.{rule.code}.only", rule.only, known, where[:-1], where)
    if protocol.sampling:
        for tube in protocol.sampling.rules:
            yield from _unknown(f"sampling.rules.{tube.code}.tube", [tube.tube], tubes, "tube", "sampling.tubes")
    if protocol.ppe:
        for task in protocol.ppe.rules:
            yield from _unknown(
                f"ppe.rules.{task.code}.level", [task.level], set(protocol.ppe.levels), "level", "ppe.levels"
            )
    if protocol.activation:
        led = {seat.workstream for seat in protocol.activation.posts if seat.workstream}
        known = {work.code for work in protocol.activation.workstreams}
        yield from _unknown("activation.posts", sorted(led), known, "line of work", "activation.workstreams")
    if protocol.medicine:
        yield from _unknown(
            "medicine.warn_hours",
            protocol.medicine.warn_hours,
            set(protocol.medicine.classes),
            "class",
            "medicine.classes",
        )


def _unknown(where: str, codes: Iterable[str], known: set[str], what: str, place: str) -> Iterator[Fault]:
    for code in codes:
        if code not in known:
            near = get_close_matches(code, sorted(known), n=1)
            choice = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(known)) or 'none'}."
            yield Fault(where, f"No {what} is called {code!r}.", f"{choice} Or add it to `{place}`.")


def _zone_uses(protocol: Protocol) -> Iterator[tuple[str, Iterable[str]]]:
    yield "contact.zones", protocol.contact.zones
    yield "lifting", protocol.lifting
    for kit in protocol.supply.kits:
        yield f"supply.kits.{kit.code}.zones", kit.zones
    for key, rule in protocol.lifting.items():
        for where, found in [("", rule), *((f".variants.{one.code}", one) for one in rule.variants)]:
            if found.then:
                yield f"lifting.{key}{where}.then", (found.then,)
    for key, zone in protocol.zones.items():
        yield f"zones.{key}.becomes", zone.becomes.values()
    if protocol.waste:
        yield "waste.zones", protocol.waste.zones
    if protocol.letter:
        yield "letter.zones", protocol.letter.zones
    if protocol.monitoring:
        yield "monitoring.zones", protocol.monitoring.zones
    if protocol.sampling:
        yield "sampling.zone_tests", protocol.sampling.zone_tests
    if protocol.ppe:
        for task in protocol.ppe.rules:
            yield f"ppe.rules.{task.code}.zones", task.zones


def _class_uses(protocol: Protocol) -> Iterator[tuple[str, Iterable[str]]]:
    yield "contact.limit_hours", protocol.contact.limit_hours
    yield "contact.two_way", protocol.contact.two_way
    yield "weights", protocol.weights
    if protocol.monitoring:
        yield "monitoring.missed_checks", protocol.monitoring.missed_checks
    if protocol.transfer:
        yield "transfer.never_companions", protocol.transfer.never_companions
    if protocol.medicine:
        yield "medicine.power_classes", protocol.medicine.power_classes


def _twice(protocol: Protocol) -> Iterator[Fault]:
    counts = Counter(path for path, _ in leaves(protocol.given()))
    for path, count in counts.items():
        if count > 1 and path.endswith((".code", ".stage")):
            yield Fault(path, f"{count} entries of this list have the same name.", "Give each its own code.")


def _basis(protocol: Protocol) -> Iterator[Fault]:
    paths = protocol.paths
    for path, basis in protocol.basis.items():
        if not is_path(path, paths):
            near = get_close_matches(path, sorted(paths), n=1)
            yield Fault(
                f"basis.{path}",
                "There is no such value in this file.",
                f"Did you mean {near[0]}?" if near else "Take the line out.",
            )
        if basis.source not in protocol.sources:
            yield Fault(
                f"basis.{path}.source",
                f"Source {basis.source!r} is not among `sources`.",
                f"Choose one of {', '.join(protocol.sources)}, or add it there.",
            )
    for path in protocol.values:
        if nearest(path, protocol.basis) is None:
            block = path.partition(".")[0]
            yield Fault(
                f"basis.{block}",
                f"Nothing says where the values of `{block}` come from.",
                f"Add `{block}: {{source: …, mark: memory}}` under `basis`.",
            )
