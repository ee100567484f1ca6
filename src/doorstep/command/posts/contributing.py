"""What the command room says to the whole at start-up."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _


def ready() -> None:
    """Hear the clock, the areas, the calls and the tellings; add the page, the watch, the clocks and the figures."""
    from doorstep.command.events import AreaChanged, CallAnswered, Tell, TimePassed
    from doorstep.command.posts import clocks, figures, handlers, holding, watches, working
    from doorstep.command.sending.telling import follow_tell
    from doorstep.wiring.contributions import NavItem, Watch, contributions
    from doorstep.wiring.events import subscribe
    from doorstep.wiring.figures import FigureSource

    subscribe(TimePassed, handlers.follow_time)
    subscribe(AreaChanged, working.follow_area)
    subscribe(CallAnswered, holding.follow_call)
    subscribe(Tell, follow_tell)
    contributions.nav.add("command", NavItem("command", _("Command"), "command:room", "activate"), order=5)
    contributions.nav.add("command-room", NavItem("command-room", _("Command"), "command:room", "see_log"), order=70)
    title = _("Command posts without a holder")
    contributions.watches.add("7-command", Watch(7, "command", title, watches.command_posts), order=7)
    contributions.first_acts.add("journal", clocks.from_journal)
    add = contributions.figures.add
    add("first_acts", FigureSource("first_acts", _("First acts"), figures.first_acts, figures.first_act_rows), order=5)
    add("staffing", FigureSource("staffing", _("Command and calls"), figures.staffing, figures.staffing_rows), order=6)
    add("measured", FigureSource("measured", _("Measured results"), figures.measured, figures.measured_rows), order=30)
