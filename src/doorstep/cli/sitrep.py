"""`doorstep sitrep`."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import click

from doorstep.cli.incident import find_incident
from doorstep.cli.screen import start_django
from doorstep.errors import UserError


@click.command()
@click.option("--incident", "name", default="", help="Its number, name or exercise; the newest by default.")
@click.option("--from", "starts", default="", help="2021-12-07T23:00; the trigger by default.")
@click.option("--to", "ends", default="", help="2021-12-08T13:30; now by default.")
@click.option("--format", "kind", type=click.Choice(["json", "pdf", "docx"]), default="json", show_default=True)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; PDF and DOCX need one."
)
def sitrep(name: str, starts: str, ends: str, kind: str, language: str, out: Path | None) -> None:
    """The situation report of a period: figures as JSON, or the paper as a draft. Nothing is stored."""
    start_django()
    from django.utils import timezone, translation

    from doorstep.report.blocks import to_docx, to_pdf
    from doorstep.report.content import collect
    from doorstep.report.models import Report
    from doorstep.report.narrative import proposed
    from doorstep.report.papers import situation_paper
    from doorstep.report.periods import period_of

    if kind != "json" and out is None:
        raise UserError(f"A {kind.upper()} needs a file.", field="--out", mend=f"Add --out report.{kind}.")
    found = find_incident(name)
    with translation.override({"zh": "zh-hans", "en": "en"}[language]):
        period = period_of(found, {"period": "" if starts or ends else "all", "from": starts, "to": ends}, found.now())
        if kind == "json":
            made = json.dumps(collect(found, period.start, period.end), ensure_ascii=False, indent=2).encode()
        else:
            texts = {language: proposed(found, period.start, period.end)}
            facts = {"starts_at": period.start, "ends_at": period.end, "made_at": timezone.now()}
            paper = situation_paper(Report(incident=found, client_id=uuid4(), texts=texts, **facts))
            made = to_pdf(paper, at=period.end) if kind == "pdf" else to_docx(paper, at=period.end)
    if out is None:
        click.echo(made.decode())
        return
    out.write_bytes(made)
    click.echo(f"● {out}", err=True)
