"""Secondary contacts: further numbers of somebody, called after their primary. Ties are made here, one by one."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from contacts.models import Contact


class NoPrimary(ValueError):
    """This contact cannot be the other's primary. The text is one sentence for people."""


def find(workspace: Workspace, text: str) -> Contact:
    """The contact with this phone number. Raises NoPrimary."""
    try:
        number = read_phone(text, workspace.default_country).e164
    except NotAPhoneNumber as problem:
        raise NoPrimary(str(problem)) from None
    found = Contact.objects.filter(workspace=workspace, phone_number=number).first()
    if found is None:
        raise NoPrimary(f"{number} is not in your contacts. Add the primary first.")
    return found


def check(contact: Contact | None, primary: Contact) -> None:
    """Raise NoPrimary where a chain or a circle would come about. `contact`: None for one that is not there yet."""
    if contact is not None and contact.pk == primary.pk:
        raise NoPrimary("Nobody is their own primary. Name another contact.")
    if primary.primary_id is not None:
        raise NoPrimary(f"{primary.display_name} is a secondary already. Name the primary of that one.")
    if contact is not None and contact.secondaries.exists():
        raise NoPrimary(f"{contact.display_name} has secondaries, and so cannot be one. Untie them first.")


def tie(
    contact: Contact, primary: Contact | None, *, now: datetime, actor: User | None, actor_name: str = ""
) -> Contact:
    """Make `contact` a secondary of `primary`; None unties it. Commits. Raises NoPrimary."""
    ids = [contact.pk, *([primary.pk] if primary else [])]
    with transaction.atomic():
        held = {
            row.pk: row for row in Contact.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
        }
        if primary is not None:
            check(held[contact.pk], held[primary.pk])
        contact.primary, contact.spread_at = primary, None  # campaigns under way take it over
        contact.save(update_fields=["primary", "spread_at", "updated_at"])
        detail: dict[str, object] = {"primary": primary.phone_number if primary else None}
        audit.record(
            contact.workspace_id, "contact.tie", contact, actor=actor, actor_name=actor_name, detail=detail, at=now
        )
    return contact
