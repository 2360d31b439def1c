"""Is a campaign over, its pilot done, are there too many errors? Asked here only, after verdicts and every second."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts import statements
from campaigns import audience, callbacks, failing, lifecycle, policies, uploads
from campaigns.choices import (
    OPEN_STATUSES,
    CampaignMode,
    CampaignStatus,
    ContactStatus,
    Direction,
    Outcome,
    TriggerMode,
)
from campaigns.dialing import ending, window
from campaigns.dialing.board import launched_in_run
from campaigns.dialing.ending import Counts
from campaigns.dialing.spans import InvalidWindow
from campaigns.models import Call, Campaign, CampaignContact, CampaignHours, CampaignRun

log = logging.getLogger(__name__)

LATELY = timedelta(seconds=10)
PILOT_DONE = "The pilot is over: review it, then resume."
_MAY_DIAL = (CampaignStatus.RUNNING, CampaignStatus.PAUSED)

_SCHEDULED = f"""SELECT id FROM campaigns_campaign WHERE workspace_id = %(workspace)s
    AND status = {statements.words([CampaignStatus.SCHEDULED])}
    AND trigger_mode = {statements.words([TriggerMode.SCHEDULED])} AND starts_at <= %(now)s
    ORDER BY starts_at, id"""  # noqa: S608 - no value is pasted in
# Each question is a probe of an index that stops at the first row. As EXISTS, PostgreSQL would answer it for all
# campaigns at once, from whole tables; and only the order makes it sure to take the index that has the statuses.
_NONE = """(SELECT 1 FROM campaigns_campaigncontact cc WHERE cc.campaign_id = c.id
            AND cc.status BETWEEN {status} AND {status} ORDER BY cc.status LIMIT 1) IS NULL"""
_CHANGED = f"""SELECT c.id FROM campaigns_campaign c
    WHERE c.workspace_id = %(workspace)s AND c.status IN ({statements.words(_MAY_DIAL)}) AND (
        {" AND ".join(_NONE.format(status=statements.words([status])) for status in OPEN_STATUSES)}
        OR (SELECT 1 FROM campaigns_call ended
            WHERE ended.campaign_id = c.id AND ended.ended_at > %(lately)s LIMIT 1) IS NOT NULL
        OR c.mode = {statements.words([CampaignMode.SINGLE_DAY])} AND (SELECT 1 FROM campaigns_campaignrun run
            WHERE run.campaign_id = c.id AND run.run = c.run AND run.day IS NOT NULL) IS NOT NULL)"""  # noqa: S608


def review(campaign_ids: Iterable[int], now: datetime) -> int:
    """Complete or pause those of these campaigns whose time has come; how many. Commits each by itself."""
    campaign_ids = list(campaign_ids)
    if not campaign_ids:
        return 0
    rows = Campaign.objects.filter(pk__in=campaign_ids, status__in=_MAY_DIAL)
    return sum(
        _safely(campaign, now) for campaign in rows.select_related("agent", "workspace", "schedule").order_by("id")
    )


def review_workspace(workspace_id: int, now: datetime) -> int:
    """Begin what was scheduled, and review everything that may dial."""
    return _begin(workspace_id, now) + review(_open(workspace_id).values_list("pk", flat=True), now)


def review_changed(workspace_id: int, now: datetime) -> int:
    """The look of every second: begin what was scheduled, and review campaigns in which nobody is left, whose single
    day may be over, or of which a call ended a moment ago. Whatever this misses, `review_workspace` finds each minute.

    Two queries where there is nothing to review, however many campaigns run.
    """
    begun = _begin(workspace_id, now)
    changed = statements.select(_CHANGED, {"workspace": workspace_id, "lately": now - LATELY})
    return begun + review([pk for (pk,) in changed], now)


def _open(workspace_id: int) -> QuerySet[Campaign]:
    return Campaign.objects.filter(workspace=workspace_id, status__in=_MAY_DIAL).order_by("id")


def _begin(workspace_id: int, now: datetime) -> int:
    scheduled = statements.select(_SCHEDULED, {"workspace": workspace_id, "now": now})
    return sum(lifecycle.begin(pk, now) for (pk,) in scheduled)


def _safely(campaign: Campaign, now: datetime) -> bool:
    """A campaign that cannot be reviewed holds up no other."""
    try:
        return _review(campaign, now)
    except InvalidWindow as problem:
        log.warning("campaign %s cannot be reviewed: %s", campaign.pk, problem)
        return False


def _review(campaign: Campaign, now: datetime) -> bool:
    run = run_of(campaign)
    running = campaign.status == CampaignStatus.RUNNING
    over = _over(campaign, run, now)
    if over == "all_final" and failing.no_usable_row(campaign):
        return lifecycle.fail(campaign.pk, failing.NO_USABLE_ROW, now)
    if over:
        return lifecycle.complete(campaign.pk, lambda locked: _over(locked, run_of(locked), now), now)
    if running and _pilot_over(campaign, run):
        return lifecycle.pause_by_system(campaign.pk, "pilot", PILOT_DONE, now)
    if running and (given_up := failing.no_carrier_left(campaign, now)):
        return lifecycle.fail(campaign.pk, given_up, now)
    return running and _too_many_errors(campaign, run, now)


def run_of(campaign: Campaign) -> CampaignRun:
    run = CampaignRun.objects.get(campaign=campaign, run=campaign.run)
    run.campaign = campaign
    return run


def _over(campaign: Campaign, run: CampaignRun, now: datetime) -> str | None:
    """Asked every second of every campaign, so the usual answer, that people are still to be called, comes first."""
    closes = day_closes(campaign, run)
    if (closes is None or now < closes) and audience.unfinished(campaign).exists():
        return None
    running = campaign.status == CampaignStatus.RUNNING
    return ending.over(policies.policy(campaign), _counts(campaign), now, running=running, day_closes=closes)


def _counts(campaign: Campaign) -> Counts:
    """Whether there is any of each; how many does not matter here, and a list may be long."""
    people = CampaignContact.objects.filter(campaign=campaign)
    calls = Call.objects.filter(workspace=campaign.workspace_id, campaign=campaign, concluded_at__isnull=True)
    return Counts(
        waiting=int(people.filter(status__in=[ContactStatus.PENDING, ContactStatus.RETRY]).exists()),
        dialing=int(people.filter(status=ContactStatus.DIALING).exists()),
        called=int(people.filter(status=ContactStatus.CALLED).exists()),
        live=int(calls.exists()),
        callbacks=int(callbacks.pending(campaign.pk)),
        loading=int(uploads.is_loading(campaign)),
    )


def day_closes(campaign: Campaign, run: CampaignRun) -> datetime | None:
    """When the run's single day closes for the last of its people; None while no launch has fixed the day. A day that
    has no hours left, because window or schedule were changed since its first launch, closed with that launch."""
    if run.only_day is None:
        return None
    policy = policies.policy(campaign)
    keys = CampaignHours.objects.filter(campaign=campaign).select_related("hours_key")
    closings = [window.closes(policy, policies.hours(key.hours_key), run.only_day) for key in keys]
    return max((closing for closing in closings if closing), default=run.first_launch_at or run.started_at)


def _pilot_over(campaign: Campaign, run: CampaignRun) -> bool:
    if campaign.pilot_size is None or campaign.run != 1 or run.pilot_lifted_at is not None:
        return False
    open_calls = Call.objects.filter(workspace=campaign.workspace_id, campaign=campaign, concluded_at__isnull=True)
    return ending.pilot_done(campaign.pilot_size, launched_in_run(campaign), open_calls.count())


def _too_many_errors(campaign: Campaign, run: CampaignRun, now: datetime) -> bool:
    if campaign.max_error_rate is None:
        return False
    calls = Call.objects.filter(campaign=campaign, run=campaign.run, direction=Direction.OUTBOUND)
    ended = calls.filter(ended_at__gte=run.resumed_at or run.started_at).exclude(outcome=Outcome.CANCELLED)
    outcomes = list(ended.order_by("-ended_at", "-id").values_list("outcome", flat=True)[: ending.ERROR_SAMPLE])
    rate = ending.error_rate(outcomes[::-1])
    if rate is None or rate <= campaign.max_error_rate:
        return False
    reason = (
        f"{rate:.0f} % of the last {ending.ERROR_SAMPLE} calls failed; {campaign.max_error_rate} % are allowed. "
        "Look at the carrier, then resume."
    )
    return lifecycle.pause_by_system(campaign.pk, "error_rate", reason, now)
