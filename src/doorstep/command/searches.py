"""What command adds to the search box: areas, tasks, members, each within the member's duties."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.directory import members_found
from doorstep.command.models import Incident, Member, Notice, Task
from doorstep.command.queries import tasks_of
from doorstep.command.questions.queries import questions_of
from doorstep.command.rights import rights_of
from doorstep.wiring.contributions import SearchHit
from doorstep.wiring.texts import in_language

MOST = 20


def areas(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """Areas by name, those that the member sees on the board."""
    if incident is None:
        return []
    scope, zones = rights_of(member, incident).areas("see_board"), incident.protocol.zones
    found = incident.areas.filter(name__icontains=words)
    if scope is not None:
        found = found.filter(pk__in=scope)
    return [
        SearchHit(
            _("Area"),
            area.name,
            f"{in_language(zones[area.zone].title)} · {area.get_state_display()}",
            reverse("command:area", args=[area.pk]),
            20,
        )
        for area in found[:MOST]
    ]


def tasks(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """Tasks by their words, open and done, those that the member may work on."""
    rights = rights_of(member, incident)
    if incident is None or not rights.may("work_tasks"):
        return []
    hits = []
    for show in ("all", "done"):
        said = Q(title__icontains=words) | Q(detail__icontains=words)
        for task in tasks_of(incident, rights, member, show, incident.now()).filter(said)[:MOST]:
            hits.append(_task(task))
    return hits


def _task(task: Task) -> SearchHit:
    detail = " · ".join(filter(None, (task.get_state_display(), task.owner.name if task.owner else "")))
    rank = 40 if task.state == Task.State.OPEN else 60
    return SearchHit(_("Task"), str(task), detail, reverse("command:task", args=[task.pk]), rank)


def members(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """Members by name, organisation, phone or login, for those who manage people."""
    if incident is None or not rights_of(member, incident).may("manage_people"):
        return []
    return [
        SearchHit(
            _("Member"),
            found.name,
            found.organisation.name if found.organisation else "",
            reverse("command:member", args=[found.pk]),
            50,
        )
        for found in members_found(words)[:MOST]
    ]


def questions(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """Questions and rumours by their words, for those who publish."""
    rights = rights_of(member, incident)
    if incident is None or not rights.may("publish"):
        return []
    said = Q(text__icontains=words) | Q(heard_where__icontains=words)
    return [
        SearchHit(
            str(one.get_kind_display()),
            one.text[:120],
            f"{one.number} · {one.get_state_display()}",
            reverse("command:question", args=[one.pk]),
            55,
        )
        for one in questions_of(incident, rights).filter(said).order_by("-number")[:MOST]
    ]


def notices(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """Public notices by their words in any language, each notice once, for those who publish."""
    if incident is None or not rights_of(member, incident).may("publish"):
        return []
    found = Notice.objects.filter(incident=incident, kind=Notice.Kind.NOTICE).order_by("-number", "-version")
    newest: dict[int, Notice] = {}
    for notice in found:
        if any(words.lower() in f"{text['title']} {text['body']}".lower() for text in notice.texts.values()):
            newest.setdefault(notice.number, notice)
    return [
        SearchHit(
            _("public notice"),
            notice.texts["zh-hans"]["title"],
            f"{number}",
            reverse("command:notice", args=[number]),
            56,
        )
        for number, notice in list(newest.items())[:MOST]
    ]
