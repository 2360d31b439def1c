"""Putting people on a campaign's list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts import rows as table
from campaigns.audience import families
from campaigns.audience.moves import reset, tell
from campaigns.choices import CampaignStatus, ContactStatus, Rank
from campaigns.models import (
    Campaign,
    CampaignContact,
    CampaignContactDetail,
    CampaignHours,
)
from contacts import suppression
from contacts.models import Contact


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person for a campaign's list, with the variables that this list gives."""

    contact_id: int
    variables: dict[str, object] = field(default_factory=dict)
    upload_id: int | None = None
    line: int | None = None


@dataclass(slots=True)
class Enrolled:
    added: int = 0
    updated: int = 0  # known here: variables changed, or an excluded person set to pending
    unchanged: int = 0
    suppressed: int = 0
    excluded: int = 0  # stays excluded: sticky exclusion
    by_contact: dict[int, str] = field(default_factory=dict)  # contact id → one of the words above


def enrol(campaign: Campaign, people: Sequence[Enrolment], now: datetime) -> Enrolled:
    """Put people on the campaign's list, in the order given; each contact once. The caller holds the transaction.

    A known person only gets new variables; an excluded one goes back to pending unless exclusion is sticky.
    A suppressed person is not added.
    """
    ids = [person.contact_id for person in people]
    found = Contact.objects.filter(workspace_id=campaign.workspace_id, pk__in=ids)
    contacts = {c.pk: c for c in found.values_list("pk", "phone_number", "hours_key_id", "priority", named=True)}
    barred = suppression.listed(campaign.workspace_id, [c.phone_number for c in contacts.values()])
    rows = (
        CampaignContact.objects.filter(campaign=campaign, contact__in=ids)
        .order_by("id")
        .select_for_update(of=("self",))
    )
    known = {row.contact_id: row for row in rows.select_related("detail")}
    result = Enrolled()
    fresh: list[tuple[Enrolment, CampaignContact]] = []
    back: list[CampaignContact] = []
    told: list[CampaignContactDetail] = []
    for person in people:
        contact = contacts[person.contact_id]
        row = known.get(contact.pk)
        if contact.phone_number in barred:
            word = "suppressed"
        elif row is None:
            fresh.append((person, _fresh(campaign, contact, now)))
            word = "added"
        else:
            word = _again(campaign, row, person, now, told, back)
        setattr(result, word, getattr(result, word) + 1)
        result.by_contact[contact.pk] = word
    _insert(campaign, fresh)
    table.update(told, ["variables"])
    if campaign.has_run:
        made = [row.contact_id for _, row in fresh]
        added = CampaignContact.objects.filter(campaign=campaign, contact__in=made).order_by("id")
        tell([*back, *added], "added", now)
    families.follow(campaign, [row.contact_id for row in back] + [row.contact_id for _, row in fresh], now)
    return result


def _fresh(campaign: Campaign, contact: Any, now: datetime) -> CampaignContact:
    return CampaignContact(
        campaign_id=campaign.pk,
        contact_id=contact.pk,
        hours_key_id=contact.hours_key_id,
        priority=contact.priority,
        rank=Rank.of(contact.priority),
        next_attempt_at=now,
        added_at=now,
        run=campaign.run,
    )


def _insert(campaign: Campaign, fresh: list[tuple[Enrolment, CampaignContact]]) -> None:
    table.insert([row for _, row in fresh])
    made = CampaignContact.objects.filter(campaign=campaign, contact__in=[row.contact_id for _, row in fresh])
    ids = dict(made.values_list("contact_id", "pk"))
    details = [
        CampaignContactDetail(
            campaign_contact_id=ids[row.contact_id],
            variables=person.variables,
            upload_id=person.upload_id,
            line=person.line,
        )
        for person, row in fresh
    ]
    table.insert(details)
    CampaignHours.objects.bulk_create(
        [CampaignHours(campaign=campaign, hours_key_id=key) for key in sorted({row.hours_key_id for _, row in fresh})],
        ignore_conflicts=True,
    )


def _again(
    campaign: Campaign,
    row: CampaignContact,
    person: Enrolment,
    now: datetime,
    told: list[CampaignContactDetail],
    back: list[CampaignContact],
) -> str:
    """Add somebody who is on the list already. Details with new variables go to `told`, to be written at once; who is
    pending again goes to `back`."""
    word = "unchanged"
    if person.variables and row.detail.variables != {**row.detail.variables, **person.variables}:
        row.detail.variables = {**row.detail.variables, **person.variables}
        told.append(row.detail)
        word = "updated"
    if row.status != ContactStatus.EXCLUDED or row.reason == "not_needed":
        return word
    if campaign.sticky_exclusion:
        return "excluded"
    row.added_at = now if campaign.has_run else row.added_at
    reset(row, row.added_at)
    row.save()
    back.append(row)
    return "updated"


def empty_list(campaign: Campaign) -> int:
    """Take everybody off a draft's list; how many there were."""
    assert campaign.status == CampaignStatus.DRAFT and not campaign.has_run
    count, _ = CampaignContact.objects.filter(campaign=campaign).delete()
    CampaignHours.objects.filter(campaign=campaign).delete()
    return count
