"""What a household's own page is made of: each room brings panels, acts and leaves, the resident room lays them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms


@dataclass(frozen=True)
class AtHome:
    """Whose page is open, and when. `area` is the one in force that binds the door, None where nobody is bound.

    `contact` is whom the household wants rung back, in its own words.
    """

    household: Any
    incident: Any
    area: Any
    at: datetime
    contact: str = ""

    def own(self, client_id: UUID) -> UUID:
        """An id made on this household's page: the same one sent by another household is another."""
        return uuid5(client_id, f"household:{self.household.pk}")


@dataclass(frozen=True)
class ResidentPanel:
    """A part of the page: `context(home)` feeds `template`; None where it has nothing to show."""

    code: str
    title: Any
    template: str
    context: Callable[[AtHome], dict[str, Any] | None]


@dataclass(frozen=True)
class Step:
    """Something that can be done next: an act with what it is about, and the words of its button."""

    act: str
    ref: str
    words: str
    at_once: bool = False  # one press does it; else its form opens


@dataclass(frozen=True)
class Heard:
    """What the page says after an act. `number` stands in very large type, to be read out on the phone."""

    title: str
    words: tuple[str, ...] = ()
    number: str = ""
    steps: tuple[Step, ...] = ()
    grave: bool = False


@dataclass(frozen=True)
class ResidentAct:
    """One thing that a household does on its page.

    `form(home, ref, data, files)` makes the form, `do(home, ref, form)` carries it out and returns what it is about from
    then on, `heard(home, ref)` says so afterwards (None: no such thing is this household's).
    """

    code: str
    title: Any
    lead: Any
    button: Any
    form: Callable[[AtHome, str, Any, Any], forms.Form]
    do: Callable[[AtHome, str, Any], str]
    heard: Callable[[AtHome, str], Heard | None]
    grave: bool = False


@dataclass(frozen=True)
class ResidentLeaf:
    """A page behind the page, such as one letter: `context(home, ref)`, None where there is none for this household."""

    code: str
    title: Any
    template: str
    context: Callable[[AtHome, str], dict[str, Any] | None]


class PageForm(forms.Form):
    """A form of the page. Its id is made when it is shown: sent twice, it acts once; without one it still acts."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client_id"].initial = uuid4

    def made_by(self, home: AtHome) -> UUID:
        """The id of this act, this household's own."""
        return home.own(self.cleaned_data.get("client_id") or uuid4())
