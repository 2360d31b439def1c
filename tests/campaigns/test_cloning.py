"""A clone is a new draft: configuration, pool, goals; contacts on request; never calls or results."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from campaigns import cloning
from campaigns.models import Campaign
from contacts import suppression
from goals.models import Goal
from tests.factories import (
    NOON,
    CampaignContactFactory,
    CampaignFactory,
    PoolNumberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace) -> Campaign:
    return CampaignFactory(
        workspace=workspace,
        name="Spring",
        status="completed",
        run=2,
        status_reason="all_final",
        retry_on=["busy"],
        concurrency_limit=7,
        metadata={"client": "Acme"},
        tags="|spring|",
    )


def clone(campaign: Campaign, **options: object) -> Campaign:
    options = {"actor": None, "with_contacts": False, "now": NOON, **options}
    return Campaign.objects.get(pk=cloning.clone(campaign, **options).pk)


def test_everything_that_configures_is_copied_and_nothing_of_the_run(campaign):
    draft = clone(campaign)
    own = {
        "id",
        "name",
        "status",
        "status_at",
        "status_reason",
        "run",
        "set_up_at",
        "archived_at",
        "created_by",
        "created_at",
    }
    copied = [f.name for f in Campaign._meta.concrete_fields if f.name not in own]
    assert {name: getattr(draft, name) for name in copied} == {name: getattr(campaign, name) for name in copied}
    assert (draft.status, draft.run, draft.status_reason, draft.archived_at) == ("draft", 0, "", None)


def test_names_stay_unique_and_within_their_length(campaign):
    assert [clone(campaign).name for _ in range(3)] == ["Spring (copy)", "Spring (copy 2)", "Spring (copy 3)"]
    long = CampaignFactory(workspace=campaign.workspace, name="x" * 120)
    assert clone(long).name == "x" * 113 + " (copy)"


def test_the_pool_keeps_order_weight_and_switches_but_not_its_counts(campaign):
    first = PoolNumberFactory(campaign=campaign, position=0, weight=3, calls_in_run=9)
    second = PoolNumberFactory(campaign=campaign, position=1, status="disabled")
    draft = clone(campaign)
    assert list(draft.pool.values_list("number", "position", "weight", "status", "calls_in_run")) == [
        (first.number_id, 0, 3, "active", 0),
        (second.number_id, 1, 1, "disabled", 0),
    ]


def test_goals_come_along_without_archived_ones(campaign):
    Goal.objects.create(campaign=campaign, name="Book", kind="primary", target=5)
    Goal.objects.create(campaign=campaign, name="Old", archived_at=NOON)
    draft = clone(campaign)
    assert list(draft.goals.values_list("name", "kind", "target")) == [("Book", "primary", 5)]
    assert campaign.goals.count() == 2


def test_contacts_stay_behind_unless_asked_for(campaign):
    CampaignContactFactory(campaign=campaign)
    assert clone(campaign).audience.count() == 0


def test_contacts_come_fresh_in_order_with_this_campaigns_variables(campaign):
    people = [
        CampaignContactFactory(campaign=campaign, status="completed", next_attempt_at=None, attempts=3, detail={"n": n})
        for n in range(3)
    ]
    draft = clone(campaign, with_contacts=True)
    rows = list(draft.audience.select_related("detail"))
    assert [row.contact_id for row in rows] == [person.contact_id for person in people]
    assert [row.detail.variables for row in rows] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert {(row.status, row.attempts, row.next_attempt_at) for row in rows} == {("pending", 0, NOON)}
    assert draft.set_up_at == NOON


def test_secondaries_who_were_not_needed_are_copied_also_where_exclusion_is_sticky(campaign):
    campaign.sticky_exclusion = True
    campaign.save()
    CampaignContactFactory(campaign=campaign, status="excluded", reason="not_needed", next_attempt_at=None)
    assert clone(campaign, with_contacts=True).audience.count() == 1


def test_suppressed_people_are_not_copied_and_excluded_ones_only_where_exclusion_is_not_sticky(campaign):
    barred = CampaignContactFactory(campaign=campaign)
    CampaignContactFactory(campaign=campaign, status="excluded", next_attempt_at=None)
    suppression.add(campaign.workspace_id, [barred.contact.phone_number], reason="asked", source="test", at=NOON)
    assert clone(campaign, with_contacts=True).audience.count() == 1
    campaign.sticky_exclusion = True
    campaign.save()
    assert clone(campaign, with_contacts=True).audience.count() == 0


@pytest.mark.parametrize(("hours", "kept"), [(-1, False), (1, True)])
def test_only_a_start_time_that_lies_ahead_is_copied(campaign, hours, kept):
    campaign.trigger_mode, campaign.starts_at = "scheduled", NOON + timedelta(hours=hours)
    campaign.save()
    assert (clone(campaign).starts_at == campaign.starts_at) is kept


def test_an_unfinished_set_up_stays_unfinished(campaign):
    campaign.set_up_at = None
    campaign.save()
    assert clone(campaign).set_up_at is None


def test_pressing_twice_makes_one_clone(campaign):
    first, second = clone(campaign, once="page-1"), clone(campaign, once="page-1")
    assert first == second
    assert clone(campaign, once="page-2") != first


def test_the_audit_trail_says_who_and_from_where(campaign):
    person = UserFactory(email="ada@example.test")
    draft = clone(campaign, actor=person)
    event = AuditEvent.objects.get(action="campaign.clone")
    assert (event.actor, event.object_id, event.detail["from"]) == (person, str(draft.pk), campaign.pk)
    assert draft.created_by == person


def test_copying_more_people_takes_no_more_queries(campaign):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            clone(campaign, with_contacts=True)
        return len(captured)

    CampaignContactFactory(campaign=campaign)
    clone(campaign)  # names already taken are read in one query, whatever their number
    one = queries()
    CampaignContactFactory.create_batch(3, campaign=campaign)
    assert queries() == one
