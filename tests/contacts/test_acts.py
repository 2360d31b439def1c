"""Acts on many people: at once or by a job, each person once, whatever is killed."""

import pytest

from accounts.jobs import STALLED_AFTER, JobStatus
from accounts.models import AuditEvent
from campaigns import acts
from campaigns.act_tasks import act, tend_acts
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, CampaignAction, CampaignContact
from contacts import bulk
from contacts.acts import Refused
from contacts.models import BulkAction, Contact
from contacts.queries import Filters
from tests.factories import NOON, CampaignFactory, ContactFactory, SuppressionFactory, WorkspaceFactory

HOLD = {"until": "2126-01-05T09:00:00+00:00", "reason": "On holiday"}


@pytest.fixture
def many(workspace, monkeypatch):
    """Seven people, where two are many and a piece is two."""
    monkeypatch.setattr(bulk, "PIECE", 2)
    monkeypatch.setattr(acts, "AT_ONCE", 2)
    return [ContactFactory(workspace=workspace, company="Acme") for _ in range(7)]


def begin(workspace, action, params, **who) -> BulkAction:
    who = who or {"filters": Filters()}
    return acts.begin(workspace, action, params, user=None, actor_name="Ann", now=NOON, **who)


def finish(row: BulkAction) -> BulkAction:
    act(row.pk, row.turn)
    row.refresh_from_db()
    return row


def test_few_are_done_at_once_with_one_row_in_the_trail(workspace):
    people = [ContactFactory(workspace=workspace), ContactFactory(workspace=workspace, tags="|vip|"), ContactFactory()]
    row = begin(workspace, "tag", {"tags": "vip"}, ids=[contact.pk for contact in people])
    assert (row.status, row.total, row.done, sum(row.skipped.values())) == (JobStatus.DONE, 2, 1, 1)
    assert Contact.objects.filter(tags="|vip|").count() == 2
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_name, event.detail["people"]) == ("contact.bulk_tag", "Ann", 2)


@pytest.mark.parametrize(
    ("action", "params", "changed"),
    [
        ("tag", {"tags": "vip"}, {"tags": "|vip|"}),
        ("hold", HOLD, {"held_reason": "On holiday", "spread_at": None}),
    ],
)
def test_many_are_done_by_a_job_piece_by_piece(workspace, many, action, params, changed):
    Contact.objects.update(spread_at=NOON)
    row = begin(workspace, action, params, filters=Filters(company="acme"))
    assert (row.status, row.total, row.done) == (JobStatus.RUNNING, 7, 0)
    finish(row)
    assert (row.status, row.done, row.skipped) == (JobStatus.DONE, 7, {})
    assert Contact.objects.filter(**changed).count() == 7
    assert AuditEvent.objects.count() == 1


def test_who_comes_later_or_lives_elsewhere_is_left_alone(workspace, many):
    row = begin(workspace, "tag", {"tags": "vip"})
    later, foreign = ContactFactory(workspace=workspace), ContactFactory(workspace=WorkspaceFactory())
    finish(row)
    for contact in (later, foreign):
        contact.refresh_from_db()
        assert contact.tags == ""


def test_an_act_that_takes_away_what_it_looked_for_reaches_everybody(workspace, many):
    Contact.objects.update(tags="|vip|")
    row = finish(begin(workspace, "untag", {"tags": "vip"}, filters=Filters(tag="vip")))
    assert row.done == 7 and not Contact.objects.exclude(tags="").exists()


def test_a_killed_worker_loses_nothing_and_does_nobody_twice(workspace, many, monkeypatch):
    row = begin(workspace, "campaign", {"campaign": CampaignFactory(workspace=workspace).pk})

    class Killed(BaseException):
        pass

    whole, pieces = acts.act, []

    def dies(row, ids, now):
        step = whole(row, ids, now)
        pieces.append(ids)
        if len(pieces) == 2:
            raise Killed  # after its writes, before its commit
        return step

    with pytest.raises(Killed):
        bulk.run(row.pk, row.turn, acts.find, dies)
    row.refresh_from_db()
    assert (row.done, CampaignContact.objects.count()) == (2, 2)
    BulkAction.objects.update(heartbeat_at=NOON - STALLED_AFTER * 2)
    assert tend_acts() == 1
    row.refresh_from_db()
    finish(row)
    assert (row.status, row.done, CampaignContact.objects.count()) == (JobStatus.DONE, 7, 7)


def test_a_worker_that_was_replaced_walks_away(workspace, many):
    row = begin(workspace, "tag", {"tags": "vip"})
    assert act(row.pk, row.turn - 1) == 0
    assert bulk.cancel(row, NOON) and act(row.pk, row.turn) == 0
    assert not Contact.objects.exclude(tags="").exists()


def test_people_join_a_draft_and_suppressed_ones_are_counted(workspace, many):
    SuppressionFactory(workspace=workspace, phone_number=many[0].phone_number)
    draft = CampaignFactory(workspace=workspace)
    row = finish(begin(workspace, "campaign", {"campaign": draft.pk}))
    assert (row.done, sum(row.skipped.values())) == (6, 1)
    assert CampaignAction.objects.get().campaign == draft


def test_a_list_that_closes_meanwhile_ends_the_act_with_a_sentence(workspace, many):
    draft = CampaignFactory(workspace=workspace)
    row = begin(workspace, "campaign", {"campaign": draft.pk})
    Campaign.objects.update(status=CampaignStatus.COMPLETED)
    finish(row)
    assert row.status == JobStatus.FAILED and "completed" in row.problem
    assert not CampaignContact.objects.exists()


@pytest.mark.parametrize(
    ("action", "params", "field"),
    [
        ("tag", {"tags": " ; "}, "tags"),
        ("tag", {"tags": "x" * 61}, "tags"),
        ("hold", {"until": "tomorrow", "reason": "x"}, "until"),
        ("hold", {"until": "2020-01-01T00:00:00Z", "reason": "x"}, "until"),
        ("hold", {"until": HOLD["until"], "reason": " "}, "reason"),
        ("campaign", {"campaign": "999"}, "campaign"),
        ("campaign", {}, "campaign"),
        ("delete", {}, "action"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anybody_is_touched(workspace, action, params, field):
    ContactFactory(workspace=workspace)
    with pytest.raises(Refused) as refused:
        begin(workspace, action, params)
    assert refused.value.field == field and not BulkAction.objects.exists()


def test_somebody_elses_campaign_is_not_found(workspace):
    with pytest.raises(Refused):
        begin(workspace, "campaign", {"campaign": CampaignFactory().pk})
