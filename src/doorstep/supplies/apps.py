from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SuppliesConfig(AppConfig):
    name = "doorstep.supplies"
    label = "supplies"
    verbose_name = _("Supplies")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.register.events import RegisterChanged
        from doorstep.supplies.coverage import follow_register
        from doorstep.wiring.events import subscribe

        subscribe(RegisterChanged, follow_register)

        from doorstep.supplies import duty, parcels, recalls, searches, watches
        from doorstep.wiring.contributions import NavItem, Search, VisitItem, Watch, contributions

        nav = contributions.nav.add
        nav("supplies", NavItem("supplies", _("Supplies"), "supplies:home", "see_supplies"), order=35)
        nav("parcels", NavItem("parcels", _("Parcels"), "supplies:parcels", "handle_parcels"), order=47)

        title = _("Parcels that wait too long or that nobody holds")
        contributions.watches.add("12-parcels", Watch(12, "parcels", title, watches.parcels_waiting), order=12)
        title = _("Lots called back or past their date at doors")
        contributions.watches.add("14-lots", Watch(14, "lots", title, watches.lots_at_doors), order=14)
        title = _("On duty without protective equipment")
        contributions.watches.add("15-duty", Watch(15, "duty", title, watches.duty_without_protection), order=15)

        contributions.visit_items.add("parcels", VisitItem("parcels", parcels.visit_lines))
        contributions.visit_items.add("recalls", VisitItem("recalls", recalls.visit_lines))
        contributions.searches.add("supplies", Search("supplies", searches.supplies), order=60)
        contributions.duty_checks.add("protection", duty.speaks_against)

        from doorstep.supplies.household_page import covered
        from doorstep.wiring.homes import ResidentPanel

        panel = ResidentPanel("covered", _("Your food"), "supplies/household/_covered.html", covered)
        contributions.resident_panels.add("covered", panel, order=20)
