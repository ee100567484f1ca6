"""Many processes that want the last kits at once: `python -m faults.race WANTED PROCESSES`; prints how many were given."""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import uuid4


def main(wanted: int, processes: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    import django

    django.setup()
    from builders import NIGHT, an_incident

    from doorstep.supplies import lots, moves
    from doorstep.supplies.models import Balance, Item, Reservation, Supplier

    incident = an_incident()
    supplier = Supplier.objects.create(incident=incident, name="城北粮店")
    store = moves.place_of(incident, "store", "街道仓库")
    item = Item.objects.create(code="rice", names={"zh": "大米", "en": "rice"})
    for number, packs in (("a", 4), ("b", 6)):
        lots.receive(incident, lots.Receipt(uuid4(), item, packs, number, supplier, None, {}), store=store, at=NIGHT)
    each = [sys.executable, "-m", "faults.race", "want", str(wanted // processes)]
    running = [subprocess.Popen([*each, str(number)], env=os.environ) for number in range(processes)]
    if any(process.wait(timeout=120) for process in running):
        raise SystemExit("a process failed")
    given, reserved = (
        Reservation.objects.count(),
        sum(Balance.objects.filter(location=store).values_list("reserved", flat=True)),
    )
    sys.stdout.write(f"{given} {reserved}")


def want(times: int, who: str) -> None:
    import django

    django.setup()
    from builders import NIGHT

    from doorstep.errors import UserError
    from doorstep.supplies import reserving
    from doorstep.supplies.models import Item, Location

    item, store = Item.objects.get(), Location.objects.get(kind="store")
    for number in range(times):
        try:
            name = f"{who}-{number}"
            reserving.reserve(item, 1, place=store, for_kind="order", for_id=name, client_id=uuid4(), at=NIGHT)
        except UserError:
            continue


if __name__ == "__main__":
    if sys.argv[1] == "want":
        want(int(sys.argv[2]), sys.argv[3])
    else:
        main(int(sys.argv[1]), int(sys.argv[2]))
