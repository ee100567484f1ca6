"""The forms 201 to 214 of the Incident Command System, each made from what is written down: a function a form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.command.areas.loads import load_of
from doorstep.command.log.queries import lines_of
from doorstep.command.models import Area, Incident, LogEntry, Member, Organisation, Period, PlanLine, RoleGrant, Task
from doorstep.command.plan.papers import Block, Paper, local, short
from doorstep.command.plan.queries import Stream, plan_page, streams_in
from doorstep.command.rights import roles
from doorstep.wiring.contributions import contributions
from doorstep.wiring.texts import in_language

MOST_ROWS = 400


def _paper(number: str, title: str, period: Period, blocks: list[Block], **more: Any) -> Paper:
    incident = period.incident
    span = _("Period %(n)d: %(start)s to %(end)s") % {
        "n": period.number,
        "start": short(period.starts_at, incident),
        "end": short(period.ends_at, incident),
    }
    return Paper(f"ICS {number}", title, incident, span, blocks, **more)


def briefing(period: Period, at: datetime) -> Paper:
    """201: what happened, what it is to reach, what was done, who leads, with what."""
    incident = period.incident
    situation = [
        (_("Began"), local(incident.trigger_at, incident)),
        (_("Why"), incident.trigger_text or "—"),
        (_("Rules"), in_language(incident.protocol.title)),
    ]
    return _paper(
        "201",
        _("Incident briefing"),
        period,
        [
            Block(_("Situation"), facts=situation),
            _areas(incident),
            _objectives(period),
            Block(
                _("Decisions and instructions so far"),
                heads=(_("time"), "#", _("kind"), _("text"), _("who")),
                rows=_log_rows(incident, ("decision", "instruction"), None, at),
                widths=(2.2, 0.7, 1.9, 8, 2),
                empty=_("Nothing is written down yet."),
            ),
            _leads(streams_in(period)),
        ],
        signatures=[(_("Prepared by"), "")],
    )


def objectives(period: Period, at: datetime) -> Paper:
    """202: what the period is to reach, and how those who work stay safe."""
    safety = [period.safety] if period.safety else [_("Nothing special is written down.")]
    return _paper(
        "202",
        _("Objectives"),
        period,
        [_objectives(period), Block(_("Safety of those who work"), paragraphs=safety), _lines(period)],
        signatures=[(_("Prepared by"), ""), (_("Approved by"), "")],
    )


def organisation(period: Period, at: datetime) -> Paper:
    """203: who leads, and who answers for each line of work."""
    incident = period.incident
    held = RoleGrant.objects.filter(incident=incident, area=None).select_related("member__organisation")
    duties = [
        (in_language(roles()[grant.role].title), grant.member.name, str(grant.member.organisation or "—"))
        for grant in held.order_by("pk")
        if grant.role in roles() and grant.role != "carrier"
    ]
    order = list(roles())
    titles = {in_language(role.title): order.index(code) for code, role in roles().items()}
    duties.sort(key=lambda row: titles[row[0]])
    teams = incident.teams.filter(ended_at=None).select_related("leader").prefetch_related("members")
    return _paper(
        "203",
        _("Who is who"),
        period,
        [
            Block(
                _("Duties"), heads=(_("duty"), _("name"), _("organisation")), rows=duties, empty=_("Nobody has a duty.")
            ),
            _leads(streams_in(period)),
            Block(
                _("Teams"),
                heads=(_("team"), _("leader"), _("members")),
                rows=[
                    (team.name, str(team.leader or _("nobody yet")), ", ".join(m.name for m in team.members.all()))
                    for team in teams
                ],
                widths=(2, 1.3, 5),
                empty=_("There is no team yet."),
            ),
        ],
    )


def assignments(period: Period, at: datetime) -> Paper:
    """204: for each line of work its tasks, owners, deadlines and means."""
    incident = period.incident
    blocks = [
        Block(
            f"{stream.title} · {', '.join(stream.owners) or _('nobody answers yet')}",
            heads=(_("decided"), _("who"), _("due"), _("with what"), _("state")),
            rows=[_line_row(line, incident) for line in stream.lines],
            widths=(5, 1.8, 1.8, 2.4, 1),
        )
        for stream in streams_in(period)
        if stream.lines
    ]
    empty = [Block("", paragraphs=[_("The plan is empty.")])]
    return _paper("204", _("Assignments"), period, blocks or empty, signatures=[(_("Approved by"), "")])


def communications(period: Period, at: datetime) -> Paper:
    """205A: how everybody who works is reached."""
    incident = period.incident
    offices = Organisation.objects.exclude(head="", phone="").order_by("pk")
    members = (
        Member.objects.filter(grants__incident=incident).exclude(phone="").distinct().select_related("organisation")
    )
    return _paper(
        "205A",
        _("How people are reached"),
        period,
        [
            Block(
                _("Organisations"),
                heads=(_("organisation"), _("head"), _("deputy"), _("phone")),
                rows=[(one.name, one.head or "—", one.deputy or "—", one.phone or "—") for one in offices],
                widths=(3, 1.4, 1.4, 2),
                empty=_("No organisation has a head or a phone yet."),
            ),
            Block(
                _("Members"),
                heads=(_("name"), _("organisation"), _("phone")),
                rows=[(one.name, str(one.organisation or "—"), one.phone) for one in members.order_by("name")],
                empty=_("No member has given a phone."),
            ),
        ],
    )


def status(period: Period, at: datetime) -> Paper:
    """209: the state of the incident in counts, each from what is recorded."""
    incident = period.incident
    tasks = incident.tasks.filter(opened_at__lte=at)
    counted = [
        (_("Tasks open"), str(tasks.filter(state=Task.State.OPEN).count())),
        (_("of these late"), str(tasks.filter(state=Task.State.OPEN, due_at__lt=at).count())),
        (_("Tasks done"), str(tasks.filter(state=Task.State.DONE).count())),
    ]
    watches = [(str(watch.title), len(watch.rows(incident, at))) for watch in contributions.watches]
    return _paper(
        "209",
        _("Status of the incident"),
        period,
        [
            Block(_("As of"), facts=[(_("When"), local(at, incident))]),
            _areas(incident),
            Block(_("Work"), facts=counted),
            Block(
                _("What the watch list holds"),
                heads=(_("watch"), _("rows")),
                rows=[(title, str(count)) for title, count in watches if count],
                widths=(6, 1),
                empty=_("The watch list is empty."),
            ),
            _objectives(period),
        ],
        signatures=[(_("Approved by"), "")],
    )


def check_in(period: Period, at: datetime) -> Paper:
    """211: who is at work in the period, where and since when."""
    incident = period.incident
    duties = [
        duty
        for source in contributions.duties
        for duty in source.duties(incident, period.starts_at, period.ends_at)
        if duty.member_name
    ]
    duties.sort(key=lambda duty: (duty.starts_at, duty.title))
    rows = [
        (duty.member_name, duty.title, short(duty.starts_at, incident), short(duty.ends_at, incident), "")
        for duty in duties[:MOST_ROWS]
    ]
    return _paper(
        "211",
        _("Check-in"),
        period,
        [
            Block(
                "",
                heads=(_("name"), _("work"), _("from"), _("to"), _("signs")),
                rows=rows,
                widths=(1.6, 4, 1.6, 1.6, 1.6),
                empty=_("Nobody is planned in this period."),
            )
        ],
    )


def activity(period: Period, at: datetime) -> Paper:
    """214: the log of the period, in its order."""
    incident = period.incident
    found = _log_rows(incident, None, period, at)
    return _paper(
        "214",
        _("Activity log"),
        period,
        [
            Block(
                "",
                heads=(_("time"), "#", _("kind"), _("text"), _("who")),
                rows=found,
                widths=(2.2, 0.7, 1.9, 8, 2),
                empty=_("Nothing is written down yet."),
            )
        ],
        signatures=[(_("Prepared by"), "")],
    )


def message(entry: LogEntry, at: datetime) -> Paper:
    """213: one message with its answers."""
    incident = entry.incident
    (line,) = lines_of([entry], None, incident, at)
    to = ", ".join(view.label for view in line.to) or _("everybody in command")
    facts = [
        (pgettext("message", "To"), to),
        (pgettext("message", "From"), entry.author_name),
        (_("When"), local(entry.occurred_at, incident)),
        (_("Subject"), f"{entry.get_kind_display()} #{entry.number}"),
    ]
    answers = LogEntry.objects.filter(answers=entry).order_by("number")
    blocks = [Block("", facts=facts), Block(_("What is said"), paragraphs=entry.text.splitlines())]
    blocks += [
        Block(
            f"{_('Answer')} #{one.number} · {one.author_name} · {short(one.occurred_at, incident)}",
            paragraphs=one.text.splitlines(),
        )
        for one in answers
    ]
    return Paper("ICS 213", _("General message"), incident, "", blocks, signatures=[(_("Signed"), entry.author_name)])


FORMS: dict[str, Callable[[Period, datetime], Paper]] = {
    "201": briefing,
    "202": objectives,
    "203": organisation,
    "204": assignments,
    "205A": communications,
    "209": status,
    "211": check_in,
    "214": activity,
}


def _areas(incident: Incident) -> Block:
    zones = incident.protocol.zones
    rows = []
    for area in incident.areas.exclude(state=Area.State.LIFTED).select_related("incident"):
        load = load_of(area)
        since = short(area.effective_at, incident)
        rows.append(
            (
                area.name,
                in_language(zones[area.zone].title),
                area.get_state_display(),
                since,
                str(load.doors),
                str(load.persons),
                short(area.review_at, incident),
            )
        )
    heads = (_("area"), _("zone"), _("state"), _("since"), _("doors"), _("persons at home"), _("review"))
    return Block(
        _("Areas"), heads=heads, rows=rows, widths=(2.6, 1.6, 1.4, 1.6, 1, 1.2, 1.6), empty=_("No area is drawn yet.")
    )


def _objectives(period: Period) -> Block:
    lines = [f"{number}. {line}" for number, line in enumerate(filter(None, period.objectives.splitlines()), 1)]
    return Block(_("Objectives"), paragraphs=lines or [_("No objective is written down yet.")])


def _lines(period: Period) -> Block:
    page = plan_page(period)
    return Block(
        _("What was decided"),
        heads=(_("line of work"), _("decided"), _("who"), _("due")),
        rows=[
            (stream.title, line.text, _owner(line), short(line.due_at, period.incident))
            for stream in page.streams
            for line in stream.lines
        ],
        widths=(1.6, 5, 1.8, 1.8),
        empty=_("The plan is empty."),
    )


def _leads(streams: list[Stream]) -> Block:
    rows = [
        (
            stream.title,
            ", ".join(stream.owners) or _("nobody yet"),
            ", ".join(one.name for one in stream.offices) or "—",
        )
        for stream in streams
    ]
    return Block(_("Lines of work"), heads=(_("line of work"), _("who answers"), _("organisation")), rows=rows)


def _line_row(line: PlanLine, incident: Incident) -> tuple[str, ...]:
    state = line.task.get_state_display() if line.task else ""
    return line.text, _owner(line), short(line.due_at, incident), line.resource or "—", state


def _owner(line: PlanLine) -> str:
    names = [one.name for one in (line.owner, line.team) if one]
    return " · ".join(names) or _("nobody yet")


def _log_rows(
    incident: Incident, kinds: tuple[str, ...] | None, period: Period | None, at: datetime
) -> list[tuple[str, ...]]:
    entries = LogEntry.objects.filter(incident=incident, struck_by=None, occurred_at__lte=at)
    if kinds:
        entries = entries.filter(kind__in=kinds)
    if period is not None:
        entries = entries.filter(occurred_at__gte=period.starts_at, occurred_at__lt=period.ends_at)
    found = entries.order_by("-number")[:MOST_ROWS]
    return [
        (short(one.occurred_at, incident), str(one.number), one.get_kind_display(), one.text, one.author_name)
        for one in reversed(found)
    ]
