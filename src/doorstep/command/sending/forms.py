"""The form of a channel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Channel, Member, Organisation


class ChannelForm(forms.Form):
    """A way to reach somebody. The address is typed once and never shown again."""

    member = forms.ModelChoiceField(Member.objects.order_by("name", "pk"), label=_("For a member"), required=False)
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"), label=_("Or for an organisation"), required=False
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Channel.Kind.choices, widget=forms.RadioSelect)
    label = forms.CharField(
        label=_("Name of the channel"), max_length=80, help_text=_("Such as: WeCom group of the night shift.")
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=600,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "wecombot://…, dingtalk://…, feishu://…, tgram://…, an e-mail address or https://…. It is never shown again."
        ),
    )
    secret = forms.CharField(
        label=_("Secret that signs (webhook only)"),
        max_length=120,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    least_urgency = forms.TypedChoiceField(
        label=_("Used for"),
        choices=[(1, _("everything")), (2, _("what is for today, and at once")), (3, _("only what is at once"))],
        coerce=int,
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if bool(given.get("member")) == bool(given.get("organisation")):
            self.add_error("member", _("Choose one member or one organisation."))
        return given
