"""What happened at the doors: knocks, doors that were reached, letters and kits handed over, rounds walked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.promises.words import kind_title
from doorstep.register.figures import bound_doors
from doorstep.rounds.models import Round, Visit
from doorstep.wiring.figures import Figure, FigureRows

REACHED = (Visit.Outcome.OPENED, Visit.Outcome.THROUGH_DOOR)
MOST_ROWS = 5_000


def knocks(incident: Any, start: datetime, end: datetime) -> QuerySet[Visit]:
    """The knocks of a period that nobody took back."""
    return Visit.objects.filter(incident=incident, undone_at=None, occurred_at__gte=start, occurred_at__lt=end)


def figures(incident: Any, start: datetime, end: datetime) -> list[Figure]:
    """Knocks, doors reached out of those where somebody lives, letters, kits, rounds. Four queries."""
    visits = knocks(incident, start, end).annotate(goods=Cast("handed", CharField()))
    counts = visits.aggregate(
        all=Count("pk"),
        silent=Count("pk", filter=Q(outcome="no_answer")),
        reached=Count("door_id", filter=Q(outcome__in=REACHED), distinct=True),
        letters=Count("door_id", filter=_handed("letter"), distinct=True),
    )
    lived = bound_doors(incident, end).filter(households__active=True).aggregate(n=Count("pk", distinct=True))["n"]
    lived = max(lived, counts["reached"])
    rounds = Round.objects.filter(plan__incident=incident, out=False, stops__visits__in=knocks(incident, start, end))
    kits = [f"kit:{kit.code}" for kit in incident.protocol.supply.kits]
    given = visits.aggregate(**{f"k{n}": Count("pk", filter=_handed(kind)) for n, kind in enumerate(kits)})
    silent = _("%(n)d without an answer") % {"n": counts["silent"]} if counts["silent"] else ""
    return [
        Figure("knocks", _("Knocks at doors"), counts["all"], pgettext("unit", "knocks"), side="warm", note=silent),
        Figure(
            "reached",
            _("Doors where somebody was reached"),
            counts["reached"],
            pgettext("unit", "doors"),
            of=lived,
            unknown=lived - counts["reached"],
            side="warm",
        ),
        Figure(
            "letters",
            _("Doors with a letter"),
            counts["letters"],
            pgettext("unit", "doors"),
            of=lived,
            unknown=lived - min(lived, counts["letters"]),
        ),
        *(
            Figure(
                f"handed.{kind}",
                _("Handed over: %(kind)s") % {"kind": kind_title(incident, kind)},
                given[f"k{number}"],
                pgettext("unit", "households"),
                side="warm",
            )
            for number, kind in enumerate(kits)
            if given[f"k{number}"]
        ),
        Figure("rounds", _("Rounds walked"), rounds.distinct().count(), pgettext("unit", "rounds"), side="warm"),
    ]


def _handed(kind: str) -> Q:
    """Knocks at which a thing of this kind was handed over: as it is called, or with its own number behind it."""
    return Q(goods__contains=f'"{kind}"') | Q(goods__contains=f'"{kind}:')


def rows(incident: Any, code: str, start: datetime, end: datetime) -> FigureRows:
    """The knocks behind a figure, or the rounds. One query; at most MOST_ROWS."""

    def told(value: datetime) -> str:
        return formats.date_format(value.astimezone(incident.tz), _("M j, H:i"))

    visits = knocks(incident, start, end)
    if code == "rounds":
        walked = Round.objects.filter(plan__incident=incident, out=False, stops__visits__in=visits)
        lines = walked.annotate(knocks=Count("stops__visits", distinct=True)).order_by("starts_at", "pk")
        heads = [_("round"), _("starts"), _("ends"), _("knocks"), "kg", _("kg × storeys")]
        return FigureRows(
            heads,
            [
                [
                    f"{r.plan_id}-{r.number}",
                    told(r.starts_at),
                    told(r.ends_at),
                    r.knocks,
                    round(r.load_kg, 1),
                    round(r.climb_kg_storeys),
                ]
                for r in lines
            ],
        )
    if code == "reached":
        visits = visits.filter(outcome__in=REACHED)
    elif code == "letters" or code.startswith("handed."):
        kind = code.partition(".")[2] or "letter"
        visits = visits.annotate(goods=Cast("handed", CharField())).filter(_handed(kind))
    place = ("door__stair__building__compound__name", "door__stair__building__name", "door__stair__name")
    found = visits.order_by("occurred_at", "pk").values_list(*place, "door__number", "occurred_at", "outcome", "pk")
    heads = [_("compound"), _("building"), _("stair"), _("door"), _("when"), _("outcome"), _("proof")]
    titles = {code: str(label) for code, label in Visit.Outcome.choices}
    return FigureRows(
        heads,
        [
            [*line[:4], told(line[4]), titles.get(line[5], line[5]), _("knock %(n)d") % {"n": line[6]}]
            for line in found[:MOST_ROWS]
        ],
    )
