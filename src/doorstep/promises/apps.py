from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PromisesConfig(AppConfig):
    name = "doorstep.promises"
    label = "promises"
    verbose_name = _("Promises")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.command.events import AreaChanged, ChangeTakenBack, ClockMoved
        from doorstep.promises.continuing import before_change_is_taken_back, owed_now
        from doorstep.promises.handlers import follow_area, follow_clock, follow_register
        from doorstep.register.events import RegisterChanged
        from doorstep.wiring.events import subscribe

        subscribe(AreaChanged, follow_area)
        subscribe(RegisterChanged, follow_register)
        subscribe(ClockMoved, follow_clock)
        subscribe(ChangeTakenBack, before_change_is_taken_back)

        from doorstep.promises.queries import first_kept
        from doorstep.promises.watches import contacts_missing
        from doorstep.wiring.contributions import Watch, contributions

        contributions.first_acts.add("promises", first_kept)
        title = _("Vulnerable people without a contact in time")
        contributions.watches.add("2", Watch(2, "contacts", title, contacts_missing), order=2)

        from doorstep.promises import figures
        from doorstep.wiring.figures import FigureSource

        source = FigureSource("promises", _("Promises"), figures.figures, figures.rows)
        contributions.figures.add("promises", source, order=30)
        contributions.owed.add("ledger", owed_now)
