from django.urls import path

from doorstep.supplies import item_views, lot_views, stock_views

app_name = "supplies"
urlpatterns = [
    path("", stock_views.home, name="home"),
    path("stock/<slug:code>/", stock_views.item_lots, name="item_lots"),
    path("moves/", stock_views.moves, name="moves"),
    path("moves/<int:pk>/undo/", stock_views.undo, name="undo_move"),
    path("places/", stock_views.places, name="places"),
    path("places/<int:pk>/count/", stock_views.count, name="count"),
    path("places/<int:pk>/carry/", stock_views.transfer, name="transfer"),
    path("receive/", lot_views.receive, name="receive"),
    path("receive/list/", lot_views.receive_list, name="receive_list"),
    path("receive/to-mend.xlsx", lot_views.bad_rows, name="receive_bad"),
    path("lots/<int:pk>/", lot_views.lot, name="lot"),
    path("lots/<int:pk>/do/", lot_views.do, name="lot_do"),
    path("lots/<int:pk>/recall/", lot_views.recall, name="recall"),
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
