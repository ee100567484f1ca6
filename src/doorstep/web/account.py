"""The member's own tokens: issued, shown once, revoked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from doorstep.web import tokens as acts
from doorstep.web.models import ApiToken
from doorstep.wiring.pages import tried

DAYS = [(30, _("30 days")), (90, _("90 days")), (365, _("one year"))]


class TokenForm(forms.Form):
    """A name for the token and how long it holds."""

    label = forms.CharField(label=_("Which program uses it"), max_length=80)
    days = forms.TypedChoiceField(label=_("It ends after"), choices=DAYS, coerce=int, initial=90)


@login_required
def tokens(request: Any) -> HttpResponse:
    """My tokens and the form for a new one; a new secret is shown on the answer to its own request only."""
    if not request.member:
        raise Http404
    form, secret = TokenForm(request.POST or None), ""
    status = 200
    if request.method == "POST":
        done, made = tried(
            form,
            lambda: acts.issue(
                request.member,
                form.cleaned_data["label"],
                days=form.cleaned_data["days"],
                at=timezone.now(),
                incident=request.incident or None,
            ),
        )
        status = 200 if done else 422
        if done:
            form, secret = TokenForm(), made[1]
    mine = ApiToken.objects.filter(member_id=request.member.pk)
    context = {"form": form, "secret": secret, "tokens": mine, "now": timezone.now()}
    answer = render(request, "web/tokens.html", context, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@login_required
@require_POST
def revoke(request: Any, pk: int) -> HttpResponse:
    """End one of my tokens at once."""
    token = get_object_or_404(ApiToken, pk=pk, member_id=getattr(request.member, "pk", None))
    acts.revoke(token, by=request.member, at=timezone.now(), incident=request.incident or None)
    return redirect("tokens")
