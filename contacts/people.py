"""Writing one person: from the form, the API and the admin. Many at once are `contacts.importing`'s."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User, Workspace
from accounts.phone import read as read_phone
from contacts.hours import hours_key
from contacts.models import Contact, ZoneSource
from contacts.person import Person, Unreadable, full_name, packed, read_person

# The columns that a form, a row or a request fills directly.
PLAIN = (
    "name",
    "first_name",
    "last_name",
    "company",
    "email",
    "external_id",
    "priority",
    "consent_note",
    "consent_source",
)
NORMAL = 1


class AlreadyThere(ValueError):
    """The number belongs to somebody of this workspace. `contact` is that person."""

    def __init__(self, contact: Contact) -> None:
        self.contact = contact
        self.sentence = f"{contact.phone_number} is already in your contacts, as {contact.display_name}."
        super().__init__(self.sentence)


def add(
    workspace: Workspace,
    cells: Mapping[str, str],
    *,
    now: datetime,
    actor: User | None = None,
    actor_name: str = "",
    variables: dict[str, object] | None = None,
) -> Contact:
    """Add a person from named texts (`phone_number`, `name`, `tags` …). Commits. Raises Unreadable, AlreadyThere."""
    person = read_person(cells, workspace.default_country, variables)
    contact = Contact(workspace=workspace, phone_number=person.phone_number, spread_at=now, variables=person.variables)
    _fill(contact, person, cells)
    _save(contact, "contact.add", now, cells, actor, actor_name)
    return contact


def edit(
    contact: Contact,
    cells: Mapping[str, str],
    *,
    now: datetime,
    actor: User | None = None,
    actor_name: str = "",
    variables: dict[str, object] | None = None,
) -> Contact:
    """Change the fields named in `cells`: an empty text empties the field, a field that is not named stays.

    Commits; when place or priority changed, campaigns pull the change. Raises Unreadable, AlreadyThere.
    """
    person = read_person({"phone_number": contact.phone_number, **_given_place(contact), **cells}, contact.country)
    before = (contact.hours_key_id, contact.priority)
    contact.phone_number = person.phone_number
    _fill(contact, person, cells)
    if variables is not None:
        contact.variables = variables
    if (contact.hours_key_id, contact.priority) != before:
        contact.spread_at = None
    _save(contact, "contact.edit", now, cells, actor, actor_name)
    return contact


def hold(
    contact: Contact, until: datetime, reason: str, *, now: datetime, actor: User | None = None, actor_name: str = ""
) -> None:
    """Nobody calls this person before `until`, in no campaign. Commits; a later hold takes the place of this one."""
    _set_hold(contact, until, reason.strip()[:200], now, actor, actor_name)


def unhold(
    contact: Contact, *, now: datetime, reason: str = "", actor: User | None = None, actor_name: str = ""
) -> None:
    """The person may be called again at once. Commits."""
    _set_hold(contact, None, reason.strip()[:200], now, actor, actor_name)


def _set_hold(
    contact: Contact, until: datetime | None, reason: str, now: datetime, actor: User | None, actor_name: str
) -> None:
    contact.held_until, contact.held_reason, contact.spread_at = until, reason if until else "", None
    with transaction.atomic():
        contact.save(update_fields=["held_until", "held_reason", "spread_at", "updated_at"])
        audit.record(
            contact.workspace_id,
            "contact.hold" if until else "contact.unhold",
            contact,
            actor=actor,
            actor_name=actor_name,
            at=now,
            detail={"until": until.isoformat() if until else None, "reason": reason},
        )


def _save(
    contact: Contact, action: str, now: datetime, cells: Mapping[str, str], actor: User | None, actor_name: str
) -> None:
    """Raises AlreadyThere when the workspace has somebody else with this number."""
    try:
        with transaction.atomic():
            contact.save()
            audit.record(
                contact.workspace_id,
                action,
                contact,
                actor=actor,
                actor_name=actor_name,
                at=now,
                detail={"fields": sorted(cells)},
            )
    except IntegrityError:
        others = Contact.objects.filter(workspace=contact.workspace_id, phone_number=contact.phone_number)
        taken = others.exclude(pk=contact.pk).first()
        if taken is None:
            raise
        raise AlreadyThere(taken) from None


def _given_place(contact: Contact) -> dict[str, str]:
    """What a person gave of this contact's place; what the number said is read from the number again."""
    given = {}
    if contact.country != read_phone(contact.phone_number, "").country:
        given["country"] = contact.country
    if contact.zone_source == ZoneSource.GIVEN:
        given["timezone"] = contact.timezone
    return given


def _fill(contact: Contact, person: Person, cells: Mapping[str, str]) -> None:
    """Every column named in `cells`, and all that follows from number, country and zone."""
    before = f"{contact.first_name} {contact.last_name}".strip()
    for name in PLAIN:
        if name in cells:
            setattr(contact, name, person.given.get(name, NORMAL if name == "priority" else ""))
    parts = {"first_name": contact.first_name, "last_name": contact.last_name}
    contact.name = full_name(contact.name, before, parts)
    if "tags" in cells:
        contact.tags = packed(list(person.given.get("tags", [])))  # type: ignore[call-overload]
    contact.country = person.place.country
    contact.timezone = single_zone(person)
    contact.zone_source = person.zone_source
    contact.hours_key = hours_key(*person.place)


def single_zone(person: Person) -> str:
    """The zone to show: given, or the only one the number can lie in; else "" and the hours key has them all."""
    return person.place.zones[0] if len(person.place.zones) == 1 else ""


__all__ = ["AlreadyThere", "Unreadable", "add", "edit", "hold", "single_zone", "unhold"]
