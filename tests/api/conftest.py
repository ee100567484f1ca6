"""A small night for every test of the API: one sealed area, its people owed what the rules say, a client that is signed in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from django.contrib.auth import get_user_model
from django.test import Client

from doorstep.command.models import Area, Member
from doorstep.promises.actions import derive


@pytest.fixture
def area() -> Area:
    area = a_sealed_area(compound=a_compound(stairs=2, floors=4))
    for number, line in enumerate(area.area_doors.select_related("door").order_by("pk")):
        a_household(line.door, alone=number == 0, persons=number % 4 + 3)
    derive(area.incident, at=NIGHT)
    return area


@dataclass
class Caller:
    """Somebody who asks the API in English."""

    client: Client
    member: Member | None
    headers: dict[str, str]

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        address = f"/api/v1{path}"
        if query:
            address += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        content = b"" if body is None else json.dumps(body, default=str).encode()
        return self.client.generic(method, address, content, content_type="application/json", headers=self.headers)

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, **query)

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self.ask("POST", path, body, **query)


@pytest.fixture
def caller(client, area):
    """`caller(role)` signs in a member with that duty; no role: nobody."""

    def signed(role: str = "", *, scope: Area | None = None) -> Caller:
        client = Client()
        member = None
        if role:
            member = a_member(role, incident=area.incident, area=scope, login=f"{role}-{uuid4().hex[:6]}")
            user = get_user_model().objects.get(pk=member.user_id)
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return Caller(client, member, {"Accept-Language": "en"})

    return signed
