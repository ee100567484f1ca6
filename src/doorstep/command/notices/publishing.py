"""Public notices: written, published, changed, taken back. What was published stays as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.letters import FIELDS
from doorstep.command.models import Area, Incident, Member, Notice
from doorstep.command.notices import cap, shapes
from doorstep.command.notices.facts import complaint_of
from doorstep.errors import UserError

Texts = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Standing:
    """A public notice with all its versions, the newest first. `draft` waits to be published."""

    number: int
    published: Sequence[Notice]
    draft: Notice | None

    @property
    def newest(self) -> Notice:
        return self.draft or self.published[0]

    @property
    def shown(self) -> Notice | None:
        """What the public reads: the last published version."""
        return self.published[0] if self.published else None

    @property
    def state(self) -> str:
        if self.shown is None:
            return "draft"
        return "withdrawn" if self.shown.message == Notice.Message.CANCEL else "published"


def standing_of(notices: Iterable[Notice]) -> list[Standing]:
    """Versions by notice, the newest notice first."""
    by_number: dict[int, list[Notice]] = {}
    for notice in sorted(notices, key=lambda one: -one.version):
        by_number.setdefault(notice.number, []).append(notice)
    return [
        Standing(
            number,
            [one for one in versions if one.published_at],
            next((one for one in versions if one.published_at is None), None),
        )
        for number, versions in sorted(by_number.items(), reverse=True)
    ]


@transaction.atomic
def write_notice(
    incident: Incident,
    texts: Texts,
    areas: Sequence[Area],
    *,
    at: datetime,
    by: Member | None,
    number: int = 0,
) -> Notice:
    """Write a draft: a new notice, or (with its `number`) a new version of one. A draft that waits is written over.

    The public sees nothing of it before it is published.
    """
    kept = _kept(texts)
    versions = list(
        Notice.objects.select_for_update().filter(incident=incident, kind=Notice.Kind.NOTICE, number=number)
        if number
        else ()
    )
    last = max(versions, key=lambda one: one.version, default=None)
    if last is not None and last.message == Notice.Message.CANCEL:
        raise UserError(_("This notice was taken back."), mend=_("Write a new one."))
    if last is not None and last.texts == kept and set(last.areas.all()) == set(areas):
        return last
    if last is not None and last.published_at is None:
        draft = last
        draft.texts = kept
        draft.save(update_fields=["texts"])
    else:
        draft = Notice.objects.create(
            incident=incident,
            kind=Notice.Kind.NOTICE,
            number=last.number if last else _next_number(),
            version=last.version + 1 if last else 1,
            message=Notice.Message.UPDATE if last else Notice.Message.ALERT,
            texts=kept,
            created_at=at,
            by=by,
        )
    draft.areas.set(areas)
    journal.record("write_notice", incident=incident, subject=draft, by=by, occurred_at=at, label=str(draft))
    return draft


@transaction.atomic
def publish_notice(
    draft: Notice, *, sender: str, at: datetime, by: Member | None, holds_until: datetime | None = None
) -> Notice:
    """Show a draft to everybody. Publishing it again changes nothing. `sender` is who speaks in CAP: the site's host."""
    found = Notice.objects.select_for_update().get(pk=draft.pk)
    if found.published_at is not None:
        return found
    if holds_until is not None and holds_until <= at:
        raise UserError(
            _("It would have ended already."), field="holds_until", mend=_("Choose a time that is still to come.")
        )
    hours = protocol.alert_of(found.incident.protocol).expires_hours
    found.published_at, found.published_by, found.sender = at, by, f"notices@{sender}"
    found.holds_until = holds_until or at + timedelta(hours=hours)
    found.save(update_fields=["published_at", "published_by", "sender", "holds_until"])
    label = f"{found} · {found.texts['zh-hans']['title']}"
    journal.record("publish_notice", incident=found.incident, subject=found, by=by, occurred_at=at, label=label)
    return found


@transaction.atomic
def withdraw_notice(last: Notice, why: Texts, *, at: datetime, by: Member | None) -> Notice:
    """Take a notice back: a last version says so and why. The earlier ones can still be read."""
    versions = Notice.objects.select_for_update().filter(kind=Notice.Kind.NOTICE, number=last.number)
    found = versions.filter(published_at__isnull=False).order_by("-version").first()
    if found is None:
        raise UserError(_("Nobody has seen this notice yet."), mend=_("Change the draft."))
    if found.message == Notice.Message.CANCEL:
        return found
    if not why.get("zh-hans", {}).get("body", "").strip():
        raise UserError(_("Say why it is taken back."), field="zh_reason", mend=_("One sentence is enough."))
    versions.filter(published_at=None).delete()
    texts = {
        code: {"title": text["title"], "body": why.get(code, why["zh-hans"])["body"].strip()}
        for code, text in found.texts.items()
        if why.get(code, {}).get("body", "").strip() or code == "zh-hans"
    }
    made = Notice.objects.create(
        incident=found.incident,
        kind=found.kind,
        number=found.number,
        version=found.version + 1,
        message=Notice.Message.CANCEL,
        texts=texts,
        created_at=at,
        by=by,
        published_at=at,
        published_by=by,
        sender=found.sender,
        holds_until=found.holds_until,
    )
    made.areas.set(found.areas.all())
    journal.record("withdraw_notice", incident=made.incident, subject=made, by=by, occurred_at=at, label=str(made))
    return made


def message_of(notice: Notice, web: str = "") -> cap.Message:
    """A published version as a CAP message. Times are the incident's; an exercise says that it is one."""
    incident, rule = notice.incident, protocol.alert_of(notice.incident.protocol)
    assert notice.published_at is not None
    exercise = incident.clock_kind == Incident.ClockKind.EXERCISE
    areas = list(notice.areas.select_related("incident", "owner", "supply_team__leader__organisation"))
    contact = " · ".join(dict.fromkeys(area.emergency_phone for area in areas if area.emergency_phone))
    office = next((found for area in areas if (found := complaint_of(area))), None)
    sender_name = office.name if office else incident.protocol.issuer["zh"]
    earlier = Notice.objects.filter(
        kind=notice.kind, number=notice.number, version__lt=notice.version, published_at__isnull=False
    )
    tz = incident.tz
    return cap.Message(
        identifier=identifier_of(notice),
        sender=notice.sender,
        sent=notice.published_at.astimezone(tz),
        status="Exercise" if exercise else "Actual",
        kind={"alert": "Alert", "update": "Update", "cancel": "Cancel"}[notice.message],
        said=[
            cap.Said(
                language={"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}.get(code, code),
                event=rule.event["zh" if code.startswith("zh") else "en"],
                headline=notice.texts[code]["title"][:160],
                description=notice.texts[code]["body"],
                sender_name=sender_name,
                contact=contact,
            )
            for code in notice.written_in
        ],
        places=[_place(area) for area in areas] or [cap.Place(incident.name)],
        category=rule.category,
        response=("AllClear",) if notice.message == Notice.Message.CANCEL else rule.response,
        urgency=rule.urgency,
        severity=rule.severity,
        certainty=rule.certainty,
        effective=notice.published_at.astimezone(tz),
        expires=notice.holds_until.astimezone(tz) if notice.holds_until else None,
        web=web,
        note=incident.name if exercise else "",
        references=[
            (one.sender, identifier_of(one), one.published_at.astimezone(tz))
            for one in earlier.order_by("version")
            if one.published_at
        ],
    )


def identifier_of(notice: Notice) -> str:
    """The name of a version among all alerts of its sender."""
    return f"doorstep-{notice.incident.trigger_at:%Y%m%d}-{notice.number}-{notice.version}"


def _place(area: Area) -> cap.Place:
    names, codes = shapes.place_codes(area)
    words = " · ".join(dict.fromkeys([area.name, *names]))
    return cap.Place(words, shapes.polygon_of(area), codes)


def _next_number() -> int:
    last: int | None = Notice.objects.filter(kind=Notice.Kind.NOTICE).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _kept(texts: Texts) -> Texts:
    kept = {
        code: {"title": text.get("title", "").strip(), "body": text.get("body", "").strip()}
        for code, text in texts.items()
        if text.get("body", "").strip()
    }
    for code in ("zh-hans", *kept):
        name = FIELDS.get(code, code)
        if not kept.get(code, {}).get("body"):
            raise UserError(
                _("The notice has no Chinese text."), field=f"{name}_body", mend=_("Write it in a few short sentences.")
            )
        if not kept[code]["title"]:
            raise UserError(
                _("The notice has no title."), field=f"{name}_title", mend=_("Say in a few words what it is about.")
            )
    return kept
