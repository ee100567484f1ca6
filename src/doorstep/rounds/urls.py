from django.urls import path

from doorstep.rounds import change_views, views, work

app_name = "rounds"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("plan/<int:pk>/", views.plan, name="plan"),
    path("plan/<int:pk>/again/", views.again, name="again"),
    path("plan/<int:pk>/short/", change_views.short, name="short"),
    path("plan/<int:pk>/join/", change_views.join, name="join"),
    path("plan/<int:pk>/back/", change_views.back, name="back"),
    path("plan/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("plan/<int:pk>/door-lists.pdf", views.door_lists, name="door_lists"),
    path("plan/<int:pk>/labels.pdf", views.labels, name="labels"),
    path("round/<int:pk>/", views.one_round, name="round"),
    path("round/<int:pk>/out/", views.take_out, name="take_out"),
    path("round/<int:pk>/lock/", views.lock, name="lock"),
    path("stop/<int:pk>/move/", views.move, name="move"),
    path("work/", work.my_work, name="my_work"),
    path("work/round/<int:pk>/", work.my_work, name="walk"),
    path("work/stop/<int:pk>/", work.knock, name="knock"),
    path("work/task/<int:pk>/", work.knock_again, name="knock_again"),
    path("work/visit/<int:pk>/undo/", work.undo, name="undo"),
]
