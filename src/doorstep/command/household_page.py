"""What command brings to a household's own page: whom to call, why and how long, the letters and notices, answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.areas.measures import RUNNING, measure_lines
from doorstep.command.functions import team_phone
from doorstep.command.letters import blocks, facts_of
from doorstep.command.models import Notice, Question
from doorstep.command.notices.facts import filled_text
from doorstep.command.notices.publishing import standing_of
from doorstep.command.notices.reading import published
from doorstep.command.questions.actions import Asked, take_down
from doorstep.command.questions.queries import public_answers
from doorstep.wiring.homes import AtHome, Heard, PageForm, ResidentAct
from doorstep.wiring.texts import in_language


def phones(home: AtHome) -> dict[str, Any]:
    """The numbers that save lives first: those of everybody, then the area's and the team's."""
    found = [(in_language(one.title), one.code) for one in home.incident.protocol.emergency.phones]
    urgent = home.area.emergency_phone if home.area else ""
    team = team_phone(home.area)
    return {"phones": found, "urgent": urgent, "team": team if team != urgent else ""}


def staying(home: AtHome) -> dict[str, Any] | None:
    """Why one must stay at home, since when, until when at most, and what ends it (F31)."""
    area = home.area
    if area is None:
        return None
    lines = [line for line in measure_lines(area, home.at) if line.look in RUNNING and line.restriction]
    limits = [line.restriction.max_until for line in lines if line.restriction and line.restriction.max_until]
    tz = home.incident.tz
    day = most = 0
    if area.effective_at:
        first = area.effective_at.astimezone(tz).date()
        day = (home.at.astimezone(tz).date() - first).days + 1
        most = (max(limits).astimezone(tz).date() - first).days if limits else 0
    return {
        "area": area,
        "rule": in_language(home.incident.protocol.zones[area.zone].rule),
        "measures": [line.title for line in lines],
        "day": max(1, day),
        "most": most,
        "until_at_most": max(limits) if limits else None,
        "never": [in_language(one.title) for one in home.incident.protocol.rights.never]
        if home.incident.protocol.rights
        else [],
    }


def letters(home: AtHome) -> dict[str, Any] | None:
    """The letter of the area in its current version, and the public notices that hold here, the newest first."""
    found = [home.area.letter] if home.area and home.area.letter else []
    versions = standing_of(published().filter(incident=home.incident))
    notices = [one.published[0] for one in versions if _about(one.published[0], home)]
    notices.sort(key=lambda notice: notice.published_at or notice.created_at, reverse=True)
    shown = [(notice, filled_text(notice, _language(), home.area)["title"]) for notice in [*found, *notices[:12]]]
    return {"letters": shown} if shown else None


def letter(home: AtHome, ref: str) -> dict[str, Any] | None:
    """One letter or notice in the language of the page, with what holds in the reader's area."""
    found = (
        Notice.objects.filter(incident=home.incident, pk=int(ref) if ref.isdecimal() and len(ref) < 19 else 0)
        .exclude(kind=Notice.Kind.NOTICE, published_at=None)
        .first()
    )
    if found is None:
        return None
    text = filled_text(found, _language(), home.area)
    here = home.area if home.area and home.area.letter_id == found.pk else None
    return {
        "letter": found,
        "heading": text["title"],
        "blocks": blocks(text["body"]),
        "facts": facts_of(here) if here else [],
    }


def answers(home: AtHome) -> dict[str, Any]:
    """What others asked and was answered, what this household asked, and a way to ask. Two queries."""
    mine = Question.objects.filter(incident=home.incident, household=home.household)
    return {
        "answers": public_answers(home.incident, most=12),
        "mine": [
            (one, in_language((one.same_as or one).answer))
            for one in mine.select_related("same_as").order_by("-number")[:6]
        ],
    }


class QuestionForm(PageForm):
    """A question that concerns others, too."""

    text = forms.CharField(label=_("Your question"), max_length=1000, widget=forms.Textarea({"rows": 4}))


def ask_act() -> ResidentAct:
    """Asking something that everybody may want to know."""
    return ResidentAct(
        "question",
        _("Ask a question"),
        _(
            "For what everybody may want to know: why, how long, what is allowed. What you need yourself, ask for above."
        ),
        _("Send"),
        lambda home, ref, data, files: QuestionForm(data),
        _ask,
        _asked,
    )


def _ask(home: AtHome, ref: str, form: QuestionForm) -> str:
    asked = Asked(
        form.cleaned_data["text"],
        source=Question.Source.RESIDENT,
        area=home.area,
        household_id=home.household.pk,
        client_id=form.made_by(home),
    )
    return str(take_down(home.incident, asked, at=home.at, by=None).pk)


def _asked(home: AtHome, ref: str) -> Heard | None:
    pk = int(ref) if ref.isdecimal() and len(ref) < 19 else 0
    found = Question.objects.filter(household=home.household, pk=pk).first()
    if found is None:
        return None
    words = gettext("It stays open until somebody has answered it. The answer stands on your page.")
    return Heard(gettext("Your question has a number"), (words,), str(found.number))


def _about(notice: Notice, home: AtHome) -> bool:
    areas = [area.pk for area in notice.areas.all()]
    return not areas or (home.area is not None and home.area.pk in areas)


def _language() -> str:
    return get_language() or ""
