"""Writing one person: from the form, the API and the admin. Many at once are `contacts.importing`'s."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404

from accounts import audit
from accounts.models import User, Workspace
from accounts.phone import read as read_phone
from contacts import suppression
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
PIECE = 2_000  # people of one transaction
_HOLD = ["held_until", "held_reason", "spread_at", "updated_at"]


class AlreadyThere(ValueError):
    """The number belongs to somebody of this workspace. `contact` is that person."""

    def __init__(self, contact: Contact) -> None:
        self.contact = contact
        self.sentence = f"{contact.phone_number} is already in your contacts, as {contact.display_name}."
        super().__init__(self.sentence)


class Barred(ValueError):
    """The number is on the suppression list: it becomes nobody's contact, whichever way it comes."""

    sentence = (
        "This number is on the suppression list, so it becomes no contact. A manager can take it off the list first."
    )


def refuse_barred(workspace_id: int, number: str) -> None:
    """Raises Barred."""
    if suppression.listed(workspace_id, [number]):
        raise Barred(Barred.sentence)


def add(
    workspace: Workspace,
    cells: Mapping[str, str],
    *,
    now: datetime,
    actor: User | None = None,
    actor_name: str = "",
    variables: dict[str, object] | None = None,
) -> Contact:
    """Add a person from named texts (`phone_number`, `name`, `tags` …). Commits.

    Raises Unreadable, AlreadyThere, Barred.
    """
    person = read_person(cells, workspace.default_country, variables)
    refuse_barred(workspace.pk, person.phone_number)
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

    Commits; when place or priority changed, campaigns pull the change. What a file or a hold writes at this moment
    stays: the row is read again, locked, and comes back. Raises Unreadable, AlreadyThere, Http404 where they were
    deleted or merged meanwhile, and Barred for another number that is on the suppression list.
    """
    with transaction.atomic():
        held = Contact.objects.select_for_update(of=("self",), no_key=True).filter(pk=contact.pk).first()
        if held is None:
            raise Http404
        person = read_person({"phone_number": held.phone_number, **_given_place(held), **cells}, held.country)
        if person.phone_number != held.phone_number:
            refuse_barred(held.workspace_id, person.phone_number)
        before, number = (held.hours_key_id, held.priority), held.phone_number
        held.phone_number = person.phone_number
        _fill(held, person, cells)
        if variables is not None:
            held.variables = variables
        if (held.hours_key_id, held.priority) != before:
            held.spread_at = None
        _save(held, "contact.edit", now, cells, actor, actor_name, former=number)
    return held


def hold(
    contact: Contact, until: datetime, reason: str, *, now: datetime, actor: User | None = None, actor_name: str = ""
) -> None:
    """Nobody calls this person before `until`, in no campaign. Commits; a later hold takes the place of this one."""
    hold_all(Contact.objects.filter(pk=contact.pk), until, reason, now=now, actor=actor, actor_name=actor_name)
    contact.refresh_from_db(fields=_HOLD)


def unhold(
    contact: Contact, *, now: datetime, reason: str = "", actor: User | None = None, actor_name: str = ""
) -> None:
    """The person may be called again at once. Commits."""
    hold_all(Contact.objects.filter(pk=contact.pk), None, reason, now=now, actor=actor, actor_name=actor_name)
    contact.refresh_from_db(fields=_HOLD)


def hold_all(
    people: QuerySet[Contact],
    until: datetime | None,
    reason: str,
    *,
    now: datetime,
    actor: User | None = None,
    actor_name: str = "",
) -> int:
    """Hold everybody of these, or let them be called again where `until` is None; how many. Commits in pieces, each a
    few statements however many they are; campaigns pull the change."""
    said = reason.strip()[:200]
    kept = {"held_until": until, "held_reason": said if until else "", "spread_at": None, "updated_at": now}
    detail: dict[str, object] = {"until": until.isoformat() if until else None, "reason": said}
    action, count, last = "contact.hold" if until else "contact.unhold", 0, 0
    while ids := list(people.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PIECE]):
        with transaction.atomic():
            rows = list(Contact.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True))
            Contact.objects.filter(pk__in=ids).update(**kept)
            for workspace in {row.workspace_id for row in rows}:
                mine = [row for row in rows if row.workspace_id == workspace]
                audit.record_all(workspace, action, mine, actor=actor, actor_name=actor_name, detail=detail, at=now)
        count, last = count + len(rows), ids[-1]
    return count


def _save(
    contact: Contact,
    action: str,
    now: datetime,
    cells: Mapping[str, str],
    actor: User | None,
    actor_name: str,
    former: str = "",
) -> None:
    """Raises AlreadyThere when the workspace has somebody else with this number. The trail keeps another one than
    before, for the audit of calls."""
    detail: dict[str, object] = {"fields": sorted(cells)}
    if former not in ("", contact.phone_number):
        detail["phone_number"] = [former, contact.phone_number]
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
                detail=detail,
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


__all__ = ["AlreadyThere", "Barred", "Unreadable", "add", "edit", "hold", "single_zone", "unhold"]
