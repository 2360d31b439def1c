"""Secondaries find their primaries once the whole file is loaded: a primary may stand in a later row."""

from collections.abc import Sequence

from django.db import transaction

from accounts import rows as table
from accounts.jobs import beat
from contacts.importing import ready
from contacts.importing.mapping import PRIMARY
from contacts.models import Contact, Upload, UploadChange

PIECE_ROWS = 2_000


def link(upload: Upload) -> str:
    """Set `primary` of every person whose row names one; a sentence about those it could not, or "".

    Commits piece by piece and may be run again. A primary must be a contact that has no primary itself: no chains.
    """
    if PRIMARY not in upload.mapping.get("fields", {}):
        return ""
    if not upload.ready:
        raise FileNotFoundError
    left = at = 0
    with upload.ready.open("rb") as file:
        while True:
            rows, at = ready.piece(file.file, at, PIECE_ROWS)
            if not rows:
                break
            left += _link_piece(upload, rows)
            beat(upload)
    if not left:
        return ""
    people = "person is" if left == 1 else "people are"
    return f"{left} {people} not tied to the primary named: it is no contact of yours, or a secondary itself."


def _link_piece(upload: Upload, rows: Sequence[ready.Ready]) -> int:
    """How many could not be linked."""
    wanted = {row[ready.PHONE]: row[ready.PRIMARY] for row in rows if ready.is_person(row) and row[ready.PRIMARY]}
    if not wanted:
        return 0
    numbers = {*wanted, *wanted.values()}
    people = Contact.objects.filter(workspace=upload.workspace_id, phone_number__in=numbers)
    with transaction.atomic():
        locked = people.order_by("id").select_for_update(of=("self",), no_key=True)
        found = {contact.phone_number: contact for contact in locked}
        has_secondaries = set(people.filter(secondaries__isnull=False).values_list("pk", flat=True))
        changed, left = [], 0
        before: dict[int, int | None] = {}
        for number, primary_number in wanted.items():
            contact, primary = found.get(number), found.get(primary_number)
            if contact is None:
                continue  # suppressed: not a contact
            if primary is None or primary.primary_id or primary is contact or contact.pk in has_secondaries:
                left += 1
            elif contact.primary_id != primary.pk:
                before[contact.pk] = contact.primary_id
                contact.primary_id, contact.spread_at = primary.pk, None
                has_secondaries.add(primary.pk)
                changed.append(contact)
        _keep(upload, changed, before)
        table.update(changed, ["primary", "spread_at"])
    return left


def _keep(upload: Upload, changed: Sequence[Contact], before: dict[int, int | None]) -> None:
    """What these people's primaries were, for whoever undoes the file; of people whom the file brought, nothing."""
    kept = {one.contact_id: one for one in UploadChange.objects.filter(upload=upload, contact__in=before)}
    for change in kept.values():
        change.before.setdefault("primary_id", before[change.contact_id])
    table.update(list(kept.values()), ["before"])
    others = [one for one in changed if one.pk not in kept and one.upload_id != upload.pk]
    table.insert([UploadChange(upload=upload, contact=one, before={"primary_id": before[one.pk]}) for one in others])
