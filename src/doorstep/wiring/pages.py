"""What every room's views share: errors told at their field, tables that leave as files, one page at a time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from doorstep.errors import UserError
from doorstep.storage.tables import to_csv, to_xlsx
from doorstep.wiring.events import publish

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
PAGE = 50


@dataclass(frozen=True)
class Exported:
    """A list left the program: the journal writes down which, how long, and by whom."""

    name: str
    rows: int
    incident_id: int | None
    member_id: int | None


def tell(form: forms.Form, error: UserError) -> None:
    """Put an error of an act at its field of the form, or above the form where it has no such field."""
    named = [name.strip() for name in error.field.split(",")]
    place = next((name for name in named if name in form.fields), None)
    form.add_error(place if len(named) == 1 else None, str(error))


def tried(form: forms.Form, act: Callable[[], Any]) -> tuple[bool, Any]:
    """Run an act that a valid form asks for: (True, what it returned), or (False, None) with the error in the form."""
    if not form.is_valid():
        return False, None
    try:
        return True, act()
    except UserError as error:
        tell(form, error)
        return False, None


def is_part(request: Any) -> bool:
    """Whether htmx asks for the part that moves, not for the whole page."""
    return bool(request.htmx) and not request.htmx.boosted


def page_of(request: HttpRequest, rows: Any, size: int = PAGE) -> Page[Any]:
    """The page that ?page= names; an unknown one is the nearest there is."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def table_asked(request: HttpRequest) -> bool:
    """Whether the reader asks for the list as a file (?format=xlsx or csv)."""
    return request.GET.get("format") in ("xlsx", "csv")


def table(request: Any, name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A list as XLSX or CSV, for members with the right to export; the journal keeps that it left.

    The file is marked with who took it and when (F21): in its name, and on each printed page of the workbook.
    """
    request.rights.require("export")
    lines = list(rows)
    publish(Exported(name, len(lines), getattr(request.incident, "pk", None), getattr(request.member, "pk", None)))
    mark = mark_of(request)
    named = f"{name} {mark}".strip().translate(str.maketrans(' :/\\"', "_-___"))
    if request.GET.get("format") == "csv":
        return download(to_csv(headings, lines), CSV, f"{named}.csv")
    return download(to_xlsx(headings, lines, mark=mark), XLSX, f"{named}.xlsx")


def mark_of(request: Any) -> str:
    """Who takes something out of the program, and when by the incident's clock."""
    incident, member = getattr(request, "incident", None), getattr(request, "member", None)
    when = incident.now().astimezone(incident.tz) if incident else timezone.now()
    return " ".join(filter(None, (member.name if member else "", when.strftime("%Y-%m-%d %H:%M"))))


def download(content: bytes, kind: str, name: str) -> HttpResponse:
    """Bytes as a file with a name; Chinese names survive."""
    answer = HttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = _disposition(name)
    return answer


def zipped(parts: list[bytes], name: str) -> HttpResponse:
    """One paper as PDF; those of a district, which come in parts, as a ZIP."""
    if len(parts) == 1:
        return download(parts[0], "application/pdf", f"{name}.pdf")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        for number, part in enumerate(parts, start=1):
            bundle.writestr(f"{name}-{number:02}.pdf", part)
    return download(out.getvalue(), "application/zip", f"{name}.zip")


def _disposition(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(True, name) or "attachment"
