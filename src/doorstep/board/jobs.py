"""What the job runner counts each minute for the board of a large incident."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import override

from doorstep.board.queries import count_whole
from doorstep.command.areas.kept import count_loads, is_large
from doorstep.command.models import Incident
from doorstep.supplies.lasting import food_lasts
from doorstep.wiring.kept import keep
from doorstep.wiring.texts import LANGUAGES


def count_large(real: datetime | None = None) -> int:
    """Count the board and the loads of each large open incident, in each language. Returns how many incidents."""
    large = [incident for incident in Incident.objects.filter(state=Incident.State.OPEN) if is_large(incident)]
    for incident in large:
        at = incident.clock.now(real or timezone.now())
        for _short, language in LANGUAGES:
            with override(language):
                keep("board", incident, count_whole(incident, at))
                keep("loads", incident, count_loads(incident))
                keep("food", incident, food_lasts(incident, at))
    return len(large)


def schedule() -> None:
    """Have the job runner count each minute. Saying it twice adds nothing."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name="board",
        defaults={"func": "doorstep.board.jobs.count_large", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )
