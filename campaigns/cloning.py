"""A new draft from any campaign: configuration, pool and goals; contacts on request; never calls or results."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, User
from campaigns import audience
from campaigns.choices import CampaignStatus, ContactStatus
from campaigns.models import Campaign, PoolNumber

NAME_LENGTH = 120
PIECE = 2000  # contacts a transaction: short enough that dialing never waits for a copy
ONCE = timedelta(minutes=1)  # how long a page's word is remembered

# Never copied: who and what the new draft is, and what only a run writes.
OWN = frozenset({"id", "name", "status", "status_at", "status_reason", "run", "set_up_at", "archived_at", "created_by"})
OWN |= {"created_at"}
# Reverse relations of the storeys above, each copied without its archived rows.
COPIED_RELATIONS = ("goals",)


def clone(
    campaign: Campaign,
    *,
    actor: User | None,
    with_contacts: bool,
    now: datetime | None = None,
    actor_name: str = "",
    once: str = "",
) -> Campaign:
    """The new draft. Commits in pieces; the draft counts as set up (`set_up_at`) once everything is copied.

    A start time that has passed is left out. Contacts come as fresh ones in the same order, with this campaign's
    variables; people who are suppressed now, and excluded ones where exclusion is sticky, stay behind.
    `once`: a word of the page that asks; the same word again gives the draft that it made.
    """
    now = now or timezone.now()
    with transaction.atomic():
        made = _made_with(campaign, with_contacts, once, now)
        if made is not None:
            return made
        draft = _configuration(campaign, actor, now)
        _pool(campaign, draft)
        for relation in COPIED_RELATIONS:
            _rows(getattr(campaign, relation), draft)
        audit.record(
            draft.workspace_id,
            "campaign.clone",
            draft,
            actor=actor,
            actor_name=actor_name,
            detail={"from": campaign.pk, "name": campaign.name, "with_contacts": with_contacts, "once": once[:64]},
            at=now,
        )
    if with_contacts:
        copy_contacts(campaign, draft, now)
    if campaign.set_up_at:
        draft.set_up_at = now
        draft.save(update_fields=["set_up_at"])
    return draft


def _made_with(campaign: Campaign, with_contacts: bool, once: str, now: datetime) -> Campaign | None:
    """The draft that this word has made already. Locks the campaign, so that two presses come one after the other."""
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if not once:
        return None
    events = AuditEvent.objects.filter(workspace=campaign.workspace_id, at__gte=now - ONCE, action="campaign.clone")
    asked = {"from": campaign.pk, "with_contacts": with_contacts, "once": once[:64]}
    made = [int(event.object_id) for event in events if asked.items() <= event.detail.items()]
    return Campaign.objects.filter(pk__in=made).first()


def free_name(campaign: Campaign) -> str:
    """“Name (copy)”, “Name (copy 2)” …: the first that no campaign of the workspace has that is not archived."""
    taken = set(
        Campaign.objects.filter(workspace=campaign.workspace_id, archived_at=None).values_list("name", flat=True)
    )
    number = 1
    while True:
        suffix = " (copy)" if number == 1 else f" (copy {number})"
        name = campaign.name[: NAME_LENGTH - len(suffix)].rstrip() + suffix
        if name not in taken:
            return name
        number += 1


def copy_contacts(campaign: Campaign, draft: Campaign, now: datetime) -> int:
    """Enrol the campaign's people in the draft, in list order; how many were added. Doing it again adds nobody."""
    added = 0
    for piece in _pieces(campaign):
        with transaction.atomic():
            added += audience.enrol(draft, piece, now).added
    return added


def _pieces(campaign: Campaign) -> Iterator[list[audience.Enrolment]]:
    people = campaign.audience.order_by("id").values_list("pk", "contact_id", "detail__variables")
    if campaign.sticky_exclusion:
        people = people.exclude(status=ContactStatus.EXCLUDED)
    last = 0
    while rows := list(people.filter(pk__gt=last)[:PIECE]):
        yield [audience.Enrolment(contact, variables or {}) for _, contact, variables in rows]
        last = rows[-1][0]


def _configuration(campaign: Campaign, actor: User | None, now: datetime) -> Campaign:
    copied = {f.attname: getattr(campaign, f.attname) for f in Campaign._meta.concrete_fields if f.name not in OWN}
    if campaign.starts_at and campaign.starts_at <= now:
        copied["starts_at"] = None
    name = free_name(campaign)
    return Campaign.objects.create(**copied, name=name, status=CampaignStatus.DRAFT, created_by=actor)


def _pool(campaign: Campaign, draft: Campaign) -> None:
    PoolNumber.objects.bulk_create(
        PoolNumber(campaign=draft, number_id=e.number_id, position=e.position, status=e.status, weight=e.weight)
        for e in campaign.pool.all()
    )


def _rows(related: "models.Manager[models.Model]", draft: Campaign) -> None:
    for row in related.filter(archived_at=None).order_by("pk"):
        row.pk, row._state.adding = None, True
        row.campaign = draft  # type: ignore[attr-defined]
        row.save()
