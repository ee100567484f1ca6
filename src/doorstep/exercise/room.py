"""The command room of an exercise: the directory, the activation, calls with their answers, checklists, by users' acts."""

from __future__ import annotations

from datetime import datetime, timedelta

from doorstep.command import tasks
from doorstep.command.calling import acts
from doorstep.command.models import Area, Call, CallOut, Incident, Member, Organisation, Task
from doorstep.command.posts.activating import activate
from doorstep.command.posts.holding import keep_standing
from doorstep.exercise.description import Event, Exercise, Work

JOURNAL = {
    "activate": "activate",
    "call": "call_out",
    "answer": "answer_call",
    "arrive": "arrive",
    "done": "finish_task",
}


def fill_directory(exercise: Exercise, incident: Incident) -> None:
    """Write down who takes which post; people of offices without an account are added to the directory of members."""
    for line in exercise.people:
        organisation = Organisation.objects.filter(name=line.organisation).first()
        phone = organisation.phone if organisation else ""
        Member.objects.get_or_create(name=line.name, organisation=organisation, defaults={"phone": phone})
    for post, names in exercise.standing.items():
        found = {member.name: member for member in Member.objects.filter(name__in=names).order_by("-pk")}
        members = [found[name] for name in names if name in found]
        keep_standing(post, members, at=exercise.trigger, by=None, incident=incident)


def act(incident: Incident, event: Event, area: Area | None, *, by: Member | None) -> None:
    """One event of the command at its time."""
    if event.act == "activate":
        activate(incident, at=event.at, by=by, place=event.place, text=event.text.get("zh", ""))
    elif event.act == "call":
        wanted = [acts.Wanted(one.name, one.phone, one) for one in Member.objects.filter(name__in=event.who)]
        key, way = f"{incident.pk}:{event.at.isoformat()}", CallOut.Way.ALL
        acts.call_out(incident, event.title["zh"], wanted, key=key, at=event.at, by=by, place=event.place, way=way)
    elif event.act == "done":
        _finish(incident, event, area)
    else:
        calls = Call.objects.filter(callout__incident=incident, name__in=event.who, asked_at__lte=event.at)
        for call in calls.filter(arrived_at=None).select_related("callout").order_by("pk"):
            _say(call, event)


def _say(call: Call, event: Event) -> None:
    if event.act == "arrive":
        acts.arrive(call, at=event.at, by=call.member)
    elif call.answer == Call.Answer.NONE:
        eta = None if event.minutes is None else event.at + timedelta(minutes=event.minutes)
        acts.answer(call, Call.Answer.COMING, at=event.at, via=Call.Via.LINK, by=call.member, eta_at=eta)


def _finish(incident: Incident, event: Event, area: Area | None) -> None:
    key = f"check:{incident.pk}:{area.pk if area else 0}:{event.workstream}:{event.item}"
    task = Task.objects.filter(key=key, state=Task.State.OPEN).select_related("owner").first()
    if task is not None:
        tasks.finish(task, event.text.get("zh", ""), at=event.at, by=task.owner, measured=event.measured)


def close_lines(incident: Incident, exercise: Exercise, work: Work) -> None:
    """The crew closes what is due soon and owned by somebody; what measures something is left to who measures it."""
    due = work.at + timedelta(hours=work.hours)
    lines = Task.objects.filter(incident=incident, kind="checklist", state=Task.State.OPEN, unit="", due_at__lte=due)
    for task in lines.filter(owner__isnull=False).select_related("incident", "owner").order_by("due_at", "pk"):
        tasks.finish(task, exercise.done.get("zh", "—"), at=work.at, by=task.owner)


def go_on(incident: Incident, *, at: datetime) -> None:
    """Whoever was silent is followed by the next."""
    acts.go_on(incident, at=at)
