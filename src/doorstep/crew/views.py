"""The coordinator's pages: the roster, a post, a shift, a roster proposed and taken back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.command.models import Area, Incident
from doorstep.crew import actions, filling, papers, queries
from doorstep.crew.forms import AssignForm, BecauseForm, FillForm, MemberForm, NeedForm, PostForm, SwapForm
from doorstep.crew.gates import defaults
from doorstep.crew.models import Post, Shift
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, is_part, table, table_asked, tried


@needs("plan_shifts")
def home(request: Any) -> HttpResponse:
    """The roster of today and tomorrow; htmx asks for the part that moves; XLSX, CSV."""
    incident = _incident(request)
    at = incident.now()
    posts = queries.posts_in(incident, request.rights)
    grids = queries.roster(incident, posts, at)
    if table_asked(request):
        headings = [_("post"), _("from"), _("until"), _("name"), _("phone"), _("state")]
        return table(request, f"roster-{at.astimezone(incident.tz):%Y-%m-%d}", headings, queries.roster_rows(grids))
    context = {"grids": grids, "at": at, "posts": [post for post in posts if post.ended_at is None]}
    return render(request, "crew/_roster.html" if is_part(request) else "crew/home.html", context)


@needs("plan_shifts")
def paper(request: Any) -> HttpResponse:
    """The roster as PDF, to be hung up in the tent."""
    incident = _incident(request)
    at = incident.now()
    grids = queries.roster(incident, queries.posts_in(incident, request.rights), at)
    return download(
        papers.roster(incident, grids, at), "application/pdf", f"roster-{at.astimezone(incident.tz):%m%d-%H%M}.pdf"
    )


@needs("plan_shifts")
def new_post(request: Any) -> HttpResponse:
    """Open a post that no sealing has opened: a tent, a third gate."""
    incident = _incident(request)
    scope = request.rights.areas("plan_shifts")
    areas = incident.areas.exclude(state=Area.State.LIFTED)
    areas = areas if scope is None else areas.filter(pk__in=scope)
    first = {"persons_needed": defaults()["persons_per_gate"], "kind": Post.Kind.DUTY}
    form = PostForm(list(areas), scope is None, request.POST or None, initial=first)
    if request.method != "POST":
        return render(request, "crew/new_post.html", {"form": form})

    def act() -> Post:
        area = form.chosen_area()
        request.rights.require("plan_shifts", area)
        facts = {name: form.cleaned_data[name] for name in ("name", "kind", "persons_needed")}
        return actions.open_post(incident, area=area, at=incident.now(), by=request.member, **facts)

    done, post = tried(form, act)
    if not done:
        return render(request, "crew/new_post.html", {"form": form}, status=422)
    messages.success(request, _("The post is open."))
    return redirect("crew:post", post.pk)


@needs("plan_shifts")
def post(request: Any, pk: int) -> HttpResponse:
    """A post: its next shifts, and somebody put on one of them."""
    found = _post(request, pk)
    incident, at = found.incident, found.incident.now()
    windows = queries.windows_to_fill(found, at) if found.ended_at is None else []
    first = {"window": request.GET.get("window")}
    form = AssignForm(windows, incident, queries.members_to_ask(incident), request.POST or None, initial=first)
    if request.method != "POST":
        return _post_page(request, found, form)
    given = {"at": at, "by": request.member}
    done, shift = tried(
        form,
        lambda: actions.assign(
            found, form.chosen(), form.chosen_window(), because=form.cleaned_data["because"], **given
        ),
    )
    if not done:
        return _post_page(request, found, form, status=422)
    messages.success(request, _("%(name)s is on the roster.") % {"name": shift.member.name})
    return redirect("crew:post", pk)


@needs("plan_shifts")
@require_POST
def need(request: Any, pk: int) -> HttpResponse:
    """How many persons the post needs."""
    found = _post(request, pk)
    form = NeedForm(request.POST)
    given = {"at": found.incident.now(), "by": request.member}
    done, _changed = tried(
        form, lambda: actions.change_post(found, persons_needed=form.cleaned_data["persons_needed"], **given)
    )
    if not done:
        raise UserError(_("That is no number of persons."), mend=_("Give one or more, or end the post."))
    return redirect("crew:post", pk)


@needs("plan_shifts")
@require_POST
def end(request: Any, pk: int) -> HttpResponse:
    """End a post, or take its end back."""
    found = _post(request, pk)
    act = actions.reopen_post if request.POST.get("again") else actions.end_post
    act(found, at=found.incident.now(), by=request.member)
    return redirect("crew:post", pk)


@needs("plan_shifts")
def shift(request: Any, pk: int) -> HttpResponse:
    """One shift: give it to somebody else, swap it, drop it; check in or hand over for who has no phone."""
    found = _shift(request, pk)
    return _shift_page(request, found)


@needs("plan_shifts")
@require_POST
def change_shift(request: Any, pk: int) -> HttpResponse:
    """What the page of a shift asks for."""
    found = _shift(request, pk)
    incident = found.post.incident
    given = {"at": incident.now(), "by": request.member}
    asked = request.POST.get("act", "")
    if asked == "drop":
        actions.drop(found, **given)
        messages.success(request, _("The shift is off the roster."))
    elif asked == "back":
        actions.step_back(found, **given)
    elif asked in ("give", "swap"):
        return _give_or_swap(request, found, asked)
    else:
        raise UserError(_("Nothing was chosen."), mend=_("Choose what to do with the shift."))
    return redirect("crew:post", found.post_id)


def _give_or_swap(request: Any, found: Shift, asked: str) -> HttpResponse:
    incident = found.post.incident
    given = {"at": incident.now(), "by": request.member}
    if asked == "give":
        give = MemberForm(queries.members_to_ask(incident), request.POST)
        done, _made = tried(
            give, lambda: actions.replace(found, give.chosen(), because=give.cleaned_data["because"], **given)
        )
        if not done:
            return _shift_page(request, found, give=give, status=422)
    else:
        swap = SwapForm(queries.shifts_to_swap(found, request.rights), incident, request.POST)
        done, _made = tried(
            swap, lambda: actions.swap(found, swap.chosen(), because=swap.cleaned_data["because"], **given)
        )
        if not done:
            return _shift_page(request, found, swap=swap, status=422)
    messages.success(request, _("The roster is changed."))
    return redirect("crew:post", found.post_id)


@needs("plan_shifts")
def fill(request: Any) -> HttpResponse:
    """A roster proposed for the next hours; nothing is stored before it is looked at."""
    incident = _incident(request)
    teams = queries.teams_of(incident)
    first = {"who": next((str(team.pk) for team in teams if team.workstream == queries.GATES), "")}
    form = FillForm(teams, request.GET if "hours" in request.GET else None, initial=first)
    return _fill_page(request, incident, form)


@needs("plan_shifts")
@require_POST
def store(request: Any) -> HttpResponse:
    """Store the roster as it was shown."""
    incident = _incident(request)
    keys, batch = request.POST.getlist("line"), _batch(request.POST.get("batch", ""))
    allowed = set(queries.posts_in(incident, request.rights).values_list("pk", flat=True))
    if not keys or any(not key.split(":")[0].isdigit() or int(key.split(":")[0]) not in allowed for key in keys):
        raise UserError(_("This roster is incomplete."), mend=_("Have it proposed again."))
    try:
        because = request.POST.get("because", "")[:240]
        made = filling.store(incident, keys, batch, at=incident.now(), by=request.member, because=because)
    except UserError as error:
        changed = _("Something has changed meanwhile: %(what)s Look at the new proposal.") % {"what": error.message}
        messages.error(request, str(error) if error.field == "because" else changed)
        asked = {name: request.POST[name] for name in ("hours", "who") if request.POST.get(name)}
        return redirect(f"{reverse('crew:fill')}?{urlencode(asked)}")
    count = len(made)
    request.session["roster_batch"] = str(batch)
    messages.success(request, ngettext("%(n)d shift is filled.", "%(n)d shifts are filled.", count) % {"n": count})
    return redirect("crew:home")


@needs("plan_shifts")
@require_POST
def take_back(request: Any) -> HttpResponse:
    """Take the roster that was stored last back."""
    incident = _incident(request)
    count = filling.take_back(incident, _batch(request.POST.get("batch", "")), at=incident.now(), by=request.member)
    request.session.pop("roster_batch", None)
    messages.success(
        request, ngettext("%(n)d shift is taken back.", "%(n)d shifts are taken back.", count) % {"n": count}
    )
    return redirect("crew:home")


def _incident(request: Any) -> Incident:
    if not request.incident:
        raise Http404
    found: Incident = request.incident
    return found


def _post(request: Any, pk: int) -> Post:
    return get_object_or_404(queries.posts_in(_incident(request), request.rights), pk=pk)


def _shift(request: Any, pk: int) -> Shift:
    found = get_object_or_404(Shift.objects.select_related("post__incident", "post__area", "member"), pk=pk)
    _post(request, found.post_id)
    return found


def _post_page(request: Any, found: Post, form: AssignForm, status: int = 200) -> HttpResponse:
    at = found.incident.now()
    page = queries.post_page(found, at)
    context = {"post": found, "page": page, "form": form, "at": at}
    context["need"] = NeedForm(initial={"persons_needed": found.persons_needed})
    return render(request, "crew/post.html", context, status=status)


def _shift_page(request: Any, found: Shift, status: int = 200, **forms: Any) -> HttpResponse:
    incident = found.post.incident
    context = {
        "shift": found,
        "at": incident.now(),
        "give": forms.get("give") or MemberForm(queries.members_to_ask(incident)),
        "swap": forms.get("swap") or SwapForm(queries.shifts_to_swap(found, request.rights), incident),
    }
    return render(request, "crew/shift.html", context, status=status)


def _fill_page(request: Any, incident: Incident, form: FillForm) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "reason": BecauseForm(),
        "batch": uuid4(),
        "proposal": None,
        "at": incident.now(),
    }
    if form.is_bound and form.is_valid():
        posts = list(queries.posts_in(incident, request.rights).filter(ended_at=None))
        members = list(filling.candidates(incident, form.team()))
        hours = form.cleaned_data["hours"]
        context["proposal"] = filling.propose(incident, posts, members, at=incident.now(), hours=hours)
    return render(request, "crew/fill.html", context, status=422 if form.is_bound and not form.is_valid() else 200)


def _batch(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UserError(_("This roster is incomplete."), mend=_("Have it proposed again.")) from error
