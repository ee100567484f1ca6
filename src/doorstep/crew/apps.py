from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrewConfig(AppConfig):
    name = "doorstep.crew"
    label = "crew"
    verbose_name = _("Crew")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.command.events import AreaChanged, MemberAway
        from doorstep.crew.actions import after_member_away
        from doorstep.crew.gates import follow_area
        from doorstep.wiring.events import subscribe

        subscribe(AreaChanged, follow_area)
        subscribe(MemberAway, after_member_away)

        from doorstep.crew.queries import gate_panel
        from doorstep.crew.watches import gates_uncovered
        from doorstep.wiring.contributions import BoardPanel, DutySource, NavItem, Watch, contributions

        title = _("Posts without cover, people without rest")
        contributions.watches.add("7", Watch(7, "gates", title, gates_uncovered), order=7)

        panel = BoardPanel("gates", _("Gates and posts"), "hard", "crew/_panel.html", gate_panel)
        contributions.panels.add("gates", panel)

        from doorstep.crew.duties import shifts

        contributions.duties.add("shifts", DutySource("shifts", shifts))

        nav = contributions.nav.add
        nav("my_shifts", NavItem("my_shifts", _("My shifts"), "crew:my_shifts", "work_tasks"), order=45)
        nav("shifts", NavItem("shifts", _("Shifts"), "crew:home", "plan_shifts"), order=50)

        from doorstep.crew import figures
        from doorstep.wiring.figures import FigureSource

        source = FigureSource("crew", _("Posts and shifts"), figures.figures, figures.rows)
        contributions.figures.add("crew", source, order=70)
