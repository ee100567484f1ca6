"""A plan as a folder: papers, tables, data, and a page to open without a server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string

from doorstep.errors import UserError
from doorstep.rounds import papers
from doorstep.rounds.queries import PLAN_HEADINGS, PlanPage, plan_as_data, plan_rows
from doorstep.storage.tables import to_xlsx


def write_plan(page: PlanPage, folder: Path) -> list[Path]:
    """Write door-lists.pdf, labels.pdf, plan.json, plan.xlsx and index.html into `folder`. Returns what was written.

    The papers of a district come in parts: door-lists-01.pdf and so on.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made.", field="--out", mend="Name a folder you may write to.") from error
    lists, labels = _numbered("door-lists", papers.door_lists(page)), _numbered("labels", papers.labels(page))
    context = {"page": page, "plan": page.plan, "door_lists": list(lists), "labels": list(labels)}
    files = {
        **lists,
        **labels,
        "plan.json": json.dumps(plan_as_data(page), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode(),
        "plan.xlsx": to_xlsx(PLAN_HEADINGS, plan_rows(page), sheet="rounds"),
        "index.html": render_to_string("rounds/standalone.html", context).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    look = finders.find("web/doorstep.css")
    assert isinstance(look, str)
    shutil.copyfile(look, folder / "doorstep.css")
    return [folder / name for name in files]


def _numbered(name: str, parts: list[bytes]) -> dict[str, bytes]:
    if len(parts) == 1:
        return {f"{name}.pdf": parts[0]}
    return {f"{name}-{number:02}.pdf": part for number, part in enumerate(parts, start=1)}
