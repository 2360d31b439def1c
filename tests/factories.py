"""Rows for tests. Each app's factories stand in its section; a factory makes the least that its model needs.

Everything of one test hangs on one workspace unless it says otherwise: give `workspace=` or take the default.
"""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from accounts.models import ApiToken, AuditEvent, Membership, User, Workspace
from accounts.roles import Role
from analytics.models import Export
from campaigns import tallies
from campaigns.choices import CallState
from campaigns.models import (
    Call,
    Campaign,
    CampaignContact,
    CampaignContactDetail,
    CampaignHours,
    CampaignUpload,
    PoolNumber,
    Schedule,
)
from contacts.hours import hours_key
from contacts.models import BulkAction, Contact, Suppression, Upload
from goals.models import Goal
from telephony import credentials
from telephony.models import Agent, Carrier, Number

PASSWORD = "long enough for a test"
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)  # a Monday

# accounts


class WorkspaceFactory(DjangoModelFactory):
    class Meta:
        model = Workspace

    name = factory.Sequence(lambda n: f"Workspace {n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    workspace = factory.SubFactory(WorkspaceFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.OPERATOR


class ApiTokenFactory(DjangoModelFactory):
    """A row for lists. For one that opens something use accounts.tokens.issue."""

    class Meta:
        model = ApiToken

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Program {n}")
    prefix = "od_abcdefg"
    digest = factory.Sequence(lambda n: f"{n:064}")


class AuditEventFactory(DjangoModelFactory):
    class Meta:
        model = AuditEvent

    workspace = factory.SubFactory(WorkspaceFactory)
    at = NOON
    actor_name = "Somebody"
    action = "workspace.edit"
    object_type = "workspace"
    object_id = "1"
    object_name = "Workspace"


# telephony


class CarrierFactory(DjangoModelFactory):
    class Meta:
        model = Carrier

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Carrier {n}")
    provider = "http"
    settings = factory.LazyFunction(lambda: {"base_url": "http://127.0.0.1:9"})
    credentials = factory.LazyFunction(
        lambda: credentials.lock({"token": "carrier-token", "signing_secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="})
    )


class NumberFactory(DjangoModelFactory):
    class Meta:
        model = Number

    workspace = factory.SubFactory(WorkspaceFactory)
    carrier = factory.SubFactory(CarrierFactory, workspace=factory.SelfAttribute("..workspace"))
    phone_number = factory.Sequence(lambda n: f"+1212555{n % 10_000:04}")
    country = "US"


class AgentFactory(DjangoModelFactory):
    class Meta:
        model = Agent

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Agent {n}")
    provider = "http"
    provider_agent_id = "agent-1"


# contacts


class SuppressionFactory(DjangoModelFactory):
    class Meta:
        model = Suppression

    workspace = factory.SubFactory(WorkspaceFactory)
    phone_number = factory.Sequence(lambda n: f"+1212557{n % 10_000:04}")
    at = NOON


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    workspace = factory.SubFactory(WorkspaceFactory)
    phone_number = factory.Sequence(lambda n: f"+1415555{n % 10_000:04}")
    name = factory.Sequence(lambda n: f"Person {n}")
    country = "US"
    hours_key = factory.LazyFunction(lambda: hours_key("US", "CA", ["America/Los_Angeles"]))


class BulkActionFactory(DjangoModelFactory):
    """An act that has ended."""

    class Meta:
        model = BulkAction

    workspace = factory.SubFactory(WorkspaceFactory)
    action = "tag"
    words = "Add tags vip"
    status = "done"


class UploadFactory(DjangoModelFactory):
    """A staged file without its bytes."""

    class Meta:
        model = Upload

    workspace = factory.SubFactory(WorkspaceFactory)
    file_name = "contacts.csv"
    default_country = "US"
    columns = factory.LazyFunction(lambda: ["phone_number", "name"])
    preview = factory.LazyFunction(lambda: [["+14155550001", "Ada"]])
    status = "staged"
    rows = 3
    valid_rows = 3


# campaigns


class ScheduleFactory(DjangoModelFactory):
    class Meta:
        model = Schedule

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Schedule {n}")
    days = factory.LazyFunction(lambda: {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]})


class CampaignFactory(DjangoModelFactory):
    """A draft that is set up, without numbers and contacts. Its window is open all day, every day."""

    class Meta:
        model = Campaign

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Campaign {n}")
    agent = factory.SubFactory(AgentFactory, workspace=factory.SelfAttribute("..workspace"))
    set_up_at = NOON
    mode = "multi_day"
    window_start = "00:00"
    window_end = "24:00"


class PoolNumberFactory(DjangoModelFactory):
    class Meta:
        model = PoolNumber

    campaign = factory.SubFactory(CampaignFactory)
    number = factory.SubFactory(NumberFactory, workspace=factory.SelfAttribute("..campaign.workspace"))
    position = factory.Sequence(lambda n: n % 30_000)


class CampaignContactFactory(DjangoModelFactory):
    """A pending contact in a campaign's list, due since NOON."""

    class Meta:
        model = CampaignContact
        skip_postgeneration_save = True

    campaign = factory.SubFactory(CampaignFactory)
    contact = factory.SubFactory(ContactFactory, workspace=factory.SelfAttribute("..campaign.workspace"))
    hours_key = factory.SelfAttribute("contact.hours_key")
    added_at = NOON
    next_attempt_at = NOON

    @factory.post_generation
    def detail(self, create: bool, variables: dict | None, **_: object) -> None:
        CampaignContactDetail.objects.create(campaign_contact=self, variables=variables or {})
        CampaignHours.objects.get_or_create(campaign=self.campaign, hours_key=self.hours_key)


class CampaignUploadFactory(DjangoModelFactory):
    class Meta:
        model = CampaignUpload

    campaign = factory.SubFactory(CampaignFactory)
    upload = factory.SubFactory(UploadFactory, workspace=factory.SelfAttribute("..campaign.workspace"))


class CallFactory(DjangoModelFactory):
    """A first call that a person answered, ended and judged."""

    class Meta:
        model = Call
        skip_postgeneration_save = True

    workspace = factory.SubFactory(WorkspaceFactory)
    campaign = factory.SubFactory(CampaignFactory, workspace=factory.SelfAttribute("..workspace"))
    campaign_contact = factory.SubFactory(CampaignContactFactory, campaign=factory.SelfAttribute("..campaign"))
    contact = factory.SelfAttribute("campaign_contact.contact")
    agent = factory.SelfAttribute("campaign.agent")
    number = factory.SubFactory(NumberFactory, workspace=factory.SelfAttribute("..workspace"))
    carrier = factory.SelfAttribute("number.carrier")
    phone_number = factory.SelfAttribute("contact.phone_number")
    run = 1
    attempt = 1
    sequence = 1
    cause = "first"
    state = CallState.ENDED
    outcome = "human"
    launched_at = NOON
    sent_at = NOON
    answered_at = NOON
    ended_at = NOON
    concluded_at = NOON
    talk_seconds = 65
    spoke = True

    @factory.post_generation
    def counted(self, create, extracted, **kwargs):
        """As if it had ended before our eyes."""
        if create and self.ended_at is not None and self.campaign_id is not None:
            tallies.move([self])


# goals


class GoalFactory(DjangoModelFactory):
    class Meta:
        model = Goal

    campaign = factory.SubFactory(CampaignFactory)
    name = factory.Sequence(lambda n: f"Goal {n}")


# analytics


class ExportFactory(DjangoModelFactory):
    """Asked for, and not begun."""

    class Meta:
        model = Export

    workspace = factory.SubFactory(WorkspaceFactory)
    kind = "people"
    file_name = "contacts-2026-06-01.csv"
    heartbeat_at = NOON
