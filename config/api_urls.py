"""The whole API on one page: what lies under /api/v1/ and which view answers."""

from django.urls import URLPattern, URLResolver, path, re_path
from django.utils.module_loading import import_string
from rest_framework.routers import SimpleRouter

RESOURCES = {
    "agents": "telephony.api.AgentViewSet",
    "carriers": "telephony.api.CarrierViewSet",
    "numbers": "telephony.api.NumberViewSet",
    "contacts": "contacts.api.people.ContactViewSet",
    "contacts/bulk_actions": "campaigns.api.acts.BulkActionViewSet",
    "suppressions": "contacts.api.suppressions.SuppressionViewSet",
    "safe-hours": "contacts.api.safe_hours.SafeHoursViewSet",
    "imports": "campaigns.api.imports.ImportViewSet",
    "campaigns": "campaigns.api.campaigns.CampaignViewSet",
    r"campaigns/(?P<campaign_pk>\d{1,18})/contacts": "campaigns.api.people.CampaignContactViewSet",
    r"campaigns/(?P<campaign_pk>\d{1,18})/contacts/bulk_actions": "campaigns.api.people_acts.CampaignActionViewSet",
    r"campaigns/(?P<campaign_pk>\d{1,18})/forecast": "campaigns.api.forecast.ForecastViewSet",
    r"campaigns/(?P<campaign_pk>\d{1,18})/goals": "goals.api.GoalViewSet",
    "exports": "analytics.api.ExportViewSet",
    r"campaigns/(?P<campaign_pk>\d{1,18})/export": "analytics.api.CampaignExportViewSet",
    "calls": "campaigns.api.calls.CallViewSet",
    "schedules": "campaigns.api.schedules.ScheduleViewSet",
}
NAMES = {"contacts/bulk_actions": "bulk-actions", r"campaigns/(?P<campaign_pk>\d{1,18})/contacts": "campaign-contacts"}
NAMES[r"campaigns/(?P<campaign_pk>\d{1,18})/export"] = "campaign-export"
NAMES[r"campaigns/(?P<campaign_pk>\d{1,18})/contacts/bulk_actions"] = "campaign-bulk-actions"
NAMES[r"campaigns/(?P<campaign_pk>\d{1,18})/goals"] = "campaign-goals"
NAMES[r"campaigns/(?P<campaign_pk>\d{1,18})/forecast"] = "campaign-forecast"

router = SimpleRouter()
for prefix, view in RESOURCES.items():
    router.register(prefix, import_string(view), basename=NAMES.get(prefix, prefix))

# There is one of each campaign, so it has no id.
INTAKE = {"get": "retrieve", "post": "create", "patch": "partial_update", "delete": "destroy"}

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    re_path(
        r"^campaigns/(?P<campaign_pk>\d{1,18})/intake/$",
        import_string("campaigns.api.intake.IntakeViewSet").as_view(INTAKE),
        name="campaign-intake",
    ),
    *router.urls,
    path("schema/", import_string("accounts.rest.docs.Schema").as_view(), name="schema"),
    path("docs/", import_string("accounts.rest.docs.docs"), name="docs"),
    path("", import_string("accounts.rest.docs.front"), name="front"),
    re_path(r"", import_string("accounts.rest.docs.nothing_here")),
]
