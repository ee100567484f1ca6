"""The incident's clock, and local days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class IncidentClock:
    """The incident's time as a function of the real one.

    A real clock shows the real time. An exercise clock stands at `anchor_incident` when the real time is
    `anchor_real` and runs `rate` times as fast (0 = stepped by hand, 1 = shifted, 60 = a minute a second).
    """

    kind: str
    anchor_real: datetime
    anchor_incident: datetime
    rate: float = 1.0

    def now(self, real: datetime) -> datetime:
        """The incident's instant, in UTC."""
        if self.kind == "real":
            return real.astimezone(UTC)
        return (self.anchor_incident + (real - self.anchor_real) * self.rate).astimezone(UTC)

    def stepped(self, real: datetime, by: timedelta) -> IncidentClock:
        """The same clock, moved on by `by` and standing."""
        return IncidentClock("exercise", real, self.now(real) + by, 0.0)

    def accelerated(self, real: datetime, rate: float) -> IncidentClock:
        """The same clock, running `rate` times as fast from now on."""
        return IncidentClock("exercise", real, self.now(real), rate)


def local_day(instant: datetime, tz: ZoneInfo) -> date:
    """The incident's local day of an instant."""
    return instant.astimezone(tz).date()


def local_midnight(day: date, tz: ZoneInfo) -> datetime:
    """The instant at which a local day begins, in UTC."""
    return datetime.combine(day, time.min, tz).astimezone(UTC)


def local_hour(day: date, hour: int, tz: ZoneInfo) -> datetime:
    """The instant of a local hour of a day, in UTC; 24 is the midnight after. An hour that the clock skips is the next one."""
    if hour == 24:
        return local_midnight(day + timedelta(days=1), tz)
    return datetime.combine(day, time(hour), tz).astimezone(UTC)
