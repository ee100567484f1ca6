"""Feeds of the public notices: RSS, Atom, and Atom that leads to the CAP messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed, Enclosure
from django.utils.translation import gettext as _

from doorstep.command.models import Notice
from doorstep.command.notices import reading
from doorstep.command.notices.facts import spoken_for
from doorstep.command.notices.publishing import identifier_of
from doorstep.command.views.public import CAP


class Rss(Feed):
    """The newest versions of all notices, in the language that ?lang= asks for."""

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET.get("lang") or translation.get_language_from_request(request)
        with translation.override(spoken_for(asked)):
            return super().__call__(request, *args, **kwargs)

    def title(self, obj: Any) -> str:
        return _("Public notices")

    def description(self, obj: Any) -> str:
        return _("What holds, since when and for whom.")

    subtitle = description

    def link(self, obj: Any) -> str:
        return reverse("public:notices")

    def items(self, obj: Any) -> list[reading.PublicNotice]:
        language = translation.get_language() or ""
        return [reading.read(notice, language) for notice in reading.published()[: reading.FEED]]

    def item_title(self, item: reading.PublicNotice) -> str:
        return reading.marked(item)

    def item_description(self, item: reading.PublicNotice) -> str:
        parts = [line for part in item.blocks for line in (part.heading, *part.paragraphs) if line]
        return "\n".join(parts)

    def item_link(self, item: reading.PublicNotice) -> str:
        return f"{reverse('public:notice', args=[item.notice.number])}?version={item.notice.version}"

    def item_guid(self, item: reading.PublicNotice) -> str:
        return f"urn:doorstep:{identifier_of(item.notice)}"

    item_guid_is_permalink = False

    def item_pubdate(self, item: reading.PublicNotice) -> datetime | None:
        return item.notice.published_at

    def item_updateddate(self, item: reading.PublicNotice) -> datetime | None:
        return item.notice.published_at

    def item_categories(self, item: reading.PublicNotice) -> list[str]:
        return list(item.areas)


class Atom(Rss):
    """The same as Atom."""

    feed_type = Atom1Feed


class CapAtom(Atom):
    """Each entry leads to its CAP message."""

    def title(self, obj: Any) -> str:
        return _("Public notices as CAP alerts")

    def item_link(self, item: reading.PublicNotice) -> str:
        return _alert(item.notice)

    def item_enclosures(self, item: reading.PublicNotice) -> list[Enclosure]:
        return [Enclosure(_alert(item.notice), "0", CAP)]


def _alert(notice: Notice) -> str:
    return reverse("public:cap", args=[notice.number, notice.version])
