"""What the database holds after the load: each act once, its visit once, the journal whole. Ends with 1 where not."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    import django

    django.setup()
    from doorstep.command.chain import broken_links
    from doorstep.command.models import JournalEntry
    from doorstep.rounds.models import PhoneAct, Visit, VisitConflict

    made = json.load(sys.stdin)
    held = Counter(str(one) for one in Visit.objects.values_list("client_id", flat=True))
    missing = [one for one in made["visits"] if one not in held]
    more = [one for one, count in held.items() if count > 1] + [one for one in held if one not in set(made["visits"])]
    told = {
        "acts": PhoneAct.objects.count(),
        "visits": sum(held.values()),
        "taken_back": Visit.objects.exclude(undone_at=None).count(),
        "missing": len(missing),
        "duplicates": len(more),
        "journal_of_visits": JournalEntry.objects.filter(act="visit").count(),
        "broken_links": len(broken_links()),
        "conflicts": VisitConflict.objects.count(),
    }
    print("  ".join(f"{name} {value}" for name, value in told.items()))
    whole = told["acts"] == len(made["visits"]) + made["undos"] and told["journal_of_visits"] == told["visits"]
    return 0 if whole and not (missing or more or told["broken_links"] or told["conflicts"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
