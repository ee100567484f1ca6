from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RoundsConfig(AppConfig):
    name = "doorstep.rounds"
    label = "rounds"
    verbose_name = _("Rounds")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.command.events import ClockMoved
        from doorstep.promises.events import TimePassed
        from doorstep.rounds import counts, watches
        from doorstep.rounds.events import VisitRecorded, VisitUndone, WelfareAnswered
        from doorstep.rounds.handlers import follow_clock, tell_desk, tell_desk_undone
        from doorstep.rounds.live import follow_time, follow_visit
        from doorstep.rounds.words import default_walk
        from doorstep.wiring.contributions import CountSource, NavItem, Watch, contributions
        from doorstep.wiring.events import subscribe

        subscribe(ClockMoved, follow_clock)
        subscribe(VisitRecorded, follow_visit)
        subscribe(VisitUndone, follow_visit)
        subscribe(TimePassed, follow_time)
        subscribe(WelfareAnswered, tell_desk)
        subscribe(VisitUndone, tell_desk_undone)

        add = contributions.watches.add
        add("1", Watch(1, "cupboards", _("Food that ends before the next kit"), watches.cupboards_empty), order=1)
        add("16", Watch(16, "no_list", _("Doors that no list contains"), watches.doors_on_no_list), order=16)

        contributions.place_notes.add("default_walk", default_walk)
        contributions.counts.add("visits", CountSource("visits", _("Knocks at the door"), counts.visits), order=30)
        contributions.counts.add("kits", CountSource("kits", _("Kits handed over"), counts.kits), order=40)

        from doorstep.rounds.duties import after_undo, after_visit, rounds
        from doorstep.rounds.events import VisitRecorded, VisitUndone
        from doorstep.wiring.contributions import DutySource
        from doorstep.wiring.events import subscribe

        subscribe(VisitRecorded, after_visit)
        subscribe(VisitUndone, after_undo)
        contributions.duties.add("rounds", DutySource("rounds", rounds))

        nav = contributions.nav.add
        nav("rounds", NavItem("rounds", _("Rounds"), "rounds:home", "plan_rounds"), order=30)
        nav("my_work", NavItem("my_work", _("My work"), "rounds:my_work", "walk_rounds"), order=40)
        nav("at_gate", NavItem("at_gate", _("At the gate"), "rounds:gate_home", "count_goods"), order=45)

        from doorstep.rounds.household_page import coming
        from doorstep.wiring.homes import ResidentPanel

        panel = ResidentPanel("coming", _("Who comes next"), "rounds/household/_coming.html", coming)
        contributions.resident_panels.add("coming", panel, order=10)

        from doorstep.rounds import figures
        from doorstep.wiring.figures import FigureSource

        source = FigureSource("rounds", _("At the doors"), figures.figures, figures.rows)
        contributions.figures.add("rounds", source, order=40)
