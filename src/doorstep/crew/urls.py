from django.urls import path

from doorstep.crew import views, work

app_name = "crew"
urlpatterns = [
    path("", views.home, name="home"),
    path("roster.pdf", views.paper, name="paper"),
    path("fill/", views.fill, name="fill"),
    path("fill/store/", views.store, name="store"),
    path("fill/back/", views.take_back, name="take_back"),
    path("post/new/", views.new_post, name="new_post"),
    path("post/<int:pk>/", views.post, name="post"),
    path("post/<int:pk>/need/", views.need, name="need"),
    path("post/<int:pk>/end/", views.end, name="end"),
    path("shift/<int:pk>/", views.shift, name="shift"),
    path("shift/<int:pk>/change/", views.change_shift, name="change_shift"),
    path("mine/", work.my_shifts, name="my_shifts"),
    path("mine/<int:pk>/in/", work.check_in, name="check_in"),
    path("mine/<int:pk>/out/", work.hand_over, name="hand_over"),
    path("mine/<int:pk>/undo/", work.undo, name="undo"),
]
