from django.urls import path

from doorstep.command.views import incidents

app_name = "command"
urlpatterns = [
    path("incidents/", incidents.home, name="incidents"),
    path("incidents/new/", incidents.new, name="incident_new"),
    path("incidents/<int:pk>/choose/", incidents.choose, name="incident_choose"),
    path("incidents/<int:pk>/close/", incidents.close, name="incident_close"),
    path("clock/", incidents.turn, name="clock"),
]
