from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoardConfig(AppConfig):
    name = "doorstep.board"
    label = "board"
    verbose_name = _("Board")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:

        from doorstep.wiring.contributions import NavItem, contributions

        nav = contributions.nav.add
        nav("board", NavItem("board", _("Situation"), "board:home", "see_board"), order=10)
