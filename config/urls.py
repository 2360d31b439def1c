"""Every address. Each app brings its own; the table of who may what is walked by a test over all of these."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("telephony.urls")),  # first: carriers' events outnumber everything else
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api_urls")),
    path("", include("accounts.urls")),
    path("", include("accounts.health_urls")),
    path("", include("contacts.urls")),
    path("", include("campaigns.urls")),
    path("", include("goals.urls")),
    path("", include("analytics.urls")),
]
