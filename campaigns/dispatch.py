"""Why is it not dialing? The reasons that dealing itself returns, in order of weight, each with its figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.conf import settings
from django.db.models import Min

from campaigns import lease, policies
from campaigns.choices import OPEN_STATUSES, WAITING_STATUSES, CampaignStatus
from campaigns.dialing import board, pacing, queue, window
from campaigns.dialing.board import Read
from campaigns.dialing.values import Hours, Id, Person, Policy, Wait
from campaigns.models import Campaign, CampaignContact, CampaignHours, CampaignRun
from campaigns.wording import listed
from telephony.models import Carrier
from telephony.queries import next_day

PROBE = 50  # people read of a queue: enough to meet what binds
# The order in which reasons are told (spec, "Why is it not dialing?").
WEIGHT = (
    "not_running", "start_time_ahead", "clock_set_back", "window_closed", "safe_hours", pacing.NO_DUE_CONTACT,
    pacing.SLOTS, pacing.PILOT, pacing.INTERVAL, pacing.CARRIER_CPS, pacing.CARRIER_CHANNELS, pacing.CARRIER_REST,
    pacing.NUMBERS, pacing.BUDGET, pacing.BALANCE, "provider_failing", "scheduler_not_alive",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    sentence: str
    figures: Mapping[str, object] = field(default_factory=dict)
    until: datetime | None = None


def why(campaign: Campaign, now: datetime) -> list[Reason]:
    """What keeps this campaign from launching a call now, most weighty first; empty: it dials. Changes nothing."""
    if campaign.status != CampaignStatus.RUNNING:
        return [not_running(campaign)]
    reasons = [*_clock(campaign), *_hours_if_readable(campaign, now), *_carriers(campaign, now), *_scheduler(now)]
    if not any(reason.code in ("window_closed", "safe_hours") for reason in reasons):
        wait = held_by(campaign, now)
        reasons += [sentence(campaign, wait, now)] if wait and wait.reason != pacing.MORE else []
    return sorted(reasons, key=lambda reason: WEIGHT.index(reason.code))


def not_running(campaign: Campaign) -> Reason:
    """What a campaign that does not run says of itself."""
    if campaign.status == CampaignStatus.SCHEDULED:
        return Reason("start_time_ahead", "The start time lies ahead.", {}, campaign.starts_at)
    reason = f" {campaign.status_reason}" if campaign.status_reason else ""
    return Reason("not_running", f"The campaign is {campaign.get_status_display().lower()}.{reason}")


def _clock(campaign: Campaign) -> Iterator[Reason]:
    """Dialing goes by a time that never goes back. While the clock is behind it, nothing moves."""
    until = lease.stands_until(campaign.workspace_id)
    if until is None:
        return
    behind = round((until - lease.clock()).total_seconds())
    text = f"The clock was set back. Nobody is called until it shows {until:%H:%M:%S} UTC again."
    yield Reason("clock_set_back", text, {"seconds_behind": behind}, until)


# ── hours ──


def _hours_if_readable(campaign: Campaign, now: datetime) -> list[Reason]:
    try:
        return list(_hours(campaign, now))
    except window.InvalidWindow as problem:
        return [bad_window(problem)]


def bad_window(problem: window.InvalidWindow) -> Reason:
    """A window that cannot be read is never open."""
    return Reason("window_closed", f"The call window cannot be used. {problem} Pause the campaign, then mend it.")


def _hours(campaign: Campaign, now: datetime) -> Iterator[Reason]:
    """Nobody of the list may be called at this hour: by the campaign's window, or by safe hours inside it."""
    policy = policies.policy(campaign)
    day = CampaignRun.objects.get(campaign=campaign, run=campaign.run).only_day
    keys = _keys(campaign, policy)
    if not keys or any(window.is_open(policy, hours, now, day) for hours in keys):
        return
    opens = _next_opening(policy, keys, now, day)
    plain = replace(policy, safe=None)
    kept_back = [hours for hours in keys if window.is_open(plain, hours, now, day)]
    if kept_back:
        yield _safe_hours(kept_back, opens)
    else:
        yield _window_closed(campaign, policy, opens, over=opens is None and day is not None)


def _next_opening(policy: Policy, keys: Sequence[Hours], after: datetime, day: date | None) -> datetime | None:
    openings = [window.next_opening(policy, hours, after, day=day) for hours in keys]
    return min((opening for opening in openings if opening), default=None)


def _keys(campaign: Campaign, policy: Policy) -> Sequence[Hours]:
    if not policy.by_person:
        return [Hours()]
    rows = CampaignHours.objects.filter(campaign=campaign).select_related("hours_key")
    return [policies.hours(row.hours_key) for row in rows]


def _safe_hours(kept_back: Sequence[Hours], opens: datetime | None) -> Reason:
    places = sorted({f"{hours.country} {hours.region}".strip() or "unknown" for hours in kept_back})
    named = ", ".join(places[:5]) + (" …" if len(places) > 5 else "")
    text = f"The window is open, but these places are outside their safe hours: {named}."
    return Reason("safe_hours", text, {"places": places}, opens)


def _window_closed(campaign: Campaign, policy: Policy, opens: datetime | None, *, over: bool) -> Reason:
    figures = {"zone": policy.window.timezone, "schedule": campaign.schedule.name if campaign.schedule else None}
    if campaign.schedule is None:
        figures["window"] = f"{campaign.window_start}–{campaign.window_end}"
    if over:
        return Reason("window_closed", "The window of this single day is over.", figures)
    whose = "everybody's own time" if policy.contact_local else policy.window.timezone
    return Reason("window_closed", f"The call window is closed in {whose}.", figures, opens)


# ── dealing ──


def held_by(campaign: Campaign, now: datetime) -> Wait | None:
    """What dealing says of a running campaign: as a tick would, with the others that share its carriers, without
    writing. None when a call would be launched."""
    read = board.read(campaign.workspace, now, lock=False)
    if campaign.pk not in read.board.campaigns:
        return None
    queues = {pk: _due(read, pk, now) for pk in _rivals(read, campaign.pk)}
    launches, waits = pacing.deal(read.board, queues, now)
    return waits.get(campaign.pk) if not any(launch.campaign == campaign.pk for launch in launches) else None


def _rivals(read: Read, campaign_id: Id) -> list[int]:
    """The campaigns that use a carrier of this one, itself included."""
    used = {
        pk: {read.board.numbers[entry.number].carrier for entry in state.pool}
        for pk, state in read.board.campaigns.items()
    }
    return [pk for pk, carriers in used.items() if pk == campaign_id or carriers & used[campaign_id]]


def _due(read: Read, campaign_id: int, now: datetime) -> list[Person]:
    state, hours = read.board.campaigns[campaign_id], queue.keys_of(campaign_id)
    people = queue.due(campaign_id, queue.open_keys(state, hours, now), hours, now, PROBE)
    return [due.person for due in people]


def sentence(campaign: Campaign, wait: Wait, now: datetime) -> Reason:
    """A wait of dealing in words."""
    if wait.reason == pacing.NO_DUE_CONTACT:
        return _nobody_due(campaign, wait, now)
    if wait.reason == pacing.NUMBERS:
        return _numbers(campaign, wait, now)
    figures = dict(wait.figures)
    text = _TEXTS[wait.reason].format(**{"live": 0, "limit": 0, "seconds": 0, **figures})
    other = figures.pop("campaign", None)
    if other is not None:
        first = Campaign.objects.filter(pk=str(other)).values_list("name", flat=True).first()
        figures["campaign"] = {"id": other, "name": first}
        text += f" “{first}” has the better right to it."
    return Reason(wait.reason, text, figures, wait.until)


_TEXTS = {
    pacing.SLOTS: "All {limit} slots of the campaign are in use.",
    pacing.INTERVAL: "The call interval is {seconds} seconds.",
    pacing.PILOT: "The pilot has launched all its calls; their verdicts are awaited.",
    pacing.CARRIER_CPS: "The carrier's calls per second are used up for this moment.",
    pacing.CARRIER_CHANNELS: "All channels of the carrier are in use.",
    pacing.CARRIER_REST: "The carrier rests after it refused requests.",
    pacing.BUDGET: "One more call could exceed the budget cap.",
    pacing.BALANCE: "The workspace's balance is used up. Raise it to go on.",
}


def _numbers(campaign: Campaign, wait: Wait, now: datetime) -> Reason:
    words = {"capped": "at the daily cap", "excluded": "excluded by spam score", "disabled": "disabled"}
    counts = [f"{wait.figures[word]} {text}" for word, text in words.items() if wait.figures.get(word)]
    told = f"No number of the pool ({wait.figures.get('numbers', 0)}) can be used: {listed(counts) or 'none is fit'}."
    if not wait.figures.get("capped"):
        enable = "Enable one of them, or" if wait.figures.get("disabled") else "To go on,"
        return Reason(wait.reason, f"{told} {enable} pause the campaign and add numbers.", wait.figures)
    opens = _opens(campaign, next_day(campaign.workspace, now))
    free = f"A number may call again from midnight in {campaign.workspace.timezone}"
    free += "." if opens else ", but this single day is over by then."
    todo = "To go on today, pause the campaign, then raise the cap or add numbers."
    return Reason(wait.reason, f"{told} {free} {todo}", wait.figures, opens)


def _opens(campaign: Campaign, after: datetime) -> datetime | None:
    """When somebody of the list may be called at `after` or later, as far as hours decide."""
    policy = policies.policy(campaign)
    day = CampaignRun.objects.get(campaign=campaign, run=campaign.run).only_day
    return _next_opening(policy, _keys(campaign, policy), after, day)


def _nobody_due(campaign: Campaign, wait: Wait, now: datetime) -> Reason:
    people = CampaignContact.objects.filter(campaign=campaign)
    due = people.filter(next_attempt_at__isnull=False).aggregate(at=Min("next_attempt_at"))["at"]
    barred = people.filter(look_at__isnull=False)
    if due is not None and due <= now:
        text = "Those who are due are in a call, or not to be called at this hour where they live."
        return Reason(wait.reason, text, {}, wait.until)
    figures = {"held_or_capped": barred.count()}
    ends = barred.aggregate(at=Min("look_at"))["at"]
    until = min((at for at in (due, ends) if at), default=None)
    if until is not None:
        return Reason(wait.reason, "Nobody is due right now.", figures, until)
    if people.filter(status__in=set(OPEN_STATUSES) - set(WAITING_STATUSES)).exists():
        return Reason(wait.reason, "Nobody is due: the last calls are under way.", figures)
    return Reason(wait.reason, "Nobody is left to call.", figures)


# ── carriers and dialers ──


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
    text = f"None of the {settings.DIAL_SLOTS} dialers is alive. {heard}"
    yield Reason("scheduler_not_alive", text, {"last_heartbeat": last.isoformat() if last else None})
