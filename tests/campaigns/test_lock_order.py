"""Whoever adds people to a campaign holds its row before any person's, whichever way they come: two ways at once wait
for each other, and neither holds what the other needs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.tokens import issue
from campaigns.merging import merge
from campaigns.models import Campaign
from contacts.models import Contact
from tests.factories import CampaignContactFactory, CampaignFactory, ContactFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]


@pytest.fixture(autouse=True)
def rows_are_locked():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """`work` goes on in another connection; the block begins once it waits for a row that this transaction holds."""
    done: list[object] = []

    def run() -> None:
        try:
            done.append(work())
        except Exception as problem:
            done.append(problem)
        finally:
            connection.close()

    thread = Thread(target=run)
    with transaction.atomic():
        list(Campaign.objects.select_for_update(no_key=True))
        thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
        with connection.cursor() as cursor:
            while not done and not cursor.execute(waiting).fetchone()[0]:
                thread.join(0.01)
        assert not done, done
        yield
    thread.join()
    assert not any(isinstance(one, Exception) for one in done), done


@pytest.fixture
def draft(workspace) -> Campaign:
    return CampaignFactory(workspace=workspace)


def nobody_is_held(people: list[Contact]) -> bool:
    rows = Contact.objects.filter(pk__in=[one.pk for one in people]).select_for_update(of=("self",), nowait=True)
    return len(rows) == len(people)


@pytest.mark.parametrize("way", ["contacts/", "contacts/bulk/"])
def test_a_program_that_adds_a_known_person(workspace, draft, client, way) -> None:
    known = ContactFactory(workspace=workspace, phone_number="+12125550123", name="Ada")
    person = {"phone_number": "+12125550123", "name": "Ada Lovelace"}
    _, token = issue(workspace, "Test", "owner", (), None)
    body = person if way == "contacts/" else {"contacts": [person]}

    def add() -> int:
        path = f"/api/v1/campaigns/{draft.pk}/{way}"
        return client.post(path, body, "application/json", headers={"Authorization": f"Bearer {token}"}).status_code

    with beside(add):
        assert nobody_is_held([known])
    known.refresh_from_db()
    assert known.name == "Ada Lovelace"


def test_whoever_merges_two_people_of_a_list(workspace, draft) -> None:
    both = [CampaignContactFactory(campaign=draft).contact for _ in range(2)]
    with beside(lambda: merge(*both, now=timezone.now(), actor=None)):
        assert nobody_is_held(both)
    assert Contact.objects.filter(pk__in=[one.pk for one in both]).count() == 1
