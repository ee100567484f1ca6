from django.urls import path

from doorstep.board import views

app_name = "board"
urlpatterns = [
    path("", views.home, name="home"),
    path("area/<int:pk>/", views.area, name="area"),
    path("watch/<int:number>/", views.watch, name="watch"),
    path("timeline/", views.timeline, name="timeline"),
    path("door/<int:pk>/", views.door, name="door"),
]
