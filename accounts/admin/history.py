"""What was done, and what programs were told: to be read, never changed."""

from django.contrib import admin

from accounts.admin.scoped import ReadOnlyAdmin, by
from accounts.models import AuditEvent, KeptAnswer
from accounts.roles import Permission


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    reads = Permission.AUDIT
    list_display = ["at", "actor_name", "action", "object_type", "object_name", "workspace"]
    list_filter = ["object_type", "action", "at", *by("workspace")]
    list_select_related = ["workspace"]
    search_fields = ["actor_name", "object_name", "object_id"]
    date_hierarchy = "at"


@admin.register(KeptAnswer)
class KeptAnswerAdmin(ReadOnlyAdmin):
    reads = Permission.ADMINISTER
    list_display = ["at", "key", "status", "workspace"]
    list_filter = ["status", *by("workspace")]
    list_select_related = ["workspace"]
    search_fields = ["key"]
