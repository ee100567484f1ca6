from django.urls import path

from doorstep.command.views import areas, drawing, incidents, tasks

app_name = "command"
urlpatterns = [
    path("", areas.home, name="areas"),
    path("areas/new/", drawing.new, name="area_new"),
    path("areas/<int:pk>/", areas.area, name="area"),
    path("areas/<int:pk>/places/", drawing.redraw, name="area_places"),
    path("areas/<int:pk>/prepare/", areas.prepare, name="area_prepare"),
    path("areas/<int:pk>/exits/", areas.exits, name="area_exits"),
    path("areas/<int:pk>/review/", areas.review, name="area_review"),
    path("areas/<int:pk>/lifting/", areas.lifting, name="area_lifting"),
    path("areas/<int:pk>/lift/", areas.lift, name="area_lift"),
    path("areas/<int:pk>/again/", areas.again, name="area_again"),
    path("areas/<int:pk>/withdraw/", areas.withdraw, name="area_withdraw"),
    path("incidents/", incidents.home, name="incidents"),
    path("incidents/new/", incidents.new, name="incident_new"),
    path("incidents/<int:pk>/choose/", incidents.choose, name="incident_choose"),
    path("incidents/<int:pk>/close/", incidents.close, name="incident_close"),
    path("clock/", incidents.turn, name="clock"),
    path("tasks/", tasks.home, name="tasks"),
    path("tasks/new/", tasks.new, name="task_new"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/do/", tasks.do, name="task_do"),
]
