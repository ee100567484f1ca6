from django.urls import path

from doorstep.report import after_views, archive_views, report_views, views

app_name = "report"
urlpatterns = [
    path("", views.home, name="home"),
    path("figure/<str:source>/<str:code>/", views.figure, name="figure"),
    path("brief/", views.brief, name="brief"),
    path("brief.pdf", views.brief_pdf, name="brief_pdf"),
    path("who/", views.who_page, name="who"),
    path("who.hxl.csv", views.hxl, {"what": "who"}, name="hxl_who"),
    path("figures.hxl.csv", views.hxl, {"what": "figures"}, name="hxl_figures"),
    path("write/", report_views.begin, name="begin"),
    path("<int:pk>/", report_views.report, name="report"),
    path("<int:pk>/issue/", report_views.issue, name="issue"),
    path("<int:pk>/drop/", report_views.drop, name="drop"),
    path("<int:pk>/report.<str:kind>", report_views.paper, name="paper"),
    path("after/", after_views.look_back, name="after"),
    path("after.pdf", after_views.look_back_pdf, name="after_pdf"),
    path("after/finding/<int:pk>/drop/", after_views.drop_finding, name="drop_finding"),
    path("archives/", archive_views.archives, name="archives"),
    path("archives/<int:pk>/", archive_views.archive, name="archive"),
    path("arrivals/", archive_views.arrivals, name="arrivals"),
]
