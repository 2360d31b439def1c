"""What readiness looks at, read once."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef

from campaigns import budget, policies, replacing
from campaigns.choices import PoolStatus, TriggerMode
from campaigns.dialing import window as windows
from campaigns.dialing.values import Hours, Policy
from campaigns.models import Campaign, CampaignHours, PoolNumber
from campaigns.queries.acts import Additions, additions
from campaigns.queries.counts import status_counts
from contacts.models import Upload, UploadStatus
from telephony.models import Carrier, NumberDay, NumberDirection
from telephony.queries import today

# An upload also carries its preview and the lines of its duplicates, which may be long.
UPLOAD_FIELDS = [f"upload__{name}" for name in ("status", "valid_rows", "file_name", "problem", "rows_done")]


@dataclass(frozen=True, slots=True)
class Facts:
    campaign: Campaign
    now: datetime
    pool: list[PoolNumber]
    contacts: int  # campaign contacts that exist
    staged: int  # valid rows of files that were not turned into contacts yet
    replaces: bool  # the staged file is about to take the place of the contacts that exist
    in_motion: str  # why the list is not what it will be in a moment
    additions: Additions
    uploads: list[Upload]
    places: list[Hours]  # where somebody waits; only where their own place decides
    never: dict[Hours, int]  # of these, where nobody is ever called → how many wait there
    policy: Policy | None  # None: the window is invalid
    window_problem: str
    calls_today: dict[int, int] = field(default_factory=dict)  # number → its calls in all campaigns, where it had any
    budget_left: Decimal | None = None  # only of a campaign that has run and has a budget

    @property
    def usable(self) -> list[PoolNumber]:
        return [entry for entry in self.pool if not unusable(entry, self.campaign)]

    @property
    def carriers(self) -> list[Carrier]:
        return list({entry.number.carrier_id: entry.number.carrier for entry in self.usable}.values())

    @property
    def people(self) -> int:
        """How many will be in the list once staged files are loaded."""
        return self.staged + (0 if self.replaces else self.contacts)

    @property
    def start(self) -> datetime:
        """When dialing may begin: now, or the start time that lies ahead."""
        return _start(self.campaign, self.now)


def gather(campaign: Campaign, now: datetime) -> Facts:
    problem, policy = "", None
    try:
        policy = policies.policy(campaign)
    except windows.InvalidWindow as error:
        problem = str(error)
    links = list(campaign.uploads.select_related("upload").only("campaign", "replaces", "aside_at", *UPLOAD_FIELDS))
    waiting = [link for link in links if link.upload.status == UploadStatus.STAGED]
    pool = list(campaign.pool.select_related("number__carrier"))
    places = _places(campaign) if policy and policy.by_person else {}
    return Facts(
        campaign=campaign,
        now=now,
        pool=pool,
        calls_today=_calls_today(campaign, pool, now),
        contacts=status_counts(campaign).total,
        staged=sum(link.upload.valid_rows for link in waiting),
        replaces=any(link.replaces and link.aside_at is None for link in waiting),
        in_motion=replacing.in_motion(campaign, links),
        additions=additions(campaign),
        uploads=[link.upload for link in links],
        places=[*places],
        never=_never(campaign, policy, places, _start(campaign, now)) if policy else {},
        policy=policy,
        window_problem=problem,
        budget_left=budget.left([campaign]).get(campaign.pk) if campaign.has_run else None,
    )


def _calls_today(campaign: Campaign, pool: list[PoolNumber], now: datetime) -> dict[int, int]:
    days = NumberDay.objects.filter(number__in=[entry.number_id for entry in pool])
    return dict(days.filter(day=today(campaign.workspace, now)).values_list("number_id", "calls"))


def _start(campaign: Campaign, now: datetime) -> datetime:
    at = campaign.starts_at if campaign.trigger_mode == TriggerMode.SCHEDULED else None
    return max(at, now) if at else now


def _places(campaign: Campaign) -> dict[Hours, int]:
    """Hours → their key, where somebody waits: one step of an index each, however long the list is."""
    waits = campaign.audience.filter(hours_key=OuterRef("hours_key"), next_attempt_at__isnull=False)
    keys = CampaignHours.objects.filter(Exists(waits), campaign=campaign).order_by("hours_key")
    rows = keys.values_list("hours_key", "hours_key__country", "hours_key__region", "hours_key__zones")
    return {Hours(country, region, tuple(zones.split())): key for key, country, region, zones in rows}


def _never(campaign: Campaign, policy: Policy, places: dict[Hours, int], start: datetime) -> dict[Hours, int]:
    """People are counted only where something is said of them: few, as a rule."""
    closed = {key: hours for hours, key in places.items() if windows.next_opening(policy, hours, start) is None}
    if not closed:
        return {}
    waiting = campaign.audience.filter(hours_key__in=[*closed], next_attempt_at__isnull=False).order_by()
    return {closed[key]: people for key, people in waiting.values_list("hours_key").annotate(Count("id"))}


def unusable(entry: PoolNumber, campaign: Campaign) -> str:
    """Why a number of the pool cannot be dialed from whatever the time; "" where it can."""
    if entry.number.direction == NumberDirection.INBOUND:
        return "inbound only"
    if entry.status == PoolStatus.DISABLED:
        return "disabled"
    if entry.number.spam_score >= campaign.spam_threshold:
        return "excluded by its spam score"
    carrier = entry.number.carrier
    return "" if carrier.enabled and carrier.disabled_at is None else "with a carrier that is switched off"
