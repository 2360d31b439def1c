"""Many people at once: added, updated or left as they are. The bulk twin of `contacts.people`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import rows
from contacts.hours import Place, key_ids
from contacts.models import Contact, ZoneSource
from contacts.people import PLAIN, single_zone
from contacts.person import Person, full_name, packed, place_of

ADDED, UPDATED, UNCHANGED = "added", "updated", "unchanged"
# What an update may change. `upload` and `updated_at` follow.
CHANGING = (
    *(name for name in PLAIN),
    *("country", "timezone", "zone_source", "hours_key", "tags", "variables", "spread_at"),
    *("upload", "updated_at"),
)


@dataclass(slots=True)
class Written:
    """What became of one row: the contact's id, and added, updated or unchanged."""

    contact_id: int
    word: str


def write(workspace_id: int, people: Sequence[Person], upload_id: int | None, now: datetime) -> list[Written]:
    """Write people, each number once, in the order given. The caller holds the transaction.

    Only what a person's row gives is changed: an empty cell leaves the contact's field, tags are added, variables
    are replaced by name. Rows are locked by id and inserted by number, so that two files at once do not deadlock.
    Raises IntegrityError when another transaction added one of them meanwhile: roll back, and try again.
    """
    numbers = [person.phone_number for person in people]
    people_of = Contact.objects.filter(workspace_id=workspace_id)
    there = people_of.filter(phone_number__in=numbers).order_by("id").select_for_update(of=("self",), no_key=True)
    known = {contact.phone_number: contact for contact in there}
    keys = key_ids({person.place for person in people})
    words: dict[str, str] = {}
    changed: list[Contact] = []
    fresh: list[Contact] = []
    for person in people:
        contact = known.get(person.phone_number)
        if contact is None:
            contact = known[person.phone_number] = _new(workspace_id, person, keys)
            contact.upload_id, contact.spread_at = upload_id, now
            fresh.append(contact)
            words[person.phone_number] = ADDED
        elif _merge(contact, person):
            contact.upload_id, contact.updated_at = upload_id, now
            changed.append(contact)
            words[person.phone_number] = UPDATED
        else:
            words[person.phone_number] = UNCHANGED
    fresh.sort(key=lambda contact: contact.phone_number)
    rows.insert(fresh)
    rows.update(changed, CHANGING)
    made = people_of.filter(phone_number__in=[contact.phone_number for contact in fresh])
    ids = {number: contact.pk for number, contact in known.items()} | dict(made.values_list("phone_number", "pk"))
    return [Written(ids[number], words[number]) for number in numbers]


def _new(workspace_id: int, person: Person, keys: dict[Place, int]) -> Contact:
    given = dict(person.given)
    tags = given.pop("tags", ())
    given["country"], given["timezone"] = person.place.country, single_zone(person)
    given["name"] = full_name(str(given.get("name", "")), "", given)
    return Contact(
        workspace_id=workspace_id,
        phone_number=person.phone_number,
        zone_source=person.zone_source,
        hours_key_id=keys[person.place],
        tags=packed(list(tags)),  # type: ignore[call-overload]
        variables=person.variables,
        **given,
    )


def _merge(contact: Contact, person: Person) -> bool:
    """Take over what the row gives; whether anything changed."""
    new: dict[str, object] = {name: value for name, value in person.given.items() if name in PLAIN}
    before = f"{contact.first_name} {contact.last_name}".strip()
    parts = {"first_name": contact.first_name, "last_name": contact.last_name, **new}
    new["name"] = full_name(str(new.get("name", contact.name)), before, parts)
    if "tags" in person.given:
        new["tags"] = packed(list(dict.fromkeys([*contact.tag_list, *person.given["tags"]])))  # type: ignore[misc]
    new["variables"] = {**contact.variables, **person.variables}
    if "country" in person.given or "timezone" in person.given:
        new.update(_moved(contact, person))
    changed = {name: value for name, value in new.items() if getattr(contact, name) != value}
    for name, value in changed.items():
        setattr(contact, name, value)
    if changed.keys() & {"hours_key_id", "priority"}:
        contact.spread_at = None
    return bool(changed)


def _moved(contact: Contact, person: Person) -> dict[str, object]:
    """The columns of a place that the row names; a zone given earlier stays unless the row gives another."""
    given_before = contact.timezone if contact.zone_source == ZoneSource.GIVEN else ""
    zone = str(person.given.get("timezone", "")) or given_before
    country = str(person.given.get("country", "")) or contact.country
    place = place_of(person.phone, country, zone)
    return {
        "country": place.country,
        "timezone": place.zones[0] if len(place.zones) == 1 else "",
        "zone_source": ZoneSource.GIVEN if zone else person.zone_source,
        "hours_key_id": key_ids([place])[place],
    }
