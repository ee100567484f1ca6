from django.urls import path

from doorstep.desk import care_views, gateway_views, intake_views, views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("request/<int:pk>/", views.request_page, name="request"),
    path("request/<int:pk>/do/", views.do, name="do"),
    path("request/<int:pk>/change/", views.change, name="change"),
    path("thanks/<int:pk>/seen/", views.thanks_seen, name="thanks_seen"),
    path("messages/", intake_views.inbox, name="inbox"),
    path("message/<int:pk>/", intake_views.message, name="message"),
    path("message/<int:pk>/do/", intake_views.message_do, name="message_do"),
    path("message/<int:pk>/file/", intake_views.message_file, name="message_file"),
    path("new/", intake_views.new, name="new"),
    path("paste/", intake_views.paste, name="paste"),
    path("handover/", care_views.hand_over, name="handover"),
    path("objects/", care_views.things, name="objects"),
    path("objects/<int:pk>/", care_views.thing, name="object"),
    path("objects/<int:pk>/receipt.pdf", care_views.receipt, name="receipt"),
    path("offers/", care_views.offered, name="offers"),
    path("offers/<int:pk>/", care_views.offer_do, name="offer_do"),
    path("duplicates/", care_views.duplicates, name="duplicates"),
    path("duplicates/do/", care_views.pair_do, name="pair_do"),
    path("gateways/", gateway_views.home, name="gateways"),
    path("gateways/<int:pk>/", gateway_views.one, name="gateway"),
    path("in/<slug:key>/", gateway_views.bring, name="bring"),
]
