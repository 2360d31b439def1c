"""Contact files in the back office: history and figures, and the acts of the Files page under the same rules."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import action, display

from accounts.admin.exchange import Exported
from accounts.admin.scoped import ScopedAdmin, ScopedForm, by
from accounts.roles import Permission
from campaigns import files, undoing
from campaigns.undoing import NotUndoable
from campaigns.uploads import ListLocked
from contacts.forms.upload import ACCEPT
from contacts.importing.detection import EMPTY, MAX_BYTES, TOO_LARGE
from contacts.importing.load import NotStaged
from contacts.models import COUNTS, Purpose, Upload, UploadStatus
from contacts.person import read_country
from contacts.resources import UploadResource

COLOURS = {"green": "success", "yellow": "warning", "indigo": "info", "red": "danger"}
STATUS_COLOURS = {status.value: COLOURS.get(status.colour, "default") for status in UploadStatus}
GIVEN = ["workspace", "file", "default_country", "purpose"]
KNOWN = [
    *("workspace", "file_name", "status_badge", "problem", "note", "purpose", "campaign", "replaces", "sender"),
    *("created_at", "started_at", "finished_at", "kind", "size", "encoding", "delimiter", "sheet", "default_country"),
    *("columns", "mapping", "rows", "valid_rows", "duplicate_rows", "rows_done", *COUNTS, "rows_undone", "elsewhere"),
    *("warnings", "first_rejections"),
]
Do = Callable[[Upload, datetime, Any], bool]


def _load(upload: Upload, now: datetime, user: Any) -> bool:
    files.begin(upload, now)
    return True


def _cancel(upload: Upload, now: datetime, user: Any) -> bool:
    return files.cancel(upload, now)


def _undo(upload: Upload, now: datetime, user: Any) -> bool:
    undoing.begin_undo(upload, now=now, actor=user)
    return True


ACTS: dict[str, tuple[str, str, Do]] = {
    "load": ("Load the selected files", "is being loaded", _load),
    "cancel": ("Cancel the selected files", "is cancelled", _cancel),
    "undo": ("Undo the selected files", "is being taken back", _undo),
}


def acting(name: str) -> Any:
    """A bulk action that asks `campaigns.files` for every file by itself."""

    @action(description=ACTS[name][0])
    def act(page: "UploadAdmin", request: HttpRequest, rows: QuerySet[Upload]) -> None:
        for upload in rows.select_related("campaign_upload__campaign"):
            page.act(request, upload, name)

    act.__name__ = name
    return act


class UploadForm(ScopedForm):
    """A file for the contacts of a workspace, or for its suppression list; for a campaign's list: on its page."""

    class Meta:
        model = Upload
        fields = GIVEN
        labels = {"default_country": "Country of national numbers"}
        help_texts = {
            "file": "CSV, Excel or JSON, up to 100 MB or 500,000 rows. It is counted and previewed first.",
            "default_country": "Two letters; empty: the workspace's.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "file" in self.fields:
            self.fields["file"].widget.attrs["accept"] = ACCEPT
            self.fields["file"].error_messages |= {"required": "Choose a file of up to 100 MB.", "empty": EMPTY}
            self.fields["default_country"].required = False

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file

    def clean_default_country(self) -> str:
        text = self.cleaned_data["default_country"]
        try:
            return read_country(text) if text else ""
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None


@admin.register(Upload)
class UploadAdmin(Exported, ScopedAdmin):
    """Files are added and acted upon, never changed by hand."""

    resource_classes = [UploadResource]
    form = UploadForm
    adds = Permission.CONTACTS
    list_display = ["file_name", "status_badge", "purpose", "campaign", "rows", *COUNTS, "workspace", "sender"]
    list_display += ["created_at"]
    list_filter = ["status", "purpose", "kind", "created_at", *by("workspace")]
    list_select_related = ["workspace", "created_by", "campaign_upload__campaign"]
    search_fields = ["file_name", "campaign_upload__campaign__name"]
    actions = [acting(name) for name in ACTS]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upload]:
        return super().get_queryset(request).defer("preview", "asked")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return KNOWN if obj else GIVEN

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return KNOWN if obj else []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        mine = self.allows(request, Permission.CONTACTS, None)
        return {name: entry for name, entry in super().get_actions(request).items() if mine and name in ACTS}

    @display(description="status", ordering="status", label=STATUS_COLOURS)
    def status_badge(self, upload: Upload) -> tuple[str, str]:
        return upload.status, upload.get_status_display()

    @display(description="campaign")
    def campaign(self, upload: Upload) -> str:
        link = files.link_of(upload)
        return link.campaign.name if link else "–"

    @display(description="replaces the list", boolean=True)
    def replaces(self, upload: Upload) -> bool:
        link = files.link_of(upload)
        return link is not None and link.replaces

    def act(self, request: HttpRequest, upload: Upload, name: str) -> None:
        """Do it, or say why not; never both."""
        if not self.allows(request, files.permission(upload), upload):
            messages.error(request, f"{upload}: your role in its workspace does not allow this.")
            return
        _, done, do = ACTS[name]
        try:
            if do(upload, timezone.now(), request.user):
                messages.success(request, f"{upload} {done}.")
            else:
                messages.error(request, f"{upload}: nothing was left to {name}, the file is finished.")
        except (NotStaged, ListLocked, NotUndoable) as refusal:
            messages.error(request, f"{upload}: {refusal.sentence}")

    def save_model(self, request: HttpRequest, obj: Upload, form: Any, change: bool) -> None:
        """The file goes the way of all files; what it holds is shown on its page, here and there."""
        given = form.cleaned_data
        upload = files.receive(
            given["workspace"],
            given["file"],
            user=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
            default_country=given["default_country"],
            purpose=given.get("purpose") or Purpose.CONTACTS,
        )
        obj.pk = upload.pk
        obj.refresh_from_db()
        if obj.problem:
            messages.warning(request, f"{obj}: {obj.problem}")
