"""Figures for whoever keeps the program running: requests, jobs, promises by how they stand. In Prometheus' format."""

from __future__ import annotations

import os
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from doorstep.command.models import Incident
from doorstep.promises.models import Promise
from doorstep.promises.queries import STATES, with_look

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where the server's processes write their parts; set by `doorstep up`
LOCAL = ("127.0.0.1", "::1")
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")

here = CollectorRegistry()
requests = Counter("doorstep_requests", "Requests answered.", ["method", "view", "status"], registry=here)
seconds = Histogram(
    "doorstep_request_seconds",
    "Seconds to an answer.",
    ["view"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
    registry=here,
)


class MetricsMiddleware:
    """Counts each request under the name of its view, never under its address: no door and no name is in a label."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        answer = self.get_response(request)
        match = request.resolver_match
        view = match.view_name if match else "none"
        requests.labels(request.method if request.method in METHODS else "other", view, str(answer.status_code)).inc()
        seconds.labels(view).observe(time.perf_counter() - started)
        return answer


METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


class Ledger:
    """What the database says when it is asked: jobs of the queue, promises of open incidents. Four queries an incident."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        from django_q.models import OrmQ, Task

        now = timezone.now()
        jobs = GaugeMetricFamily(
            "doorstep_jobs", "Jobs: waiting, being done, done and failed in the last day.", labels=["state"]
        )
        jobs.add_metric(["waiting"], OrmQ.objects.filter(lock__lte=now).count())
        jobs.add_metric(["running"], OrmQ.objects.filter(lock__gt=now).count())
        ended = Task.objects.filter(stopped__gt=now - timedelta(days=1)).values_list("success").annotate(Count("pk"))
        counted = dict(ended.order_by())
        jobs.add_metric(["done"], counted.get(True, 0))
        jobs.add_metric(["failed"], counted.get(False, 0))
        yield jobs
        owed = GaugeMetricFamily(
            "doorstep_promises", "Promises whose window has opened, by how they stand.", labels=["incident", "look"]
        )
        for incident in Incident.objects.filter(state=Incident.State.OPEN):
            found = _looks(incident)
            for look in STATES:
                owed.add_metric([str(incident.pk), look], found[look])
        yield owed


def _looks(incident: Incident) -> Tally[str]:
    at = incident.now()
    rows = with_look(Promise.objects.filter(incident=incident, window_start__lte=at), at)
    return Tally(dict(rows.values_list("look").annotate(Count("pk")).order_by()))


def metrics(request: Any) -> HttpResponse:
    """For this machine itself, or for a member who manages people; nobody else learns that the page is there."""
    if not _is_local(request) and not request.rights.may("manage_people"):
        raise Http404
    registry = CollectorRegistry()
    if os.environ.get(FOLDER):
        MultiProcessCollector(registry)
    registry.register(Ledger())
    content = generate_latest(registry)
    if not os.environ.get(FOLDER):
        content = generate_latest(here) + content
    return HttpResponse(content, content_type=CONTENT_TYPE_LATEST)


def _is_local(request: HttpRequest) -> bool:
    """Straight from this machine: a proxy on it speaks for others and says so in a header."""
    return request.META.get("REMOTE_ADDR") in LOCAL and not any(name in request.headers for name in FORWARDED)
