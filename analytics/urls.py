"""Addresses of exports."""

from django.urls import path

from analytics import views

app_name = "analytics"
urlpatterns = [
    path("exports/", views.exports, name="exports"),
    path("exports/part/", views.exports_part, name="exports_part"),
    path("exports/new/", views.export_new, name="export_new"),
    path("exports/history/", views.history, name="history"),
    path("exports/<int:pk>/download/", views.download, name="download"),
    path("exports/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("exports/<int:pk>/delete/", views.discard, name="discard"),
]
