from django.urls import path

from goals import views

app_name = "goals"
urlpatterns = [
    path("campaigns/<int:pk>/goals/add/", views.add, name="add"),
    path("campaigns/<int:pk>/goals/<int:goal_pk>/", views.edit, name="edit"),
    path("campaigns/<int:pk>/goals/<int:goal_pk>/<slug:action>/", views.act, name="act"),
]
