from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResidentConfig(AppConfig):
    name = "doorstep.resident"
    label = "resident"
    verbose_name = _("Resident's page")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.resident import counts, own_page
        from doorstep.wiring.contributions import CountSource, contributions
        from doorstep.wiring.homes import ResidentPanel

        title = _("The household on its own page")
        contributions.counts.add("page", CountSource("page", title, counts.page), order=35)
        add = contributions.resident_panels.add
        title = _("Your household")
        add("household", ResidentPanel("household", title, "resident/_household.html", own_page.household), order=90)
        title = _("Who looked at your data")
        add("readers", ResidentPanel("readers", title, "resident/_readers.html", own_page.readers), order=95)
        for act in own_page.acts():
            contributions.resident_acts.add(act.code, act)
