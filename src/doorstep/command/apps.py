from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommandConfig(AppConfig):
    name = "doorstep.command"
    label = "command"
    verbose_name = _("Command")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from doorstep.command.handlers import journal_export, journal_read, journal_register
        from doorstep.register.events import RecordRead, RegisterChanged
        from doorstep.wiring.events import subscribe
        from doorstep.wiring.pages import Exported

        subscribe(RegisterChanged, journal_register)
        subscribe(Exported, journal_export)
        subscribe(RecordRead, journal_read)

        from doorstep.command.rights import rights_of
        from doorstep.wiring.access import answer_for_rights

        answer_for_rights(rights_of)

        from doorstep.command import watches
        from doorstep.wiring.contributions import Watch, contributions

        add = contributions.watches.add
        add("5", Watch(5, "tasks", _("Tasks without an owner or past due"), watches.tasks_waiting), order=5)
        add("10", Watch(10, "areas", _("Sealed areas that lack something"), watches.areas_lacking), order=10)
        add("13", Watch(13, "reviews", _("Reviews overdue, areas to lift"), watches.reviews_and_liftings), order=13)
