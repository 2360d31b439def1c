"""The first minute: a workspace in which something is to be seen. Made once, on an empty database, by the product's own
functions; the calls of the finished campaign come from the real dialer, those of the running one are being made.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.models import User, Workspace
from analytics.demo import people
from analytics.demo.past import days_ago, live_through
from campaigns import audience, editing, lifecycle, uploads
from campaigns.choices import RECOMMENDED_RETRY_ON
from campaigns.models import Campaign
from contacts import people as contacts
from goals import goals
from telephony import credentials
from telephony.models import Agent, Carrier, Number
from telephony.numbers import set_spam_score
from telephony.simulator import options

NAME = "Demo workspace"
NUMBERS = (
    ("+12125550180", "New York", "US", 0),
    ("+13105550181", "Los Angeles", "US", 2),
    ("+13125550182", "Chicago", "US", 5),
    ("+14155550183", "San Francisco", "US", 8),
    ("+442079460184", "London", "GB", 1),
    ("+442079460185", "London, second", "GB", 0),
)
AGENTS = (
    ("Ada", "en-US", "Renews plans and takes payments."),
    ("Ben", "en-GB", "Books appointments."),
    ("Cleo", "en-US", "Asks three questions about the service."),
)
# Calls a day that the running campaign makes from one number: below the usual cap, so that every number can also be
# used by the first campaign that somebody makes.
SHARE = 50
PAST, RUNNING, DRAFT = 90, 400, 120  # people


@dataclass(frozen=True, slots=True)
class Door:
    """How to reach a carrier: its address and its secrets."""

    base_url: str
    token: str
    signing_secret: str


def simulated(port: int) -> Door:
    """The simulated carrier on this machine."""
    return Door(f"http://127.0.0.1:{port}", options.TOKEN, options.SECRET)


def make(workspace: Workspace, owner: User, door: Door, now: datetime) -> None:
    """Fill this empty workspace. Commits piece by piece; nobody may dial the workspace until it returns."""
    # Its people are the simulated carrier's: there is something to be seen at any hour, so no law of theirs is kept.
    Workspace.objects.filter(pk=workspace.pk).update(name=NAME, timezone="America/New_York", safe_hours=False)
    workspace.refresh_from_db()
    carrier = _carrier(workspace, door)
    numbers = _numbers(workspace, carrier, owner, now)
    ada, ben, cleo = _agents(workspace, numbers)
    _finished(workspace, owner, cleo, numbers, now)
    _running(workspace, owner, ben, numbers, now)
    _draft(workspace, owner, ada, numbers, now)


def _carrier(workspace: Workspace, door: Door) -> Carrier:
    return Carrier.objects.create(
        workspace=workspace,
        name="Simulated carrier",
        provider="http",
        settings={"base_url": door.base_url},
        credentials=credentials.lock({"token": door.token, "signing_secret": door.signing_secret}),
        max_cps=2,
        max_channels=20,
        cost_per_minute=Decimal("0.0140"),
    )


def _numbers(workspace: Workspace, carrier: Carrier, owner: User, now: datetime) -> list[Number]:
    made = []
    for phone_number, label, country, score in NUMBERS:
        number = Number.objects.create(
            workspace=workspace, carrier=carrier, phone_number=phone_number, label=label, country=country
        )
        set_spam_score(number, score, source="Demo", at=now, actor=owner)
        made.append(number)
    return made


def _agents(workspace: Workspace, numbers: list[Number]) -> list[Agent]:
    return [
        Agent.objects.create(
            workspace=workspace,
            name=name,
            provider="http",
            provider_agent_id=f"agent-{name.lower()}",
            language=language,
            timezone=workspace.timezone,
            callback_enabled=True,
            default_number=numbers[0],
            cost_per_minute=Decimal("0.0600"),
            notes=notes,
        )
        for name, language, notes in AGENTS
    ]


def _campaign(
    workspace: Workspace, owner: User, agent: Agent, numbers: list[Number], now: datetime, **values: object
) -> Campaign:
    base = {
        "agent": agent,
        "mode": "multi_day",
        "retry_on": [str(word) for word in RECOMMENDED_RETRY_ON],
        "callback_detection": True,
        "window_timezone": workspace.timezone,
    }
    pool = [editing.PoolEntry(number) for number in numbers]
    campaign = editing.create(workspace, {**base, **values}, pool, actor=owner, now=now)
    Campaign.objects.filter(pk=campaign.pk).update(created_at=now)
    return campaign


def _finished(workspace: Workspace, owner: User, agent: Agent, numbers: list[Number], now: datetime) -> None:
    start = days_ago(now, 6)
    campaign = _campaign(
        workspace,
        owner,
        agent,
        numbers,
        start,
        name="Customer survey",
        notes="Three questions after the first month.",
        concurrency_limit=5,
        call_interval_seconds=600,
        window_days=["mon", "tue", "wed", "thu", "fri"],
        retry_delay_minutes=240,
        completion_timeout_minutes=1,
    )
    goals.add(
        campaign,
        name="Survey answered",
        description="All three questions have an answer.",
        kind="primary",
        target=25,
        actor=owner,
        now=start,
    )
    _enrol(campaign, people.rows(PAST, first=0, seed=1), start)
    live_through(campaign, start, now)


def _enrol(campaign: Campaign, rows: list[dict[str, str]], now: datetime) -> None:
    own = ("plan", "amount_due")
    made = [
        audience.Enrolment(
            contacts.add(campaign.workspace, {k: v for k, v in row.items() if k not in own}, now=now).pk,
            {name: row[name] for name in own},
        )
        for row in rows
    ]
    with transaction.atomic():
        audience.enrol(campaign, made, now)


def _running(workspace: Workspace, owner: User, agent: Agent, numbers: list[Number], now: datetime) -> None:
    campaign = _campaign(
        workspace,
        owner,
        agent,
        numbers,
        now,
        name="Appointment reminders",
        concurrency_limit=8,
        window_start="00:00",
        window_end="24:00",
        retry_delay_minutes=10,
        rotation_strategy="least_used_today",
        max_calls_per_number_per_day=SHARE,
    )
    goals.add(campaign, name="Appointment confirmed", description="", kind="primary", target=100, actor=owner, now=now)
    _receive(campaign, owner, RUNNING, PAST, now)
    lifecycle.act(campaign, "start", actor=owner, now=now)


def _draft(workspace: Workspace, owner: User, agent: Agent, numbers: list[Number], now: datetime) -> None:
    campaign = _campaign(
        workspace, owner, agent, numbers[:2], now, name="Spring renewal", concurrency_limit=10, contact_local_time=True
    )
    goals.add(campaign, name="Plan renewed", description="", kind="primary", target=40, actor=owner, now=now)
    _receive(campaign, owner, DRAFT, PAST + RUNNING, now)


def _receive(campaign: Campaign, owner: User, count: int, first: int, now: datetime) -> None:
    """Upload a contact file, as an operator would; it is staged and waits for Start."""
    file = SimpleUploadedFile("contacts.csv", people.as_csv(people.rows(count, first, seed=first)), "text/csv")
    uploads.receive(campaign, file, user=owner, now=now)
