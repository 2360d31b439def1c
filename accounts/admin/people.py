"""Workspaces, people, memberships and tokens."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db import models
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import tokens
from accounts.admin.scoped import ReadOnlyAdmin, Scoped, ScopedAdmin, by
from accounts.models import ApiToken, Membership, User, Workspace
from accounts.roles import Permission


class MembershipInline(Scoped, TabularInline):
    model = Membership
    extra = 0
    tab = True
    autocomplete_fields = ["user"]
    changes = adds = deletes = Permission.ADMINISTER


@admin.register(Workspace)
class WorkspaceAdmin(ScopedAdmin):
    workspace_path = ""
    changes = Permission.ADMINISTER
    list_display = ["name", "timezone", "currency", "balance", "people", "safe_hours", "created_at"]
    list_filter = ["currency", "safe_hours"]
    # Offered when pages keep to it.
    exclude = ["deep_figures_restricted"]
    search_fields = ["name"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        return super().get_queryset(request).annotate(member_count=Count("memberships"))

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.is_superuser

    @display(description="people", ordering="member_count")
    def people(self, workspace: Any) -> int:
        return workspace.member_count


@admin.register(User)
class PersonAdmin(UserAdmin, ScopedAdmin):  # type: ignore[misc]
    """People span workspaces: only superusers change them; an owner manages memberships on the workspace's page."""

    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    workspace_path = "memberships__workspace"
    list_display = ["email", "first_name", "last_name", "is_staff", "is_superuser", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["email", "password", "first_name", "last_name", "timezone"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "timezone", "usable_password", "password1", "password2"]})]
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).distinct()

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.allows(request, Permission.ADMINISTER, None)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Accounts are switched off, not deleted: the trail keeps pointing at them."""
        return False


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    changes = adds = deletes = Permission.ADMINISTER
    list_display = ["user", "workspace", "role"]
    list_filter = ["role", *by("workspace")]
    list_select_related = ["user", "workspace"]
    search_fields = ["user__email", "workspace__name"]
    autocomplete_fields = ["user"]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "user"] if obj else []


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens are made on the workspace's page, where the secret is shown once; here they are looked at and revoked."""

    reads = Permission.ADMINISTER
    list_display = ["name", "prefix", "workspace", "role", "last_used_at", "revoked_at", "created_at"]
    list_filter = ["role", ("revoked_at", admin.EmptyFieldListFilter), *by("workspace")]
    list_select_related = ["workspace"]
    search_fields = ["name", "prefix"]
    fields = ["workspace", "name", "prefix", "role", "scopes", "created_by", "created_at", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    @action(description="Revoke")
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiToken]) -> None:
        for token in rows:
            tokens.revoke(token, actor=request.user)  # type: ignore[arg-type]
        messages.success(request, f"Revoked: {', '.join(str(token) for token in rows)}.")
