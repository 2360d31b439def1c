"""Exports in the back office: to be read and fetched, and stopped or removed under the rules of the pages."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from accounts import audit
from accounts.admin.scoped import ReadOnlyAdmin, by
from accounts.roles import Permission
from analytics.exporting import job
from analytics.models import Export
from analytics.views import file_of


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    reads = Permission.EXPORT
    list_display = ["file_name", "workspace", "campaign", "kind", "format", "status", "rows_done", "size", "asked_by"]
    list_display += ["created_at", "expires_at", "fetch"]
    list_filter = ["status", "kind", "format", "created_at", *by("campaign", "workspace")]
    list_select_related = ["workspace", "campaign"]
    search_fields = ["file_name", "asked_by", "campaign__name"]
    exclude = ["file", "tasks"]
    actions = ["cancel", "remove"]

    def get_urls(self) -> list[Any]:
        fetch = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/download/", fetch, name="analytics_export_download"), *super().get_urls()]

    @display(description="file")
    def fetch(self, export: Export) -> SafeString | str:
        if not export.can_be_fetched:
            return "–"
        return format_html('<a href="{}">Download</a>', reverse("admin:analytics_export_download", args=[export.pk]))

    def download(self, request: HttpRequest, pk: int) -> FileResponse:
        export = get_object_or_404(self.get_queryset(request), pk=pk)
        answer = file_of(export)
        if answer is None:
            raise Http404("This export has no file, or it has expired.")
        audit.record(export.workspace, "export.downloaded", export, actor=request.user)  # type: ignore[arg-type]
        return answer

    @action(description="Cancel")
    def cancel(self, request: HttpRequest, rows: QuerySet[Export]) -> None:
        stopped = [job.cancel(export, timezone.now()) for export in rows]
        messages.success(request, f"{sum(stopped)} of {len(stopped)} exports cancelled; the others were finished.")

    @action(description="Delete the files")
    def remove(self, request: HttpRequest, rows: QuerySet[Export]) -> None:
        now, actor = timezone.now(), request.user
        removed = [job.discard(export, now, actor=actor) for export in rows]  # type: ignore[arg-type]
        messages.success(request, f"{sum(removed)} of {len(removed)} files deleted; the others had none.")
