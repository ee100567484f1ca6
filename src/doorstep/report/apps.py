from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportConfig(AppConfig):
    name = "doorstep.report"
    label = "report"
    verbose_name = _("Report")
    default_auto_field = "django.db.models.BigAutoField"
