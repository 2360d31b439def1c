"""Import and export of a list, into and out of one workspace at a time."""

from collections.abc import Callable, Sequence
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from import_export.admin import ExportMixin, ImportExportMixin
from import_export.formats.base_formats import CSV, JSON, XLSX
from import_export.forms import ConfirmImportForm
from tablib import Dataset  # type: ignore[import-untyped]
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin.scoped import Scoped, workspaces_with
from accounts.models import Workspace
from accounts.roles import Permission
from contacts.importing.detection import BadFile
from contacts.importing.guard import guarded, unguarded

LARGEST = 5 * 1024 * 1024  # read whole into memory; contact files of any size go through the Contacts page
LARGEST_UNPACKED = 50 * 1024 * 1024  # of an Excel file, which is a packed one
TOO_LARGE = "This file is larger than 5 MB. Split it, or upload contacts on the Contacts page."
BOMB = "This Excel file unpacks to more than 50 MB. Split it, or upload contacts on the Contacts page."


class IntoWorkspace(ImportForm):
    workspace = forms.ModelChoiceField(Workspace.objects.none(), widget=UnfoldAdminSelectWidget, empty_label=None)
    field_order = ["workspace", "resource", "import_file", "format"]

    def clean_import_file(self) -> UploadedFile:
        file = self.cleaned_data["import_file"]
        if file.size > LARGEST:
            raise ValidationError(TOO_LARGE)
        if unpacked_size(file) > LARGEST_UNPACKED:
            raise ValidationError(BOMB)
        return file


def unpacked_size(file: UploadedFile) -> int:
    """What its parts say of themselves, and more is never read of them; 0 of a file that is not packed."""
    if not is_zipfile(file):
        return 0
    file.seek(0)
    try:
        with ZipFile(file) as packed:
            return sum(part.file_size for part in packed.infolist())
    except BadZipFile:
        return 0
    finally:
        file.seek(0)


class ConfirmIntoWorkspace(ConfirmImportForm):
    workspace = forms.ModelChoiceField(Workspace.objects.none(), widget=forms.HiddenInput)


class RawJson(JSON):
    """Resources guard every cell against formulas, and take guards off, whatever the kind of file is: no program that
    reads JSON runs a formula, so here neither is seen."""

    def export_data(self, dataset: Dataset, **options: Any) -> Any:
        names = [unguarded(name) for name in dataset.headers or []]
        return super().export_data(_each(dataset, unguarded, names), **options)

    def create_dataset(self, in_stream: Any, **options: Any) -> Dataset:
        dataset = super().create_dataset(in_stream, **options)
        return _each(dataset, guarded, dataset.headers)


def _each(dataset: Dataset, change: Callable[[str], str], names: Sequence[str] | None) -> Dataset:
    """The same rows with every text changed."""
    rows = ([change(cell) if isinstance(cell, str) else cell for cell in row] for row in dataset)
    return Dataset(*rows, headers=names)


class Exported(ExportMixin, Scoped):
    """For a ReadOnlyAdmin whose rows leave as a file and come from nowhere but the product itself."""

    formats = [CSV, XLSX, RawJson]
    export_form_class = ExportForm
    skip_admin_log = True

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, Permission.EXPORT, None)

    def get_export_resource_kwargs(self, request: HttpRequest, **options: Any) -> dict[str, Any]:
        return {"actor": request.user}


class Exchanged(ImportExportMixin, Scoped):
    """For a ScopedAdmin with `resource_classes` of accounts.resources."""

    formats = [CSV, XLSX, RawJson]
    import_form_class = IntoWorkspace
    confirm_form_class = ConfirmIntoWorkspace
    export_form_class = ExportForm
    skip_admin_log = True  # the audit trail says it

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, self.adds, None)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, Permission.EXPORT, None)

    def create_import_form(self, request: HttpRequest) -> Any:
        return self.into(request, super().create_import_form(request))

    def create_confirm_form(self, request: HttpRequest, import_form: Any = None) -> Any:
        return self.into(request, super().create_confirm_form(request, import_form))

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """A file that cannot be read says why in its own sentence, where it has one."""
        if isinstance(e, BadFile):
            form.add_error("import_file", e.sentence)
        else:
            super().add_data_read_fail_error_to_form(form, e)

    def into(self, request: HttpRequest, form: Any) -> Any:
        """Only workspaces where this person may add such rows."""
        rows = Workspace.objects.all()
        if not request.user.is_superuser and self.adds:
            rows = rows.filter(pk__in=workspaces_with(request, self.adds))
        form.fields["workspace"].queryset = rows
        return form

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        initial = super().get_confirm_form_initial(request, import_form)
        return {**initial, "workspace": import_form.cleaned_data["workspace"]} if import_form else initial

    def get_import_resource_kwargs(self, request: HttpRequest, **options: Any) -> dict[str, Any]:
        chosen = getattr(options.get("form"), "cleaned_data", {}).get("workspace")
        return {"workspace": chosen, "actor": request.user}

    def get_export_resource_kwargs(self, request: HttpRequest, **options: Any) -> dict[str, Any]:
        return {"actor": request.user}
