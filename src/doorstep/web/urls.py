"""Every room's pages under one root."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from doorstep.web import account, metrics, views
from doorstep.web import api as machines

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("first-steps/", include("doorstep.firststeps.urls")),
    path("board/", include("doorstep.board.urls")),
    path("register/", include("doorstep.register.urls")),
    path("command/", include("doorstep.command.urls")),
    path("crew/", include("doorstep.crew.urls")),
    path("desk/", include("doorstep.desk.urls")),
    path("gate/", include("doorstep.gate.urls")),
    path("report/", include("doorstep.report.urls")),
    path("rounds/", include("doorstep.rounds.urls")),
    path("door/", include("doorstep.resident.urls")),
    path("supplies/", include("doorstep.supplies.urls")),
    path("notices/", include("doorstep.command.public_urls")),
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("components/", views.components, name="components"),
    path("theme/", views.theme, name="theme"),
    path("account/tokens/", account.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", account.revoke, name="revoke_token"),
    path("api/v1/", machines.reference, name="api"),
    path("api/v1/openapi.json", machines.openapi, name="openapi"),
    path("api/v1/", machines.api.urls),
    path("metrics", metrics.metrics, name="metrics"),
    path("healthz", views.healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
]
