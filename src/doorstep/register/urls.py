from django.urls import path

from doorstep.register import list_views, reconcile_views, views

app_name = "register"
urlpatterns = [
    path("", views.home, name="home"),
    path("door/<int:pk>/", views.door, name="door"),
    path("door/<int:pk>/settle/", views.settle, name="settle"),
    path("household/<int:pk>/", views.household, name="household"),
    path("household/<int:pk>/edit/", views.edit_household, name="edit_household"),
    path("household/<int:pk>/move-in/", views.move_in, name="move_in"),
    path("household/<int:pk>/left/", views.left, name="left"),
    path("household/<int:pk>/confirm/", views.confirm, name="confirm"),
    path("household/<int:pk>/take-back/<uuid:batch>/", views.take_back, name="take_back"),
    path("person/<int:pk>/edit/", views.edit_person, name="edit_person"),
    path("person/<int:pk>/place/", views.place, name="place_now"),
    path("person/<int:pk>/move-out/", views.move_out, name="move_out"),
    path("reconcile/", reconcile_views.home, name="reconcile"),
    path("lists/", list_views.home, name="lists"),
    path("lists/new/", list_views.new, name="new_list"),
    path("lists/<int:pk>/", list_views.one, name="list"),
    path("lists/<int:pk>/columns/", list_views.columns, name="list_columns"),
    path("lists/<int:pk>/choose/", list_views.choose, name="list_choose"),
    path("lists/<int:pk>/bring/", list_views.bring, name="list_bring"),
    path("lists/<int:pk>/undo/", list_views.undo, name="list_undo"),
    path("lists/<int:pk>/forget/", list_views.forget, name="list_forget"),
    path("lists/<int:pk>/to-mend.xlsx", list_views.bad_rows, name="list_bad"),
]
