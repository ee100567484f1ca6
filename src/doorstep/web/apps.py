from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "doorstep.web"
    label = "web"
    verbose_name = _("Web")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.conf import settings

        from doorstep.command.events import ClockMoved
        from doorstep.exercise.load import follow_clock
        from doorstep.protocol import use_folder
        from doorstep.wiring.events import subscribe

        subscribe(ClockMoved, follow_clock)
        use_folder(settings.DATA / "protocols")
