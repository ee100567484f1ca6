"""The whole incident on its way out and in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from doorstep.command.rights import rights_of
from doorstep.report.archive import crossings
from doorstep.report.forms import ExportForm, ImportForm
from doorstep.report.models import Crossing
from doorstep.report.rules import defaults
from doorstep.report.views import in_incident
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, is_part, tried


@in_incident("export")
def archives(request: Any) -> HttpResponse:
    """Ask for the whole incident as a ZIP; see those that were asked for."""
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done, _made = tried(
            form,
            lambda: crossings.ask_export(
                request.incident,
                purpose=form.cleaned_data["purpose"],
                names=form.cleaned_data["names"] == "whole",
                client_id=form.act,
                at=request.incident.now(),
                by=request.member,
            ),
        )
        if done:
            messages.success(request, _("The archive is being written."))
            return redirect("report:archives")
    lines = Crossing.objects.filter(incident=request.incident, way=Crossing.Way.OUT)[:30]
    busy = any(line.state in (Crossing.State.QUEUED, Crossing.State.RUNNING) for line in lines)
    context = {"form": form, "lines": lines, "busy": busy, "may_import": _may_import(request)}
    if is_part(request):
        return render(request, "report/_archives.html", context)
    return render(request, "report/archives.html", context, status=422 if form.errors else 200)


@in_incident("export")
def archive(request: Any, pk: int) -> HttpResponse:
    """Take an archive along."""
    found = get_object_or_404(Crossing, pk=pk, incident=request.incident, way=Crossing.Way.OUT)
    content = crossings.taken(found, at=request.incident.now(), by=request.member)
    return download(content, "application/zip", f"{request.incident.name}-{found.pk}.zip")


def _may_import(request: Any) -> bool:
    """Whether the member opens incidents in the whole installation."""
    return rights_of(request.member, None).covers("open_incident")


@needs("open_incident")
def arrivals(request: Any) -> HttpResponse:
    """Bring in an incident of another installation; for whoever opens incidents everywhere."""
    if not _may_import(request):
        raise Http404
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is not None and file.size > defaults()["archive"]["most_upload"]:
            form.add_error("file", _("This archive is too large for the page. Use the command line."))
        done, _made = tried(
            form,
            lambda: crossings.ask_import(
                form.cleaned_data["file"].read(),
                purpose=form.cleaned_data["purpose"],
                client_id=form.act,
                at=timezone.now(),
                by=request.member,
            ),
        )
        if done:
            messages.success(request, _("The archive is being brought in."))
            return redirect("report:arrivals")
    lines = Crossing.objects.filter(way=Crossing.Way.IN).select_related("incident")[:30]
    busy = any(line.state in (Crossing.State.QUEUED, Crossing.State.RUNNING) for line in lines)
    context = {"form": form, "lines": lines, "busy": busy}
    if is_part(request):
        return render(request, "report/_archives.html", context)
    return render(request, "report/arrivals.html", context, status=422 if form.errors else 200)
