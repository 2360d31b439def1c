"""Who belongs to a workspace, with which role. A workspace never loses its last owner."""

import secrets

from django.db import transaction

from accounts import audit
from accounts.models import Membership, User, Workspace
from accounts.roles import Role

PASSWORD_BYTES = 12  # 96 bits: 16 characters


class Refused(Exception):
    """The message is one sentence for people."""


def add(workspace: Workspace, email: str, role: str, *, name: str = "", actor: User | None) -> tuple[Membership, str]:
    """The new membership, and the password of an account that was made for it ("" where the person had one).

    The password is nowhere kept: show it once. Raises Refused when the person is a member already.
    """
    email = email.strip().lower()
    password = ""
    with transaction.atomic():
        user = User.objects.filter(email=email).first()
        if user is None:
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            first, _, last = name.strip().partition(" ")
            user = User.objects.create_user(
                email, password, first_name=first, last_name=last, timezone=workspace.timezone
            )
        membership, made = Membership.objects.get_or_create(workspace=workspace, user=user, defaults={"role": role})
        if not made:
            raise Refused(f"{user.email} is a member already. Change the role in the list.")
        audit.record(workspace, "member.add", membership, actor=actor, detail={"email": user.email, "role": role})
    return membership, password


def change_role(membership: Membership, role: str, *, actor: User | None) -> None:
    """Raises Refused when it would leave the workspace without an owner."""
    with transaction.atomic():
        owners = _lock_owners(membership.workspace_id)
        if role != Role.OWNER:
            _keep_an_owner(membership, owners)
        before, membership.role = membership.role, Role(role).value
        membership.save(update_fields=["role"])
        detail: dict[str, object] = {"email": membership.user.email, "from": before, "to": membership.role}
        audit.record(membership.workspace_id, "member.role", membership, actor=actor, detail=detail)


def remove(membership: Membership, *, actor: User | None) -> None:
    """The account and what the person did stay; they only leave this workspace. Raises Refused for the last owner."""
    with transaction.atomic():
        _keep_an_owner(membership, _lock_owners(membership.workspace_id))
        detail: dict[str, object] = {"email": membership.user.email, "role": membership.role}
        audit.record(membership.workspace_id, "member.remove", membership, actor=actor, detail=detail)
        membership.delete()


def _lock_owners(workspace_id: int) -> set[int]:
    """The memberships of the owners. Two owners who remove each other at once wait for one another here."""
    owners = Membership.objects.select_for_update(of=("self",)).filter(workspace_id=workspace_id, role=Role.OWNER)
    return set(owners.order_by("pk").values_list("pk", flat=True))


def _keep_an_owner(membership: Membership, owners: set[int]) -> None:
    if owners == {membership.pk}:
        raise Refused("A workspace needs an owner. Make somebody else an owner first.")
