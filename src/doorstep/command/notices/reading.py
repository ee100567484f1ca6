"""What the public reads: the notices that were published, by incident, each with its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from doorstep.command.letters import Block, blocks
from doorstep.command.models import Incident, Notice
from doorstep.command.notices.facts import language_name, spoken_for, text_of
from doorstep.command.notices.publishing import Standing, standing_of
from doorstep.command.questions.queries import PublicAnswer, public_answers

FEED = 50


@dataclass(frozen=True)
class PublicNotice:
    """One version as everybody reads it, in one language. `over` says that its time has passed."""

    notice: Notice
    language: str
    title: str
    blocks: list[Block]
    areas: tuple[str, ...]
    exercise: bool
    over: bool

    @property
    def withdrawn(self) -> bool:
        return self.notice.message == Notice.Message.CANCEL


@dataclass(frozen=True)
class PublicIncident:
    """What an incident tells the public."""

    incident: Incident
    notices: list[PublicNotice]
    answers: list[PublicAnswer]


def published() -> Any:
    """Every published version of the open incidents, the newest first."""
    return (
        Notice.objects.filter(kind=Notice.Kind.NOTICE, published_at__isnull=False, incident__state=Incident.State.OPEN)
        .select_related("incident")
        .prefetch_related("areas")
        .order_by("-published_at", "-pk")
    )


def standing(number: int) -> Standing | None:
    """A published notice with its versions, also of a closed incident: what was said can be looked up."""
    found = Notice.objects.filter(kind=Notice.Kind.NOTICE, number=number, published_at__isnull=False)
    all_of_it = standing_of(found.select_related("incident").prefetch_related("areas"))
    return all_of_it[0] if all_of_it else None


def read(notice: Notice, language: str) -> PublicNotice:
    """A version in a language, else in its first one."""
    code = language if language in notice.texts else notice.written_in[0]
    text = text_of(notice, code)
    ends = notice.holds_until
    return PublicNotice(
        notice,
        code,
        text["title"],
        blocks(text["body"]),
        tuple(area.name for area in notice.areas.all()),
        notice.incident.clock_kind == Incident.ClockKind.EXERCISE,
        ends is not None and ends <= notice.incident.now(),
    )


def for_everybody(language: str) -> list[PublicIncident]:
    """The newest version of each notice, and the answers, of every open incident that has any; exercises last."""
    found = []
    for incident in Incident.objects.filter(state=Incident.State.OPEN).order_by("-clock_kind", "-trigger_at", "-pk"):
        versions = standing_of(one for one in published().filter(incident=incident))
        shown = sorted((one.published[0] for one in versions), key=_published, reverse=True)
        with translation.override(spoken_for(language)):
            answers = public_answers(incident)
        if shown or answers:
            found.append(PublicIncident(incident, [read(one, language) for one in shown], answers))
    return found


def languages_read(notices: Sequence[Notice]) -> list[tuple[str, str]]:
    """The languages in which any of them is written, with their names."""
    codes = dict.fromkeys(code for notice in notices for code in notice.written_in)
    return [(code, language_name(code)) for code in codes or ("zh-hans", "en")]


def marked(found: PublicNotice) -> str:
    """The title for feeds and posters: an exercise, a change and a withdrawal say so first."""
    marks = []
    if found.exercise:
        marks.append(_("Exercise"))
    if found.notice.message != Notice.Message.ALERT:
        marks.append(str(found.notice.get_message_display()))
    return "".join(f"【{mark}】" for mark in marks) + found.title


def _published(notice: Notice) -> datetime:
    assert notice.published_at is not None
    return notice.published_at
