"""Rows for tests. Each app's factories stand in its section; a factory makes the least that its model needs.

Everything of one test hangs on one workspace unless it says otherwise: give `workspace=` or take the default.
"""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from accounts.models import ApiToken, AuditEvent, Membership, User, Workspace
from accounts.roles import Role
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


# campaigns


# goals


# analytics
