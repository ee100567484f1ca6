"""The pages of the first steps: each shows one form, stores it, and goes on to the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.firststeps import actions, queries
from doorstep.firststeps import lists as list_acts
from doorstep.firststeps.access import SESSION, now_of, set_language, step
from doorstep.firststeps.forms import (
    CarriersForm,
    CompoundForm,
    ListForm,
    OrganisationForm,
    RulesForm,
    SealForm,
    local,
    seal_defaults,
)
from doorstep.firststeps.models import Setup
from doorstep.register.models import ListImport
from doorstep.wiring.access import needs
from doorstep.wiring.pages import XLSX, download, tried

BACKEND = "django.contrib.auth.backends.ModelBackend"


def home(request: Any) -> HttpResponse:
    """Where the steps begin, and where walks that were begun go on."""
    if not request.user.is_authenticated:
        if not actions.nobody_here():
            return redirect_to_login(request.get_full_path())
        digest = request.session.get(SESSION)
        setup = Setup.objects.filter(link_digest=digest, started_by=None).first() if digest else None
        return redirect("firststeps:resume", setup.pk) if setup else render(request, "firststeps/locked.html")
    request.rights.require("open_incident")
    begun = list(queries.begun_by(request.member))
    if len(begun) == 1 and not request.incident:
        return redirect("firststeps:resume", begun[0].pk)
    lines = [(setup, queries.first_open(setup)) for setup in begun]
    return render(request, "firststeps/home.html", {"begun": lines})


def open_link(request: Any, token: str) -> HttpResponse:
    """The link that the terminal printed: good until the first account exists."""
    setup = Setup.objects.filter(link_digest=actions.digest_of(token), started_by=None).first()
    if setup is None or not actions.nobody_here():
        return redirect("firststeps:home")
    request.session[SESSION] = setup.link_digest
    return redirect("firststeps:resume", setup.pk)


@needs("open_incident")
@require_POST
def new(request: Any) -> HttpResponse:
    """Begin with another compound."""
    setup = actions.begin(request.member, language=get_language() or "", at=timezone.now())
    return redirect("firststeps:resume", setup.pk)


@step("language")
def resume(request: Any, setup: Setup) -> HttpResponse:
    """To the first step that is not done."""
    line = queries.first_open(setup)
    if line is None:
        return redirect("rounds:plan", setup.plan_id)
    if line.code == "rules" and setup.protocol_id:
        return redirect("firststeps:seal", setup.pk)
    return redirect(f"firststeps:{line.code}", setup.pk)


@step("compound")
@require_POST
def drop(request: Any, setup: Setup) -> HttpResponse:
    """Forget a walk that was begun."""
    actions.drop(setup)
    return redirect("firststeps:home")


@step("language")
def language(request: Any, setup: Setup) -> HttpResponse:
    """Step 1."""
    chosen = request.POST.get("language")
    if request.method == "POST" and chosen in dict(settings.LANGUAGES):
        actions.choose_language(setup, chosen)
        return set_language(redirect("firststeps:organisation", setup.pk), chosen)
    return _page(request, setup, "language", languages=[("zh-hans", "中文", "zh-Hans"), ("en", "English", "en")])


@step("organisation")
def organisation(request: Any, setup: Setup) -> HttpResponse:
    """Step 2; afterwards the new administrator is signed in."""
    if setup.started_by is not None:
        return _page(request, setup, "organisation", form=None)
    form = OrganisationForm(request.POST or None)
    done, member = tried(form, lambda: actions.found(setup, form.founder(), at=timezone.now()))
    if done:
        login(request, member.user, backend=BACKEND)
        return redirect("firststeps:compound", setup.pk)
    return _page(request, setup, "organisation", form=form)


@step("compound", "edit_register")
def compound(request: Any, setup: Setup) -> HttpResponse:
    """Step 3."""
    own = setup.organisation.territory if setup.organisation else None
    first = {
        "name": setup.compound.name if setup.compound else "",
        "lift": "yes" if setup.has_lift else "no",
        "floors": setup.floors,
        "territory": setup.compound.territory_id if setup.compound else own,
    }
    form = CompoundForm(request.POST or None, initial=first)

    def store() -> None:
        given = form.cleaned_data
        actions.name_compound(
            setup,
            given["name"],
            has_lift=given["lift"] == "yes",
            floors=given["floors"],
            territory=given.get("territory") or own,
            at=timezone.now(),
        )

    if tried(form, store)[0]:
        return redirect("firststeps:list", setup.pk)
    return _page(request, setup, "compound", form=form)


@step("list", "import_lists")
def household_list(request: Any, setup: Setup) -> HttpResponse:
    """Step 4: choose a file; once chosen, see what was read of it."""
    form = ListForm(request.POST or None, request.FILES or None)

    def read() -> ListImport:
        given = form.cleaned_data["list"]
        try:
            return list_acts.read_list(setup, given.read(), given.name, at=timezone.now())
        except UserError as error:
            raise UserError(error.message, field="list", mend=error.mend) from error

    if request.method == "POST" and tried(form, read)[0]:
        return redirect("firststeps:list", setup.pk)
    return _list(request, setup, form)


@step("list", "import_lists")
@require_POST
def columns(request: Any, setup: Setup) -> HttpResponse:
    """Read the file again with the columns as corrected."""
    given = {name.removeprefix("column-"): field for name, field in request.POST.items() if name.startswith("column-")}
    mapping = {int(column): field for column, field in given.items() if column.isdigit() and field}
    return _try_list(request, setup, lambda: list_acts.read_again(setup, mapping, at=timezone.now()), "list")


@step("list", "import_lists")
@require_POST
def invent(request: Any, setup: Setup) -> HttpResponse:
    """An invented list, to try everything out."""
    sizes = queries.starting()["invented_sizes"]
    size = int(request.POST.get("households", "0") if request.POST.get("households", "0").isdigit() else 0)
    wanted = size if size in sizes else sizes[0]
    return _try_list(request, setup, lambda: list_acts.invent_list(setup, wanted, at=timezone.now()), "list")


@step("list", "import_lists")
@require_POST
def bring(request: Any, setup: Setup) -> HttpResponse:
    """Bring the list in."""
    return _try_list(request, setup, lambda: list_acts.bring_list(setup, at=timezone.now()), "rules")


@step("list", "import_lists")
@require_POST
def go_on(request: Any, setup: Setup) -> HttpResponse:
    """Go on with the households that the register has."""
    if not queries.known_of(setup).households:
        return redirect("firststeps:list", setup.pk)
    list_acts.go_on(setup)
    return redirect("firststeps:rules", setup.pk)


@step("list", "import_lists")
@require_POST
def take_back(request: Any, setup: Setup) -> HttpResponse:
    """Take the list back and choose another."""

    def undo() -> None:
        stays = list_acts.take_back(setup, at=timezone.now())
        if stays:
            messages.info(request, _("Some of it is in use and stays: %(n)d entries.") % {"n": len(stays)})

    return _try_list(request, setup, undo, "list")


@step("list", "import_lists")
def to_mend(request: Any, setup: Setup) -> HttpResponse:
    """The rows that cannot go in, with the reason beside each."""
    if setup.listimport is None or not setup.listimport.bad_file:
        raise Http404
    with setup.listimport.bad_file.open("rb") as handle:
        return download(handle.read(), XLSX, "to-mend.xlsx")


@needs("import_lists")
def sample(request: Any) -> HttpResponse:
    """A short list of invented people, in a form that is read as it is."""
    return download(list_acts.sample(), XLSX, "sample-list.xlsx")


@step("rules", "open_incident")
def rules(request: Any, setup: Setup) -> HttpResponse:
    """Step 5, first half: the rules, and the incident."""
    if setup.area is not None:
        return _page(request, setup, "sealed", code="rules", area=setup.area)
    incidents = queries.incidents_to_join(request.member)
    joined = _joined(request, setup, incidents)
    at = joined.now() if joined else timezone.now()
    zone_name = setup.time_zone or queries.starting()["time_zone"]
    compound_name = setup.compound.name if setup.compound else ""
    trial = _("%(name)s (trial)") % {"name": compound_name} if setup.invented else compound_name
    first = {
        "rules": f"{setup.protocol_id}/{setup.zone}" if setup.protocol_id else "",
        "name": setup.incident_name or trial,
        "trigger": local(setup.trigger_at or at, ZoneInfo(zone_name)),
        "time_zone": zone_name,
    }
    form = RulesForm(joined, at, request.POST or None, initial=first)
    if tried(form, lambda: actions.choose_rules(setup, form.chosen()))[0]:
        return redirect("firststeps:seal", setup.pk)
    return _page(request, setup, "rules", form=form, incidents=incidents, joined=joined)


@step("rules", "manage_areas")
def seal(request: Any, setup: Setup) -> HttpResponse:
    """Step 5, second half: what invariant 10 asks; then the area is in force."""
    if setup.area is not None or not setup.protocol_id:
        return redirect("firststeps:rules", setup.pk)
    at = now_of(setup)
    form = SealForm(setup, at, request.POST or None, initial=seal_defaults(setup, at))
    done, incident = tried(form, lambda: actions.seal(setup, form.facts(), at=at, by=request.member))
    if done:
        request.session["incident"] = incident.pk
        return redirect("firststeps:carriers", setup.pk)
    return _page(request, setup, "seal", code="rules", form=form, zone=form.rules.zones[setup.zone])


@step("carriers", "plan_rounds")
def carriers(request: Any, setup: Setup) -> HttpResponse:
    """Step 6: who carries; then the first plan is asked for, and its page shows it."""
    if setup.plan is not None:
        return redirect("rounds:plan", setup.plan_id)
    assert setup.incident is not None
    request.session["incident"] = setup.incident_id
    at, tz = setup.incident.now(), setup.incident.tz
    starts = at.replace(second=0, microsecond=0) + timedelta(minutes=-at.minute % 15)
    hours = queries.starting()["hours"]
    first = {"starts": local(starts, tz), "hours": hours}
    if setup.invented:
        first["carriers"] = "\n".join(list_acts.invented_carriers(setup.invented))
    form = CarriersForm(setup.incident, request.POST or None, initial=first)
    done, plan = tried(form, lambda: actions.plan(setup, form.lines(), *form.window(), at=at, by=request.member))
    if done:
        messages.success(request, _("Your first plan. Print the door lists, and the rounds can begin."))
        return redirect("rounds:plan", plan.pk)
    return _page(request, setup, "carriers", form=form)


def _joined(request: Any, setup: Setup, incidents: list[Incident]) -> Incident | None:
    """The open incident that the area is to join: as asked, else as kept."""
    asked = request.POST.get("incident") or request.GET.get("incident") or (str(setup.incident_id or "new"))
    return next((incident for incident in incidents if str(incident.pk) == asked), None)


def _try_list(request: Any, setup: Setup, act: Any, then: str) -> HttpResponse:
    try:
        act()
    except UserError as error:
        messages.error(request, str(error))
        return redirect("firststeps:list", setup.pk)
    return redirect(f"firststeps:{then}", setup.pk)


def _list(request: Any, setup: Setup, form: ListForm) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "known": queries.known_of(setup)}
    preview = setup.listimport
    if preview is not None and preview.state == ListImport.State.PREVIEW and not setup.list_done:
        context["page"] = queries.list_page(preview, names=request.rights.sees_names())
        context["fields"] = queries.field_choices()
    context["sizes"] = [(size, queries.load_words(size)) for size in queries.starting()["invented_sizes"]]
    return _page(request, setup, "list", **context)


def _page(request: Any, setup: Setup, template: str, code: str = "", **context: Any) -> HttpResponse:
    lines = queries.steps_of(setup)
    here = next(line for line in lines if line.code == (code or template))
    before = lines[here.number - 2].code if here.number > 1 else ""
    form = context.get("form")
    status = 422 if request.method == "POST" and form is not None and form.errors else 200
    context |= {"setup": setup, "steps": lines, "here": here, "count": len(lines), "before": before}
    return render(request, f"firststeps/{template}.html", context, status=status)
