from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommandConfig(AppConfig):
    name = "doorstep.command"
    label = "command"
    verbose_name = _("Command")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.command.handlers import journal_export, journal_places, journal_read, journal_register
        from doorstep.register.events import PlacesChanged, RecordRead, RegisterChanged
        from doorstep.wiring.events import subscribe
        from doorstep.wiring.pages import Exported

        subscribe(RegisterChanged, journal_register)
        subscribe(PlacesChanged, journal_places)
        subscribe(Exported, journal_export)
        subscribe(RecordRead, journal_read)

        from doorstep.command.events import ClockMoved
        from doorstep.command.handlers import carry_out_changes

        subscribe(ClockMoved, carry_out_changes)  # before the ledger looks: what is due then is due in the new areas

        from doorstep.command.rights import rights_of
        from doorstep.wiring.access import answer_for_rights

        answer_for_rights(rights_of)

        from doorstep.command.posts import contributing

        contributing.ready()

        from doorstep.command import watches
        from doorstep.wiring.contributions import NavItem, Search, Watch, contributions

        add = contributions.watches.add
        add("5", Watch(5, "tasks", _("Tasks without an owner or past due"), watches.tasks_waiting), order=5)
        add("10", Watch(10, "areas", _("Sealed areas that lack something"), watches.areas_lacking), order=10)
        add("13", Watch(13, "reviews", _("Reviews overdue, areas to lift"), watches.reviews_and_liftings), order=13)

        from doorstep.command.questions.queries import questions_waiting

        title = _("Questions and rumours not answered in time")
        add("5-questions", Watch(5, "questions", title, questions_waiting), order=6)

        nav = contributions.nav.add
        nav("areas", NavItem("areas", _("Areas"), "command:areas", "manage_areas"), order=15)
        nav("tasks", NavItem("tasks", _("Tasks"), "command:tasks", "work_tasks"), order=50)
        nav("notices", NavItem("notices", _("Letters and notices"), "command:notices", "publish"), order=25)
        nav("people", NavItem("people", _("People"), "command:people", "manage_people"), order=60)
        nav("journal", NavItem("journal", _("Journal"), "command:journal", "see_journal"), order=80)

        nav("log", NavItem("log", _("Command log"), "command:log", "see_log"), order=14)

        self._log_and_plan()

        from doorstep.command import searches

        contributions.searches.add("tasks", Search("tasks", searches.tasks), order=30)
        contributions.searches.add("areas", Search("areas", searches.areas), order=20)
        contributions.searches.add("members", Search("members", searches.members), order=40)

        contributions.searches.add("questions", Search("questions", searches.questions), order=70)
        contributions.searches.add("notices", Search("notices", searches.notices), order=75)

        from doorstep.command.notices import doors, figures
        from doorstep.wiring.contributions import VisitItem
        from doorstep.wiring.figures import FigureSource

        contributions.visit_items.add("letters", VisitItem("letters", doors.visit_lines))
        title = _("Letters at the doors")
        contributions.figures.add("letters", FigureSource("letters", title, figures.figures, figures.rows), order=45)

        from doorstep.command import household_page
        from doorstep.wiring.homes import ResidentLeaf, ResidentPanel

        add_panel = contributions.resident_panels.add
        title = _("In an emergency")
        add_panel(
            "phones", ResidentPanel("phones", title, "command/household/_phones.html", household_page.phones), order=0
        )
        title = _("Letters and notices")
        add_panel(
            "letters",
            ResidentPanel("letters", title, "command/household/_letters.html", household_page.letters),
            order=50,
        )
        title = _("Why, and how long")
        add_panel(
            "staying",
            ResidentPanel("staying", title, "command/household/_staying.html", household_page.staying),
            order=60,
        )
        title = _("Questions and answers")
        add_panel(
            "answers",
            ResidentPanel("answers", title, "command/household/_answers.html", household_page.answers),
            order=55,
        )
        contributions.resident_acts.add("question", household_page.ask_act())
        leaf = ResidentLeaf("letter", _("Letter"), "command/household/letter.html", household_page.letter)
        contributions.resident_leaves.add("letter", leaf)

        from doorstep.command import figures as of_command

        source = FigureSource("command", _("Command and tasks"), of_command.figures, of_command.rows)
        contributions.figures.add("command", source, order=20)

    def _log_and_plan(self) -> None:
        """What the log and the plan add: searches, a panel, a watch, checks of the chain."""
        from doorstep.command import chain
        from doorstep.command.log import contributed
        from doorstep.command.log.verifying import log_faults
        from doorstep.command.plan.queries import plan_anchors, plan_faults
        from doorstep.wiring.contributions import BoardPanel, Search, Watch, contributions

        chain.also_check(log_faults)
        chain.also_check(plan_faults)
        chain.also_anchored(plan_anchors)
        contributions.searches.add("log", Search("log", contributed.log_search), order=35)
        contributions.panels.add(
            "log",
            BoardPanel("log", _("Command log"), "both", "command/log/_panel.html", contributed.log_panel),
            order=5,
        )
        title = _("Instructions not read or not done in time")
        contributions.watches.add("5-log", Watch(5, "log", title, contributed.log_watch), order=5)
