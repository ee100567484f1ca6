"""The desk's figures: what people asked for, what was done, how long it took from the word to the hand."""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep import protocol
from doorstep.desk.models import Message, Request
from doorstep.desk.rules import level_titles, need_titles
from doorstep.storage.instants import Seconds
from doorstep.wiring.figures import Figure, FigureRows

MOST_ROWS = 5_000


def asked(incident: Any, start: datetime, end: datetime) -> QuerySet[Request]:
    """The requests of a period by the time at which they were said; joined ones count once."""
    said = Request.objects.filter(incident=incident, said_at__gte=start, said_at__lt=end)
    return said.exclude(state=Request.State.MERGED)


def figures(incident: Any, start: datetime, end: datetime) -> list[Figure]:
    """Messages, requests by need, those done, the time it took, emergencies. Four queries."""
    messages = Message.objects.filter(incident=incident, occurred_at__gte=start, occurred_at__lt=end).count()
    gravest = protocol.request_rules(incident.protocol).levels[0].code
    done = Q(done_at__lt=end)
    everything = asked(incident, start, end)
    counts = everything.aggregate(
        all=Count("pk"),
        done=Count("pk", filter=done),
        declined=Count("pk", filter=Q(state="declined")),
        grave=Count("pk", filter=Q(level=gravest)),
    )
    note = _("%(n)d declined with a reason") % {"n": counts["declined"]} if counts["declined"] else ""
    hours = [
        (ended - said) / 3600
        for said, ended in everything.filter(done).values_list(Seconds("said_at"), Seconds("done_at"))
    ]
    found = [
        Figure("messages", _("Messages from residents"), messages, "", side="warm"),
        Figure(
            "requests",
            _("Requests done"),
            counts["done"],
            pgettext("unit", "requests"),
            of=counts["all"],
            side="warm",
            note=note,
        ),
        Figure("emergencies", _("Emergencies"), counts["grave"], "", side="warm", public=False),
    ]
    if hours:
        title = _("From the word to the hand (median)")
        found.append(Figure("to_hand", title, round(median(hours), 1), pgettext("unit", "h"), side="warm"))
    titles = need_titles(incident)
    by_need = everything.values_list("need").annotate(n=Count("pk"), finished=Count("pk", filter=done)).order_by("need")
    for need, count, finished in by_need:
        title = _("Requests done: %(need)s") % {"need": titles.get(need, need)}
        found.append(Figure(f"need.{need}", title, finished, "", of=count, side="warm", public=False))
    return found


def rows(incident: Any, code: str, start: datetime, end: datetime) -> FigureRows:
    """The requests behind a figure: number, need, urgency, area and times; the words stay at the desk. One query."""

    def told(value: datetime | None) -> str:
        return formats.date_format(value.astimezone(incident.tz), _("M j, H:i")) if value else ""

    if code == "messages":
        messages = Message.objects.filter(incident=incident, occurred_at__gte=start, occurred_at__lt=end)
        channels = messages.values_list("channel").annotate(n=Count("pk")).order_by("-n", "channel")
        return FigureRows([_("channel"), _("messages")], [list(line) for line in channels])
    found = asked(incident, start, end).select_related("area")
    what, _dot, need = code.partition(".")
    if what == "need":
        found = found.filter(need=need)
    elif what == "emergencies":
        found = found.filter(level=protocol.request_rules(incident.protocol).levels[0].code)
    elif what == "to_hand":
        found = found.filter(done_at__lt=end)
    needs, levels = need_titles(incident), level_titles(incident)
    heads = [_("request"), _("need"), _("urgency"), _("area"), _("said"), _("due"), _("done")]
    return FigureRows(
        heads,
        [
            [
                f"#{line.number}",
                needs.get(line.need, line.need),
                levels.get(line.level, line.level),
                line.area.name if line.area else "",
                told(line.said_at),
                told(line.due_at),
                told(line.done_at),
            ]
            for line in found.order_by("number")[:MOST_ROWS]
        ],
    )
