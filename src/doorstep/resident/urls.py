from django.urls import path

from doorstep.resident import card_views, views

app_name = "resident"
urlpatterns = [
    path("", views.enter, name="enter"),
    path("cards/household/<int:pk>/", card_views.household, name="card"),
    path("cards/area/<int:pk>/", card_views.area, name="cards"),
    path("letters/area/<int:pk>/", card_views.letters, name="letters"),
    path("letters/round/<int:pk>/", card_views.round_letters, name="round_letters"),
    path("<str:code>/", views.page, name="page"),
    path("<str:code>/dates.ics", views.dates, name="dates"),
    path("<str:code>/do/<slug:act>/", views.do, name="do"),
    path("<str:code>/do/<slug:act>/<str:ref>/", views.do, name="do_about"),
    path("<str:code>/heard/<slug:act>/<str:ref>/", views.heard, name="heard"),
    path("<str:code>/see/<slug:leaf>/<str:ref>/", views.see, name="see"),
]
