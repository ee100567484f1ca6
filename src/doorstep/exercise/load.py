"""Load an exercise through the same acts that a user has, and play its timeline on its clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from doorstep.command import actions as command
from doorstep.command import journal
from doorstep.command.events import ClockMoved
from doorstep.command.letters import last_letter, starting_text, write_letter
from doorstep.command.models import (
    Area,
    AreaPlace,
    Incident,
    JournalEntry,
    Member,
    Organisation,
    RoleGrant,
    Task,
    Team,
)
from doorstep.command.notices.publishing import publish_notice, write_notice
from doorstep.command.questions.actions import Asked, take_down
from doorstep.command.rights import roles
from doorstep.exercise import crew, night, room
from doorstep.exercise.description import Event, Exercise, GateTeam, Work, folder_of, read_exercise
from doorstep.exercise.stores import open_stores, put_kits_to_use, read_stores
from doorstep.promises.actions import tick
from doorstep.register import actions as register
from doorstep.register.models import Compound, Gate, Household, Person

JOURNALLED = {
    "task": "open_task",
    "notice": "publish_notice",
    "question": "ask_question",
    "rumour": "ask_question",
}


@dataclass(frozen=True)
class Loaded:
    """What loading brought; `is_new` is False when it was there already."""

    is_new: bool
    households: int
    persons: int


def load_once(name: str) -> Loaded:
    """Load an exercise unless it is there, in one transaction, and play it up to its `loaded_until`."""
    exercise = read_exercise(name)
    if Incident.objects.filter(exercise=name).exists():
        return Loaded(False, Household.objects.count(), Person.objects.count())
    with transaction.atomic():
        _register(name, exercise)
        incident = _incident(name, exercise)
        stores = read_stores(name)
        keeper = Member.objects.filter(grants__incident=incident, grants__role="supply").first()
        if stores is not None:
            open_stores(incident, stores, at=exercise.trigger, by=keeper)
        play(incident, until=exercise.loaded_until)
        if stores is not None:
            put_kits_to_use(incident, at=exercise.loaded_until, by=keeper)
    return Loaded(True, Household.objects.count(), Person.objects.count())


def logins() -> list[tuple[str, str, str]]:
    """The invented accounts of the loaded exercises: login, password, duty."""
    found = []
    for name in Incident.objects.exclude(exercise="").values_list("exercise", flat=True).distinct():
        exercise = read_exercise(name)
        for member in exercise.members:
            title = roles()[member.role].title
            found.append((member.login, exercise.password, f"{title['zh']} {title['en']}"))
    return found


@transaction.atomic
def play(incident: Incident, *, until: datetime) -> int:
    """Move the exercise's clock to `until`: its events happen, its crew works, the ledger is kept. Returns the events."""
    exercise = read_exercise(incident.exercise)
    before = incident.now()
    events = [event for event in exercise.timeline if before < event.at <= until]
    moments: list[Event | Work | night.Moment] = [
        *events,
        *exercise.work_in(before, until),
        *night.moments(exercise, before, until),
    ]
    last = before
    for moment in sorted(moments, key=lambda each: each.at):
        crew.go_on(incident, exercise, last, moment.at)
        _set_clock(incident, moment.at)
        if isinstance(moment, Event):
            _act(incident, exercise, moment)
        elif isinstance(moment, night.Moment):
            moment.act(incident)
        else:
            crew.begin(incident, exercise, moment)
        last = moment.at
    crew.go_on(incident, exercise, last, until)
    _set_clock(incident, until)
    room.go_on(incident, at=until)
    tick(incident, at=until)
    return len(events)


def follow_clock(event: ClockMoved) -> None:
    """The clock was moved by hand: what the exercise's timeline holds up to there happens, each event once."""
    incident = Incident.objects.get(pk=event.incident_id)
    if not incident.exercise:
        return
    exercise = read_exercise(incident.exercise)
    for moment in sorted(night.moments(exercise, event.before, event.after), key=lambda each: each.at):
        moment.act(incident)
    for line in sorted(exercise.timeline, key=lambda line: line.at):
        if line.at <= event.after and not _happened(incident, line):
            _act(incident, exercise, line)


def _happened(incident: Incident, line: Event) -> bool:
    """Whether an event of the timeline was played, or its area was sealed by hand meanwhile."""
    if line.act == "seal":
        return not incident.areas.filter(name=line.area, state=Area.State.PROPOSED).exists()
    act = JOURNALLED.get(line.act) or room.JOURNAL.get(line.act) or line.journal or "note"
    return JournalEntry.objects.filter(incident=incident, act=act, occurred_at=line.at).exists()


def _set_clock(incident: Incident, at: datetime) -> None:
    real = timezone.now()
    step = at - incident.clock.now(real)
    command.move_clock(incident, real=real, by=max(step, timedelta(0)))


def _register(name: str, exercise: Exercise) -> None:
    folder = folder_of(name)
    for line in exercise.compounds:
        territory = register.ensure_territory([*exercise.territory, ("community", line.community)])
        compound = register.ensure_compound(line.name, territory=territory)
        for gate in line.gates:
            Gate.objects.update_or_create(
                compound=compound,
                name=gate.name,
                defaults={"x_m": gate.x_m, "y_m": gate.y_m, "reload_point": gate.reload_point},
            )
        for building_line in line.buildings:
            facts = building_line.model_dump(exclude={"name", "stairs"})
            building = register.ensure_building(compound, building_line.name, **facts)
            for stair in building_line.stairs:
                register.ensure_stair(building, stair.name, x_m=stair.x_m, y_m=stair.y_m)
        data = (folder / line.list).read_bytes()
        preview = register.preview_list(data, line.list, compound=compound, at=exercise.trigger)
        register.apply_import(preview, at=exercise.trigger)


def _incident(name: str, exercise: Exercise) -> Incident:
    incident = command.open_incident(
        exercise.name["zh"],
        exercise.protocol,
        exercise.trigger,
        at=timezone.now(),
        time_zone=exercise.time_zone,
        exercise=name,
    )
    incident.trigger_text = exercise.trigger_text["zh"]
    incident.save(update_fields=["trigger_text"])
    members = _people(exercise, incident)
    team = Team.objects.create(
        incident=incident,
        name=exercise.supply_team.name,
        workstream="supply",
        leader=members[exercise.supply_team.leader],
    )
    team.members.set([members[login] for login in exercise.supply_team.members])
    if exercise.gate_team is not None:
        _gate_team(exercise.gate_team, incident, members)
    write_letter(incident, exercise.letter or starting_text(incident), at=exercise.trigger)
    for area in exercise.areas:
        places = [AreaPlace(compound=Compound.objects.get(name=compound)) for compound in area.compounds]
        command.propose_area(incident, area.name, area.zone, places, at=exercise.trigger)
    return incident


def _gate_team(line: GateTeam, incident: Incident, members: dict[str, Member]) -> None:
    team = Team.objects.create(
        incident=incident, name=line.name, nature=line.nature, workstream="gates", leader=members[line.leader]
    )
    team.members.set([members[login] for login in line.members])
    for worker in line.workers:
        organisation = Organisation.objects.filter(name=worker.organisation).first()
        team.members.add(Member.objects.create(name=worker.name, organisation=organisation))


def _people(exercise: Exercise, incident: Incident) -> dict[str, Member]:
    district, _ = Organisation.objects.get_or_create(name=exercise.territory[0][1], defaults={"kind": "district"})
    street, _ = Organisation.objects.get_or_create(
        name=exercise.territory[1][1], parent=district, defaults={"kind": "subdistrict"}
    )
    for community in exercise.communities:
        Organisation.objects.get_or_create(name=community, parent=street, defaults={"kind": "community"})
    for department in exercise.departments:
        Organisation.objects.get_or_create(
            name=department.name,
            parent=district,
            defaults={"kind": "department", "workstreams": list(department.workstreams)},
        )
    for kind, names in (("hospital", exercise.hospitals), ("other", exercise.advisers)):
        for name in names:
            Organisation.objects.get_or_create(name=name, defaults={"kind": kind})
    for name, contact in exercise.contacts.items():
        Organisation.objects.filter(name=name, head="").update(**contact.model_dump())
    members = {}
    secret = make_password(exercise.password)  # the same for all, so it is worked out once
    for line in exercise.members:
        user, _ = get_user_model().objects.get_or_create(username=line.login)
        user.password = secret
        user.save()
        organisation = Organisation.objects.filter(name=line.organisation).first()
        member, _ = Member.objects.get_or_create(user=user, defaults={"name": line.name, "organisation": organisation})
        RoleGrant.objects.get_or_create(member=member, role=line.role, incident=incident)
        members[line.login] = member
    room.fill_directory(exercise, incident)
    return members


def _act(incident: Incident, exercise: Exercise, event: Event) -> None:
    commander = Member.objects.filter(grants__incident=incident, grants__role="commander").order_by("pk").first()
    area = incident.areas.filter(name=event.area).first()
    if event.act == "note":
        journal.record(event.journal or "note", incident=incident, occurred_at=event.at, by=commander, text=event.text)
    elif event.act == "task":
        owner = Member.objects.get(user__username=event.owner)
        due = event.at + timedelta(hours=event.hours)
        facts = {"title": event.title["zh"], "area": area, "owner": owner, "urgency": event.urgency}
        task = Task.objects.create(incident=incident, opened_at=event.at, due_at=due, **facts)
        journal.record(
            "open_task", incident=incident, subject=task, occurred_at=event.at, by=commander, label=task.title
        )
    elif event.act == "notice":
        draft = write_notice(incident, event.texts, [area] if area else [], at=event.at, by=commander)
        publish_notice(draft, sender="doorstep.example", at=event.at, by=commander)
    elif event.act in ("question", "rumour"):
        asked = Asked(event.text["zh"], event.act, event.source, event.heard, area)
        take_down(incident, asked, at=event.at, by=commander)
    elif event.act in room.JOURNAL:
        room.act(incident, event, area, by=commander)
    elif area is not None:
        rules = incident.protocol
        command.seal(
            area,
            effective_at=event.at,
            at=event.at,
            by=commander,
            reason=exercise.trigger_text["zh"],
            basis=rules.title["zh"],
            ends_when=exercise.ends_when.get("zh") or rules.zones[area.zone].rule["zh"],
            supply_team=Team.objects.get(incident=incident, name=exercise.supply_team.name),
            first_delivery_at=event.first_delivery,
            letter=last_letter(incident),
            emergency_phone=exercise.emergency_phone,
            exits_checked_at=event.at,
        )
        for measure in area.restrictions.filter(confirmed_at=None):
            command.confirm_measure(measure, exercise.name["zh"], at=event.at, by=commander)
