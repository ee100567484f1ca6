from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrewConfig(AppConfig):
    name = "doorstep.crew"
    label = "crew"
    verbose_name = _("Crew")
    default_auto_field = "django.db.models.BigAutoField"
