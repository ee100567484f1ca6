"""The log's test bench: `seed N` makes an incident with N writers and prints their keys, `check` reads what was sent.

Runs on the database of the environment. Everybody in it is invented.
"""

from __future__ import annotations

import json
import os
import sys


def seed(writers: int) -> list[str]:
    """An incident and its writers; the key of each."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    from doorstep.command.models import Incident, Member, RoleGrant
    from doorstep.web.tokens import issue

    at = timezone.now()
    incident = Incident.objects.create(
        name="20 writers",
        protocol_id="cn-covid-2021-09",
        trigger_at=at,
        clock_anchor_real=at,
        clock_anchor_incident=at,
    )
    keys = []
    for number in range(writers):
        user = get_user_model().objects.create_user(f"writer{number}")
        member = Member.objects.create(name=f"writer {number}", user=user)
        RoleGrant.objects.create(member=member, role="desk", incident=incident)
        keys.append(issue(member, "benchmark", days=1, at=at)[1])
    return keys


def check(sent: list[str]) -> bool:
    """Whether each entry that was acknowledged stands in the log once, in one order, and the chain holds."""
    from doorstep.command.chain import faults
    from doorstep.command.models import JournalEntry, LogEntry

    rows = list(LogEntry.objects.order_by("number").values_list("number", "client_id"))
    kept = [name.rsplit(":", 1)[1] for _number, name in rows]
    journalled = (
        JournalEntry.objects.filter(subject_kind="logentry")
        .order_by("sequence")
        .values_list("subject_label", flat=True)
    )
    lost = set(sent) - set(kept)
    twice = len(kept) - len(set(kept))
    ordered = [number for number, _name in rows] == list(range(1, len(rows) + 1))
    same = [int(label[1:]) for label in journalled] == [number for number, _name in rows]
    broken = faults()
    print(
        f"entries {len(rows)}, acknowledged {len(sent)}, lost {len(lost)}, twice {twice}, "
        f"one order {ordered}, journal in the same order {same}, faults of the chain {len(broken)}"
    )
    return not lost and not twice and ordered and same and not broken


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    import django

    django.setup()
    if sys.argv[1] == "seed":
        json.dump(seed(int(sys.argv[2])), sys.stdout)
        return 0
    return 0 if check(json.load(sys.stdin)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
