"""A server that dies and is back at once: Django is loaded in a parent, and each server is a fork of it.

`python -m faults.light DOORS PORT` fills the database and prints what a phone needs as JSON. Then it obeys a line of
its input each: `serve` starts a server and prints its process, `facts` prints what the database holds.
"""

from __future__ import annotations

import json
import os
import socketserver
import sys
from collections.abc import Callable
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class Quiet(WSGIRequestHandler):
    """No line for each request."""

    def log_message(self, *words: object) -> None:
        pass


class Threaded(socketserver.ThreadingMixIn, WSGIServer):
    """Each request in a thread of its own, as in the real server."""

    daemon_threads = True
    allow_reuse_address = True


def main(doors: int, port: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    from doorstep.web.wsgi import application

    forked(lambda: say(seed(doors)), wait=True)
    warm()
    server = make_server("127.0.0.1", port, application, server_class=Threaded, handler_class=Quiet)
    for line in sys.stdin:
        if line.strip() == "serve":
            say(forked(server.serve_forever, wait=False))
        else:
            forked(lambda: say(facts()), wait=True)


def warm() -> None:
    """Load what each server would load at its first request: addresses, the catalogue, the protocol."""
    from django.urls import reverse
    from django.utils.translation import gettext, override

    from doorstep import protocol

    reverse("rounds:phone_sync")
    protocol.find("cn-covid-2021-09")
    for language in ("zh-hans", "en"):
        with override(language):
            gettext("Rounds")


def forked(act: Callable[[], object], *, wait: bool) -> int:
    """Do this in a process of its own, so that the parent never holds the database."""
    child = os.fork()
    if child == 0:
        act()
        sys.stdout.flush()
        os._exit(0)
    if wait:
        os.waitpid(child, 0)
    return child


def say(told: object) -> None:
    sys.stdout.write(json.dumps(told, default=str) + "\n")
    sys.stdout.flush()


def seed(doors: int) -> dict[str, object]:
    from doorstep.storage.fresh import bring_up_to_date

    bring_up_to_date()
    from builders import a_member
    from phones import MORNING, a_morning, planned

    from doorstep.rounds.passes import make_pass

    area = a_morning(stairs=doors // 12)
    carrier = a_member("carrier", incident=area.incident)
    plan = planned(area, carrier)
    _, secret = make_pass(area.incident, carrier, carrier.name, by=None, at=MORNING)
    stops = [{"id": stop.pk, "door": stop.door_id} for stop in plan.rounds.get().stops.all()]
    return {"secret": secret, "stops": stops}


def facts() -> dict[str, object]:
    from doorstep.command.journal import broken_links
    from doorstep.command.models import JournalEntry
    from doorstep.promises.models import Promise
    from doorstep.rounds.models import PhoneAct, Visit, VisitConflict

    return {
        "acts": list(PhoneAct.objects.values_list("client_id", flat=True)),
        "visits": list(Visit.objects.values_list("client_id", flat=True)),
        "undone": Visit.objects.exclude(undone_at=None).count(),
        "conflicts": VisitConflict.objects.count(),
        "journal": JournalEntry.objects.filter(act="visit").count(),
        "undos": JournalEntry.objects.filter(act="undo_visit").count(),
        "broken_links": broken_links(),
        "unproved": Promise.objects.filter(state="kept", proof_id="").count(),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
