"""The server's side of the carrier's phone: the round, the acts, the photo. A pass opens it, no session, no cookie."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import wraps
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from doorstep.errors import UserError
from doorstep.rounds.jobs import have_worked_off
from doorstep.rounds.models import PhoneAct
from doorstep.rounds.passes import find_pass, heard, whose
from doorstep.rounds.phoneacts import answers_of, keep_acts, work_off
from doorstep.rounds.phonedata import clock_of, round_data
from doorstep.rounds.photos import keep_photo, keep_photo_aside
from doorstep.storage.pictures import MOST_BYTES

WORTH_PACKING = 1000  # bytes
at_work = BoundedSemaphore(1)


def with_pass(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the view run for a phone whose pass is in force (`request.phone`, `request.now`); others are told so."""

    @csrf_exempt
    @wraps(view)
    def opened(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        phone = find_pass(secret.strip(), timezone.now()) if kind.lower() == "pass" else None
        if phone is None:
            message, mend = _("This pass is over."), _("Ask the coordinator for a new code; what you have is kept.")
            return problem(request, UserError(message, mend=mend), 401)
        request.phone, request.now = phone, phone.incident.clock.now(timezone.now())
        try:
            return view(request, *args, **kwargs)
        except UserError as error:
            return problem(request, error, 422)

    return opened


@with_pass
@require_GET
def round_json(request: Any) -> HttpResponse:
    """The carrier's rounds, whole."""
    heard(request.phone, request.now)
    return answer(request, round_data(request.phone, request.now))


@with_pass
@require_POST
def sync(request: Any) -> HttpResponse:
    """Take over what happened at the doors; answer each act, and the rounds where they are others than the phone has.

    What was said is kept first. Each server process carries out the acts of one phone at a time: where many phones
    come in the same instant, the others hear at once that their acts are kept ("waiting"), and ask again.
    """
    phone, at = request.phone, request.now
    said = _read(request)
    acts = keep_acts(phone, said["acts"], at=at) if said["acts"] else []
    if not at_work.acquire(blocking=False):
        if acts:
            have_worked_off()
        data = None
    else:
        try:
            if acts:
                work_off(phone, [act.client_id for act in acts])
            heard(phone, at)
            data = round_data(phone, at)
        finally:
            at_work.release()
    version = data["version"] if data else said["version"]
    return answer(
        request,
        {
            "answers": [{"id": one.id, "status": one.status, "problem": one.problem} for one in answers_of(acts)],
            "version": version,
            "round": None if said["version"] == version else data,
            **clock_of(phone.incident, at),
        },
    )


@with_pass
@require_POST
def photo(request: Any, client_id: UUID) -> HttpResponse:
    """Keep the photo of a knock that is known here already; sending it again changes nothing."""
    phone = request.phone
    acts = PhoneAct.objects.filter(client_id=client_id, incident=phone.incident, kind="visit").select_related("visit")
    act = acts.filter(whose(phone.carrier, phone.carrier_name, "phone__")).first()
    if act is None:
        error = UserError(_("This knock is not known yet."), field="visit", mend=_("Send the knock first."))
        return problem(request, error, 409)
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        raise UserError(_("The photo is too large."), field="photo", mend=_("Take it again with the app's camera."))
    if act.state == PhoneAct.State.WAITING:
        work_off(phone, [client_id])
        act.refresh_from_db()
    if act.visit:
        keep_photo(act.visit, request.body, by=phone.carrier, at=request.now)
    else:
        keep_photo_aside(act, request.body, at=request.now)
    return answer(request, {"status": "done"})


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        said = json.loads(request.body.decode("utf-8", "replace"), parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("acts", []), list):
        raise UserError(_("This is no list of acts."), field="acts", mend=_("Load the newest app."))
    return {"acts": said.get("acts", []), "version": said.get("version")}


def answer(request: HttpRequest, data: Any, status: int = 200) -> HttpResponse:
    """JSON, packed where the phone takes it so: a round is long and the network in a stair is thin."""
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":")).encode()
    packed = len(text) > WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", "")
    made = HttpResponse(gzip.compress(text, 3) if packed else text, content_type="application/json", status=status)
    if packed:
        made.headers["Content-Encoding"] = "gzip"
    made.headers["Cache-Control"] = "no-store"
    patch_vary_headers(made, ["Accept-Encoding", "Authorization"])
    return made


def problem(request: HttpRequest, error: UserError, status: int) -> HttpResponse:
    """What is wrong, and what to do, as the phone shows it."""
    told = {"message": error.message, "field": error.field, "mend": error.mend}
    return answer(request, {"problem": told}, status)
