"""What can be asked of the plan: its lines by line of work, who answers, what changed since it was signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doorstep.command.chain import Anchor, Fault
from doorstep.command.models import (
    Incident,
    JournalEntry,
    Meeting,
    Member,
    Organisation,
    Period,
    PlanLine,
    PlanVersion,
    Team,
)
from doorstep.command.plan.acts import content_of, hash_of
from doorstep.command.plan.workstreams import must_have_owner, streams_of, titles_of


@dataclass(frozen=True)
class Stream:
    """One line of work in a period: its lines, and who answers. Unowned is red."""

    code: str
    title: str
    lines: tuple[PlanLine, ...]
    owners: tuple[str, ...]
    offices: tuple[Organisation, ...]
    basic: bool

    @property
    def owned(self) -> bool:
        return bool(self.owners)

    @property
    def unreachable(self) -> list[str]:
        """Organisations of this line that have neither head nor deputy, or no phone (S25)."""
        return [office.name for office in self.offices if not (office.head or office.deputy) or not office.phone]


def streams_in(period: Period) -> list[Stream]:
    """Every line of work of the incident with what the plan says of it. Nine queries."""
    incident = period.incident
    titles, must = titles_of(incident), set(must_have_owner(incident))
    answers = {work.code: work.owner for work in incident.workstreams.select_related("owner") if work.owner}
    lines = list(
        period.lines.filter(dropped_at=None).select_related("owner__organisation", "team", "task", "entry", "meeting")
    )
    teams = list(incident.teams.filter(ended_at=None).exclude(workstream="").select_related("leader"))
    offices = list(Organisation.objects.exclude(workstreams=[]))
    found = []
    for code in streams_of(incident):
        here = tuple(line for line in lines if line.workstream == code)
        owners = _owners(answers.get(code), here, [team for team in teams if team.workstream == code])
        found.append(
            Stream(
                code,
                titles.get(code, code),
                here,
                owners,
                tuple(one for one in offices if code in one.workstreams),
                code in must,
            )
        )
    return sorted(found, key=lambda stream: stream.owned)


def _owners(answers: Member | None, lines: tuple[PlanLine, ...], teams: list[Team]) -> tuple[str, ...]:
    names = [answers.name] if answers else []
    names += [line.owner.name for line in lines if line.owner]
    names += [team.leader.name for team in teams if team.leader]
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class PlanPage:
    """The plan of one period as its page shows it."""

    period: Period
    periods: tuple[Period, ...]
    streams: tuple[Stream, ...]
    meetings: tuple[Meeting, ...]
    dropped: tuple[PlanLine, ...]
    versions: tuple[PlanVersion, ...]
    changed: bool

    @property
    def unowned(self) -> list[Stream]:
        return [stream for stream in self.streams if not stream.owned]


def plan_page(period: Period) -> PlanPage:
    """One period. About twelve queries, however many lines."""
    versions = tuple(period.versions.order_by("-number").select_related("signed_by"))
    return PlanPage(
        period,
        tuple(period.incident.periods.order_by("-number")),
        tuple(streams_in(period)),
        tuple(period.meetings.select_related("chair").prefetch_related("participants", "lines")),
        tuple(period.lines.exclude(dropped_at=None)),
        versions,
        bool(versions) and versions[0].hash != hash_of(content_of(period)),
    )


def current_period(incident: Incident, at: datetime) -> Period | None:
    """The newest period that has begun, else the first."""
    begun = incident.periods.filter(starts_at__lte=at).order_by("-number").first()
    return begun or incident.periods.order_by("number").first()


def differences(before: dict[str, Any], after: dict[str, Any], titles: dict[str, str]) -> tuple[list[str], list[str]]:
    """The lines of two plans that only one of them has: (gone, new)."""

    def lines(content: dict[str, Any]) -> list[str]:
        heads = [*content["objectives"], *([content["safety"]] if content["safety"] else [])]
        return heads + [
            " · ".join(
                filter(
                    None, (titles.get(one["workstream"], one["workstream"]), one["text"], one["owner"] or one["team"])
                )
            )
            for one in content["lines"]
        ]

    old, new = lines(before), lines(after)
    return [line for line in old if line not in new], [line for line in new if line not in old]


def plan_faults() -> Iterator[Fault]:
    """Signed versions whose content is not what was signed. Two queries."""
    kept = {
        int(pk): (sequence, data.get("hash"))
        for pk, sequence, data in JournalEntry.objects.filter(act="sign_plan").values_list(
            "subject_id", "sequence", "data"
        )
    }
    for version in PlanVersion.objects.select_related("period"):
        sequence, digest = kept.pop(version.pk, (0, None))
        if version.hash != digest or hash_of(version.content) != version.hash:
            yield Fault(sequence, "plan_changed", (f"plan {version.period.number}.{version.number}",))
    for sequence, _digest in kept.values():
        yield Fault(sequence, "plan_missing")


def plan_anchors() -> list[Anchor]:
    """The links of the journal that stand on signed plans."""
    return [
        Anchor.read(version.anchor, f"plan {version.period.number}.{version.number}")
        for version in PlanVersion.objects.exclude(anchor="").select_related("period")
        if not version.anchor.startswith("0:")
    ]
