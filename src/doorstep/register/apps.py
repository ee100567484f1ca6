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
        from doorstep.register import counts, search
        from doorstep.wiring.contributions import CountSource, NavItem, Search, contributions

        contributions.nav.add("register", NavItem("register", _("Register"), "register:home", "see_register"), order=50)
        contributions.searches.add("register", Search("register", search.find), order=10)

        add = contributions.counts.add
        add("stated", CountSource("stated", _("Persons as stated"), counts.stated), order=10)
        add("lists", CountSource("lists", _("The newest list"), counts.forgotten), order=20)

        from doorstep.register import figures
        from doorstep.wiring.figures import FigureSource

        source = FigureSource("register", _("Who is bound"), figures.figures, figures.rows)
        contributions.figures.add("register", source, order=10)
