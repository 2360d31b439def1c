"""Putting people on a campaign's list: whole pieces of a file in a few statements."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from accounts import rows as table
from accounts.statements import among, select
from campaigns.audience import families
from campaigns.audience.moves import OF_A_RUN, reset, tell_of, write
from campaigns.choices import ContactStatus, Rank
from campaigns.models import (
    Campaign,
    CampaignContact,
    CampaignContactDetail,
    CampaignHours,
    CampaignUpload,
    ListChange,
)
from contacts import suppression
from contacts.importing.merging import together
from contacts.models import Contact

FOLLOWED = 2_000  # people whose families are looked after at once


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person for a campaign's list, with the variables that this list gives."""

    contact_id: int
    variables: dict[str, object] = field(default_factory=dict)


class Candidate(Protocol):
    """Somebody who is not suppressed, as their contact is now; `is_new`: made a moment ago, so on no list yet."""

    @property
    def contact_id(self) -> int: ...
    @property
    def hours_key_id(self) -> int: ...
    @property
    def priority(self) -> int: ...
    @property
    def variables(self) -> dict[str, Any]: ...
    @property
    def line(self) -> int: ...
    @property
    def is_new(self) -> bool: ...


class _Known(NamedTuple):
    """A contact who was there before."""

    contact_id: int
    hours_key_id: int
    priority: int
    variables: dict[str, Any]
    line: int = 0
    is_new: bool = False


@dataclass(slots=True)
class Enrolled:
    added: int = 0
    updated: int = 0  # known here: variables changed, or an excluded person set to pending
    unchanged: int = 0
    suppressed: int = 0
    excluded: int = 0  # stays excluded: sticky exclusion
    by_contact: dict[int, str] = field(default_factory=dict)  # contact id → one of the words above


class _Listed(NamedTuple):
    """Somebody who is on the list."""

    id: int
    contact_id: int
    status: str
    reason: str
    variables: dict[str, Any]


def enrol(campaign: Campaign, people: Sequence[Enrolment], now: datetime) -> Enrolled:
    """Put people on the campaign's list, in the order given; each contact once. The caller holds the transaction.

    A known person only gets new variables; an excluded one goes back to pending unless exclusion is sticky.
    A suppressed person is not added.
    """
    found = Contact.objects.filter(workspace_id=campaign.workspace_id, pk__in=[person.contact_id for person in people])
    columns = found.values_list("pk", "phone_number", "hours_key_id", "priority")
    contacts = {pk: (phone, hours_key, priority) for pk, phone, hours_key, priority in columns}
    barred = suppression.listed(campaign.workspace_id, [phone for phone, _, _ in contacts.values()])
    words: dict[int, str] = {}
    candidates = []
    for person in people:
        phone, hours_key, priority = contacts[person.contact_id]
        if phone in barred:
            words[person.contact_id] = "suppressed"
        else:
            candidates.append(_Known(person.contact_id, hours_key, priority, person.variables))
    words |= put(campaign, candidates, now)
    counts = Counter(words.values())
    return Enrolled(**counts, by_contact={person.contact_id: words[person.contact_id] for person in people})


def put(
    campaign: Campaign, people: Sequence[Candidate], now: datetime, link: CampaignUpload | None = None
) -> dict[int, str]:
    """As `enrol`, for people whose contacts the caller has looked at in this transaction: contact id → added, updated,
    unchanged or excluded. `link`: the file they come with; what it changes of whom is kept for its undoing.

    Nobody is locked who stays as they are: a dialer that has their turn does not wait. Raises IntegrityError when
    another transaction enrolled one of them meanwhile.
    """
    known = _known(campaign, [person.contact_id for person in people if not person.is_new])
    fresh = [person for person in people if person.contact_id not in known]
    words = {person.contact_id: "added" for person in fresh}
    told: list[tuple[_Listed, dict[str, Any]]] = []
    back: list[_Listed] = []
    for person in people:
        row = known.get(person.contact_id)
        if row is not None:
            words[person.contact_id] = _again(campaign, row, person, told, back)
    if link is not None:
        _keep(link, told, back)
    table.update_ready(
        CampaignContactDetail, ["variables"], [(table.as_json(variables), row.id) for row, variables in told]
    )
    returned = _bring_back(campaign, [row.id for row in back], now)
    ids = _insert(campaign, fresh, now, link.upload_id if link else None)
    if campaign.has_run and (returned or ids):
        tell_of([*returned, *ids], campaign.run, "added", now)
    changed = [row.contact_id for row in back] + [person.contact_id for person in fresh]
    for start in range(0, len(changed), FOLLOWED):
        families.follow(campaign, changed[start : start + FOLLOWED], now)
    return words


def _known(campaign: Campaign, contacts: Sequence[int]) -> dict[int, _Listed]:
    """Those of these contacts who are on the list."""
    if not contacts:
        return {}
    statement = f"""SELECT cc.id, cc.contact_id, cc.status, cc.reason, d.variables FROM campaigns_campaigncontact cc
        JOIN campaigns_campaigncontactdetail d ON d.campaign_contact_id = cc.id
        WHERE cc.campaign_id = %(campaign)s AND {among("cc.contact_id", "contacts")}"""  # noqa: S608 - names of ours
    rows = select(statement, {"campaign": campaign.pk, "contacts": list(contacts)})
    return {row[1]: _Listed._make((*row[:4], json.loads(row[4]))) for row in rows}


def _again(
    campaign: Campaign,
    row: _Listed,
    person: Candidate,
    told: list[tuple[_Listed, dict[str, Any]]],
    back: list[_Listed],
) -> str:
    """Somebody who is on the list already: `told` gets their new variables, `back` whoever is pending again."""
    word = "unchanged"
    variables = together(row.variables, person.variables, written=person.line > 0)
    if row.variables != variables:
        told.append((row, variables))
        word = "updated"
    if row.status != ContactStatus.EXCLUDED or row.reason == families.NOT_NEEDED:
        return word
    if campaign.sticky_exclusion:
        return "excluded"
    back.append(row)
    return "updated"


def _bring_back(campaign: Campaign, ids: Sequence[int], now: datetime) -> list[int]:
    """Who was excluded is pending; behind everybody who is there, once the campaign has run. Those who really are."""
    if not ids:
        return []
    rows = CampaignContact.objects.filter(pk__in=ids, status=ContactStatus.EXCLUDED).order_by("id")
    people = list(rows.select_for_update(of=("self",)))
    for row in people:
        row.added_at = now if campaign.has_run else row.added_at
        reset(row, row.added_at)
        if campaign.run > 1 and row.run != campaign.run:  # excluded in an earlier run: this one's counts begin
            row.run, row.attempt_number, row.callbacks = campaign.run, 0, 0
    write(people, "added_at", "run", *OF_A_RUN)
    return [row.pk for row in people]


def _insert(campaign: Campaign, fresh: Sequence[Candidate], now: datetime, upload_id: int | None) -> Sequence[int]:
    """New rows, whose ids are in the order given: that is the list's order. They are inserted by contact, so that two
    files at once do not deadlock."""
    if not fresh:
        return []
    keys = {person.hours_key_id for person in fresh}
    there = CampaignHours.objects.filter(campaign=campaign).values_list("hours_key_id", flat=True)
    missing = [CampaignHours(campaign=campaign, hours_key_id=key) for key in sorted(keys - set(there))]
    CampaignHours.objects.bulk_create(missing, ignore_conflicts=True)
    ids = table.fresh_ids(CampaignContact, len(fresh))
    ranks = {priority: int(Rank.of(priority)) for priority in {person.priority for person in fresh}}
    rows = [
        (pk, person.contact_id, person.hours_key_id, person.priority, ranks[person.priority])
        for pk, person in zip(ids, fresh, strict=True)
    ]
    rows.sort(key=itemgetter(1))
    time = table.at(now)
    same = (campaign.pk, time, time, campaign.run)
    names = (
        "id",
        "contact_id",
        "hours_key_id",
        "priority",
        "rank",
        "campaign_id",
        "next_attempt_at",
        "added_at",
        "run",
    )
    table.insert_ready(CampaignContact, names, (row + same for row in rows))
    details = (
        (pk, table.as_json(person.variables), upload_id, person.line or None)
        for pk, person in zip(ids, fresh, strict=True)
    )
    table.insert_ready(CampaignContactDetail, ("campaign_contact_id", "variables", "upload_id", "line"), details)
    return ids


def _keep(link: CampaignUpload, told: Sequence[tuple[_Listed, dict[str, Any]]], back: Sequence[_Listed]) -> None:
    """What the file changes, as it was before: variables, status and reason."""
    changed = {row.id: row for row in [*(row for row, _ in told), *back]}
    if changed:
        before = [
            (link.pk, row.id, table.as_json({"variables": row.variables, "status": row.status, "reason": row.reason}))
            for row in changed.values()
        ]
        table.insert_ready(ListChange, ("link_id", "campaign_contact_id", "before"), before)
