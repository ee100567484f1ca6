"""Places and lists of a folder brought into the register by the same acts as everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from doorstep.errors import UserError
from doorstep.register import actions
from doorstep.register.lists.sites import FolderOfLists, GateLine, StairLine
from doorstep.register.models import Compound, Gate, ListImport


@dataclass(frozen=True)
class Brought:
    """One list that came in, with what it counted and the file of its bad rows."""

    path: Path
    counts: dict[str, int]
    listimport: ListImport


@transaction.atomic
def bring_places(stairs: tuple[StairLine, ...], gates: tuple[GateLine, ...]) -> None:
    """Make sure of compounds, buildings, stairs and gates with what is known of them."""
    for line in stairs:
        compound = actions.ensure_compound(line.compound)
        facts = {"floors": line.floors, "has_lift": line.lift}
        building = actions.ensure_building(compound, line.building, **facts)
        actions.ensure_stair(building, line.stair, x_m=line.x_m, y_m=line.y_m)
    first: set[str] = set()
    for gate in gates:
        facts_of_gate = {"x_m": gate.x_m, "y_m": gate.y_m, "reload_point": gate.compound not in first}
        first.add(gate.compound)
        compound = actions.ensure_compound(gate.compound)
        Gate.objects.update_or_create(compound=compound, name=gate.name, defaults=facts_of_gate)


def bring_folder(
    folder: FolderOfLists, *, at: datetime, progress: Callable[[float, str], None] = lambda done, text: None
) -> list[Brought]:
    """Bring places and lists in. A list that does not name its compound is of the one that compounds.csv gives it,
    else of the compound called like its file."""
    bring_places(folder.stairs, folder.gates)
    named = {gate.list: gate.compound for gate in folder.gates if gate.list}
    known = set(Compound.objects.values_list("name", flat=True))
    found = []
    for number, path in enumerate(folder.lists):
        progress(number / len(folder.lists), path.name)
        name = named.get(path.name, path.stem)
        compound = actions.ensure_compound(name) if name in known else None
        data = path.read_bytes()
        try:
            with transaction.atomic():
                preview = actions.preview_list(data, path.name, compound=compound, at=at)
        except UserError as error:
            if error.field != "compound":
                raise UserError(error.message, field=path.name, mend=error.mend) from error
            preview = actions.preview_list(data, path.name, compound=actions.ensure_compound(name), at=at)
        actions.apply_import(preview, at=at)
        found.append(Brought(path, preview.counts, preview))
    return found
