from django.urls import path

from doorstep.firststeps import views

app_name = "firststeps"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("sample.xlsx", views.sample, name="sample"),
    path("open/<str:token>/", views.open_link, name="open"),
    path("<int:pk>/", views.resume, name="resume"),
    path("<int:pk>/drop/", views.drop, name="drop"),
    path("<int:pk>/language/", views.language, name="language"),
    path("<int:pk>/organisation/", views.organisation, name="organisation"),
    path("<int:pk>/compound/", views.compound, name="compound"),
    path("<int:pk>/list/", views.household_list, name="list"),
    path("<int:pk>/list/columns/", views.columns, name="columns"),
    path("<int:pk>/list/invent/", views.invent, name="invent"),
    path("<int:pk>/list/bring/", views.bring, name="bring"),
    path("<int:pk>/list/go-on/", views.go_on, name="go_on"),
    path("<int:pk>/list/back/", views.take_back, name="take_back"),
    path("<int:pk>/list/to-mend.xlsx", views.to_mend, name="to_mend"),
    path("<int:pk>/rules/", views.rules, name="rules"),
    path("<int:pk>/seal/", views.seal, name="seal"),
    path("<int:pk>/carriers/", views.carriers, name="carriers"),
]
