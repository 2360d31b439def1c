"""A new draft from any campaign: configuration, pool and goals; contacts on request; never calls or results."""

from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, User
from campaigns import bulk, replacing, uploads
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, PoolNumber
from campaigns.queries.acts import COPY, adding

NAME_LENGTH = 120
ONCE = timedelta(minutes=1)  # how long a page's word is remembered

# Never copied: who and what the new draft is, and what only a run writes.
OWN = frozenset({"id", "name", "status", "status_at", "status_reason", "run", "set_up_at", "archived_at", "created_by"})
OWN |= {"created_at"}
# Reverse relations of the storeys above, each copied without its archived rows.
COPIED_RELATIONS = ("goals",)


class Moving(ValueError):
    """The list cannot be copied at this moment; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def clone(
    campaign: Campaign,
    *,
    actor: User | None,
    with_contacts: bool,
    now: datetime | None = None,
    actor_name: str = "",
    once: str = "",
) -> Campaign:
    """The new draft. Commits. Raises Moving where its list is asked for, and is not whole at this moment.

    A start time that has passed is left out. Contacts come as fresh ones in the same order, with this campaign's
    variables; people who are suppressed now, and excluded ones where exclusion is sticky, stay behind. A long list
    comes by a job, and the draft does not start before all of it is there.
    `once`: a word of the page that asks; the same word again gives the draft that it made.
    """
    now = now or timezone.now()
    with transaction.atomic():
        made = _made_with(campaign, with_contacts, once, now)
        if made is not None:
            return made
        if with_contacts and (moving := _moving(campaign)):
            raise Moving(f"{moving} Then clone it with its contacts.")
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
            bulk.copy_all(campaign, draft, bulk.Asked(COPY, actor, actor_name), now)
    return draft


def _moving(campaign: Campaign) -> str:
    """Why the list is not what it will be in a moment; "" when it stands still."""
    grows = campaign.always_on and campaign.has_run  # for good: whoever is there now is copied
    if not grows and (adding(campaign) or uploads.is_loading(campaign)):
        return "People are still being added. Wait until all are there."
    return replacing.list_in_motion(campaign)


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


def _configuration(campaign: Campaign, actor: User | None, now: datetime) -> Campaign:
    copied = {f.attname: getattr(campaign, f.attname) for f in Campaign._meta.concrete_fields if f.name not in OWN}
    if campaign.starts_at and campaign.starts_at <= now:
        copied["starts_at"] = None
    name = free_name(campaign)
    made = {"name": name, "set_up_at": now if campaign.set_up_at else None, "created_by": actor}
    return Campaign.objects.create(**copied, **made, status=CampaignStatus.DRAFT)


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
