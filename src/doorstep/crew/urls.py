app_name = "crew"
urlpatterns: list = []
