"""A sealed compound in the database of the environment, made by `python -m faults.seed`; prints what a test needs as JSON."""

from __future__ import annotations

import json
import os
import sys


def main(doors: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    import django

    django.setup()
    from django.utils import timezone

    from doorstep.storage.fresh import bring_up_to_date

    bring_up_to_date()
    from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area

    from doorstep.command.models import RoleGrant
    from doorstep.promises.actions import derive
    from doorstep.web import tokens

    area = a_sealed_area(compound=a_compound(stairs=doors // 12, floors=6))
    for line in area.area_doors.select_related("door").order_by("pk"):
        a_household(line.door, persons=2)
    derive(area.incident, at=NIGHT)
    member = a_member("administrator", incident=area.incident, login="faults")
    RoleGrant.objects.create(member=member, role="coordinator", incident=area.incident)
    _, secret = tokens.issue(member, "faults", days=30, at=timezone.now())
    rows = list(area.area_doors.order_by("pk").values_list("door_id", flat=True))
    sys.stdout.write(json.dumps({"token": secret, "area": area.pk, "doors": rows, "member": member.pk}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
