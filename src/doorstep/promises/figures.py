"""The ledger's figures: what was owed in a period, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, Value, When
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.promises.models import Promise
from doorstep.promises.words import kind_title
from doorstep.wiring.figures import Figure, FigureRows

HARD = ("review", "exit_check")  # kinds that keep the containment honest; all others are service
MOST_ROWS = 5_000


def standing(incident: Any, start: datetime, end: datetime) -> Any:  # the stubs cannot say an annotated query set
    """Promises that fell due in the period, that were kept in it, or that are at risk at its end, each with its `stood`."""
    kept = Q(state="kept", kept_at__lt=end)
    fell = Q(due_at__gte=start, due_at__lt=end)
    late_plan = Q(planned_at__gt=F("due_at")) | Q(planned_at__isnull=True, at_risk_from__lte=end)
    risk = Q(due_at__gte=end, window_start__lt=end) & late_plan & ~kept
    owed = Promise.objects.filter(incident=incident).exclude(state="waived", due_at__gte=end)
    owed = owed.filter(fell | Q(state="kept", kept_at__gte=start, kept_at__lt=end) | risk)
    return owed.annotate(
        stood=Case(
            When(state="waived", then=Value("waived")),
            When(kept & Q(late=True), then=Value("late")),
            When(kept, then=Value("kept")),
            When(risk, then=Value("risk")),
            default=Value("broken"),
            output_field=CharField(),
        )
    )


def figures(incident: Any, start: datetime, end: datetime) -> list[Figure]:
    """Kept out of what was owed, kind by kind, and what is at risk. One query."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    grouped = standing(incident, start, end).values_list("kind", "stood").annotate(Count("pk")).order_by()
    for kind, stood, count in grouped:
        counts[kind][stood] = count
    every = {
        stood: sum(row[stood] for row in counts.values()) for stood in ("kept", "late", "risk", "broken", "waived")
    }
    owed = every["kept"] + every["late"] + every["broken"]
    found = [
        Figure("kept", _("Promises kept"), every["kept"] + every["late"], "", of=owed, note=_said(every)),
        Figure("broken", _("Promises broken"), every["broken"], "", of=owed, public=False),
        Figure("risk", _("Promises at risk now"), every["risk"], "", public=False),
    ]
    for kind in sorted(counts):
        row = counts[kind]
        total = row["kept"] + row["late"] + row["broken"]
        if total or row["risk"]:
            side = "hard" if kind.partition(":")[0] in HARD else "warm"
            title = _("Kept: %(kind)s") % {"kind": kind_title(incident, kind)}
            found.append(
                Figure(f"kept.{kind}", title, row["kept"] + row["late"], "", of=total, side=side, note=_said(row))
            )
    return found


def _said(row: dict[str, int]) -> str:
    said = []
    if row["late"]:
        said.append(ngettext("%(n)d of them late", "%(n)d of them late", row["late"]) % {"n": row["late"]})
    if row["broken"]:
        said.append(ngettext("%(n)d broken", "%(n)d broken", row["broken"]) % {"n": row["broken"]})
    if row["risk"]:
        said.append(ngettext("%(n)d at risk", "%(n)d at risk", row["risk"]) % {"n": row["risk"]})
    return " · ".join(said)


def rows(incident: Any, code: str, start: datetime, end: datetime) -> FigureRows:
    """The promises behind a figure by door, with their proof: at most MOST_ROWS, those that wait first. One query."""
    what, _dot, kind = code.partition(".")
    found = standing(incident, start, end)
    if kind:
        found = found.filter(kind=kind)
    found = found.filter(stood=what) if what in ("broken", "risk") else found.exclude(stood="waived")
    words = {"kept": _("kept"), "late": _("kept late"), "broken": _("broken"), "risk": _("at risk")}
    columns = ("area__name", "door__stair__building__name", "door__stair__name", "door__number")
    lines = found.order_by("stood", "due_at", "pk").values_list(
        *columns, "kind", "due_at", "kept_at", "stood", "proof_kind", "proof_id"
    )
    titles: dict[str, str] = {}

    def told(value: datetime | None) -> str:
        return formats.date_format(value.astimezone(incident.tz), _("M j, H:i")) if value else ""

    table = []
    for *place, which, due, kept, stood, proof, number in lines[:MOST_ROWS]:
        title = titles.setdefault(which, kind_title(incident, which))
        table.append([*(part or "" for part in place), title, told(due), told(kept), words[stood], f"{proof} {number}"])
    heads = [_("area"), _("building"), _("stair"), _("door"), _("promise"), _("due"), _("kept at"), _("state")]
    return FigureRows([*heads, _("proof")], table)
