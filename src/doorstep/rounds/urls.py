from django.urls import path

from doorstep.rounds import conflict_views, phone, phone_views, photo_views, views, work

app_name = "rounds"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("plan/<int:pk>/", views.plan, name="plan"),
    path("plan/<int:pk>/again/", views.again, name="again"),
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
    path("phone/round.json", phone.round_json, name="phone_round"),
    path("phone/sync", phone.sync, name="phone_sync"),
    path("phone/photo/<uuid:client_id>", phone.photo, name="phone_photo"),
    path("phones/", phone_views.phones, name="phones"),
    path("phones/<int:pk>/end/", phone_views.end, name="phone_end"),
    path("round/<int:pk>/phone/", phone_views.round_pass, name="round_pass"),
    path("work/phone/", phone_views.own_pass, name="own_pass"),
    path("conflicts/", conflict_views.conflicts, name="conflicts"),
    path("conflicts/<int:pk>/settle/", conflict_views.settle, name="settle_conflict"),
    path("conflicts/<int:pk>/reopen/", conflict_views.reopen, name="reopen_conflict"),
    path("photos/", photo_views.photos, name="photos"),
    path("photos/<int:pk>/", photo_views.photo_page, name="photo_page"),
    path("photos/<int:pk>/photo.jpg", photo_views.photo, name="photo"),
    path("photos/<int:pk>/remove/", photo_views.remove, name="remove_photo"),
    path("phones/act/<int:pk>/photo.jpg", photo_views.act_photo, name="act_photo"),
]
