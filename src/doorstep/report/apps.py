from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportConfig(AppConfig):
    name = "doorstep.report"
    label = "report"
    verbose_name = _("Report")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.wiring.contributions import NavItem, contributions

        nav = contributions.nav.add
        nav("report", NavItem("report", _("Report"), "report:home", "see_report"), order=70)
        nav("brief", NavItem("brief", _("Numbers brief"), "report:brief", "see_brief"), order=71)
