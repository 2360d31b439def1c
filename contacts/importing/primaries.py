"""Secondaries find their primaries once the whole file is loaded: a primary may stand in a later row."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from accounts import rows as table
from accounts.jobs import beat
from accounts.pace import Pace
from contacts.families import not_there, refusal
from contacts.importing import ready
from contacts.importing.mapping import PRIMARY
from contacts.models import Contact, Upload, UploadChange

PIECE_ROWS = 2_000
SHOWN = 20


@dataclass(slots=True)
class Untied:
    """People of a file whose rows name a primary that cannot be theirs: how many, and the first with line and why."""

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, sentence: str) -> None:
        self.count += 1
        if self.count <= SHOWN:
            self.first.append((line, sentence))

    @property
    def note(self) -> str:
        if not self.count:
            return ""
        people = "person is" if self.count == 1 else "people are"
        return f"{self.count} {people} not tied to the primary named; the warnings say why."

    @property
    def warnings(self) -> dict[str, object]:
        """As Upload keeps them."""
        return {"primary": {"count": self.count, "first": self.first}} if self.count else {}


def link(upload: Upload) -> Untied:
    """Set `primary` of every person whose row names one; those of whom it could not.

    Commits piece by piece and may be run again. A primary must be a contact that has no primary itself: no chains.
    """
    if PRIMARY not in upload.mapping.get("fields", {}):
        return Untied()
    if not upload.ready:
        raise FileNotFoundError
    at, untied, pace = 0, Untied(), Pace(PIECE_ROWS, PIECE_ROWS)
    with upload.ready.open("rb") as file:
        while True:
            rows, at = ready.piece(file.file, at, pace.rows)
            if not rows:
                break
            pace.rest()
            _link_piece(upload, rows, untied)
            beat(upload)
            pace.note(len(rows))
    return untied


def _link_piece(upload: Upload, rows: Sequence[ready.Ready], untied: Untied) -> None:
    wanted = [row for row in rows if ready.is_person(row) and row[ready.PRIMARY]]
    if not wanted:
        return
    numbers = {row[place] for row in wanted for place in (ready.PHONE, ready.PRIMARY)}
    people = Contact.objects.filter(workspace=upload.workspace_id, phone_number__in=numbers)
    with transaction.atomic():
        locked = people.order_by("id").select_for_update(of=("self",), no_key=True)
        found = {contact.phone_number: contact for contact in locked}
        has_secondaries = set(people.filter(secondaries__isnull=False).values_list("pk", flat=True))
        changed = []
        before: dict[int, int | None] = {}
        for row in wanted:
            contact, primary = found.get(row[ready.PHONE]), found.get(row[ready.PRIMARY])
            if contact is None:
                continue  # suppressed: not a contact
            if primary is None:
                untied.add(row[ready.LINE], not_there(row[ready.PRIMARY]))
            elif refused := refusal(contact, primary, bool(primary.primary_id), contact.pk in has_secondaries):
                untied.add(row[ready.LINE], refused)
            elif contact.primary_id != primary.pk:
                before[contact.pk] = contact.primary_id
                contact.primary_id, contact.spread_at = primary.pk, None
                has_secondaries.add(primary.pk)
                changed.append(contact)
        _keep(upload, changed, before)
        table.update(changed, ["primary", "spread_at"])


def _keep(upload: Upload, changed: Sequence[Contact], before: dict[int, int | None]) -> None:
    """What these people's primaries were, for whoever undoes the file; of people whom the file brought, nothing."""
    kept = {one.contact_id: one for one in UploadChange.objects.filter(upload=upload, contact__in=before)}
    for change in kept.values():
        change.before.setdefault("primary_id", before[change.contact_id])
    table.update(list(kept.values()), ["before"])
    others = [one for one in changed if one.pk not in kept and one.upload_id != upload.pk]
    table.insert([UploadChange(upload=upload, contact=one, before={"primary_id": before[one.pk]}) for one in others])
