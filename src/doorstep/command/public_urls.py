"""What everybody may read without an account: notices, answers, feeds, alerts."""

from django.urls import path

from doorstep.command.views import feeds, public

app_name = "public"
urlpatterns = [
    path("", public.home, name="notices"),
    path("feed.rss", feeds.Rss(), name="rss"),
    path("feed.atom", feeds.Atom(), name="atom"),
    path("cap.atom", feeds.CapAtom(), name="cap_feed"),
    path("<int:number>/", public.notice, name="notice"),
    path("<int:number>/poster.pdf", public.poster, name="poster"),
    path("<int:number>/<int:version>/cap.xml", public.alert, name="cap"),
]
