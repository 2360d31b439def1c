"""Why is it not dialing? The reasons that dealing itself returns, in order of weight, each with its figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min

from campaigns import lease, policies
from campaigns.choices import CampaignStatus, ContactStatus
from campaigns.dialing import board, pacing, queue, window
from campaigns.dialing.values import Hours, Wait
from campaigns.models import Campaign, CampaignContact, CampaignHours, CampaignRun
from telephony.models import Carrier

PROBE = 50


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    sentence: str
    figures: Mapping[str, object] = field(default_factory=dict)
    until: datetime | None = None


def why(campaign: Campaign, now: datetime) -> list[Reason]:
    """What keeps this campaign from launching a call now, most weighty first; empty: it dials. Changes nothing."""
    if campaign.status != CampaignStatus.RUNNING:
        return [_not_running(campaign)]
    reasons = [*_scheduler(now), *_windows(campaign, now)]
    if any(reason.code == "window_closed" for reason in reasons):
        return reasons + list(_carriers(campaign, now))
    wait = _dealt(campaign, now)
    return (
        reasons
        + ([_sentence(campaign, wait, now)] if wait and wait.reason != pacing.MORE else [])
        + list(_carriers(campaign, now))
    )


def _not_running(campaign: Campaign) -> Reason:
    if campaign.status == CampaignStatus.SCHEDULED:
        return Reason("start_time_ahead", "The start time lies ahead.", {}, campaign.starts_at)
    reason = f" {campaign.status_reason}" if campaign.status_reason else ""
    return Reason("not_running", f"The campaign is {campaign.get_status_display().lower()}.{reason}")


def _windows(campaign: Campaign, now: datetime) -> Iterator[Reason]:
    policy = policies.policy(campaign)
    run = CampaignRun.objects.get(campaign=campaign, run=campaign.run)
    keys = _hours(campaign) if policy.contact_local else [Hours()]
    if any(window.is_open(policy, hours, now, run.only_day) for hours in keys):
        return
    openings = [window.next_opening(policy, hours, now, day=run.only_day) for hours in keys]
    opens = min((opening for opening in openings if opening), default=None)
    figures = {"window": f"{campaign.window_start}–{campaign.window_end}", "zone": policy.window.timezone}
    if opens is None and run.only_day is not None:
        yield Reason("window_closed", "The window of this single day is over.", figures)
    else:
        whose = "everybody's own time" if policy.contact_local else campaign.window_timezone
        yield Reason("window_closed", f"The call window is closed in {whose}.", figures, opens)


def _hours(campaign: Campaign) -> list[Hours]:
    rows = CampaignHours.objects.filter(campaign=campaign).select_related("hours_key")
    return [policies.hours(row.hours_key) for row in rows]


def _dealt(campaign: Campaign, now: datetime) -> Wait | None:
    """Deal as a tick would, without writing; None when a call would be launched."""
    read = board.read(campaign.workspace, now, lock=False)
    state = read.board.campaigns.get(campaign.pk)
    if state is None:
        return None
    hours = queue.keys_of(campaign.pk)
    people = queue.due(campaign.pk, queue.open_keys(state, hours, now), hours, now, PROBE)
    launches, waits = pacing.deal(read.board, {campaign.pk: [due.person for due in people]}, now)
    return waits.get(campaign.pk) if not any(launch.campaign == campaign.pk for launch in launches) else None


def _sentence(campaign: Campaign, wait: Wait, now: datetime) -> Reason:
    f = wait.figures
    until = wait.until
    if wait.reason == pacing.NO_DUE_CONTACT:
        until = _next_due(campaign)
        text = _nobody_due(campaign, until, now)
    elif wait.reason == pacing.SLOTS:
        text = f"All {f['limit']} slots of the campaign are in use."
    elif wait.reason == pacing.INTERVAL:
        text = f"The call interval is {f['seconds']} seconds."
    elif wait.reason == pacing.PILOT:
        text = "The pilot has launched all its calls; their verdicts are awaited."
    elif wait.reason == pacing.CARRIER_CPS:
        text = "The carrier's calls per second are used up for this moment."
    elif wait.reason == pacing.CARRIER_CHANNELS:
        text = "All channels of the carrier are in use."
    elif wait.reason == pacing.CARRIER_REST:
        text = "The carrier rests after it refused requests."
    else:
        text = _numbers(f)
    return Reason(wait.reason, text, f, until)


def _numbers(f: Mapping[str, object]) -> str:
    words = {"capped": "at the daily cap", "excluded": "excluded by spam score", "disabled": "disabled"}
    counts = [f"{f[word]} {text}" for word, text in words.items() if f.get(word)]
    return f"No number of the pool ({f.get('numbers', 0)}) can be used: {', '.join(counts) or 'none is fit'}."


def _next_due(campaign: Campaign) -> datetime | None:
    people = CampaignContact.objects.filter(campaign=campaign, next_attempt_at__isnull=False)
    return people.aggregate(at=Min("next_attempt_at"))["at"]


def _nobody_due(campaign: Campaign, due: datetime | None, now: datetime) -> str:
    people = CampaignContact.objects.filter(campaign=campaign)
    if due is None:
        open_ones = people.filter(status__in=[ContactStatus.DIALING, ContactStatus.CALLED])
        return "Nobody is due: the last calls are under way." if open_ones.exists() else "Nobody is left to call."
    if due > now:
        return "Nobody is due right now."
    return "Those who are due are in a call, or their own call window is closed."


def _carriers(campaign: Campaign, now: datetime) -> Iterator[Reason]:
    carriers = Carrier.objects.filter(numbers__pools__campaign=campaign).distinct()
    for carrier in carriers.exclude(disabled_at=None):
        yield Reason("provider_failing", f"{carrier.name} was switched off: {carrier.disabled_reason}")
    for carrier in carriers.filter(disabled_at=None, rest_until__gt=now):
        yield Reason(
            "provider_failing", f"{carrier.name} failed last with: {carrier.last_error}", {}, carrier.rest_until
        )


def _scheduler(now: datetime) -> Iterator[Reason]:
    if lease.alive("slot", now):
        return
    last = lease.last_heard("slot")
    heard = f"It was last heard of at {last:%H:%M:%S} UTC." if last else "It was never heard of."
    sentence = f"None of the {settings.DIAL_SLOTS} dialers is alive. {heard}"
    yield Reason("scheduler_not_alive", sentence, {"last_heartbeat": last.isoformat() if last else None})


def why_not(row: CampaignContact, now: datetime) -> Reason:
    """Why this person is not being called at this moment, and when they will be eligible next."""
    campaign = row.campaign
    if row.status in (ContactStatus.PENDING, ContactStatus.RETRY):
        return _why_waiting(row, campaign, now)
    if row.status == ContactStatus.DIALING:
        return Reason("dialing", "Is being called right now.")
    if row.status == ContactStatus.CALLED:
        return Reason("awaiting_verdict", "Was reached; the verdict is awaited.")
    return Reason(row.status, f"{row.get_status_display()}: {row.reason.replace('_', ' ') or 'no reason given'}.")


def _why_waiting(row: CampaignContact, campaign: Campaign, now: datetime) -> Reason:
    if campaign.status != CampaignStatus.RUNNING:
        return _not_running(campaign)
    policy, hours = policies.policy(campaign), policies.hours(row.hours_key)
    run = CampaignRun.objects.get(campaign=campaign, run=campaign.run)
    due = row.next_attempt_at
    if due is None:
        return Reason("not_due", "Has no due time.")
    opens = window.next_opening(policy, hours, max(due, now), day=run.only_day)
    if policy.contact_local and not hours.zones:
        return Reason("zone_unknown", "The time zone is not known, and the window is read in the contact's own.")
    if opens is None:
        return Reason("never_open", "The call window does not open for this person in the next 14 days.")
    if due > now:
        return Reason("retry_later", "The next attempt is not due yet.", {"due": due.isoformat()}, opens)
    if opens > now:
        return Reason("window_closed", "The call window is closed.", {}, opens)
    wait = _dealt(campaign, now)
    if wait is not None and wait.reason not in (pacing.NO_DUE_CONTACT, pacing.MORE):
        return _sentence(campaign, wait, now)
    return Reason("in_turn", "Is due; those before in the list go first.", {}, now + timedelta(seconds=1))
