from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SuppliesConfig(AppConfig):
    name = "doorstep.supplies"
    label = "supplies"
    verbose_name = _("Supplies")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.wiring.contributions import NavItem, contributions

        contributions.nav.add("supplies", NavItem("supplies", _("Supplies"), "supplies:home", "see_supplies"), order=35)
