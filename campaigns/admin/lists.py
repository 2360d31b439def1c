"""The back office of lists that were replaced or changed by a file, and of intakes: history, to be read."""

from django.contrib import admin

from accounts.admin.scoped import ReadOnlyAdmin, by
from campaigns.admin.history import OfCampaign
from campaigns.models import Intake, IntakeDelivery, ListChange, PutAside
from contacts.models import UploadChange


@admin.register(PutAside)
class PutAsideAdmin(ReadOnlyAdmin):
    workspace_path = "link__campaign__workspace"
    list_display = ["contact", "link", "status", "reason", "added_at"]
    list_filter = ["status", "added_at"]
    list_select_related = ["contact", "link__upload", "link__campaign"]
    search_fields = ["^contact__phone_number", "contact__name", "link__campaign__name"]


@admin.register(ListChange)
class ListChangeAdmin(ReadOnlyAdmin):
    workspace_path = "link__campaign__workspace"
    list_display = ["campaign_contact", "link", "before"]
    list_select_related = ["campaign_contact__contact", "campaign_contact__campaign", "link__upload", "link__campaign"]
    search_fields = ["^campaign_contact__contact__phone_number", "link__campaign__name"]


@admin.register(UploadChange)
class UploadChangeAdmin(ReadOnlyAdmin):
    workspace_path = "upload__workspace"
    list_display = ["contact", "upload", "before"]
    list_filter = by("upload")
    list_select_related = ["contact", "upload"]
    search_fields = ["^contact__phone_number", "contact__name", "upload__file_name"]


@admin.register(Intake)
class IntakeAdmin(OfCampaign):
    """Made and changed on the campaign's page. The secret is shown there only."""

    list_display = ["campaign", "enabled", "created_at"]
    list_filter = ["enabled", *by("campaign")]
    list_select_related = ["campaign"]
    search_fields = ["campaign__name"]
    fields = ["campaign", "enabled", "mapping", "created_at"]
    readonly_fields = ["created_at"]


@admin.register(IntakeDelivery)
class IntakeDeliveryAdmin(ReadOnlyAdmin):
    workspace_path = "intake__campaign__workspace"
    list_display = ["at", "intake", "status", "said", "contact"]
    list_filter = ["status", "at"]
    list_select_related = ["intake__campaign", "contact"]
    search_fields = ["said", "intake__campaign__name", "^contact__phone_number"]
