from django.urls import path

from doorstep.board import views

app_name = "board"
urlpatterns = [
    path("", views.home, name="home"),
    path("area/<int:pk>/", views.area, name="area"),
    path("door/<int:pk>/", views.door, name="door"),
]
