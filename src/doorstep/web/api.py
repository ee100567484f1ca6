"""The API's root: every room's endpoints under /api/v1, errors as {message, field, mend}, and its reference page."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from doorstep import __version__
from doorstep.board.api import room as board
from doorstep.command.area_api import room as command  # the room of command.api, with its areas
from doorstep.command.posts.api import room as command_room
from doorstep.command.public_api import room as public
from doorstep.desk.api import room as desk
from doorstep.errors import NotAllowedError, UserError
from doorstep.gate.api import room as gate
from doorstep.promises.api import room as promises
from doorstep.register.api import room as register
from doorstep.report.api import room as report
from doorstep.rounds.api import room as rounds
from doorstep.supplies.api import room as supplies
from doorstep.web.search import find
from doorstep.wiring.api import Line, Problem, Room

api = NinjaAPI(
    title="Doorstep 到户",
    version="1",
    description="What the pages do, for machines: the same acts, queries and rights. Instants are ISO 8601 with a zone.",
    docs_url=None,
    openapi_url=None,
)
room = Room(tags=["web"])


class MeOut(Schema):
    """Who signs this request, at which incident, with which rights."""

    member: int | None
    name: str
    organisation: str
    incident: int | None
    acts: dict[str, list[int] | None]
    full_names_in: list[int] | None


class HitOut(Schema):
    """One answer of the search."""

    kind: str
    title: str
    detail: str
    url: str


@room.reads("/me", MeOut)
def me(request: Any) -> dict[str, Any]:
    """The member and the rights: each act with its areas (null = the whole incident)."""
    member, rights = request.member, request.rights
    return {
        "member": member.pk if member else None,
        "name": member.name if member else request.user.get_username(),
        "organisation": str(member.organisation or "") if member else "",
        "incident": request.incident.pk if request.incident else None,
        "acts": {act: None if scope is None else sorted(scope) for act, scope in sorted(rights.by_act.items())},
        "full_names_in": None if rights.full_names_in is None else sorted(rights.full_names_in),
    }


@room.reads("/search", list[HitOut])
def search(request: Any, q: Line) -> list[Any]:
    """A door, a name, a phone, a request: what this member may find."""
    return find(request, q)[:100]


for prefix, part in (
    ("", room),
    ("", command),
    ("", public),
    ("/command", command_room),
    ("/register", register),
    ("/promises", promises),
    ("/desk", desk),
    ("/rounds", rounds),
    ("/report", report),
    ("/board", board),
    ("/supplies", supplies),
    ("/gate", gate),
):
    api.add_router(prefix, part)


@api.exception_handler(NotAllowedError)
def not_allowed(request: HttpRequest, error: NotAllowedError) -> HttpResponse:
    return _problem(403, error.message, error.field, error.mend)


@api.exception_handler(UserError)
def to_mend(request: HttpRequest, error: UserError) -> HttpResponse:
    return _problem(422, error.message, error.field, error.mend)


@api.exception_handler(Http404)
def not_there(request: HttpRequest, error: Http404) -> HttpResponse:
    return _problem(404, _("There is no such thing here."), mend=_("Check its number and the incident."))


@api.exception_handler(AuthenticationError)
def not_signed(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    answer = _problem(401, _("Nobody is signed in."), "Authorization", _("Sign in, or send a personal token."))
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(HttpError)
def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 403:
        mend = _("Send the header X-CSRFToken, or sign with a personal token.")
        return _problem(403, _("The request does not come from our own pages."), "X-CSRFToken", mend)
    return _problem(422 if error.status_code == 400 else error.status_code, _("The request cannot be read."), "body")


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The first field that is wrong; the message is pydantic's."""
    first = error.errors[0]
    field = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path", "data", "form"))
    return _problem(422, str(first["msg"]), field, _("See the reference of the API: /api/v1/."))


def _problem(status: int, message: str, field: str = "", mend: str = "") -> HttpResponse:
    problem = Problem(message=message, field=field, mend=mend)
    return JsonResponse(problem.model_dump(), status=status, json_dumps_params={"ensure_ascii": False})


def schema() -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")
    return {**found, "info": {**found["info"], "x-program": f"doorstep {__version__}"}}


def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as JSON. It names no data, so it needs no account."""
    return JsonResponse(schema(), json_dumps_params={"ensure_ascii": False, "indent": 1})


def reference(request: HttpRequest) -> HttpResponse:
    """The reference: every endpoint with its right, its fields and its answer, made from the same document."""
    return render(request, "web/api.html", {"rooms": _rooms(schema())})


def _rooms(document: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, details in methods.items():
            body = details.get("requestBody", {}).get("content", {})
            kind, form = next(iter(body.items()), ("", dict[str, Any]()))
            answers = {code: answer for code, answer in details["responses"].items() if int(code) < 300}
            code, answer = next(iter(answers.items()))
            content: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
            line = {
                "id": details["operationId"],
                "method": method.upper(),
                "path": path,
                "text": details.get("description", ""),
                "act": details.get("x-right", ""),
                "parameters": [one for one in details["parameters"] if one["name"] not in ("incident", "client_id")],
                "kind": kind,
                "body": _fields(document, form.get("schema", {})),
                "code": code,
                "answer": _fields(document, content.get("schema", {})),
            }
            found.setdefault(details["tags"][0], []).append(line)
    return list(found.items())


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """The fields of a schema: name, type, whether it is needed."""
    shape = _resolved(document, schema)
    needed = set(shape.get("required", []))
    return [(name, _type(part), name in needed) for name, part in shape.get("properties", {}).items()]


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return found
    return _resolved(document, schema["items"]) if schema.get("type") == "array" else schema


def _type(part: dict[str, Any]) -> str:
    if "$ref" in part:
        return str(part["$ref"].rsplit("/", 1)[1])
    if "anyOf" in part:
        return " | ".join(dict.fromkeys(_type(one) for one in part["anyOf"]))
    if part.get("type") == "array":
        return f"[{_type(part.get('items', {}))}]"
    return str(part.get("format") or part.get("type") or "any")
