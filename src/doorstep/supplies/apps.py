from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SuppliesConfig(AppConfig):
    name = "doorstep.supplies"
    label = "supplies"
    verbose_name = _("Supplies")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.command.events import GoodsBought
        from doorstep.promises.events import OwedChanged
        from doorstep.register.events import RegisterChanged
        from doorstep.supplies.coverage import follow_register
        from doorstep.supplies.errand_goods import follow_bought
        from doorstep.supplies.forecast import follow_owed
        from doorstep.wiring.events import subscribe

        subscribe(RegisterChanged, follow_register)
        subscribe(OwedChanged, follow_owed)
        subscribe(GoodsBought, follow_bought)

        from doorstep.supplies import duty, kit_watches, own, parcels, recalls, searches, watches
        from doorstep.wiring.contributions import NavItem, Search, VisitItem, Watch, contributions

        nav = contributions.nav.add
        nav("supplies", NavItem("supplies", _("Supplies"), "supplies:home", "see_supplies"), order=35)
        nav("parcels", NavItem("parcels", _("Parcels"), "supplies:parcels", "handle_parcels"), order=47)

        title = _("Orders that come too late")
        contributions.watches.add("1-orders", Watch(1, "orders", title, watches.orders_late), order=2)
        title = _("Parcels that wait too long or that nobody holds")
        contributions.watches.add("12-parcels", Watch(12, "parcels", title, watches.parcels_waiting), order=12)
        title = _("Lots called back or past their date at doors")
        contributions.watches.add("14-lots", Watch(14, "lots", title, watches.lots_at_doors), order=14)
        title = _("Packed kits that do not suit their household")
        contributions.watches.add("14-kits", Watch(14, "kits", title, kit_watches.kits_unfit), order=14)
        title = _("On duty without protective equipment")
        contributions.watches.add("15-duty", Watch(15, "duty", title, watches.duty_without_protection), order=15)

        contributions.visit_items.add("parcels", VisitItem("parcels", parcels.visit_lines))
        contributions.visit_items.add("own", VisitItem("own", own.visit_lines))
        contributions.visit_items.add("recalls", VisitItem("recalls", recalls.visit_lines))
        contributions.searches.add("supplies", Search("supplies", searches.supplies), order=60)
        contributions.duty_checks.add("protection", duty.speaks_against)

        from doorstep.supplies.household_page import covered
        from doorstep.wiring.homes import ResidentPanel

        panel = ResidentPanel("covered", _("Your food"), "supplies/household/_covered.html", covered)
        contributions.resident_panels.add("covered", panel, order=20)

        from doorstep.supplies import figures
        from doorstep.wiring.figures import FigureSource

        source = FigureSource("supplies", _("Supplies"), figures.figures, figures.rows)
        contributions.figures.add("supplies", source, order=50)
