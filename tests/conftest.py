"""Fixtures for tests of every app: one workspace, and signed-in browsers of the people around it."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from accounts.roles import Role
from tests.factories import MembershipFactory, UserFactory, WorkspaceFactory

SignIn = Callable[..., Client]
ASKS = {"db", "transactional_db", "live_server"}  # fixtures that whoever asks the database has, named or by another
ELSEWHERE = ("kill", "browser", "load")  # their processes may have a database that the test itself never asks


def pytest_itemcollected(item: pytest.Item) -> None:
    """A fast test that asks no database anything runs beside the first one only (tests/run.py)."""
    asks = item.get_closest_marker("django_db") or ASKS & set(getattr(item, "fixturenames", ()))
    if not asks and not any(map(item.get_closest_marker, ELSEWHERE)):
        item.add_marker("once")


@pytest.fixture
def workspace(db) -> Workspace:
    return WorkspaceFactory(name="The workspace")


@pytest.fixture
def member(workspace) -> Callable[..., User]:
    """Somebody with a role in the workspace: member("manager")."""
    return lambda role, at=None: MembershipFactory(workspace=at or workspace, role=role).user


@pytest.fixture
def signed_in(member) -> SignIn:
    """A browser of somebody with that role: signed_in("manager"). `client.user` is the person."""

    def sign_in(role: str, at: Workspace | None = None) -> Client:
        client = Client()
        client.user = member(role, at)  # type: ignore[attr-defined]
        client.force_login(client.user)  # type: ignore[attr-defined]
        return client

    return sign_in


@pytest.fixture
def nobody() -> Client:
    return Client()


@pytest.fixture
def viewer(signed_in) -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture
def operator(signed_in) -> Client:
    return signed_in(Role.OPERATOR)


@pytest.fixture
def manager(signed_in) -> Client:
    return signed_in(Role.MANAGER)


@pytest.fixture
def owner(signed_in) -> Client:
    return signed_in(Role.OWNER)


@pytest.fixture
def stranger(signed_in) -> Client:
    """An owner of another workspace."""
    return signed_in(Role.OWNER, WorkspaceFactory(name="Another workspace"))


@pytest.fixture
def queries_of() -> Callable[[Client, str], int]:
    """How many times a page asks the database; for lists, which must ask as often for one row as for three."""

    def count(client: Client, address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    return count


@pytest.fixture(autouse=True)
def no_remembered_keys():
    """A process remembers hours keys for good; tests empty the database under it."""
    from contacts import hours

    hours.forget()


@pytest.fixture
def superuser(db) -> Client:
    """A browser of the installation's own administrator, who belongs to no workspace."""
    client = Client()
    client.user = UserFactory(is_staff=True, is_superuser=True)  # type: ignore[attr-defined]
    client.force_login(client.user)  # type: ignore[attr-defined]
    return client


@pytest.fixture
def staff(signed_in) -> SignIn:
    """A browser of a member of staff with that role in the workspace: staff("manager")."""

    def sign_in(role: str, at: Workspace | None = None) -> Client:
        client = signed_in(role, at)
        User.objects.filter(pk=client.user.pk).update(is_staff=True)  # type: ignore[attr-defined]
        return client

    return sign_in
