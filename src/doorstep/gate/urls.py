from django.urls import path

from doorstep.gate import app, barrier_views, permit_views, views

app_name = "gate"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("pass/", views.check, name="check"),
    path("pass/go/", views.passed, name="passed"),
    path("life/", views.life, name="life"),
    path("crossings/", views.every, name="crossings"),
    path("crossing/<int:pk>/", views.act, name="act"),
    path("permits/", permit_views.home, name="permits"),
    path("permits/new/", permit_views.new, name="permit_new"),
    path("permits/gates.pdf", permit_views.paper_list, name="permit_list"),
    path("permit/<int:pk>/", permit_views.one, name="permit"),
    path("permit/<int:pk>/decide/", permit_views.decide, name="decide"),
    path("permit/<int:pk>/slip.pdf", permit_views.slip, name="slip"),
    path("barriers/", barrier_views.home, name="barriers"),
    path("barriers/new/", barrier_views.new, name="barrier_new"),
    path("barriers/facility/", barrier_views.facility, name="facility"),
    path("barrier/<int:pk>/", barrier_views.one, name="barrier"),
    path("barrier/<int:pk>/look/", barrier_views.look, name="look"),
    path("barrier/<int:pk>/change/", barrier_views.change, name="barrier_change"),
    path("fire/<int:pk>/", barrier_views.fire_map, name="fire_map"),
    path("check/", app.page, name="app"),
    path("check/sw.js", app.worker, name="app_worker"),
    path("check/words.json", app.words_json, name="app_words"),
    path("check/app/<str:version>/<path:name>", app.file, name="app_file"),
    path("check/list.json", app.list_json, name="app_list"),
    path("check/sync", app.sync, name="app_sync"),
]
