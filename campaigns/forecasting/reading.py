"""A campaign's rows as a scenario: settings, pool, carriers, people as they stand, and who shares its carriers."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models.functions import Coalesce

from accounts import phone
from campaigns import policies
from campaigns.choices import FINAL_STATUSES, CampaignStatus, Direction, Outcome
from campaigns.dialing import board, caps
from campaigns.dialing.scenario import Scenario, ScenarioCarrier, ScenarioNumber
from campaigns.dialing.scenario_campaigns import ScenarioCampaign, ScenarioPoolNumber
from campaigns.dialing.values import Board, Caps, Hours, Policy
from campaigns.forecasting.sampling import FULL, Sample
from campaigns.models import Call, Campaign, CampaignContact, CampaignRun
from campaigns.wording import many
from contacts.models import HoursKey, Upload
from telephony.models import Carrier, Number

PIECE = 2_000
HORIZON = timedelta(days=60)
COLUMNS = (
    *("id", "contact__phone_number", "hours_key", "priority", "rank", "status", "reason", "next_attempt_at"),
    *("due_at", "attempts", "attempt_number", "sequence", "voicemails", "callbacks", "run", "added_at"),
    *("contact__held_until",),
)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A call that is live, or has ended and awaits its verdict."""

    number: int
    carrier: int
    launched_at: datetime
    ended_at: datetime | None
    outcome: str
    talk_seconds: float
    verdict_at: datetime | None  # set once it has ended


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign as it stands: what `Foresight` goes on from."""

    scenario: Scenario
    policy: Policy
    people: list[tuple[Any, ...]]  # COLUMNS, and the phone number of the primary
    hours: Mapping[int, Hours]
    board: Board  # as a tick would read it now
    run: CampaignRun | None
    awaited: Mapping[int, Awaited] = field(default_factory=dict)  # campaign contact → its call under way
    launched: Mapping[str, list[datetime]] = field(default_factory=dict)  # phone number → launches of the last week
    total: int = 0  # people of the whole list that are not final
    staged: int = 0
    sample: Sample = FULL
    shared: tuple[str, ...] = ()  # sentences on who else calls on its carriers


def read(campaign: Campaign, now: datetime, *, most: int) -> Standing:
    """Read the rows; of more than `most` people every k-th, with all rates scaled alike. Raises InvalidWindow."""
    policy = policies.policy(campaign)
    total, staged = _open(campaign).count(), _staged(campaign)
    sample = Sample.of(total + staged[0], most, policy)
    state, carriers, numbers = _board(campaign, policy, now)
    shares = _rivals(campaign, policy, [each.pk for each in carriers])
    scenario = Scenario(
        start=now,
        until=now + HORIZON,
        timezone=campaign.workspace.timezone,
        carriers=tuple(_carrier(each, sample, 1 + shares[each.pk]) for each in carriers),
        numbers=tuple(_number(number) for number in numbers),
        campaigns=(_campaign(campaign, sample.policy(policy), state),),
        caps=Caps(campaign.workspace.calls_per_day, campaign.workspace.calls_per_week),
        balance=sample.money(campaign.workspace.balance),
    )
    people = list(_people(campaign, policy, sample, staged, total, now))
    return Standing(
        scenario=scenario,
        policy=scenario.campaigns[0].policy,
        people=people,
        hours=_hours(campaign, staged),
        board=state,
        run=campaign.runs.filter(run=campaign.run).select_related("campaign").first(),
        awaited=_awaited(campaign),
        launched=_launched(campaign, scenario.caps, people, now),
        total=total,
        staged=staged[0],
        sample=sample,
        shared=tuple(
            f"{c.name} is shared with {many(shares[c.pk], 'other running campaign')}" for c in carriers if shares[c.pk]
        ),
    )


def _carrier(carrier: Carrier, sample: Sample, campaigns: int) -> ScenarioCarrier:
    """A carrier that so many campaigns share evenly."""
    return ScenarioCarrier(
        str(carrier.pk),
        sample.cps(Decimal(carrier.max_cps) / campaigns),
        sample.whole(carrier.max_channels // campaigns),
        carrier.enabled and carrier.disabled_at is None,
        carrier.cost_per_minute,
    )


# ── the board ──


def _board(campaign: Campaign, policy: Policy, now: datetime) -> tuple[Board, list[Any], list[Number]]:
    read = board.alone(campaign, policy, now)
    numbers = list(
        Number.objects.filter(pools__campaign=campaign).order_by("pools__position", "id").select_related("carrier")
    )
    carriers = list({number.carrier_id: number.carrier for number in numbers}.values())
    return read, carriers, numbers


def _number(number: Number) -> ScenarioNumber:
    outbound = number.direction != "inbound"
    return ScenarioNumber(
        str(number.pk), number.phone_number, str(number.carrier_id), outbound, number.spam_score, number.country
    )


def _campaign(campaign: Campaign, policy: Policy, read: Board) -> ScenarioCampaign:
    state = read.campaigns[campaign.pk]
    return ScenarioCampaign(
        ref=str(campaign.pk),
        policy=replace(policy, campaign=str(campaign.pk)),
        numbers=tuple(ScenarioPoolNumber(str(each.number), each.weight, each.active) for each in state.pool),
    )


def _rivals(campaign: Campaign, policy: Policy, carriers: list[int]) -> Mapping[int, int]:
    """On each carrier: other campaigns that run, have people waiting, and go first or take turns with this one."""
    found: dict[int, int] = defaultdict(int)
    others = Campaign.objects.filter(
        workspace=campaign.workspace_id,
        status=CampaignStatus.RUNNING,
        priority__lte=policy.priority,
        pool__number__carrier__in=carriers,
        audience__next_attempt_at__isnull=False,
    ).exclude(pk=campaign.pk)
    for _, carrier in others.order_by().values_list("pk", "pool__number__carrier").distinct():
        if carrier in carriers:
            found[carrier] += 1
    return found


def _awaited(campaign: Campaign) -> dict[int, Awaited]:
    """Of each person the latest call that is not settled yet."""
    calls = Call.objects.filter(
        workspace=campaign.workspace_id, campaign=campaign, concluded_at__isnull=True, campaign_contact__isnull=False
    ).order_by("launched_at")
    return {
        person: Awaited(number, carrier, launched, ended, outcome, talk, analyse or conclude)
        for person, number, carrier, launched, ended, outcome, talk, analyse, conclude in calls.values_list(
            *("campaign_contact", "number", "carrier", "launched_at", "ended_at", "outcome", "talk_seconds"),
            *("analyse_at", "conclude_by"),
        )
    }


# ── people ──


def _open(campaign: Campaign) -> Any:
    return CampaignContact.objects.filter(campaign=campaign).exclude(status__in=FINAL_STATUSES)


def _staged(campaign: Campaign) -> tuple[int, str]:
    """Rows of files that Start will turn into contacts, and the country of those that name none."""
    if campaign.has_run:
        return 0, ""
    uploads = list(
        Upload.objects.filter(campaign_upload__campaign=campaign, status="staged").only("valid_rows", "default_country")
    )
    return sum(each.valid_rows for each in uploads), uploads[0].default_country if uploads else ""


def _people(
    campaign: Campaign, policy: Policy, sample: Sample, staged: tuple[int, str], total: int, now: datetime
) -> Iterator[tuple[Any, ...]]:
    """Every k-th of the list in its order, then of the staged rows; where secondaries are used every k-th family."""
    if policy.after_primary:
        yield from _families(campaign, sample)
    else:
        for place, row in enumerate(_open(campaign).order_by("id").values_list(*COLUMNS).iterator(PIECE)):
            if place % sample.step == 0:
                yield (*row, "")
    for place in range(0, staged[0], sample.step):
        nobody = (f"staged {place}", 0, 1, 2, "pending", "", now, None, 0, 0, 0, 0, 0, 0, now, None, "")
        yield (-1 - place, *nobody)


def _families(campaign: Campaign, sample: Sample) -> Iterator[tuple[Any, ...]]:
    """Whole families, also those of them who are final: what became of the primary says who is next."""
    rows = CampaignContact.objects.filter(campaign=campaign).annotate(head=Coalesce("contact__primary", "contact"))
    places: dict[int, int] = {}
    found = rows.order_by("id").values_list(*COLUMNS, "contact__primary__phone_number", "head")
    for *row, primary, head in found.iterator(PIECE):
        if places.setdefault(head, len(places)) % sample.step == 0:
            yield (*row, primary or "")


def _hours(campaign: Campaign, staged: tuple[int, str]) -> Mapping[int, Hours]:
    keys = HoursKey.objects.filter(pk__in=campaign.hours.values("hours_key"))
    hours = {key.pk: policies.hours(key) for key in keys}
    return {**hours, 0: Hours(staged[1], "", phone.zones_of(staged[1]) if staged[1] else ())}


def _launched(campaign: Campaign, limits: Caps, people: list[tuple[Any, ...]], now: datetime) -> dict[str, Any]:
    found: dict[str, list[datetime]] = defaultdict(list)
    if limits == Caps():
        return found
    wanted = {row[1] for row in people}
    calls = Call.objects.filter(
        workspace=campaign.workspace_id, launched_at__gt=now - caps.WEEK, direction=Direction.OUTBOUND
    ).exclude(outcome=Outcome.CANCELLED)
    for number, at in calls.order_by("launched_at").values_list("phone_number", "launched_at").iterator(PIECE):
        if number in wanted:
            found[number].append(at)
    return found
