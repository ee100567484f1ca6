"""Forms that every room builds on."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms


class ActForm(forms.Form):
    """A form whose act has its own id, made when the page is shown: sent twice, it acts once."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client_id"].initial = uuid4

    @property
    def act(self) -> UUID:
        found: UUID = self.cleaned_data["client_id"]
        return found
