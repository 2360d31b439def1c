"""Secondary contacts: further numbers of somebody, called after their primary. A file's ties are made by its import."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts import audit, rows
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
        raise NoPrimary(not_there(number))
    return found


def check(contact: Contact | None, primary: Contact) -> None:
    """Raise NoPrimary where a chain or a circle would come about. `contact`: None for one that is not there yet."""
    secondaries = contact is not None and contact.secondaries.exists()
    refused = refusal(contact, primary, primary.primary_id is not None, secondaries)
    if refused:
        raise NoPrimary(refused)


def not_there(number: str) -> str:
    return f"{number} is not in your contacts. Add the primary first."


def refusal(contact: Contact | None, primary: Contact, is_secondary: bool, has_secondaries: bool) -> str:
    """Why this cannot be the contact's primary, as one sentence; "" where it can."""
    if contact is not None and contact.pk == primary.pk:
        return "Nobody is their own primary. Name another contact."
    if is_secondary:
        return f"{primary.display_name} is a secondary already. Name the primary of that one."
    if contact is not None and has_secondaries:
        return f"{contact.display_name} has secondaries, and so cannot be one. Untie them first."
    return ""


def refusals(workspace_id: int, asked: Sequence[tuple[str, int | None]]) -> list[str]:
    """Of each phone number with the id of the primary asked for it (None: untie), one after another, why that cannot
    be; "" where it can. Locks these people. Joins the caller's transaction."""
    wanted = Q(phone_number__in=[number for number, _ in asked]) | Q(pk__in=[pk for _, pk in asked if pk])
    people = Contact.objects.filter(wanted, workspace=workspace_id).order_by("pk")
    found = {contact.pk: contact for contact in people.select_for_update(of=("self",), no_key=True)}
    of_number = {contact.phone_number: contact for contact in found.values()}
    ties = dict(Contact.objects.filter(primary__in=found).values_list("pk", "primary"))
    ties |= {contact.pk: contact.primary_id for contact in found.values()}
    said = []
    for number, pk in asked:
        contact, primary = of_number.get(number), found.get(pk or 0)
        if pk is not None and primary is None:
            said.append(f"There is no such thing here: {pk}.")
            continue
        refused = ""
        if primary is not None:
            has_secondaries = contact is not None and contact.pk in ties.values()
            refused = refusal(contact, primary, ties.get(primary.pk) is not None, has_secondaries)
        if contact is not None and not refused:
            ties[contact.pk] = pk
        said.append(refused)
    return said


def tie_all(wanted: Mapping[int, int | None], now: datetime) -> set[int]:
    """Give these contacts the primaries that `refusals` had nothing against; who changed. Joins the transaction."""
    people = Contact.objects.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",), no_key=True)
    changed = [contact for contact in people if contact.primary_id != wanted[contact.pk]]
    for contact in changed:
        contact.primary_id, contact.spread_at, contact.updated_at = wanted[contact.pk], None, now
    rows.update(changed, ["primary", "spread_at", "updated_at"])
    return {contact.pk for contact in changed}


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
