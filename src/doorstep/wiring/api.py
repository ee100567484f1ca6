"""What every room's API shares: who may ask, errors that say what to do, plain types, one page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.errors import AuthorizationError
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie
from ninja.utils import check_csrf
from pydantic import AfterValidator, Field

from doorstep.wiring.pages import page_of

T = TypeVar("T")
LARGEST = 2**63 - 1


def _speakable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a NUL character")
    return text


def _plausible(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("has no time zone; write 2021-12-07T23:00:00+08:00")
    if not 1900 <= at.year <= 2200:
        raise ValueError("lies outside the years 1900 to 2200")
    return at.astimezone(UTC)


Key = Annotated[int, Field(ge=1, le=LARGEST)]
Text = Annotated[str, AfterValidator(_speakable), Field(max_length=4000)]
Line = Annotated[str, AfterValidator(_speakable), Field(max_length=120)]
Instant = Annotated[datetime, AfterValidator(_plausible)]
PageNumber = Annotated[int, Field(ge=1, le=1_000_000)]


class Problem(Schema):
    """Why it did not work: what is wrong, in which field, what to do."""

    message: str
    field: str = ""
    mend: str = ""


class Paged(Schema, Generic[T]):
    """One page of a list."""

    items: list[T]
    page: int
    pages: int
    total: int


def paged(request: HttpRequest, rows: Any, line: Callable[[Any], Any]) -> dict[str, Any]:
    """The page that ?page= names, each row made into its line."""
    page = page_of(request, rows)
    return {
        "items": [line(row) for row in page],
        "page": page.number,
        "pages": page.paginator.num_pages,
        "total": page.paginator.count,
    }


class Token(HttpBearer):
    """A personal token in the header Authorization: Bearer; found by the middleware, its right checked here."""

    def __init__(self, act: str) -> None:
        super().__init__()
        self.act = act

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return _allowed(request, self.act) if getattr(request, "by_token", None) else None


class Session(APIKeyCookie):
    """The session of the pages; an act needs the CSRF token in the header X-CSRFToken."""

    param_name = "sessionid"

    def __init__(self, act: str) -> None:
        super().__init__(csrf=False)
        self.act = act

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        if not request.user.is_authenticated:
            return None
        if check_csrf(request):
            raise AuthorizationError(message="CSRF")
        return _allowed(request, self.act)


def _allowed(request: Any, act: str) -> Any:
    if act:
        request.rights.require(act)
    return request.user


@cache
def signed(act: str) -> list[Any]:
    """How one may sign a request for this act."""
    return [Token(act), Session(act)]


def incident_of(request: Any) -> Any:
    """The incident at work: the one that ?incident= names, else the one of the session, else the newest open one."""
    if not request.incident:
        raise Http404
    return request.incident


INCIDENT = {
    "name": "incident",
    "in": "query",
    "required": False,
    "description": "The incident meant; without it the one of the session, else the newest open one.",
    "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST},
}
CLIENT_ID = {
    "name": "client_id",
    "in": "query",
    "required": False,
    "description": "Made by the caller, once for each act. A request repeated with it does nothing twice: it gets the stored answer.",
    "schema": {"type": "string", "format": "uuid"},
}
PROBLEMS = frozenset({401, 403, 404, 422})


class Room(Router):
    """A room's endpoints. Each names the act (a key of roles.yaml) whose right it needs; "" asks for a member only."""

    def reads(self, path: str, answer: Any, *, act: str = "", **more: Any) -> Callable[[Any], Any]:
        """An endpoint that changes nothing."""
        return self._operation("GET", path, answer, act, 200, [INCIDENT], more)

    def does(
        self, path: str, answer: Any, *, act: str = "", method: str = "POST", status: int = 200, **more: Any
    ) -> Callable[[Any], Any]:
        """An endpoint that acts; with ?client_id= it acts once."""
        return self._operation(method, path, answer, act, status, [INCIDENT, CLIENT_ID], more)

    def _operation(
        self, method: str, path: str, answer: Any, act: str, status: int, parameters: list[Any], more: dict[str, Any]
    ) -> Callable[[Any], Any]:
        extra = {"x-right": act, "parameters": parameters, **more.pop("openapi_extra", {})}
        responses = {status: answer, PROBLEMS: Problem}
        return self.api_operation([method], path, auth=signed(act), response=responses, openapi_extra=extra, **more)


def file_answer(kind: str, what: str) -> dict[str, Any]:
    """How an endpoint that answers with a file is described."""
    schema = {"type": "string", "format": "binary"}
    return {"responses": {200: {"description": what, "content": {kind: {"schema": schema}}}}}


def whole(rows: Iterable[Any], line: Callable[[Any], Any]) -> list[Any]:
    """A short list, each row made into its line."""
    return [line(row) for row in rows]
