"""The first person of an empty installation."""

import secrets

from django.db import transaction

from accounts.models import Membership, User, Workspace
from accounts.roles import Role

EMAIL = "owner@outdial.localhost"
WORKSPACE = "First workspace"
PASSWORD_BYTES = 12  # 96 bits: 16 characters


def ensure_owner() -> tuple[str, str | None]:
    """The address to sign in with, and the password where it was made just now.

    An installation without any person gets an owner with a generated password, who also is staff, and a workspace.
    In one that has people, the address is that of the oldest owner ("" if there is none) and nothing changes.
    """
    if User.objects.exists():
        oldest = Membership.objects.filter(role=Role.OWNER, user__is_active=True).order_by("user_id").first()
        return (oldest.user.email if oldest else ""), None
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with transaction.atomic():
        owner = User.objects.create_superuser(EMAIL, password)
        workspace = Workspace.objects.create(name=WORKSPACE)
        Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    return owner.email, password
