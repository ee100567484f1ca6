from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "doorstep.desk"
    label = "desk"
    verbose_name = _("Desk")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.command.events import GoodsHandedOver, MemberAway, PermitChanged, ShiftEnds
        from doorstep.desk import queries, searches, watches
        from doorstep.desk.escalation import follow_time
        from doorstep.desk.handing import after_member_away, before_shift_ends
        from doorstep.desk.medicines import asking, care, doors, refills, watching
        from doorstep.desk.owed import open_promises
        from doorstep.desk.ways import steps
        from doorstep.desk.ways import watching as ways_watching
        from doorstep.promises.events import TimePassed
        from doorstep.wiring.contributions import BoardPanel, NavItem, Search, VisitItem, Watch, contributions
        from doorstep.wiring.events import subscribe

        subscribe(TimePassed, follow_time)
        subscribe(ShiftEnds, before_shift_ends)
        subscribe(MemberAway, after_member_away)

        subscribe(TimePassed, refills.follow_time)
        subscribe(TimePassed, care.follow_time)
        subscribe(PermitChanged, care.follow_permit)
        subscribe(PermitChanged, steps.follow_permit)
        subscribe(GoodsHandedOver, steps.follow_goods)

        contributions.derivations.add("requests", open_promises)
        contributions.derivations.add("medicine_ask", asking.open_promises)
        contributions.visit_items.add("medicines", VisitItem("medicines", doors.visit_lines))
        add = contributions.watches.add
        title = _("Requests and messages without an owner, or late")
        add("5-requests", Watch(5, "requests", title, watches.requests_waiting), order=5)
        title = _("Calls, permits and craftsmen that are late")
        add("5-ways", Watch(5, "ways", title, ways_watching.ways_late), order=5)
        title = _("Medicines that end before they come")
        add("3", Watch(3, "medicines", title, watching.running_out), order=3)
        title = _("Treatments without place, vehicle or permit")
        add("4", Watch(4, "care", title, watching.care_not_settled), order=4)
        title = _("Objects entrusted that nobody holds")
        add("12-entrusted", Watch(12, "entrusted", title, watches.objects_without_holder), order=12)

        from doorstep.desk import household_page

        contributions.searches.add("messages", Search("messages", searches.messages), order=35)
        for part, order in household_page.PANELS:
            contributions.resident_panels.add(part.code, part, order=order)
        for leaf in household_page.LEAVES:
            contributions.resident_leaves.add(leaf.code, leaf)
        for act in household_page.acts():
            contributions.resident_acts.add(act.code, act)

        contributions.nav.add("desk", NavItem("desk", _("Requests"), "desk:home", "see_requests"), order=20)
        nav = contributions.nav.add
        nav("medicines", NavItem("medicines", _("Medicines"), "desk:medicines", "see_requests"), order=21)
        nav("errands", NavItem("errands", _("My errands"), "desk:my_errands", "walk_rounds"), order=41)
        contributions.searches.add("requests", Search("requests", searches.requests), order=40)
        panel = BoardPanel("requests", _("Requests"), "warm", "desk/_panel.html", queries.board_panel)
        contributions.panels.add("requests", panel)

        from doorstep.desk import figures
        from doorstep.wiring.figures import FigureSource

        source = FigureSource("desk", _("Requests"), figures.figures, figures.rows)
        contributions.figures.add("desk", source, order=60)
