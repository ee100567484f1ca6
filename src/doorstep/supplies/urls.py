from django.urls import path

from doorstep.supplies import item_views

app_name = "supplies"
urlpatterns = [
    path("items/", item_views.home, name="items"),
    path("items/load/", item_views.load, name="load_items"),
    path("items/new/", item_views.new, name="new_item"),
    path("items/bring/", item_views.bring, name="bring_items"),
    path("items/to-mend.xlsx", item_views.to_mend, name="items_to_mend"),
    path("items/undo/<int:pk>/", item_views.undo, name="undo_items"),
    path("items/of/<slug:code>/", item_views.item, name="item"),
    path("items/of/<slug:code>/edit/", item_views.edit, name="edit_item"),
    path("items/of/<slug:code>/reset/", item_views.reset, name="reset_item"),
]
