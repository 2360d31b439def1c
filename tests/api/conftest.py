"""A program with a token of the workspace, and one of a stranger's."""

from collections.abc import Callable

import pytest
from django.core.cache import caches
from rest_framework.test import APIClient

from accounts.models import Workspace
from accounts.roles import Role
from accounts.tokens import issue
from tests.factories import AgentFactory, CampaignContactFactory, CampaignFactory, NumberFactory, PoolNumberFactory

Programs = Callable[..., APIClient]


@pytest.fixture(autouse=True)
def unthrottled():
    caches["shared"].clear()
    yield
    caches["shared"].clear()


@pytest.fixture
def program(workspace) -> Programs:
    """program("viewer", scopes=["read"], at=another workspace): a client that sends such a token."""

    def make(role: str = Role.OWNER, *, scopes: tuple[str, ...] = (), at: Workspace | None = None) -> APIClient:
        token, plain = issue(at or workspace, "Test program", role, scopes, None)
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {plain}")
        client.default_format = "json"
        client.token = token
        return client

    return make


@pytest.fixture
def api(program) -> APIClient:
    return program()


@pytest.fixture
def ready(workspace):
    """A draft that Start accepts: an agent, a number, somebody to call."""
    campaign = CampaignFactory(workspace=workspace, agent=AgentFactory(workspace=workspace), max_attempts=1)
    PoolNumberFactory(campaign=campaign, number=NumberFactory(workspace=workspace))
    CampaignContactFactory(campaign=campaign)
    return campaign
