"""Who may take a post: the rules' posts over the standing directory, outside any incident."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from doorstep.command.models import Member, Organisation, Standing
from doorstep.command.rights import roles
from doorstep.protocol.schema import Activation, Protocol, Seat
from doorstep.wiring.texts import in_language

BARE = Activation(
    answer_minutes=15,
    ask_times=2,
    posts=(Seat(code="commander", title={"zh": "指挥长", "en": "commander"}, role="commander"),),
)


def rules_of(protocol: Protocol) -> Activation:
    """The activation block of a protocol; one without it has a commander's post."""
    return protocol.activation or BARE


@dataclass(frozen=True)
class SeatLine:
    """A post before it is called: whom the directory names, in order, and who of them is there."""

    seat: Seat
    title: str
    named: tuple[Member, ...]

    @property
    def fit(self) -> tuple[Member, ...]:
        """Those who are available and well, in order."""
        return tuple(one for one in self.named if one.available and one.health == "fit")

    @property
    def lack(self) -> str:
        """What is missing: "nobody" (a hole), "deputy", "phone", or nothing."""
        if not self.fit:
            return "nobody"
        if not any(one.phone or (one.organisation and one.organisation.phone) for one in self.fit):
            return "phone"
        return "" if len(self.fit) > 1 else "deputy"


def seat_lines(protocol: Protocol) -> list[SeatLine]:
    """Each post of the rules with whom the directory names for it. One query."""
    named: dict[str, list[Member]] = defaultdict(list)
    for line in Standing.objects.select_related("member__organisation"):
        named[line.post].append(line.member)
    return [SeatLine(seat, in_language(seat.title), tuple(named[seat.code])) for seat in rules_of(protocol).posts]


@dataclass(frozen=True)
class WorkLine:
    """A line of work before activation: which post leads it, which organisation has it among its duties."""

    code: str
    title: str
    leader: str
    organisation: Organisation | None
    items: int


def work_lines(protocol: Protocol) -> list[WorkLine]:
    """The lines of work of the rules. One query."""
    offices = duties_of_offices()
    rules = rules_of(protocol)
    leads = {seat.workstream: in_language(seat.title) for seat in rules.posts if seat.workstream}
    return [
        WorkLine(one.code, in_language(one.title), leads.get(one.code, ""), offices.get(one.code), len(one.items))
        for one in rules.workstreams
    ]


def duties_of_offices() -> dict[str, Organisation]:
    """Line of work → the organisation that has it among its duties (S24); the first one where there are several."""
    found: dict[str, Organisation] = {}
    for office in Organisation.objects.exclude(workstreams=[]).order_by("pk"):
        for code in office.workstreams:
            found.setdefault(code, office)
    return found


def duty_of(role: str) -> str:
    """A role that this program knows and that a post may bring; an administrator is never made by a call."""
    return role if role in roles() and role != "administrator" else ""
