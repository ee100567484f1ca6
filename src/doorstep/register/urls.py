from django.urls import path

from doorstep.register import place_views, plan_views

app_name = "register"
urlpatterns = [
    path("places/", place_views.home, name="places"),
    path("places/new/", place_views.new, name="new_place"),
    path("places/<int:pk>/", place_views.place, name="place"),
    path("places/<int:pk>/names/", place_views.edit, name="edit_place"),
    path("places/<int:pk>/buildings/", place_views.new_building, name="new_building"),
    path("places/<int:pk>/gates/", place_views.new_gate, name="new_gate"),
    path("places/<int:pk>/plan/", plan_views.plan, name="plan"),
    path("places/<int:pk>/plan/move/", plan_views.move, name="move_on_plan"),
    path("places/<int:pk>/plan/positions/", plan_views.positions, name="type_positions"),
    path("places/<int:pk>/plan/picture/", plan_views.picture, name="plan_picture"),
    path("places/<int:pk>/plan/map/", plan_views.from_map, name="from_map"),
    path("places/gate/<int:pk>/", place_views.gate, name="gate"),
    path("places/building/<int:pk>/", place_views.building, name="building"),
    path("places/building/<int:pk>/facts/", place_views.edit_building, name="edit_building"),
    path("places/building/<int:pk>/confirm/", place_views.confirm, name="confirm_floors"),
    path("places/building/<int:pk>/doors/", place_views.doors, name="correct_doors"),
    path("places/building/<int:pk>/stairs/", place_views.new_stair, name="new_stair"),
    path("places/stair/<int:pk>/case/", place_views.case, name="mark_case"),
    path("places/change/<int:pk>/undo/", place_views.undo, name="undo_place"),
]
