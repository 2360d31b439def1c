"""Acts on many people of the contact list: tag, untag, hold, lift the hold, add to a campaign.

One function begins any of them, for page and API alike: a few people are done at once, all that match by a job. Either
leaves a row of its own (`BulkAction`) and one row in the audit trail, never one a person.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts import ids as ids_of
from accounts.collisions import again
from accounts.models import User, Workspace
from campaigns import bulk as lists
from campaigns import locks
from campaigns.models import Campaign, CampaignAction
from contacts import acts, bulk, queries
from contacts.acts import PIECES, Refused
from contacts.bulk import AT_ONCE, Closed, Step
from contacts.models import BulkAction, Contact
from contacts.queries import Filters

TASKS = "campaigns.act_tasks"
CAMPAIGN = "campaign"
ACTIONS = (*PIECES, CAMPAIGN)


def begin(
    workspace: Workspace,
    action: str,
    params: Mapping[str, Any],
    *,
    filters: Filters | None = None,
    ids: Sequence[int] = (),
    user: User | None,
    actor_name: str,
    now: datetime,
) -> BulkAction:
    """Do it to the people with these ids, at once, or to all that fit the filters, by a job where they are many.

    Commits. Raises Refused. The row that comes back says what became of it, or will.
    """
    if action not in ACTIONS:
        raise Refused("action", f"Choose what to do: {', '.join(ACTIONS)}.")
    kept, campaign = _checked(workspace, action, params, now)
    words = f"Add to {campaign.name}" if campaign else acts.words(action, kept)
    by: dict[str, Any] = {"user": user, "actor_name": actor_name, "now": now}
    if filters is not None:
        fits = queries.people(workspace, filters).order_by()
        few = fits.values_list("pk", flat=True)[: AT_ONCE + 1]
        ids = sorted(few)
    if len(ids) <= AT_ONCE:
        return _at_once(workspace, action, words, kept, campaign, ids, **by)
    if filters is None:
        raise Refused("ids", f"Up to {AT_ONCE:,} people by id. Use filters for more.")
    return _job(workspace, action, words, kept, campaign, filters, **by)


def _checked(
    workspace: Workspace, action: str, params: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Any], Campaign | None]:
    if action != CAMPAIGN:
        return acts.checked(action, params, now), None
    asked = ids_of.one(str(params.get("campaign") or "")) or 0
    campaign = Campaign.objects.filter(workspace=workspace, pk=asked, set_up_at__isnull=False).first()
    if campaign is None:
        raise Refused(CAMPAIGN, "Choose a campaign.")
    if reason := locks.list_locked(campaign):
        raise Refused(CAMPAIGN, reason)
    return {CAMPAIGN: campaign.pk}, campaign


def _at_once(
    workspace: Workspace,
    action: str,
    words: str,
    params: dict[str, Any],
    campaign: Campaign | None,
    ids: Sequence[int],
    *,
    user: User | None,
    actor_name: str,
    now: datetime,
) -> BulkAction:

    def act_now() -> BulkAction:
        mine = Contact.objects.filter(workspace=workspace, pk__in=ids).order_by("pk").values_list("pk", flat=True)
        people = list(mine)
        row = bulk.finished(workspace, action, words, total=len(people), now=now, user=user, params=params)
        _told(row, campaign, user, actor_name, now)
        try:
            step = act(row, people, now) if people else Step()
        except Closed as closed:
            raise Refused(CAMPAIGN, str(closed)) from None
        row.done, row.skipped = step.done, dict(step.skipped)
        row.save(update_fields=["done", "skipped"])
        return row

    return again(act_now)


def _job(
    workspace: Workspace,
    action: str,
    words: str,
    params: dict[str, Any],
    campaign: Campaign | None,
    filters: Filters,
    *,
    user: User | None,
    actor_name: str,
    now: datetime,
) -> BulkAction:
    rows = queries.people(workspace, filters, walk=True)
    last = Contact.objects.filter(workspace=workspace).order_by("-pk").values_list("pk", flat=True).first()
    total = rows.filter(pk__lte=last).count()
    with transaction.atomic():
        if campaign is not None:
            _claim(campaign)
        row = bulk.begin(
            workspace,
            action,
            words,
            total=total,
            tasks=TASKS,
            now=now,
            user=user,
            filters=filters.chosen(),
            params={**params, "upto": last},
        )
        _told(row, campaign, user, actor_name, now)
    return row


def _claim(campaign: Campaign) -> None:
    try:
        lists.claim(campaign, adds=True)
    except lists.Refused as refused:
        raise Refused(CAMPAIGN, refused.sentence) from None


def _told(row: BulkAction, campaign: Campaign | None, user: User | None, actor_name: str, now: datetime) -> None:
    if campaign is not None:
        CampaignAction.objects.create(campaign=campaign, bulk=row)
    detail: dict[str, object] = {"people": row.total, "filters": row.filters, **row.params}
    audit.record(
        row.workspace_id, f"contact.bulk_{row.action}", row, actor=user, actor_name=actor_name, detail=detail, at=now
    )


def run(bulk_id: int, turn: int) -> int:
    """A slice of one such act; how many people."""
    return bulk.run(bulk_id, turn, find, act, lock=_hold)


def _hold(row: BulkAction) -> None:
    if row.action == CAMPAIGN:
        lists.hold(row)


def find(row: BulkAction, after: int, size: int) -> Sequence[int]:
    """The next people: who fits now, and was there when the act was asked for."""
    rows = queries.people(row.workspace, Filters.of(row.filters), walk=True)
    found = rows.filter(pk__gt=after, pk__lte=row.params["upto"]).order_by("pk")
    return list(found.values_list("pk", flat=True)[:size])


def act(row: BulkAction, ids: Sequence[int], now: datetime) -> Step:
    """Do it to these. Joins the transaction. Raises Closed where the campaign takes nobody any more."""
    if row.action != CAMPAIGN:
        return PIECES[row.action](ids, row.params, now)
    try:
        return lists.enrol_at_once(Campaign(pk=row.params[CAMPAIGN]), ids, now)
    except lists.Refused as refused:
        raise Closed(refused.sentence) from None
