from django.urls import path

from doorstep.rounds import gate_views, live_views, sheet_views, views, work

app_name = "rounds"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("plan/<int:pk>/", views.plan, name="plan"),
    path("plan/<int:pk>/live/", live_views.plan_live, name="plan_live"),
    path("plan/<int:pk>/again/", views.again, name="again"),
    path("plan/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("plan/<int:pk>/door-lists.pdf", views.door_lists, name="door_lists"),
    path("plan/<int:pk>/labels.pdf", views.labels, name="labels"),
    path("plan/<int:pk>/stair-sheets.pdf", sheet_views.stair_sheets, name="stair_sheets"),
    path("sheet/", sheet_views.sheet, name="sheet"),
    path("sheet/undo/<int:pk>/", sheet_views.undo, name="sheet_undo"),
    path("round/<int:pk>/", views.one_round, name="round"),
    path("round/<int:pk>/live/", live_views.round_live, name="round_live"),
    path("gate/", gate_views.home, name="gate_home"),
    path("round/<int:pk>/gate/", gate_views.gate, name="gate"),
    path("round/<int:pk>/gate/count/", gate_views.count, name="gate_count"),
    path("plan/<int:pk>/gate/", gate_views.plan_goods, name="plan_goods"),
    path("round/<int:pk>/out/", views.take_out, name="take_out"),
    path("round/<int:pk>/lock/", views.lock, name="lock"),
    path("stop/<int:pk>/move/", views.move, name="move"),
    path("work/", work.my_work, name="my_work"),
    path("work/round/<int:pk>/", work.my_work, name="walk"),
    path("work/stop/<int:pk>/", work.knock, name="knock"),
    path("work/task/<int:pk>/", work.knock_again, name="knock_again"),
    path("work/visit/<int:pk>/undo/", work.undo, name="undo"),
]
