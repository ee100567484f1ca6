"""The forms of the log: one line for the night, and one with everything."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import LocalForm, LocalInstant, some_lines
from doorstep.command.log.acts import LONGEST, Said
from doorstep.command.log.addressing import Book
from doorstep.command.log.rules import rules
from doorstep.command.models import Area, Incident, LogEntry, Member
from doorstep.command.queries import workers
from doorstep.command.rights import Rights


def kinds_for(rights: Rights) -> list[tuple[str, Any]]:
    """The kinds that a member may write: an adviser advises and asks, whoever decides may decide."""
    writes, advises = rights.may("write_log"), rights.may("advise")
    allowed = []
    for code, label in LogEntry.Kind.choices:
        if code == LogEntry.Kind.DECISION and not rights.may(rules()["who_decides"]):
            continue
        if (writes and code != LogEntry.Kind.ADVICE) or (advises and code in rules()["adviser_kinds"]):
            allowed.append((code, label))
    return allowed


class LineForm(LocalForm):
    """One line: kind, to whom, text. Enter sends it; `asking` makes that count once."""

    text = forms.CharField(
        label=_("What is said"), max_length=LONGEST, widget=forms.TextInput({"autocomplete": "off", "autofocus": True})
    )
    kind = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect)
    to = forms.MultipleChoiceField(label=_("To"), required=False)
    area = forms.ModelChoiceField(Area.objects.none(), label=_("Area"), required=False)
    asking = forms.CharField(widget=forms.HiddenInput, max_length=80)

    def __init__(self, incident: Incident, rights: Rights, book: Book, data: Any = None, **first: Any) -> None:
        kinds = kinds_for(rights)
        codes = [code for code, _label in kinds]
        usual = next((code for code in ("report", "advice") if code in codes), "")
        super().__init__(incident.tz, data, initial={"asking": str(uuid4()), "kind": usual, **first})
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.book = book
        self.fields["to"].choices = [(title, list(pairs)) for title, pairs in book.groups if pairs]  # type: ignore[attr-defined]
        areas = Area.objects.filter(incident=incident)
        scope = rights.areas("write_log") if rights.may("write_log") else rights.areas("advise")
        if scope is not None:
            areas = areas.filter(pk__in=scope)
            self.fields["area"].required = True
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        self.fields["area"].empty_label = _("the whole incident")  # type: ignore[attr-defined]

    def said(self, **more: Any) -> Said:
        """What the act needs; those called by @name are addressed, too."""
        facts = self.cleaned_data
        to = (*facts["to"], *self.book.mentioned(facts["text"]))
        return Said(
            facts["asking"],
            facts["kind"],
            facts["text"],
            to=tuple(dict.fromkeys(to)),
            area=facts["area"],
            **more,
        )


class EntryForm(LineForm):
    """Everything that an entry can say: whose words, when, a due time, a report asked for."""

    text = some_lines(4, label=_("What is said"), max_length=LONGEST)
    author = forms.ModelChoiceField(Member.objects.none(), label=_("Who said it"), required=False, empty_label=_("I"))
    author_name = forms.CharField(label=_("or the name of somebody without an account"), max_length=120, required=False)
    occurred_at = LocalInstant(label=_("When it happened"), required=False, help_text=_("Empty means now."))
    workstream = forms.ChoiceField(label=_("Line of work"), required=False)
    due_at = LocalInstant(label=_("Due"), required=False)
    needs_report = forms.BooleanField(label=_("A report is asked for when it is done"), required=False)
    field_order = (
        "kind",
        "text",
        "to",
        "needs_report",
        "due_at",
        "area",
        "workstream",
        "author",
        "author_name",
        "occurred_at",
    )

    def __init__(
        self,
        incident: Incident,
        rights: Rights,
        book: Book,
        streams: list[tuple[str, str]],
        data: Any = None,
        **first: Any,
    ) -> None:
        super().__init__(incident, rights, book, data, **first)
        self.fields["author"].queryset = workers(incident).order_by("name")  # type: ignore[attr-defined]
        self.fields["workstream"].choices = [("", "—"), *streams]  # type: ignore[attr-defined]
        if rights.may("write_log"):
            self.fields["kind"].choices = LogEntry.Kind.choices  # type: ignore[attr-defined]
        else:
            for name in ("author", "author_name", "needs_report"):
                del self.fields[name]

    def said(self, **more: Any) -> Said:
        facts = self.cleaned_data
        names = ("author", "author_name", "occurred_at", "workstream", "due_at", "needs_report")
        return super().said(**{name: facts[name] for name in names if name in facts}, **more)
