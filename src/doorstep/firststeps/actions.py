"""What each of the first steps stores: at once, and only once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import actions as command
from doorstep.command import letters, people
from doorstep.command.models import AreaPlace, Incident, Member, Notice, Organisation, RoleGrant, Team
from doorstep.errors import UserError
from doorstep.firststeps.models import Setup
from doorstep.register import actions as register
from doorstep.register import places
from doorstep.register.models import Compound, Territory
from doorstep.rounds.actions import request_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.jobs import queue
from doorstep.rounds.models import RoundPlan

LEVELS = ("district", "subdistrict", "community")


def nobody_here() -> bool:
    """Whether this installation has no account yet."""
    return not get_user_model().objects.exists()


@transaction.atomic
def make_link(*, at: datetime) -> str:
    """A new token for the link to the first steps; an older link ends. Empty where an account exists already."""
    if not nobody_here():
        return ""
    token = secrets.token_urlsafe(24)
    setup = Setup.objects.filter(is_first=True, started_by=None).first() or Setup(is_first=True, started_at=at)
    setup.link_digest = digest_of(token)
    setup.save()
    return token


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def begin(by: Member, *, language: str, at: datetime) -> Setup:
    """Begin with another compound; one that was begun and is still blank is taken up again."""
    blank = Setup.objects.filter(started_by=by, compound=None, finished_at=None).first()
    return blank or Setup.objects.create(started_at=at, started_by=by, language=language, organisation=by.organisation)


@transaction.atomic
def choose_language(setup: Setup, language: str) -> None:
    """Step 1."""
    setup.language = language
    setup.save(update_fields=["language"])


@dataclass(frozen=True)
class Founder:
    """The organisation from the district down (empty levels fall away) and its first administrator."""

    names: tuple[str, str, str]
    name: str
    login: str
    password: str


@transaction.atomic
def found(setup: Setup, founder: Founder, *, at: datetime) -> Member:
    """Step 2: the organisation with its territory and the first administrator. The link ends here."""
    if not Setup.objects.filter(pk=setup.pk, started_by=None, is_first=True).exclude(link_digest="").exists():
        raise UserError(_("An account exists already."), field="login", mend=_("Sign in with it."))
    path = [(kind, name) for kind, name in zip(LEVELS, founder.names, strict=True) if name]
    if not path:
        raise UserError(_("The organisation has no name."), field="community", mend=_("Name the community."))
    organisation: Organisation | None = None
    for number, (kind, name) in enumerate(path, start=1):
        territory = register.ensure_territory(path[:number])
        organisation = _organisation(kind, name, organisation, territory, at)
    made = people.first_administrator(
        at, name=founder.name, login=founder.login, password=founder.password, organisation=organisation
    )
    if made is None:
        raise UserError(_("An account exists already."), field="login", mend=_("Sign in with it."))
    member = Member.objects.get(user__username=made[0])
    setup.organisation, setup.started_by, setup.link_digest = organisation, member, ""
    setup.save(update_fields=["organisation", "started_by", "link_digest"])
    return member


def _organisation(
    kind: str, name: str, parent: Organisation | None, territory: Territory, at: datetime
) -> Organisation:
    known = Organisation.objects.filter(parent=parent, name=name).first()
    if known is not None:
        return known
    facts = {"kind": kind, "name": name, "parent": parent, "territory": territory}
    return people.save_organisation(None, incident=None, at=at, by=None, **facts)


@transaction.atomic
def name_compound(
    setup: Setup, name: str, *, has_lift: bool, floors: int | None, territory: Territory | None, at: datetime
) -> Compound:
    """Step 3: the compound, made where it is missing. Another name renames the one made here, until it has an area."""
    setup = _locked(setup)
    if setup.area_id is not None and setup.compound is not None:
        return setup.compound
    name = name.strip()
    known = Compound.objects.filter(name=name).first()
    before = setup.compound
    if known is None and before is not None and setup.compound_is_new:
        places.edit_compound(before, name=name, aliases=[], at=at, by=setup.started_by)
        compound = before
    else:
        compound = register.ensure_compound(name, territory=territory)
        if before is None or before.pk != compound.pk:
            setup.compound_is_new = known is None
            setup.listimport, setup.list_done, setup.invented = None, False, 0
    setup.compound, setup.has_lift, setup.floors = compound, has_lift, floors
    setup.save()
    if setup.list_done:
        state_buildings(setup)
    return compound


def state_buildings(setup: Setup) -> None:
    """Store what step 3 said of the lift and the floors with the compound's buildings."""
    if setup.compound is None or setup.invented:
        return
    for building in setup.compound.buildings.all():
        floors = max(building.floors or 0, setup.floors or 0) or None
        if (building.has_lift, building.floors) != (setup.has_lift, floors):
            register.ensure_building(setup.compound, building.name, has_lift=setup.has_lift, floors=floors)


@dataclass(frozen=True)
class Rules:
    """Step 5, first half: the protocol with a zone class, and the incident (an open one, or the facts of a new one)."""

    protocol_id: str
    zone: str
    incident: Incident | None
    name: str
    trigger_at: datetime | None
    time_zone: str


@transaction.atomic
def choose_rules(setup: Setup, rules: Rules) -> None:
    """Keep by which rules; nothing binds anybody before the area is sealed."""
    setup = _locked(setup)
    if setup.area_id is not None:
        return
    setup.protocol_id, setup.zone, setup.incident = rules.protocol_id, rules.zone, rules.incident
    setup.incident_name, setup.trigger_at, setup.time_zone = rules.name, rules.trigger_at, rules.time_zone
    setup.save()


@dataclass(frozen=True)
class SealFacts:
    """Step 5, second half: everything that invariant 10 asks. `letter` maps a language to its title and body."""

    effective_at: datetime
    reason: str
    basis: str
    ends_when: str
    review_at: datetime
    supply_team: str
    first_delivery_at: datetime | None
    emergency_phone: str
    letter: dict[str, dict[str, str]]
    exits_checked: bool


@transaction.atomic
def seal(setup: Setup, facts: SealFacts, *, at: datetime, by: Member) -> Incident:
    """Open the incident (or join the open one), draw the area around the compound and put it in force.

    `at` is the time of the incident. Saying it twice seals once.
    """
    setup = _locked(setup)
    if setup.area is not None:
        return setup.area.incident
    assert setup.compound is not None
    incident = setup.incident or _open(setup, at, by)
    if incident.areas.filter(name=setup.compound.name).exists():
        raise UserError(
            _("This incident has an area of this name already."),
            field="compound",
            mend=_("Go back and choose a new incident, or open that area's page."),
        )
    area = command.propose_area(
        incident, setup.compound.name, setup.zone, [AreaPlace(compound=setup.compound)], at=at, by=by
    )
    setup.area = command.seal(
        area,
        effective_at=facts.effective_at,
        at=at,
        by=by,
        reason=facts.reason,
        basis=facts.basis,
        ends_when=facts.ends_when,
        review_at=facts.review_at,
        supply_team=_team(incident, facts.supply_team, at, by),
        first_delivery_at=facts.first_delivery_at,
        letter=_letter(incident, facts.letter, at, by),
        emergency_phone=facts.emergency_phone,
        exits_checked_at=at if facts.exits_checked else None,
    )
    setup.incident = incident
    setup.save(update_fields=["area", "incident"])
    return incident


def _open(setup: Setup, at: datetime, by: Member) -> Incident:
    assert setup.trigger_at is not None
    incident = command.open_incident(
        setup.incident_name, setup.protocol_id, setup.trigger_at, at=at, by=by, time_zone=setup.time_zone
    )
    people.grant(by, "commander", incident=incident, area=None, at=at, by=by)
    return incident


def _team(incident: Incident, name: str, at: datetime, by: Member) -> Team | None:
    if not name:
        return None
    known = Team.objects.filter(incident=incident, name=name, ended_at=None).first()
    return known or people.save_team(None, incident=incident, at=at, by=by, name=name, leader=by, workstream="supply")


def _letter(incident: Incident, texts: dict[str, dict[str, str]], at: datetime, by: Member) -> Notice | None:
    if not any(text["body"] for text in texts.values()):
        return None
    last = Notice.objects.filter(incident=incident, kind=Notice.Kind.LETTER).order_by("-version").first()
    if last is not None and last.texts == texts:
        return last
    return letters.write_letter(incident, texts, at=at, by=by)


@transaction.atomic
def plan(
    setup: Setup, lines: Sequence[CarrierLine], starts_at: datetime, ends_at: datetime, *, at: datetime, by: Member
) -> RoundPlan:
    """Step 6: carriers as members with the duty, and the first plan asked for. Saying it twice plans once."""
    setup = _locked(setup)
    if setup.plan is not None:
        return setup.plan
    assert setup.incident is not None
    assert setup.area is not None
    known: dict[str, Member] = {}
    carriers = []
    for line in lines:
        member = known.get(line.name) or _carrier(setup, line.name, at, by)
        known[line.name] = member
        carriers.append(CarrierLine(member.pk, member.name, line.starts_at, line.ends_at))
    made = request_plan(setup.incident, [setup.area], starts_at, ends_at, carriers=carriers, at=at, by=by)
    queue(made)
    setup.plan, setup.finished_at = made, at
    setup.save(update_fields=["plan", "finished_at"])
    return made


def _carrier(setup: Setup, name: str, at: datetime, by: Member) -> Member:
    incident = setup.incident
    assert incident is not None
    duty = RoleGrant.objects.filter(incident=incident, role="carrier", member__name=name).select_related("member")
    if (known := duty.first()) is not None:
        return known.member
    member = people.save_member(None, incident=incident, at=at, by=by, name=name, organisation=setup.organisation)
    people.grant(member, "carrier", incident=incident, area=None, at=at, by=by)
    return member


@transaction.atomic
def drop(setup: Setup) -> None:
    """Forget a walk that was begun. What it stored in the rooms stays."""
    if setup.finished_at is None and not setup.is_first:
        setup.delete()


def default_review(setup: Setup, effective_at: datetime) -> protocol.ReviewDue:
    """When the rules want the restriction reviewed, and how long one decision may hold at the most."""
    return protocol.restriction_review(protocol.find(setup.protocol_id), started=effective_at)


def _locked(setup: Setup) -> Setup:
    """The stored row, for this transaction alone: a form sent twice finds what the first one did."""
    return Setup.objects.select_for_update().get(pk=setup.pk)


def _name(setup: Setup) -> str:
    return setup.started_by.name if setup.started_by else ""
