"""Tokens: shown once, hashed, revoked, in the journal; the session needs its CSRF token."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from doorstep.command.models import JournalEntry, RoleGrant
from doorstep.web import tokens
from doorstep.web.models import ApiToken

pytestmark = pytest.mark.django_db


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}


def test_a_member_makes_a_token_on_the_page_and_it_works_until_revoked(caller, area):
    desk = caller("coordinator")
    page = desk.client.post("/account/tokens/", {"label": "night script", "days": "30"}).content.decode()
    secret = re.search(r"door_[\w-]+", page)[0]
    assert secret not in desk.client.get("/account/tokens/").content.decode()
    token = ApiToken.objects.get()
    assert token.digest != secret
    assert secret not in str(JournalEntry.objects.filter(act="issue_token").values())
    machine = Client()
    assert machine.get("/api/v1/areas", headers=bearer(secret)).json()[0]["id"] == area.pk
    desk.client.post(f"/account/tokens/{token.pk}/revoke/")
    assert machine.get("/api/v1/areas", headers=bearer(secret)).status_code == 401
    assert JournalEntry.objects.filter(act="revoke_token").count() == 1


def test_nobody_revokes_the_token_of_another(caller):
    one, two = caller("coordinator"), caller("coordinator")
    token, _ = tokens.issue(one.member, "script", days=30, at=timezone.now())
    assert two.client.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404


def test_a_token_ends_at_its_time_and_with_its_member(caller):
    member = caller("coordinator").member
    now = timezone.now()
    _, secret = tokens.issue(member, "script", days=30, at=now - timedelta(days=31))
    assert tokens.token_of(secret, now) is None
    _, secret = tokens.issue(member, "script", days=30, at=now)
    assert tokens.token_of(secret, now) is not None
    member.user.is_active = False
    member.user.save()
    assert tokens.token_of(secret, now) is None


def test_a_token_has_the_rights_of_its_member_as_they_are_now(caller):
    member = caller("coordinator").member
    _, secret = tokens.issue(member, "script", days=30, at=timezone.now())
    RoleGrant.objects.filter(member=member).update(role="gate")
    assert Client().get("/api/v1/areas", headers=bearer(secret)).status_code == 403


def test_a_token_opens_no_page(caller):
    _, secret = tokens.issue(caller("coordinator").member, "script", days=30, at=timezone.now())
    assert Client().get("/board/", headers=bearer(secret)).status_code == 302


def test_a_wrong_token_is_not_saved_by_a_session(caller):
    desk = caller("coordinator")
    assert desk.client.get("/api/v1/areas", headers=bearer("door_wrong")).status_code == 401


def test_a_session_needs_its_csrf_token_for_an_act_and_a_token_does_not(caller, area):
    member = caller("coordinator").member
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    task = {"data": {"title": "call the pharmacy"}, "content_type": "application/json"}
    refused = strict.post("/api/v1/tasks", **task, headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["field"]) == (403, "X-CSRFToken")
    strict.get("/account/tokens/")
    csrf = strict.cookies["csrftoken"].value
    assert strict.post("/api/v1/tasks", **task, headers={"X-CSRFToken": csrf}).status_code == 200
    _, secret = tokens.issue(member, "script", days=30, at=timezone.now())
    assert Client(enforce_csrf_checks=True).post("/api/v1/tasks", **task, headers=bearer(secret)).status_code == 200
