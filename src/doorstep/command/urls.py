from django.urls import path

from doorstep.command import protocol_views

app_name = "command"
urlpatterns = [
    path("protocol/", protocol_views.rules, name="protocol"),
]
