"""The back office of contacts and suppressions. Their files: campaigns.admin.files."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone

from accounts.admin.exchange import Exchanged, Exported
from accounts.admin.scoped import ReadOnlyAdmin, ScopedAdmin, ScopedForm, by
from accounts.models import Workspace
from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from accounts.roles import Permission
from campaigns.dialing import law
from campaigns.dialing.spans import InvalidWindow
from contacts import families, people, safe_hours, suppression
from contacts.importing.mapping import named
from contacts.models import BulkAction, Contact, HoursKey, RejectedRow, SafeHours, Suppression
from contacts.person import Unreadable, read_person
from contacts.resources import (
    ContactResource,
    CsvFile,
    ExcelFile,
    JsonFile,
    NumbersCsvFile,
    NumbersExcelFile,
    NumbersJsonFile,
    RejectedRowResource,
    SuppressionResource,
)

PRIORITY_WORDS = ("high", "normal", "low")


class ContactForm(ScopedForm):
    """What people write; `contacts.person` reads it, `contacts.people` saves it."""

    tags = forms.CharField(required=False, help_text="Separated by commas.")
    primary = forms.CharField(
        required=False, max_length=60, help_text="The phone number of the contact that is called first."
    )

    class Meta:
        model = Contact
        fields = ["workspace", "phone_number", "name", "first_name", "last_name", "company", "email", "country"]
        fields += [
            "timezone",
            "priority",
            "tags",
            "external_id",
            "variables",
            "consent_note",
            "consent_source",
            "primary",
        ]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and "tags" in self.fields:
            self.initial["tags"] = ", ".join(self.instance.tag_list)
        if self.instance.pk and "primary" in self.fields:
            self.initial["primary"] = self.instance.primary.phone_number if self.instance.primary else ""
        for name in ("phone_number", "country"):
            if name in self.fields:
                self.fields[name].max_length = 60  # type: ignore[attr-defined]
                self.fields[name].validators = []
                self.fields[name].widget.attrs.pop("maxlength", None)

    def clean_variables(self) -> Any:
        """Checked when they change: names that were kept before the check keep nobody from editing the rest."""
        variables = self.cleaned_data["variables"]
        if "variables" not in self.changed_data or not isinstance(variables, dict):
            return variables
        try:
            return named(variables)
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None

    def cells(self) -> dict[str, str]:
        """The changed fields as texts; all of them for a new person."""
        names = (set(self.changed_data) | {"phone_number"}) - {"variables", "workspace", "primary"}
        texts = {name: str(self.cleaned_data.get(name, "")) for name in names}
        if "priority" in texts:
            texts["priority"] = PRIORITY_WORDS[self.cleaned_data["priority"]]
        return texts

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        workspace = cleaned.get("workspace") or getattr(self.instance, "workspace", None)
        if self.errors or workspace is None:
            return cleaned
        try:
            number = read_person(self.cells(), workspace.default_country).phone_number
        except Unreadable as problem:
            for name, sentence in problem.errors.items():
                self.add_error(name if name in self.fields else None, sentence)
            return cleaned
        there = Contact.objects.filter(workspace=workspace, phone_number=number).exclude(pk=self.instance.pk).first()
        if there is not None:
            self.add_error("phone_number", people.AlreadyThere(there).sentence)
        elif number != self.instance.phone_number and suppression.listed(workspace.pk, [number]):
            self.add_error("phone_number", people.Barred.sentence)
        self._find_primary(cleaned, workspace)
        return cleaned

    def _find_primary(self, cleaned: dict[str, Any], workspace: Workspace) -> None:
        """The contact in place of its number; None where none is named."""
        number, cleaned["primary"] = cleaned.get("primary", ""), None
        if not number:
            return
        try:
            cleaned["primary"] = families.find(workspace, number)
            families.check(self.instance if self.instance.pk else None, cleaned["primary"])
        except families.NoPrimary as refusal:
            self.add_error("primary", str(refusal))

    def _post_clean(self) -> None:
        """The texts are no model values: `contacts.people` turns them into some."""


@admin.register(Contact)
class ContactAdmin(Exchanged, ScopedAdmin):
    resource_classes = [ContactResource]
    import_formats = [CsvFile, ExcelFile, JsonFile]
    form = ContactForm
    refusals = (*ScopedAdmin.refusals, people.AlreadyThere, people.Barred, families.NoPrimary)
    changes = adds = Permission.CONTACTS
    list_display = ["display_name", "phone_number", "company", "country", "timezone", "tags", "workspace", "created_at"]
    list_filter = ["country", "priority", "zone_source", *by("workspace")]
    list_select_related = ["workspace"]
    search_fields = ["^phone_number", "name", "first_name", "last_name", "company", "email", "external_id"]
    readonly_fields = ["zone_source", "held_until", "held_reason", "created_at", "updated_at"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*ContactForm.Meta.fields, *(self.readonly_fields if obj else [])]

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        by_whom: dict[str, Any] = {"now": timezone.now(), "actor": request.user}
        options = {**by_whom, "variables": form.cleaned_data.get("variables") or {}}
        if change:
            kept = people.edit(Contact.objects.get(pk=obj.pk), form.cells(), **options)
        else:
            kept = people.add(form.cleaned_data["workspace"], form.cells(), **options)
            obj.pk = kept.pk
        if "primary" in form.changed_data:
            families.tie(kept, form.cleaned_data["primary"], **by_whom)
        obj.refresh_from_db()


class SuppressionForm(ScopedForm):
    class Meta:
        model = Suppression
        fields = ["workspace", "phone_number", "reason", "note"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "phone_number" in cleaned and cleaned.get("workspace"):
            try:
                cleaned["phone_number"] = read_phone(cleaned["phone_number"], cleaned["workspace"].default_country).e164
            except NotAPhoneNumber as problem:
                self.add_error("phone_number", str(problem))
        return cleaned


@admin.register(Suppression)
class SuppressionAdmin(Exchanged, ScopedAdmin):
    """Entries are added and removed, never changed. Who removes one is asked why, as on the page."""

    delete_confirmation_template = delete_selected_confirmation_template = "contacts/admin_unsuppress.html"
    resource_classes = [SuppressionResource]
    import_formats = [NumbersCsvFile, NumbersExcelFile, NumbersJsonFile]
    form = SuppressionForm
    adds, deletes = Permission.SUPPRESS, Permission.UNSUPPRESS
    list_display = ["phone_number", "reason", "source", "note", "at", "workspace"]
    list_filter = ["reason", "at", *by("workspace")]
    list_select_related = ["workspace"]
    search_fields = ["^phone_number", "source", "note"]

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        source = f"{request.user} in the back office"
        suppression.add(obj.workspace_id, [obj.phone_number], obj.reason, source, timezone.now(), obj.note)
        obj.pk = Suppression.objects.get(workspace=obj.workspace_id, phone_number=obj.phone_number).pk

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        if self.has_delete_permission(request) and self.lacks_reason(request):
            return redirect(request.get_full_path())
        return super().delete_view(request, object_id, extra_context)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> Any:
        """None: the list again."""
        deleting = request.POST.get("action") == "delete_selected"
        return None if deleting and self.lacks_reason(request) else super().response_action(request, queryset)

    def lacks_reason(self, request: HttpRequest) -> bool:
        """Whether a removal is confirmed without one; says so."""
        missing = bool(request.POST.get("post")) and not request.POST.get("reason", "").strip()
        if missing:
            messages.error(request, suppression.ReasonMissing.sentence)
        return missing

    def delete_model(self, request: HttpRequest, obj: Suppression) -> None:
        self.delete_queryset(request, Suppression.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> None:
        reason = request.POST.get("reason", "")[:500]
        suppression.remove(queryset, reason=reason, actor=request.user)  # type: ignore[arg-type]


@admin.register(RejectedRow)
class RejectedRowAdmin(Exported, ReadOnlyAdmin):
    resource_classes = [RejectedRowResource]
    workspace_path = "upload__workspace"
    list_display = ["upload", "line", "kind", "reason"]
    list_filter = ["kind"]
    list_select_related = ["upload"]
    search_fields = ["upload__file_name", "reason"]


@admin.register(HoursKey)
class HoursKeyAdmin(ReadOnlyAdmin):
    """Combinations of country, region and zones: nobody's in particular, so nobody's secret."""

    list_display = ["id", "country", "region", "zones"]
    list_filter = ["country"]
    search_fields = ["country", "zones"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HoursKey]:
        return HoursKey.objects.all()

    def allows(self, request: HttpRequest, permission: Permission | None, row: Any) -> bool:
        return super().allows(request, permission, None)


class SafeHoursForm(ScopedForm):
    """Days are checked as a call window is; no day at all means: never."""

    class Meta:
        model = SafeHours
        fields = ["workspace", "country", "region", "days", "source", "as_of"]
        help_texts = {"days": 'Spans by day: {"mon": [["08:00", "21:00"]]}. A missing day is closed.'}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in ("country", "region"):
            if name in cleaned:
                cleaned[name] = cleaned[name].upper()
        if cleaned.get("region") and not cleaned.get("country"):
            self.add_error("country", "A region needs its country.")
        try:
            law.week(cleaned.get("days") or {})
        except InvalidWindow as problem:
            self.add_error("days", str(problem))
        return cleaned


@admin.register(SafeHours)
class SafeHoursAdmin(ScopedAdmin):
    """A workspace's own rows; deleting one lets the shipped row hold again."""

    form = SafeHoursForm
    changes = adds = deletes = Permission.COMPLIANCE
    list_display = ["country", "region", "source", "as_of", "changed_by", "changed_at", "workspace"]
    list_filter = ["country", *by("workspace")]
    list_select_related = ["workspace"]
    search_fields = ["country", "region", "source"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *(["country", "region"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: SafeHours, form: Any, change: bool) -> None:
        place = (obj.workspace, obj.country, obj.region)
        row = safe_hours.set_row(*place, obj.days, obj.source, as_of=obj.as_of, actor=request.user)  # type: ignore[arg-type]
        obj.pk, obj._state.adding = row.pk, False

    def delete_model(self, request: HttpRequest, obj: SafeHours) -> None:
        safe_hours.reset_row(obj.workspace, obj.country, obj.region, actor=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SafeHours]) -> None:
        for row in queryset.select_related("workspace"):
            self.delete_model(request, row)


@admin.register(BulkAction)
class BulkActionAdmin(ReadOnlyAdmin):
    """Acts on many people: who asked for what, how far it is, what came of it."""

    list_display = ["words", "status", "total", "done", "created_by", "created_at", "finished_at", "workspace"]
    list_filter = ["status", "action", *by("workspace")]
    list_select_related = ["workspace", "created_by"]
    search_fields = ["words", "problem", "created_by__email"]
    date_hierarchy = "created_at"
