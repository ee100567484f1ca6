"""The watch list of medicines: what runs out before it comes (3), who was not asked, treatments not settled (4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Area, Incident
from doorstep.command.queries import bound_doors
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.medicines import asking, rules, sources
from doorstep.desk.medicines.models import CareSession, Errand, MedicineLine, Refill, Source
from doorstep.desk.medicines.refills import minutes_out
from doorstep.desk.staff import at_hand
from doorstep.register.models import Person
from doorstep.wiring.contributions import WatchRow

MOST = 300


def running_out(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 3: an essential medicine that ends before it is planned to come, one of which nobody knows when it ends,
    households nobody has asked in time, a cold one too long in the warm, a source whose news is old, an errand whose
    courier is away or late, one person with too many of them (F30). Twelve queries."""
    rows = [*_ending(incident, at), *_unknown(incident, at), *_not_asked(incident, at), *_warm(incident, at)]
    rows += [*_old_sources(incident, at), *_errands(incident, at), *_too_many(incident)]
    rows.sort(key=lambda row: (-row.level, row.due or row.since))
    return rows[:MOST]


def _ending(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    lines = MedicineLine.objects.filter(
        incident=incident, state=MedicineLine.State.USED, runs_out_at__isnull=False, written_at__lte=at
    ).filter(person__active=True, person__present=Person.Present.HOME)
    lines = lines.exclude(rule="other").exclude(refills__state=Refill.State.GAP)
    supplies = Prefetch(
        "refills", Refill.objects.filter(state__in=Refill.OPEN).select_related("stop__errand"), "coming"
    )
    for line in lines.select_related("incident", "person__household__door__stair__building").prefetch_related(supplies):
        ends, opens = line.runs_out_at, rules.opens_at(line)
        if ends is None or opens is None or opens > at:
            continue
        refill: Refill | None = next(iter(line.coming), None)
        comes = _comes(refill)
        if ends > at and comes is not None and comes <= ends:
            continue
        command = rules.to_command_at(line)
        over, last = ends <= at, command is not None and command <= at
        what = _("has run out") if over else _("ends before it comes") if comes else _("ends, and nobody fetches it")
        yield WatchRow(
            what=what,
            since=opens,
            who_acts=_("command") if over or last else _("desk worker"),
            next_step=_next_step(refill),
            subject=_subject(line),
            url=reverse("desk:medicines_of", args=[line.person_id]),
            level=3 if over or last else 2,
            door_id=line.person.household.door_id,
            due=ends,
        )


def _comes(refill: Refill | None) -> datetime | None:
    """When an open supply is planned to be back; what is with the courier is as good as there."""
    if refill is None or refill.stop is None:
        return refill.collected_at if refill and refill.state == Refill.State.COLLECTED else None
    errand = refill.stop.errand
    if refill.state == Refill.State.COLLECTED:
        return refill.collected_at
    return errand.ends_at if errand.state in (Errand.State.PLANNED, Errand.State.OUT) else None


def _next_step(refill: Refill | None) -> str:
    if refill is None:
        return _("ask for a supply")
    if refill.state == Refill.State.COLLECTED:
        return _("bring it to the door")
    return _("plan an errand") if refill.state == Refill.State.WANTED else _("go sooner, or another way")


def _unknown(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    """An essential medicine of which nobody knows when it ends: unknown counts as not reached."""
    within = rules.ask_within(incident)
    if within is None:
        return
    lines = MedicineLine.objects.filter(incident=incident, written_at__lte=at - within).exclude(rule="other")
    open_ones = Q(state=MedicineLine.State.READ) | Q(state=MedicineLine.State.USED, runs_out_at=None, as_needed=False)
    rows = lines.filter(open_ones, person__active=True, person__present=Person.Present.HOME)
    for line in rows.select_related("incident", "person__household__door__stair__building")[:MOST]:
        unread = line.state == MedicineLine.State.READ
        yield WatchRow(
            what=_("a medicine was not read back") if unread else _("nobody knows when it ends"),
            since=line.written_at + within,
            who_acts=_("desk worker"),
            next_step=_("read it back to the resident") if unread else _("ask what is left, and the dose"),
            subject=_subject(line),
            url=reverse("desk:medicines_of", args=[line.person_id]),
            level=2,
            door_id=line.person.household.door_id,
        )


def _not_asked(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    """One row an area: so many households have not been asked in time (F4)."""
    within = rules.ask_within(incident)
    if within is None:
        return
    old = Area.objects.filter(incident=incident, state=Area.State.IN_FORCE, effective_at__lte=at - within)
    late = {area.pk: area for area in old.only("name", "effective_at")}
    if not late:
        return
    bound = bound_doors(incident)
    counted: dict[int, int] = {}
    for door in asking.not_asked(incident, {d: a for d, a in bound.items() if a in late}).values_list(
        "door", flat=True
    ):
        counted[bound[door]] = counted.get(bound[door], 0) + 1
    for pk, count in sorted(counted.items()):
        area = late[pk]
        if area.effective_at is not None:
            yield WatchRow(
                what=_("not asked which medicines they need"),
                since=area.effective_at + within,
                who_acts=_("desk worker"),
                next_step=_("ask each household"),
                subject=area.name,
                url=reverse("desk:medicines_ask"),
                level=2,
                area_id=pk,
                count=count,
            )


def _warm(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    most = rules.cold_minutes(incident)
    if most is None:
        return
    rows = Refill.objects.filter(line__incident=incident, state=Refill.State.COLLECTED, line__cold=True)
    for refill in rows.select_related("line__person__household__door__stair__building", "stop__errand"):
        minutes = minutes_out(refill, at)
        if minutes > most:
            place = reverse("desk:errand", args=[refill.stop.errand_id]) if refill.stop else ""
            yield WatchRow(
                what=_("out of the cold for %(minutes)d minutes") % {"minutes": minutes},
                since=at - timedelta(minutes=minutes - most),
                who_acts=refill.stop.errand.courier_label if refill.stop else _("desk worker"),
                next_step=_("into the cold; ask a pharmacist whether it may be used"),
                subject=_subject(refill.line),
                url=place,
                level=3,
                door_id=refill.line.person.household.door_id,
            )


def _old_sources(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    """A source where somebody is to go and of which nobody has lately confirmed that it is open (F2)."""
    going = Source.objects.filter(
        stops__errand__state__in=(Errand.State.PLANNED, Errand.State.OUT),
        stops__refills__state=Refill.State.PLANNED,
        incident=incident,
    ).distinct()
    for source in going.select_related("incident", "instead"):
        shut = source.doors == Source.Doors.CLOSED
        if not (shut or sources.is_old(source, at)):
            continue
        limit = timedelta(hours=sources.state_hours(incident))
        instead = str(source.instead) if source.instead else ""
        yield WatchRow(
            what=_("somebody is sent there, and it is closed") if shut else _("nobody has confirmed that it is open"),
            since=(source.doors_at + (timedelta(0) if shut else limit)) if source.doors_at else at,
            who_acts=_("desk worker"),
            next_step=_("go to %(name)s instead") % {"name": instead} if shut and instead else _("ring and confirm"),
            subject=str(source),
            url=reverse("desk:source", args=[source.pk]),
            level=3 if shut else 2,
        )


def _errands(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    """An errand whose courier is away or not back."""
    late = timedelta(minutes=rules.defaults()["errand"]["late_minutes"])
    going = Errand.objects.filter(incident=incident, state__in=(Errand.State.PLANNED, Errand.State.OUT))
    for errand in going.select_related("courier"):
        away = not at_hand(errand.courier)
        if away or errand.ends_at + late <= at:
            yield WatchRow(
                what=_("its courier is away") if away else _("not back yet"),
                since=errand.starts_at if away else errand.ends_at,
                who_acts=_("desk worker"),
                next_step=_("send somebody else") if away else _("ring the courier"),
                subject=_("Errand %(n)d") % {"n": errand.number},
                url=reverse("desk:errand", args=[errand.pk]),
                level=3 if away else 2,
            )


def _too_many(incident: Incident) -> Iterator[WatchRow]:
    most = rules.defaults()["open_lines_of_one"]
    rows = Refill.objects.filter(line__incident=incident, state__in=Refill.OPEN, request__owner__isnull=False)
    counted = rows.values("request__owner__name").annotate(n=Count("pk"), since=Min("said_at")).filter(n__gt=most)
    for one in counted.order_by("-n"):
        yield WatchRow(
            what=_("answers for %(n)d medicines at once") % {"n": one["n"]},
            since=one["since"],
            who_acts=_("coordinator"),
            next_step=_("give them help, or share the list"),
            subject=one["request__owner__name"],
            url=reverse("desk:medicines") + "?show=wanted",
        )


def care_not_settled(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 4: a treatment within the hours of the rules without place, vehicle or permit; one that was missed (F3)."""
    hours = protocol.outgoing_rules(incident.protocol).treatments
    ahead = timedelta(hours=hours.permit_hours)
    rows = CareSession.objects.filter(care__incident=incident).filter(
        Q(state=CareSession.State.DUE, starts_at__lte=at + ahead) | Q(state=CareSession.State.MISSED, ended_at__lte=at)
    )
    rows = rows.filter(care__person__active=True).exclude(care__person__present=Person.Present.DECEASED)
    found = []
    for session in rows.select_related("care__person__household__door__stair__building").order_by("starts_at"):
        row = _session(session, at, timedelta(hours=hours.missed_hours), ahead)
        if row is not None:
            found.append(row)
    return found[:MOST]


def _session(session: CareSession, at: datetime, patience: timedelta, ahead: timedelta) -> WatchRow | None:
    care, words = session.care, {"place": _("place"), "vehicle": _("vehicle"), "permit": _("permit")}
    missing = _(", ").join(words[name] for name in session.missing)
    if session.state == CareSession.State.MISSED:
        later = care.sessions.filter(starts_at__gt=session.starts_at, state=CareSession.State.DONE).exists()
        if later or session.note:
            return None
        what, since, step = _("missed"), session.starts_at, _("find a place today; write down what was arranged")
        level = 3
    elif session.starts_at <= at:
        if session.starts_at + patience > at and not missing:
            return None
        what, since, step = _("nobody says whether it took place"), session.starts_at, _("ask whether they were there")
        level = 3 if session.starts_at + patience <= at else 2
    elif missing:
        what, since = _("not settled: %(what)s") % {"what": missing}, session.starts_at - ahead
        step, level = _("settle it now"), 3
    else:
        return None
    home = care.person.household
    return WatchRow(
        what=what,
        since=since,
        who_acts=_("desk worker"),
        next_step=step,
        subject=f"{care.get_kind_display()} · {place_in_words(home.door)}",
        url=reverse("desk:care"),
        level=level,
        door_id=home.door_id,
        due=session.starts_at,
    )


def _subject(line: MedicineLine) -> str:
    """Its class and its door; the name of the medicine stands on the page behind it."""
    title = rules.class_title(line.klass) or _("medicine")
    return f"{title} · {place_in_words(line.person.household.door)}"
