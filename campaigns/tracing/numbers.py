"""Which number somebody on a list had when: numbers are edited, and contacts who are one person are merged."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, Q

from accounts.models import AuditEvent
from campaigns.audience.merging import MERGED
from campaigns.choices import SecondaryContacts
from campaigns.models import Call, Campaign, CampaignContact, ContactMove
from campaigns.tracing.lines import CHUNK


class Change(NamedTuple):
    """Until `at`, and at this very instant, the former number held."""

    at: datetime
    former: str
    new: str


class _Step(NamedTuple):
    """`rows`: the places on lists that somebody merged brought along; None where a number was edited."""

    order: tuple[datetime, int]
    former: str
    contact: int  # whose the former number was
    rows: frozenset[int] | None


_Trail = Mapping[int, list[_Step]]  # by contact, the latest first


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was another number once.

    changes  by campaign contact, the earliest first
    mixed    those whose rows do not tell any more what was whose, with the numbers that are not told by `changes`
    edits    by contact, the earliest first
    gone     contacts who were merged into others, with their last number
    """

    changes: dict[int, list[Change]] = field(default_factory=dict)
    mixed: dict[int, set[str]] = field(default_factory=dict)
    edits: dict[int, list[Change]] = field(default_factory=dict)
    gone: dict[int, str] = field(default_factory=dict)

    def at(self, row: int, phone: str, at: datetime) -> str:
        """The number at an instant of a campaign contact whose number is `phone` now."""
        return next((change.former for change in self.changes.get(row, ()) if at <= change.at), phone)

    def first(self, row: int, phone: str) -> str:
        """The number with which a campaign contact came on the list."""
        changes = self.changes.get(row)
        return changes[0].former if changes else phone

    def of_contact(self, contact: int, phone: str, at: datetime) -> str:
        """The number at an instant of a contact whose number is, or was at last, `phone`."""
        return next((change.former for change in self.edits.get(contact, ()) if at <= change.at), phone)

    def former(self) -> set[str]:
        return {change.former for changes in self.changes.values() for change in changes}


def numbers_of(campaigns: Collection[Campaign]) -> Numbers:
    """What people on these lists had for numbers while they were on them."""
    found = Numbers()
    trail = _trail(next(iter(campaigns)).workspace_id, found)
    merged = _merged(campaigns, trail)
    people = CampaignContact.objects.filter(campaign__in=list(campaigns), contact__in=list(trail))
    fields = "id", "contact", "contact__phone_number", "added_at"
    for row, contact, phone, added in people.values_list(*fields).iterator(CHUNK):
        if changes := _changes(trail, row, contact, phone, added):
            found.changes[row] = changes
    calls = Call.objects.filter(campaign__in=list(campaigns), campaign_contact__isnull=False)
    other = calls.exclude(phone_number=F("campaign_contact__contact__phone_number")).order_by()
    for row_id, phone in other.values_list("campaign_contact", "phone_number").distinct().iterator(CHUNK):
        if phone not in {change.former for change in found.changes.get(row_id or 0, ())}:
            found.mixed.setdefault(row_id or 0, set()).add(phone)
    for row in (*merged, *_families(campaigns, trail)):
        found.mixed.setdefault(row, set())
    return found


def _trail(workspace: int, found: Numbers) -> _Trail:
    """Every change of a number that the audit trail tells; `edits` and `gone` are filled on the way."""
    trail: dict[int, list[_Step]] = defaultdict(list)
    told = Q(action="contact.merge") | Q(action="contact.edit", detail__has_key="phone_number")
    for event in AuditEvent.objects.filter(told, workspace=workspace).order_by("-at", "-id").iterator(CHUNK):
        contact, number = int(event.object_id), event.detail["phone_number"]
        if event.action == "contact.merge":
            found.gone[event.detail["contact"]] = number
            rows = frozenset(event.detail.get("brought", ()))
            trail[contact].append(_Step((event.at, event.pk), number, event.detail["contact"], rows))
        else:
            found.edits.setdefault(contact, []).insert(0, Change(event.at, *number))
            trail[contact].append(_Step((event.at, event.pk), number[0], contact, None))
    return trail


def _changes(trail: _Trail, row: int, contact: int, phone: str, added: datetime) -> list[Change]:
    """Back from the present number to the one with which they came on the list."""
    found: list[Change] = []
    steps: Iterator[_Step] = iter(trail.get(contact, ()))
    while (step := next(steps, None)) is not None and step.order[0] > added:
        if step.rows is not None and row not in step.rows:
            continue
        found.insert(0, Change(step.order[0], step.former, phone))
        phone, before = step.former, step.order
        if step.contact != contact:
            contact = step.contact
            steps = iter([each for each in trail.get(contact, ()) if each.order < before])
    return found


def _merged(campaigns: Collection[Campaign], trail: _Trail) -> set[int]:
    """Campaign contacts that two people on one list have become."""
    brought = {(row, step.order[0]) for steps in trail.values() for step in steps for row in step.rows or ()}
    moves = ContactMove.objects.filter(campaign_contact__campaign__in=list(campaigns), action=MERGED)
    return {row for row, at in moves.values_list("campaign_contact", "at") if (row, at) not in brought}


def _families(campaigns: Collection[Campaign], trail: _Trail) -> set[int]:
    """The families of people merged while they were on a list that calls secondaries after their primary: whose
    secondary somebody was before is not kept."""
    merges = {contact: steps for contact, steps in trail.items() if any(step.rows is not None for step in steps)}
    by_family = [one for one in campaigns if one.secondary_contacts == SecondaryContacts.AFTER_PRIMARY]
    people = CampaignContact.objects.filter(campaign__in=by_family if merges else [])
    heads: dict[int, datetime] = {}
    mine = people.filter(contact__in=list(merges)).values_list("contact", "contact__primary")
    for contact, primary in mine:
        last = next(step.order[0] for step in merges[contact] if step.rows is not None)
        for head in (contact, primary):
            if head is not None:
                heads[head] = max(heads.get(head, last), last)
    family = people.filter(Q(contact__in=list(heads)) | Q(contact__primary__in=list(heads)))
    rows = family.values_list("id", "added_at", "contact", "contact__primary")
    return {
        pk
        for pk, added, contact, primary in rows
        if any(one is not None and heads.get(one, added) > added for one in (contact, primary))
    }
