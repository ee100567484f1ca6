from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FirstStepsConfig(AppConfig):
    name = "doorstep.firststeps"
    label = "firststeps"
    verbose_name = _("First steps")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.wiring.contributions import NavItem, contributions

        item = NavItem("firststeps", _("New compound"), "firststeps:home", "open_incident")
        contributions.nav.add("firststeps", item, order=95)
