"""The only writer of a campaign's status. Every move goes through the table in `transitions`, as a conditional UPDATE
with a row that says who, from, to and why, in one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import audit
from accounts.models import User
from campaigns import audience, callbacks, readiness, transitions, uploads
from campaigns.choices import CampaignStatus, TriggerMode
from campaigns.dialing.record import withdraw
from campaigns.dialing.rows import locked
from campaigns.models import Call, Campaign, CampaignRun, CampaignTransition, PoolNumber
from campaigns.transitions import Action


class Refused(Exception):
    """The action is not allowed now. `sentence` says why; `blockers` are the readiness sentences behind it."""

    def __init__(self, sentence: str, blockers: list[str] | None = None):
        super().__init__(sentence)
        self.sentence = sentence
        self.blockers = blockers or []


@dataclass(frozen=True, slots=True)
class Actor:
    """Who moves a campaign: a person, a program's token by name, or Outdial itself."""

    user: User | None = None
    name: str = ""

    @property
    def shown(self) -> str:
        return self.name or (str(self.user) if self.user else audit.SYSTEM)


def act(
    campaign: Campaign,
    action: str,
    *,
    actor: User | None,
    actor_name: str = "",
    reason: str = "",
    now: datetime | None = None,
    pilot: int | None = None,
) -> Campaign:
    """Start, pause, resume, stop, cancel, restart, archive, unarchive or delete. Commits; returns the campaign as it is
    then. Raises Refused. `pilot` (with start): at most so many calls, then pause for review."""
    now = now or timezone.now()
    with transaction.atomic():
        rows = Campaign.objects.select_related("agent", "workspace")
        row = rows.select_for_update(of=("self",), no_key=True).get(pk=campaign.pk)
        has_calls = row.calls.exists()
        sentence = transitions.refusal(action, row.status, archived=row.archived_at is not None, has_calls=has_calls)
        if sentence:
            raise Refused(sentence)
        if pilot is not None:
            Campaign.objects.filter(pk=row.pk).update(pilot_size=pilot)
            row.pilot_size = pilot
        _ACTS[Action(action)](row, Actor(actor, actor_name), reason, now)
    return row


def _start(campaign: Campaign, actor: Actor, reason: str, now: datetime) -> None:
    _ready(campaign, "started", now)
    uploads.load_staged(campaign, now)  # first: a file that replaces the list may only do so in a draft
    campaign.run = 1
    campaign.set_up_at = campaign.set_up_at or now
    Campaign.objects.filter(pk=campaign.pk).update(run=1, set_up_at=campaign.set_up_at)
    CampaignRun.objects.create(campaign=campaign, run=1, started_at=now)
    _move(campaign, transitions.target(Action.START, ahead=_ahead(campaign, now)), Action.START, actor, reason, now)
    audience.families.line_up(campaign, now)


def _pause(campaign: Campaign, actor: Actor, reason: str, now: datetime) -> None:
    _move(campaign, CampaignStatus.PAUSED, Action.PAUSE, actor, reason or f"Paused by {actor.shown}.", now)
    _withdraw_queued(campaign, now)


def _resume(campaign: Campaign, actor: Actor, reason: str, now: datetime) -> None:
    _ready(campaign, "resumed", now)
    uploads.load_staged(campaign, now)
    ran_before = campaign.transitions.filter(to_status=CampaignStatus.RUNNING).exists()
    _move(campaign, transitions.target(Action.RESUME, ahead=_ahead(campaign, now)), Action.RESUME, actor, reason, now)
    runs = CampaignRun.objects.filter(campaign=campaign, run=campaign.run)
    runs.update(resumed_at=now)
    if ran_before:
        runs.filter(pilot_lifted_at__isnull=True).update(pilot_lifted_at=now)
    audience.fail_exhausted(campaign, now)
    audience.families.line_up(campaign, now)


def _stop(campaign: Campaign, actor: Actor, reason: str, now: datetime) -> None:
    _end(campaign, CampaignStatus.COMPLETED, Action.STOP, actor, reason or f"Stopped by {actor.shown}.", now)


def _cancel(campaign: Campaign, actor: Actor, reason: str, now: datetime) -> None:
    _end(campaign, CampaignStatus.CANCELLED, Action.CANCEL, actor, reason or f"Cancelled by {actor.shown}.", now)


def _restart(campaign: Campaign, actor: Actor, reason: str, now: datetime) -> None:
    """A new run, for review before Resume dials. Refused while a call is live or nobody is left to call. It stands in
    place of verdicts that are still awaited."""
    if Call.objects.filter(campaign=campaign, concluded_at__isnull=True, ended_at__isnull=True).exists():
        raise Refused("A call of this campaign is still live. Restart when it has ended.")
    run = campaign.run + 1
    if not audience.restart(campaign, run, now) and not campaign.always_on:
        raise Refused("Nobody is left to call: every contact is completed or excluded. Clone the campaign instead.")
    campaign.run = run
    Campaign.objects.filter(pk=campaign.pk).update(run=run)
    CampaignRun.objects.create(campaign=campaign, run=run, started_at=now)
    PoolNumber.objects.filter(campaign=campaign).update(calls_in_run=0)
    callbacks.cancel_all(campaign.pk, now)
    _move(campaign, CampaignStatus.PAUSED, Action.RESTART, actor, reason or "Restarted: review, then resume.", now)
    audience.families.line_up(campaign, now)


def _archive(campaign: Campaign, actor: Actor, reason: str, now: datetime) -> None:
    campaign.archived_at = now
    Campaign.objects.filter(pk=campaign.pk).update(archived_at=now)
    _audit(campaign, Action.ARCHIVE, actor, reason, now)


def _unarchive(campaign: Campaign, actor: Actor, reason: str, now: datetime) -> None:
    others = Campaign.objects.filter(workspace=campaign.workspace_id, name=campaign.name, archived_at__isnull=True)
    if others.exists():
        raise Refused(f"Another campaign is called “{campaign.name}” now. Rename that one, then restore this one.")
    campaign.archived_at = None
    Campaign.objects.filter(pk=campaign.pk).update(archived_at=None)
    _audit(campaign, Action.UNARCHIVE, actor, reason, now)


def _delete(campaign: Campaign, actor: Actor, reason: str, now: datetime) -> None:
    _audit(campaign, Action.DELETE, actor, reason, now)
    campaign.delete()


_ACTS: dict[Action, Callable[[Campaign, Actor, str, datetime], None]] = {
    Action.START: _start,
    Action.PAUSE: _pause,
    Action.RESUME: _resume,
    Action.STOP: _stop,
    Action.CANCEL: _cancel,
    Action.RESTART: _restart,
    Action.ARCHIVE: _archive,
    Action.UNARCHIVE: _unarchive,
    Action.DELETE: _delete,
}


# ── by the system ────────────────────────────────────────────────────────────────────────────────────────────────────


def begin(campaign_id: int, now: datetime) -> bool:
    """A scheduled campaign's start time has come: it runs, or is paused with the blocker that came up meanwhile."""
    with transaction.atomic():
        campaign = _in(campaign_id, CampaignStatus.SCHEDULED)
        if campaign is None or (campaign.starts_at is not None and campaign.starts_at > now):
            return False
        blockers = readiness.blockers(readiness.check(campaign, now))
        if blockers:
            _move(campaign, CampaignStatus.PAUSED, "begin", Actor(), blockers[0], now)
        else:
            _move(campaign, CampaignStatus.RUNNING, "begin", Actor(), "", now)
            audience.families.line_up(campaign, now)
    return True


def pause_by_system(campaign_id: int, code: str, reason: str, now: datetime) -> bool:
    """Pause a running campaign: its pilot is over, too many errors, dialing failed. `code` is kept as the action."""
    with transaction.atomic():
        campaign = _in(campaign_id, CampaignStatus.RUNNING)
        if campaign is None:
            return False
        _move(campaign, CampaignStatus.PAUSED, code, Actor(), reason, now)
        _withdraw_queued(campaign, now)
    return True


ENDINGS = {
    "all_final": "All contacts are final.",
    "single_day_over": "The window of its single day is over.",
}


def complete(campaign_id: int, decide: Callable[[Campaign], str | None], now: datetime) -> bool:
    """The end of a running or paused campaign, by the one of ENDINGS that `decide` says once the campaign is locked:
    what made it look over may have changed until then."""
    with transaction.atomic():
        campaign = _in(campaign_id, CampaignStatus.RUNNING, CampaignStatus.PAUSED)
        code = decide(campaign) if campaign else None
        if campaign is None or code is None:
            return False
        _end(campaign, CampaignStatus.COMPLETED, code, Actor(), ENDINGS[code], now)
        if code == "single_day_over":
            audience.rest(campaign)
    return True


def fail(campaign_id: int, reason: str, now: datetime) -> bool:
    """The system gives up on a running campaign."""
    with transaction.atomic():
        campaign = _in(campaign_id, CampaignStatus.RUNNING)
        if campaign is None:
            return False
        _end(campaign, CampaignStatus.FAILED, "fail", Actor(), reason, now)
    return True


# ── the moves themselves ─────────────────────────────────────────────────────────────────────────────────────────────


def _in(campaign_id: int, *statuses: CampaignStatus) -> Campaign | None:
    rows = Campaign.objects.select_related("agent", "workspace").filter(pk=campaign_id, status__in=statuses)
    return rows.select_for_update(of=("self",), no_key=True).first()


def _move(campaign: Campaign, to: CampaignStatus | None, action: str, actor: Actor, reason: str, now: datetime) -> None:
    assert to is not None
    came_from = campaign.status
    fields: dict[str, Any] = {"status": to, "status_at": now, "status_reason": reason[:300]}
    moved = Campaign.objects.filter(pk=campaign.pk, status=came_from).update(**fields)
    assert moved == 1, "the row is locked"
    for name, value in fields.items():
        setattr(campaign, name, value)
    CampaignTransition.objects.create(
        campaign=campaign,
        at=now,
        actor=actor.user,
        actor_name=actor.shown,
        action=action,
        from_status=came_from,
        to_status=to,
        reason=reason[:300],
    )


def _end(campaign: Campaign, to: CampaignStatus, action: str, actor: Actor, reason: str, now: datetime) -> None:
    _move(campaign, to, action, actor, reason, now)
    CampaignRun.objects.filter(campaign=campaign, run=campaign.run).update(ended_at=now, reason=reason[:300])
    callbacks.cancel_all(campaign.pk, now)
    _withdraw_queued(campaign, now)


def _withdraw_queued(campaign: Campaign, now: datetime) -> None:
    """Take back queued calls that no carrier was told of. The mark is set under a lock of the campaign that we hold."""
    queued = Call.objects.filter(
        campaign=campaign, concluded_at__isnull=True, ended_at__isnull=True, sent_at__isnull=True
    )
    withdraw(locked(queued), now, "not_sent")


def _ready(campaign: Campaign, done: str, now: datetime) -> None:
    blockers = readiness.blockers(readiness.check(campaign, now))
    if blockers:
        raise Refused(f"This campaign cannot be {done} yet: {blockers[0]}", blockers)


def _ahead(campaign: Campaign, now: datetime) -> bool:
    """Whether the start time lies ahead; a restarted campaign has had it."""
    return (
        campaign.run <= 1
        and campaign.trigger_mode == TriggerMode.SCHEDULED
        and campaign.starts_at is not None
        and campaign.starts_at > now
    )


def _audit(campaign: Model, action: str, actor: Actor, reason: str, now: datetime) -> None:
    assert isinstance(campaign, Campaign)
    audit.record(
        campaign.workspace_id,
        f"campaign.{action}",
        campaign,
        actor=actor.user,
        actor_name=actor.shown,
        detail={"reason": reason} if reason else None,
        at=now,
    )
