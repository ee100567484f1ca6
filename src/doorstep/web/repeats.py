"""A request repeated does nothing twice: the act and its answer are kept in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from doorstep.web.models import StoredAnswer

ACTS = ("POST", "PATCH", "PUT", "DELETE")
API = "/api/"


class RepeatMiddleware:
    """An act of the API with ?client_id= is done once for each member; asked again, it gets the stored answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        given = request.GET.get("client_id") if request.path.startswith(API) and request.method in ACTS else None
        if given is None or not request.member:
            return self.get_response(request)
        try:
            client_id = UUID(given)
        except ValueError:
            return _problem(_("This is no UUID."), _("Make one for each act."))
        return self._once(request, client_id)

    def _once(self, request: Any, client_id: UUID) -> HttpResponse:
        asked = f"{request.method} {request.path}"[:240]
        with transaction.atomic():
            kept, is_new = StoredAnswer.objects.get_or_create(
                member_id=request.member.pk,
                client_id=client_id,
                defaults={"request": asked, "created_at": timezone.now()},
            )
            if not is_new:
                return _stored(kept, asked)
            answer = self.get_response(request)
            if answer.status_code >= 400:
                transaction.set_rollback(True)
                return answer
            kept.status, kept.body = answer.status_code, answer.content.decode()
            kept.save(update_fields=["status", "body"])
        return answer


def _stored(kept: StoredAnswer, asked: str) -> HttpResponse:
    if kept.request != asked:
        return _problem(_("This client_id stands for another request."), _("Make one for each act."))
    answer = HttpResponse(kept.body, content_type="application/json; charset=utf-8", status=kept.status)
    answer.headers["X-Repeated"] = "1"
    return answer


def _problem(message: str, mend: str) -> HttpResponse:
    return JsonResponse({"message": message, "field": "client_id", "mend": mend}, status=422)
