from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegisterConfig(AppConfig):
    name = "doorstep.register"
    label = "register"
    verbose_name = _("Register")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.wiring.contributions import NavItem, contributions

        contributions.nav.add("places", NavItem("places", _("Places"), "register:places", "see_register"), order=55)
