"""A loaded file is undone as far as contacts go: whom it changed gets back what they had, whom it added leaves.

A piece at a time; the caller holds the transaction and the upload's row. What is done shows in the rows themselves, so
that a piece may be done again after any crash. Nobody is touched who was changed since by hand or by another file.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import rows as table
from contacts.models import Contact, Upload, UploadChange

PIECE = 2_000
# Leaves out people whom others need: whoever knows of them says so.
Narrow = Callable[["QuerySet[Contact]"], "QuerySet[Contact]"]
_PLACED = {"hours_key_id", "priority", "primary_id"}  # campaigns pull these


def restore(upload: Upload, most: int = PIECE) -> int:
    """The next people whom the file changed, at most so many, are as they were; how many, 0 at the end."""
    changes = UploadChange.objects.filter(_stands(upload), upload=upload).order_by("pk")[:most]
    of = {change.contact_id: change for change in changes}
    same = Contact.objects.filter(pk__in=of, updated_at__lte=upload.finished_at).order_by("pk")
    people = list(same.select_for_update(of=("self",), no_key=True))
    there = _still_there([of[contact.pk].before for contact in people])
    alike: dict[tuple[str, ...], list[Contact]] = defaultdict(list)
    for contact in people:
        alike[_give_back(contact, of[contact.pk].before, there)].append(contact)
    for names, alike_people in alike.items():
        table.update(alike_people, names)
    done = UploadChange.objects.filter(pk__in=[of[contact.pk].pk for contact in people])
    done.order_by()._raw_delete(done.db)
    return len(people)


def _stands(upload: Upload) -> Q:
    """Nobody has changed the person since. Of somebody whom the file only tied to a primary, the file that changed them
    last is another one."""
    last = Q(contact__upload=upload) | ~Q(before__has_key="upload_id")
    return last & Q(contact__updated_at__lte=upload.finished_at)


def remove(upload: Upload, after: int, narrow: Narrow, most: int = PIECE) -> tuple[int, int]:
    """Delete the next people whom the file added and nobody needs, beyond the id `after`, at most so many; how many,
    and the last id that was looked at (0 at the end). A primary can leave once its secondaries have: go round until
    nobody leaves."""
    ids = list(narrow(_leaving(upload).filter(pk__gt=after)).order_by("pk").values_list("pk", flat=True)[:most])
    if not ids:
        return 0, 0
    people = narrow(_leaving(upload).filter(pk__in=ids)).order_by("pk").select_for_update(of=("self",))
    gone = list(people.values_list("pk", flat=True))
    # Not by cascade: whoever came to need one of them in this moment is told by the database, and nothing is lost.
    rows = Contact.objects.filter(pk__in=gone)
    rows.order_by()._raw_delete(rows.db)
    return len(gone), ids[-1]


def left(upload: Upload) -> int:
    """People of the file who stay as it made them."""
    return Contact.objects.filter(upload=upload).count()


def _as_left(upload: Upload) -> "QuerySet[Contact]":
    """People as the file left them: nobody has changed them since."""
    return Contact.objects.filter(upload=upload, updated_at__lte=upload.finished_at)


def _leaving(upload: Upload) -> "QuerySet[Contact]":
    changed = UploadChange.objects.filter(contact=OuterRef("pk"))
    secondaries = Contact.objects.filter(primary=OuterRef("pk"))
    return _as_left(upload).filter(~Exists(changed), ~Exists(secondaries))


def _still_there(before: list[dict[str, Any]]) -> dict[str, set[int]]:
    """Rows that were named before and can be named again: a primary may have become a secondary."""
    uploads = {one["upload_id"] for one in before if one.get("upload_id")}
    primaries = {one["primary_id"] for one in before if one.get("primary_id")}
    free = Contact.objects.filter(pk__in=primaries, primary=None)
    return {
        "upload_id": set(Upload.objects.filter(pk__in=uploads).values_list("pk", flat=True)),
        "primary_id": set(free.values_list("pk", flat=True)),
    }


def _give_back(contact: Contact, before: dict[str, Any], there: dict[str, set[int]]) -> tuple[str, ...]:
    """Set what is kept in `before`; the names of the fields that are to be written."""
    fields = {field.attname: field for field in contact._meta.concrete_fields}
    for name, value in before.items():
        if name in there and value not in there[name]:
            value = None
        setattr(contact, name, None if value is None else _read(fields[name], value))
    names = {fields[name].name for name in before}
    if before.keys() & _PLACED:
        contact.spread_at = None
        names.add("spread_at")
    return tuple(sorted(names))


def _read(field: Any, value: Any) -> Any:
    read = field.to_python(value)
    return read.replace(tzinfo=UTC) if isinstance(read, datetime) and read.tzinfo is None else read
