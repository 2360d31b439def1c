"""Whoever adds people to a campaign holds its row before any person's, whichever way they come: two ways at once wait
for each other, and neither holds what the other needs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone

from accounts.tokens import issue
from campaigns import bulk
from campaigns.merging import merge
from campaigns.models import Campaign
from campaigns.queries.newcomers import NewcomerFilter
from contacts import bulk as jobs
from contacts.models import Contact
from tests.factories import CampaignContactFactory, CampaignFactory, ContactFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]


@pytest.fixture(autouse=True)
def rows_are_locked():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")


def all_campaigns() -> object:
    return list(Campaign.objects.select_for_update(no_key=True))


@contextmanager
def beside(work: Callable[[], object], hold: Callable[[], object] = all_campaigns) -> Iterator[None]:
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
        hold()
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


@pytest.fixture
def post(workspace, draft, client) -> Callable[[str, object], HttpResponse]:
    """As a program, below the draft's contacts."""
    _, token = issue(workspace, "Test", "owner", (), None)

    def send(way: str, body: object) -> HttpResponse:
        path = f"/api/v1/campaigns/{draft.pk}/contacts/{way}"
        return client.post(path, body, "application/json", headers={"Authorization": f"Bearer {token}"})

    return send


@pytest.mark.parametrize("way", ["", "bulk/"])
def test_a_program_that_adds_a_known_person(workspace, post, way) -> None:
    known = ContactFactory(workspace=workspace, phone_number="+12125550123", name="Ada")
    person = {"phone_number": "+12125550123", "name": "Ada Lovelace"}
    with beside(lambda: post(way, {"contacts": [person]} if way else person)):
        assert nobody_is_held([known])
    known.refresh_from_db()
    assert known.name == "Ada Lovelace"


@pytest.mark.parametrize(("way", "word"), [("", ""), ("bulk/", '"status":"unchanged"'), ("bulk_actions/", '"done":0')])
def test_a_person_whom_a_file_puts_on_the_list_at_this_moment_is_there_already(
    workspace, draft, post, way, word
) -> None:
    known = ContactFactory(workspace=workspace, phone_number="+12125550123")
    person = {"phone_number": "+12125550123"}
    body = {"": person, "bulk/": {"contacts": [person]}, "bulk_actions/": {"action": "enrol", "ids": [known.pk]}}[way]
    answers: list[HttpResponse] = []
    with beside(lambda: answers.append(post(way, body)), lambda: CampaignContactFactory(campaign=draft, contact=known)):
        pass
    assert answers[0].status_code in (200, 201), answers[0].content
    assert word in answers[0].content.decode()
    assert draft.audience.count() == 1


def test_a_file_that_replaces_a_list_ends_what_adds_people_to_it(workspace, draft) -> None:
    """Both hold the campaign first: a worker in the middle of a piece waits, and neither is thrown out."""
    CampaignContactFactory(campaign=draft)
    ContactFactory.create_batch(3, workspace=workspace)
    job = bulk.enrol(draft, bulk.Asked(bulk.ENROL), NewcomerFilter(), timezone.now()).bulk
    with beside(lambda: bulk.run(job.pk, job.turn)):
        jobs.cancel(job, timezone.now())
    assert draft.audience.count() == 1


def test_whoever_merges_two_people_of_a_list(workspace, draft) -> None:
    both = [CampaignContactFactory(campaign=draft).contact for _ in range(2)]
    with beside(lambda: merge(*both, now=timezone.now(), actor=None)):
        assert nobody_is_held(both)
    assert Contact.objects.filter(pk__in=[one.pk for one in both]).count() == 1
