"""Whether the alerts of every shipped protocol are valid CAP 1.2: `python -m benchmarks.notices.cap --xsd CAP-v1.2.xsd [FILE.xml …]`.

For each protocol a first notice, an update and a withdrawal are made by the same acts that the pages use, in a database of
this process's memory, and held against the schema; files that are named are held against it, too. Needs lxml (extra `test`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

NIGHT = datetime(2021, 12, 7, 15, 0, tzinfo=UTC)


def main() -> None:
    """A line a message; ends in 1 where one is not valid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--xsd", type=Path, required=True, help="the schema CAP-v1.2.xsd of OASIS")
    parser.add_argument("files", type=Path, nargs="*")
    given = parser.parse_args()

    from lxml import etree

    schema = etree.XMLSchema(etree.parse(str(given.xsd)))
    bad = 0
    for name, content in [*((str(path), path.read_bytes()) for path in given.files), *made()]:
        valid = schema.validate(etree.fromstring(content))
        bad += not valid
        print("valid    " if valid else "NOT VALID", name, "" if valid else schema.error_log.last_error)
    sys.exit(1 if bad else 0)


def made() -> Iterator[tuple[str, bytes]]:
    """(what, XML) for each protocol: first notice, update, withdrawal; an exercise and in earnest, on the map and off it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    import django
    from django.conf import settings

    settings.DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    from doorstep import protocol
    from doorstep.command import actions
    from doorstep.command.models import AreaPlace, Notice
    from doorstep.command.notices import cap, publishing
    from doorstep.register.models import Building, Compound, Door, Stair

    for number, code in enumerate(protocol.shipped_ids()):
        plan = {"centre": [118.75, 32.06]} if number % 2 else {}
        compound = Compound.objects.create(name=f"院子{number}", plan=plan)
        building = Building.objects.create(compound=compound, name="1", x_m=20, y_m=30)
        Door.objects.create(stair=Stair.objects.create(building=building, name="1"), number="101")
        exercise = "drill" if number % 3 else ""
        incident = actions.open_incident(f"{code} <&>", code, NIGHT, at=timezone.now(), exercise=exercise)
        zone = next(iter(incident.protocol.zones))
        area = actions.propose_area(incident, "区域 & <一>", zone, [AreaPlace(compound=compound)], at=NIGHT)
        texts = {
            language: {"title": text.headline, "body": protocol.body_of(text)}
            for language, text in protocol.letter_templates(incident.protocol).items()
        }
        at, facts = NIGHT, {"sender": "help.example", "by": None}
        first = publishing.write_notice(incident, texts, [area], at=at, by=None)
        publishing.publish_notice(first, at=at, **facts)
        texts["zh-hans"]["body"] += "\n更新。"
        draft = publishing.write_notice(incident, texts, [], at=at, by=None, number=first.number)
        publishing.publish_notice(draft, at=at + timedelta(hours=1), **facts)
        publishing.withdraw_notice(draft, {"zh-hans": {"body": "已解除。"}}, at=at + timedelta(hours=2), by=None)
        for one in Notice.objects.filter(kind="notice", number=first.number).order_by("version"):
            yield f"{code} {one.message}", cap.to_xml(publishing.message_of(one, "https://help.example/notices/1/"))


if __name__ == "__main__":
    main()
