"""Fields that the forms of command share."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms


class LocalInstant(forms.DateTimeField):
    """An instant typed as local time of the incident; comes out aware, in its zone."""

    def __init__(self, **facts: Any) -> None:
        self.tz = ZoneInfo("UTC")
        widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **facts)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(self.tz).replace(tzinfo=None)
        return value

    def clean(self, value: Any) -> datetime | None:
        given: datetime | None = super().clean(value)
        return given.replace(tzinfo=self.tz) if given else None


class LocalForm(forms.Form):
    """A form whose instants are local to the incident's zone."""

    def __init__(self, tz: ZoneInfo, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, LocalInstant):
                field.tz = tz


def one_line(**facts: Any) -> forms.CharField:
    """A short text."""
    return forms.CharField(**facts)


def some_lines(rows: int = 3, **facts: Any) -> forms.CharField:
    """A longer text."""
    return forms.CharField(widget=forms.Textarea({"rows": rows}), **facts)
