from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GateConfig(AppConfig):
    name = "doorstep.gate"
    label = "gate"
    verbose_name = _("Gate")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.command.events import ExitAsked
        from doorstep.gate import counts, figures, household_page, queries, searches, watches
        from doorstep.gate.asking import exit_asked
        from doorstep.wiring.contributions import BoardPanel, CountSource, NavItem, Search, Watch, contributions
        from doorstep.wiring.events import subscribe
        from doorstep.wiring.figures import FigureSource
        from doorstep.wiring.homes import ResidentPanel

        subscribe(ExitAsked, exit_asked)

        add = contributions.watches.add
        add("5-not-back", Watch(5, "not_back", _("Out or inside past their time"), watches.not_back), order=5)
        add("10-barriers", Watch(10, "barriers", _("Barriers that lack something"), watches.barriers_lacking), order=10)
        title = _("Waiting too long between the gates")
        add("12-buffer", Watch(12, "buffer", title, watches.buffer_waits), order=12)

        contributions.counts.add("gate", CountSource("gate", _("Crossings at the gate"), counts.out), order=50)
        contributions.searches.add("permits", Search("permits", searches.permits), order=25)
        panel = BoardPanel("at_gates", _("At the gates"), "hard", "gate/_panel.html", queries.board_panel)
        contributions.panels.add("at_gates", panel)
        contributions.figures.add("gate", FigureSource("gate", _("Gate"), figures.figures, figures.rows))
        own = ResidentPanel("permit", _("Your permit"), "gate/household/_permit.html", household_page.permits)
        contributions.resident_panels.add("permit", own, order=8)

        nav = contributions.nav.add
        nav("gate", NavItem("gate", _("Gate"), "gate:home", "keep_gate"), order=42)
        nav("permits", NavItem("permits", _("Permits"), "gate:permits", "give_permits"), order=43)
