"""Dates as a calendar that phones and offices read (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from icalendar import Calendar, Event

from doorstep.wiring.pages import download

CALENDAR = "text/calendar; charset=utf-8"
SHORTEST = timedelta(minutes=30)


@dataclass(frozen=True)
class KeyDate:
    """Something that is due: its name never changes, so that a calendar read again moves it and adds nothing."""

    name: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    about: str = ""


def calendar(title: str, dates: Iterable[KeyDate], *, at: datetime) -> bytes:
    """The dates as a file, in the zone that their instants carry."""
    made = Calendar()
    made.add("prodid", "-//Doorstep//Doorstep//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", title)
    for date in dates:
        event = Event()
        event.add("uid", f"{date.name}@doorstep")
        event.add("dtstamp", at)
        event.add("dtstart", date.starts_at)
        event.add("dtend", date.ends_at or date.starts_at + SHORTEST)
        event.add("summary", date.title)
        if date.about:
            event.add("description", date.about)
        made.add_component(event)
    made.add_missing_timezones()
    text: bytes = made.to_ical()
    return text


def calendar_file(title: str, name: str, dates: Iterable[KeyDate], *, at: datetime) -> HttpResponse:
    """The same as an answer to download."""
    return download(calendar(title, dates, at=at), CALENDAR, f"{name}.ics")
