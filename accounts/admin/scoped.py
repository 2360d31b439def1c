"""Rows of a person's own workspaces, under the roles of `accounts.roles`. Superusers see everything.

Django's own model permissions are not asked: pages, API and admin have one table of who may what.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import RelatedFieldListFilter
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from unfold.admin import ModelAdmin, TabularInline

from accounts.fields import KeptJsonField
from accounts.models import Workspace
from accounts.roles import Permission, may

Roles = dict[int, str]
TOO_LATE = "Somebody else saved at the same moment, and nothing of yours is kept. Look at it again, then save."


def roles_of(request: Any) -> Roles:
    """Workspace id → role of the signed-in person; read once a request."""
    if not hasattr(request, "admin_roles"):
        request.admin_roles = dict(request.user.memberships.values_list("workspace_id", "role"))
    return request.admin_roles


def workspaces_with(request: Any, permission: Permission) -> list[int]:
    """The workspaces in which a member of staff has this permission."""
    return [workspace for workspace, role in roles_of(request).items() if may(role, permission)]


def workspace_of(row: models.Model, path: str) -> int | None:
    """The id of the workspace that `path` ("campaign__workspace", "" for a workspace itself) leads to."""
    value: Any = row
    for name in filter(None, path.split("__")):
        value = getattr(value, f"{name}_id" if name == "workspace" else name, None)
    return value.pk if isinstance(value, models.Model) else value


class ScopedForm(forms.ModelForm):
    """Refuses a reference to another workspace's row: superusers see them all, an object belongs to one."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        home = cleaned.get("workspace") or getattr(self.instance, "workspace", None)
        for name, value in list(cleaned.items()):
            if home is not None and getattr(value, "workspace_id", home.pk) != home.pk:
                self.add_error(name, ValidationError("This belongs to another workspace. Choose another one."))
        return cleaned


class Scoped:
    """For model admins and inlines alike.

    workspace_path   the way from a row to its workspace; "" for the workspace itself
    needs            what changing, adding or deleting asks for; None: nobody may, here
    """

    workspace_path: ClassVar[str] = "workspace"
    reads: ClassVar[Permission] = Permission.READ
    changes: ClassVar[Permission | None] = None
    adds: ClassVar[Permission | None] = None
    deletes: ClassVar[Permission | None] = None
    model: type[models.Model]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)  # type: ignore[misc]
        if request.user.is_superuser:
            return rows
        lookup = f"{self.workspace_path}__in" if self.workspace_path else "pk__in"
        return rows.filter(**{lookup: workspaces_with(request, self.reads)})

    def allows(self, request: HttpRequest, permission: Permission | None, row: models.Model | None) -> bool:
        if permission is None or not request.user.is_staff:
            return False
        if request.user.is_superuser:
            return True
        allowed = workspaces_with(request, permission)
        return bool(allowed) if row is None else workspace_of(row, self.workspace_path) in allowed

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.is_authenticated and self.allows(request, self.reads, obj)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.allows(request, self.changes, obj)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.allows(request, self.adds, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.allows(request, self.deletes, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if not request.user.is_superuser and "queryset" not in options:
            options["queryset"] = self.offered(db_field.related_model, request)
        return super().formfield_for_foreignkey(db_field, request, **options)  # type: ignore[misc]

    def offered(self, related: type[models.Model], request: HttpRequest) -> QuerySet[Any]:
        rows = related._default_manager.all()
        if related is Workspace:
            return rows.filter(pk__in=workspaces_with(request, self.adds or self.reads))
        if any(field.name == "workspace" for field in related._meta.fields):
            return rows.filter(workspace__in=workspaces_with(request, self.reads))
        return rows


class OwnRows(RelatedFieldListFilter):
    """A filter by a related row that offers only what the related model's own list shows this person."""

    LONGEST = 200

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        related = model_admin.admin_site.get_model_admin(field.related_model)
        return [(row.pk, str(row)) for row in related.get_queryset(request)[: self.LONGEST]]


def by(*names: str) -> list[Any]:
    """list_filter entries for related rows."""
    return [(name, OwnRows) for name in names]


class ScopedAdmin(Scoped, ModelAdmin):
    """A model admin under the roles. An id of another workspace is answered 404, not with a message that it exists."""

    form = ScopedForm
    formfield_overrides = {models.JSONField: {"form_class": KeptJsonField}}
    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    compressed_fields = True
    # What saving may raise when somebody else was quicker than this form; the text of a refusal is shown.
    refusals: ClassVar[tuple[type[Exception], ...]] = (IntegrityError,)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as refused:
            messages.error(request, TOO_LATE if isinstance(refused, IntegrityError) else str(refused))
            return redirect(request.get_full_path())

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        fixed = list(super().get_readonly_fields(request, obj))
        return [*fixed, "workspace"] if obj and hasattr(obj, "workspace_id") and "workspace" not in fixed else fixed

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        raise Http404


class ReadOnlyAdmin(ScopedAdmin):
    """History: nobody adds, changes or deletes a row here, superusers included."""


class ReadOnlyInline(Scoped, TabularInline):
    """The rows that belong to an object, newest first, to be read."""

    extra = 0
    can_delete = False
    show_change_link = True
    tab = True
