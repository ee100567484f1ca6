"""The minutes of a meeting and the signed plan, as papers."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from doorstep.command.models import Meeting, PlanVersion
from doorstep.command.plan.papers import Block, Paper, local, short
from doorstep.command.plan.workstreams import titles_of


def minutes_paper(meeting: Meeting) -> Paper:
    """Who met, about what, and what was decided: who does it until when, with what."""
    incident = meeting.incident
    titles = titles_of(incident)
    lines = meeting.lines.filter(dropped_at=None).select_related("owner", "team", "entry").order_by("pk")
    rows = [
        (
            titles.get(line.workstream, line.workstream),
            f"#{line.entry.number} {line.text}" if line.entry else line.text,
            " · ".join(one.name for one in (line.owner, line.team) if one) or _("nobody yet"),
            short(line.due_at, incident),
            line.resource or "—",
        )
        for line in lines
    ]
    people = [
        f"{one.name}（{one.organisation}）" if one.organisation else one.name for one in meeting.participants.all()
    ]
    facts = [
        (
            _("When"),
            f"{local(meeting.starts_at, incident)} – {local(meeting.ended_at, incident) if meeting.ended_at else ''}",
        ),
        (_("Where, or how to join"), meeting.place or "—"),
        (_("Chair"), meeting.chair.name if meeting.chair else "—"),
        (_("Who was there"), "、".join([*people, *meeting.others.splitlines()]) or "—"),
    ]
    blocks = [
        Block("", facts=facts),
        Block(_("Agenda"), paragraphs=meeting.agenda.splitlines() or [_("No agenda is written down.")]),
        Block(
            _("What was decided"),
            heads=(_("line of work"), _("decided"), _("who"), _("due"), _("with what")),
            rows=rows,
            widths=(1.6, 5, 1.9, 1.7, 2),
            empty=_("Nothing was decided."),
        ),
    ]
    chair = meeting.chair.name if meeting.chair else ""
    subtitle = _("Period %(n)d") % {"n": meeting.period.number}
    return Paper(
        "",
        _("Minutes: %(title)s") % {"title": meeting.title},
        incident,
        subtitle,
        blocks,
        [(_("Chair"), chair), (_("Minutes by"), "")],
    )


def signed_paper(version: PlanVersion) -> Paper:
    """A plan as it was signed, with its hash and the newest link of the journal then: from the stored content only, its lines of work by the titles they have now."""
    content, incident = version.content, version.period.incident
    titles = titles_of(incident)

    def when(text: str) -> str:
        return local(datetime.fromisoformat(text), incident) if text else "—"

    rows = [
        (
            titles.get(line["workstream"], line["workstream"]),
            line["text"],
            " · ".join(filter(None, (line["owner"], line["team"]))) or _("nobody yet"),
            when(line["due_at"]),
            line["resource"] or "—",
        )
        for line in content["lines"]
    ]
    blocks = [
        Block(_("Objectives"), paragraphs=content["objectives"] or ["—"]),
        Block(
            _("What was decided"),
            heads=(_("line of work"), _("decided"), _("who"), _("due"), _("with what")),
            rows=rows,
            widths=(1.6, 5, 1.9, 2, 2),
        ),
        *[
            Block(
                f"{_('Meeting')}: {one['title']}",
                facts=[
                    (_("When"), when(one["starts_at"])),
                    (_("Chair"), one["chair"] or "—"),
                    (_("Who was there"), "、".join(one["participants"]) or "—"),
                ],
            )
            for one in content["meetings"]
        ],
        Block(
            _("Proof"),
            facts=[
                (_("Hash of this plan"), version.hash),
                (_("Newest link of the journal"), version.anchor),
            ],
        ),
    ]
    if content["safety"]:
        blocks.insert(1, Block(_("Safety of those who work"), paragraphs=[content["safety"]]))
    span = _("Period %(n)d: %(start)s to %(end)s") % {
        "n": content["period"],
        "start": when(content["starts_at"]),
        "end": when(content["ends_at"]),
    }
    return Paper(
        "",
        _("Action plan, version %(n)d") % {"n": version.number},
        incident,
        span,
        blocks,
        [(_("Signed by"), version.signed_name), (_("Signed on"), local(version.signed_at, incident))],
        foot=version.hash[:16],
    )
