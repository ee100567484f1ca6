from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommandConfig(AppConfig):
    name = "doorstep.command"
    label = "command"
    verbose_name = _("Command")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.command.handlers import journal_register
        from doorstep.register.events import RegisterChanged
        from doorstep.wiring.events import subscribe

        subscribe(RegisterChanged, journal_register)
