"""Secondaries find their primaries once the whole file is loaded: a primary may stand in a later row."""

from itertools import islice

from django.db import transaction

from accounts.phone import NotAPhoneNumber
from contacts.importing import reader
from contacts.importing.detection import Format
from contacts.importing.mapping import PRIMARY, Mapping, primary_of, read_row
from contacts.importing.progress import beat
from contacts.models import Contact, Upload
from contacts.person import Unreadable

PIECE_ROWS = 2_000


def link(upload: Upload) -> str:
    """Set `primary` of every person whose row names one; a sentence about those it could not, or "".

    Commits piece by piece and may be run again. A primary must be a contact that has no primary itself: no chains.
    """
    mapping = Mapping(**upload.mapping)
    if PRIMARY not in mapping.fields:
        return ""
    left = 0
    with upload.file.open("rb") as file:
        fmt = Format(upload.encoding, upload.delimiter, upload.lines_before_header)
        rows = islice(reader.rows(file.file, fmt), 1, None)
        while piece := list(islice(rows, PIECE_ROWS)):
            left += _link_piece(upload, mapping, piece)
            beat(upload)
    if not left:
        return ""
    people = "person is" if left == 1 else "people are"
    return f"{left} {people} not tied to the primary named: it is no contact of yours, or a secondary itself."


def _link_piece(upload: Upload, mapping: Mapping, rows: list[reader.Row]) -> int:
    """How many could not be linked."""
    wanted = dict(filter(None, (_pair(upload, mapping, row) for row in rows)))
    if not wanted:
        return 0
    numbers = {*wanted, *wanted.values()}
    people = Contact.objects.filter(workspace=upload.workspace_id, phone_number__in=numbers)
    with transaction.atomic():
        locked = people.order_by("id").select_for_update(of=("self",), no_key=True)
        found = {contact.phone_number: contact for contact in locked}
        has_secondaries = set(people.filter(secondaries__isnull=False).values_list("pk", flat=True))
        changed, left = [], 0
        for number, primary_number in wanted.items():
            contact, primary = found.get(number), found.get(primary_number)
            if contact is None:
                continue  # suppressed: not a contact
            if primary is None or primary.primary_id or primary is contact or contact.pk in has_secondaries:
                left += 1
            elif contact.primary_id != primary.pk:
                contact.primary_id, contact.spread_at = primary.pk, None
                has_secondaries.add(primary.pk)
                changed.append(contact)
        Contact.objects.bulk_update(changed, ["primary", "spread_at"], batch_size=200)
    return left


def _pair(upload: Upload, mapping: Mapping, row: reader.Row) -> tuple[str, str] | None:
    if row.problem or str(row.line) in upload.duplicate_lines:
        return None
    cells = {name: row.cells[at].strip() for name, at in mapping.fields.items() if at < len(row.cells)}
    if not cells.get(PRIMARY):
        return None
    try:
        person = read_row(mapping, row.cells, len(upload.columns), upload.default_country)
        return person.phone_number, primary_of(cells, upload.default_country)
    except (Unreadable, NotAPhoneNumber):
        return None
