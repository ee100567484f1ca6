"""Which organisation answers for an area: read off the administrative tree above its places (S42, F23)."""

from __future__ import annotations

from doorstep.command.models import Area, Organisation
from doorstep.register.models import Compound, Territory


def owner_for(area: Area) -> Organisation | None:
    """The nearest organisation above the compounds of an area: of the same territory, else of the same name.

    An area over several territories belongs to the first one above all of them. Three queries.
    """
    compounds = Compound.objects.filter(buildings__stairs__doors__area_doors__area=area).distinct()
    starts = {pk for pk in compounds.values_list("territory_id", flat=True) if pk}
    if not starts:
        return None
    tree = {node.pk: node for node in Territory.objects.all()}
    chains = [_chain(tree, pk) for pk in starts]
    shared = [pk for pk in chains[0] if all(pk in chain for chain in chains)]
    known = list(Organisation.objects.order_by("pk"))
    for pk in shared:
        for one in known:
            if one.territory_id == pk or (one.territory_id is None and one.name == tree[pk].name):
                return one
    return None


def _chain(tree: dict[int, Territory], pk: int) -> list[int]:
    """A territory and those above it, the nearest first."""
    found: list[int] = []
    here: int | None = pk
    while here is not None and here not in found:
        found.append(here)
        here = tree[here].parent_id
    return found
