app_name = "gate"
urlpatterns: list[object] = []
