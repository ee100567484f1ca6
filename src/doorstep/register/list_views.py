"""The import pages: a list looked at before anything is stored, corrected, brought in, taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.errors import NotAllowedError, UserError
from doorstep.register import actions, jobs
from doorstep.register import list_queries as queries
from doorstep.register.list_forms import ColumnsForm, ListForm
from doorstep.register.models import ListImport
from doorstep.register.sight import Sight, sight_of
from doorstep.wiring.access import needs
from doorstep.wiring.events import publish
from doorstep.wiring.pages import XLSX, Exported, download, is_part, page_of, tell
from doorstep.wiring.texts import spoken

DIFFERENCES = 40


@needs("import_lists")
def home(request: Any) -> HttpResponse:
    """The form for a list, and every list that came before."""
    return _home(request, _form(request))


@needs("import_lists")
@require_POST
def new(request: Any) -> HttpResponse:
    """Read a list; a short one at once, a long one by the job runner while the next page shows it."""
    form = _form(request, request.POST, request.FILES)
    if not form.is_valid():
        return _home(request, form, status=422)
    upload = form.cleaned_data["file"]
    compound, name = form.chosen()
    facts: dict[str, Any] = {"at": now(request), "compound": compound, "compound_name": name, **_by(request)}
    try:
        if upload.size <= jobs.AT_ONCE:
            made = _within(request, upload.read(), upload.name, facts)
        else:
            with transaction.atomic():
                made = actions.receive_list(upload.read(), upload.name, **facts)
                jobs.read_soon(made)
    except UserError as error:
        if isinstance(error, NotAllowedError):
            raise
        tell(form, spoken(error))
        return _home(request, form, status=422)
    return redirect("register:list", made.pk)


@transaction.atomic
def _within(request: Any, data: bytes, filename: str, facts: dict[str, Any]) -> ListImport:
    made = actions.preview_list(data, filename, **facts, ask_columns=True)
    _require(request, made)
    return made


@needs("import_lists")
def one(request: Any, pk: int) -> HttpResponse:
    """One list: being read, what it would change, what it changed."""
    found = _list(request, pk)
    return _one(request, found)


@needs("import_lists")
@require_POST
def columns(request: Any, pk: int) -> HttpResponse:
    """Read the list again with the columns as corrected."""
    found = _list(request, pk)
    form = ColumnsForm(found, request.POST)
    if not form.is_valid():
        return _one(request, found, form, status=422)
    try:
        if found.file.size <= jobs.AT_ONCE:
            actions.read_again(found, form.columns())
        else:
            with transaction.atomic():
                actions.check_mapping(found, form.columns())
                jobs.read_soon(found, form.columns())
    except UserError as error:
        tell(form, spoken(error))
        return _one(request, found, form, status=422)
    messages.success(request, _("The columns are kept for the next list with this heading."))
    return redirect("register:list", pk)


@needs("import_lists")
@require_POST
def choose(request: Any, pk: int) -> HttpResponse:
    """Keep which side wins in the differences that were shown."""
    found = _list(request, pk)
    numbers = [int(text) for text in request.POST.getlist("shown") if text.isdigit()]
    ticked = [int(text) for text in request.POST.getlist("take") if text.isdigit()]
    changed = actions.choose(found, numbers, ticked)
    kept = ngettext("%(n)d choice is kept.", "%(n)d choices are kept.", changed) % {"n": changed}
    messages.success(request, kept if changed else _("Nothing was chosen otherwise."))
    return redirect(f"{request.path.removesuffix('choose/')}?{request.POST.get('query', '')[:200]}#differences")


@needs("import_lists")
@require_POST
def bring(request: Any, pk: int) -> HttpResponse:
    """Bring the list in, in one transaction."""
    found = _list(request, pk)
    if found.state != ListImport.State.PREVIEW:
        return redirect("register:list", pk)
    if found.file.size <= jobs.AT_ONCE:
        actions.apply_import(found, at=now(request), **_by(request))
    else:
        with transaction.atomic():
            jobs.bring_soon(found, at=now(request))
    return redirect("register:list", pk)


@needs("import_lists")
@require_POST
def undo(request: Any, pk: int) -> HttpResponse:
    """Put the register back to before this list."""
    found = _list(request, pk)
    if found.state == ListImport.State.DONE:
        actions.undo_import(found, at=now(request), **_by(request))
        messages.success(request, _("The list is taken back."))
    return redirect("register:list", pk)


@needs("import_lists")
@require_POST
def forget(request: Any, pk: int) -> HttpResponse:
    """Throw away a list that was only looked at."""
    found = _list(request, pk)
    actions.forget_preview(found)
    messages.success(request, _("The list is thrown away; the register is as it was."))
    return redirect("register:lists")


@needs("import_lists")
def bad_rows(request: Any, pk: int) -> HttpResponse:
    """The rows to mend as a file: mend it, and bring it in."""
    found = _list(request, pk)
    if not found.bad_file:
        raise Http404
    request.rights.require("export")
    if not _opens(request, found):
        raise NotAllowedError(
            _("This file holds names that your duty does not need."), mend=_("Ask whoever brought the list in.")
        )
    name = f"{found.filename}-to-mend"
    publish(
        Exported(
            name,
            found.counts.get("bad", 0),
            getattr(request.incident, "pk", None),
            getattr(request.member, "pk", None),
        )
    )
    with found.bad_file.open("rb") as handle:
        return download(handle.read(), XLSX, f"{name}.xlsx")


def now(request: Any) -> datetime:
    """The incident's time, or the clock's where there is no incident."""
    return request.incident.now() if request.incident else timezone.now()


def _by(request: Any) -> dict[str, Any]:
    return {"by": request.member.name, "by_id": request.member.pk} if request.member else {}


def _sight(request: Any) -> Sight:
    return sight_of(request.rights, "import_lists")


def _form(request: Any, *data: Any) -> ListForm:
    sight = _sight(request)
    return ListForm(list(sight.compounds().order_by("name")), sight.scope is None, *data)


def _home(request: Any, form: ListForm, status: int = 200) -> HttpResponse:
    rows = queries.imports_of(_sight(request), getattr(request.member, "pk", None))
    may_see = request.rights.may("see_register")
    context = {"form": form, "lists": page_of(request, rows, 20), "see_register": may_see}
    return render(request, "register/lists.html", context, status=status)


def _one(request: Any, found: ListImport, form: ColumnsForm | None = None, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"list": found}
    if found.error:
        kept = UserError(found.error["message"], mend=found.error["mend"], facts=found.error["facts"] or None)
        context["error"] = spoken(kept)
    if not found.waits and found.state != ListImport.State.FAILED:
        show = request.GET.get("show", "all")
        page = page_of(request, queries.changes_of(found, show), DIFFERENCES)
        sight, opens = _sight(request), _opens(request, found)
        context |= {
            "figures": queries.figures(found),
            "nothing_new": queries.nothing_new(found),
            "tabs": queries.tabs_of(found),
            "show": show,
            "pages": page,
            "changes": queries.change_lines(
                page, sight, request.incident, preview=found.state == ListImport.State.PREVIEW
            ),
            "bad": queries.bad_lines(found, opens),
            "opens": opens,
            "form": form or ColumnsForm(found),
            "first": queries.first_rows(found, opens, request.incident),
        }
    template = "register/_list_waits.html" if is_part(request) and found.waits else "register/list.html"
    return render(request, template, context, status=status)


def _list(request: Any, pk: int) -> ListImport:
    found = get_object_or_404(ListImport.objects.select_related("compound"), pk=pk)
    _require(request, found)
    return found


def _opens(request: Any, found: ListImport) -> bool:
    """Whether this member may see what the file says in clear: they brought it, or their duty needs the names there."""
    sight = _sight(request)
    own = found.by_member is not None and found.by_member == getattr(request.member, "pk", None)
    return own or sight.names is None or (sight.scope is not None and sight.scope <= sight.names)


def _require(request: Any, found: ListImport) -> None:
    """A member of some areas brings lists of the compounds there, and no others."""
    sight = _sight(request)
    if sight.scope is None:
        return
    mine = set(sight.compounds().values_list("name", flat=True))
    about = set(found.mapping.get("compounds", [])) | ({found.compound_name} if found.compound_name else set())
    if not about <= mine or (not about and found.by_member != getattr(request.member, "pk", None)):
        raise NotAllowedError(
            _("This list is about compounds outside your areas."), mend=_("Ask somebody with the duty there.")
        )
