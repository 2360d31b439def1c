"""The workspace's own pages: settings, members, API tokens."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import audit, members, tokens
from accounts.forms import MemberForm, RoleForm, TokenForm, WorkspaceForm
from accounts.listing import listing
from accounts.models import ApiToken, Membership
from accounts.roles import ROLES, Permission, Role, may
from accounts.tenancy import get_in, page

MEMBER_SORTS = {"name": ("user__first_name", "user__last_name", "user__email"), "role": ("role", "user__email")}
TOKEN_SORTS = {"name": ("name",), "created": ("created_at",), "used": ("last_used_at",)}


def tabs(request: Any, here: str) -> list[tuple[str, str, bool]]:
    shown = [("Settings", "workspace"), ("Members", "members")]
    if may(request.role, Permission.ADMINISTER):
        shown.append(("API tokens", "tokens"))
    return [(label, reverse(f"accounts:{name}"), name == here) for label, name in shown]


@page(Permission.READ)
def settings(request: Any) -> HttpResponse:
    """Everybody sees them, owners change them."""
    form = None
    if may(request.role, Permission.ADMINISTER):
        form = WorkspaceForm(request.POST or None, instance=request.workspace)
        if request.method == "POST" and form.is_valid():
            changed: dict[str, object] = {
                name: [str(form.initial.get(name)), str(form.cleaned_data[name])] for name in form.changed_data
            }
            with transaction.atomic():
                request.workspace.save(update_fields=form.changed_data)
                audit.record(request.workspace, "workspace.edit", request.workspace, actor=request.user, detail=changed)
            messages.success(request, "Workspace saved.")
            return redirect("accounts:workspace")
        if form.is_bound:
            request.workspace.refresh_from_db()
    return render(request, "accounts/workspace.html", {"form": form, "tabs": tabs(request, "workspace")})


@page(Permission.READ)
def member_list(request: Any) -> HttpResponse:
    rows = request.workspace.memberships.select_related("user")
    context = {
        "listing": listing(request, rows, MEMBER_SORTS, "name"),
        "form": MemberForm(),
        "roles": [(role, role.label, ROLES[role]) for role in Role],
        "permissions": Permission,
        "tabs": tabs(request, "members"),
    }
    return render(request, "accounts/members.html", context)


@never_cache
@page(Permission.ADMINISTER)
def member_add(request: Any) -> HttpResponse:
    """A new account's password is on the page that answers, and nowhere else."""
    form = MemberForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "tabs": tabs(request, "members")}
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            membership, password = members.add(
                request.workspace, asked["email"], asked["role"], name=asked["name"], actor=request.user
            )
        except members.Refused as refusal:
            form.add_error("email", str(refusal))
        else:
            if not password:
                messages.success(request, f"{membership.user} is a member now.")
                return redirect("accounts:members")
            context |= {"membership": membership, "password": password}
    return render(request, "accounts/member_add.html", context)


@require_POST
@page(Permission.ADMINISTER)
def member_role(request: Any, pk: int) -> HttpResponse:
    membership = get_in(request.workspace, Membership.objects.select_related("user"), pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the roles in the list.")
        return redirect("accounts:members")
    try:
        members.change_role(membership, form.cleaned_data["role"], actor=request.user)
    except members.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{membership.user} is {membership.get_role_display().lower()} now.")
    return redirect("accounts:members")


@require_POST
@page(Permission.ADMINISTER)
def member_remove(request: Any, pk: int) -> HttpResponse:
    membership = get_in(request.workspace, Membership.objects.select_related("user"), pk=pk)
    try:
        members.remove(membership, actor=request.user)
    except members.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{membership.user} no longer belongs to this workspace.")
    return redirect("accounts:home" if membership.user_id == request.user.pk else "accounts:members")


@page(Permission.ADMINISTER)
def token_list(request: Any) -> HttpResponse:
    rows = request.workspace.tokens.select_related("created_by")
    context = {"listing": listing(request, rows, TOKEN_SORTS, "-created"), "tabs": tabs(request, "tokens")}
    return render(request, "accounts/tokens.html", context)


@never_cache
@page(Permission.ADMINISTER)
def token_add(request: Any) -> HttpResponse:
    """The token's text is on the page that answers, and nowhere else."""
    form = TokenForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "tabs": tabs(request, "tokens")}
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        token, plain = tokens.issue(request.workspace, asked["name"], asked["role"], asked["scopes"], request.user)
        context |= {"token": token, "plain": plain}
    return render(request, "accounts/token_add.html", context)


@require_POST
@page(Permission.ADMINISTER)
def token_revoke(request: Any, pk: int) -> HttpResponse:
    token = get_in(request.workspace, ApiToken, pk=pk)
    tokens.revoke(token, actor=request.user)
    messages.success(request, f"“{token.name}” opens nothing any more.")
    return redirect("accounts:tokens")
