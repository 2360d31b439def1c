"""Contacts by status are what the rows say, whatever becomes of them, whoever writes, in whatever order."""

import random
from collections import Counter
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import rows
from campaigns import apps, audience, counters, standing
from campaigns.audience import Enrolment, aside, leaving
from campaigns.choices import ContactStatus
from campaigns.dialing.values import Verdict
from campaigns.merging import merge
from campaigns.models import Campaign, CampaignContact, CampaignUpload, Standing
from campaigns.queries import StatusCounts, status_counts, status_counts_of
from contacts import suppression
from contacts.models import Contact
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, ContactFactory, UploadFactory

pytestmark = pytest.mark.django_db
STATUSES = [*ContactStatus]


def counted(campaign):
    rows_ = Counter(CampaignContact.objects.filter(campaign=campaign).values_list("status", flat=True))
    return {status: rows_[status] for status in ContactStatus}


def agree(*campaigns):
    """Kept and counted are the same, for pages and for `recount`."""
    kept = status_counts_of([campaign.pk for campaign in campaigns])
    for campaign in campaigns:
        assert dict(kept.get(campaign.pk, StatusCounts())) == counted(campaign)
        assert standing.differences(campaign.pk) == []
    return True


class Acts:
    """All that may become of the people of two lists, each act on a few of them."""

    def __init__(self, workspace, seed):
        self.chance, self.now, self.workspace = random.Random(seed), NOON, workspace
        self.campaigns = [CampaignFactory(workspace=workspace, run=1) for _ in range(2)]
        self.links = [CampaignUpload.objects.create(campaign=c, upload=UploadFactory()) for c in self.campaigns]
        self.people = [ContactFactory(workspace=workspace) for _ in range(12)]

    def go(self):
        name = self.chance.choice([name for name in dir(self) if name.startswith("act_")])
        at = self.chance.randrange(2)
        self.now += timedelta(minutes=1)
        with transaction.atomic():
            getattr(self, name)(self.campaigns[at], self.links[at])
        return name

    def few(self, campaign, **columns):
        found = list(CampaignContact.objects.filter(campaign=campaign, **columns).order_by("id"))
        return self.chance.sample(found, min(len(found), 4))

    def act_enrol(self, campaign, link):
        here = [person for person in self.people if Contact.objects.filter(pk=person.pk).exists()]
        some = self.chance.sample(here, min(len(here), 5))
        audience.enrol(campaign, [Enrolment(person.pk) for person in some], self.now)

    act_enrol_again = act_enrol_more = act_enrol

    def act_claim(self, campaign, link):
        audience.claim([row.pk for row in self.few(campaign, next_attempt_at__isnull=False)], self.now)

    act_claim_more = act_claim

    def act_reached(self, campaign, link):
        audience.reached([row.pk for row in self.few(campaign, status="dialing")])

    def act_settle(self, campaign, link):
        words = [Verdict("completed", "human"), Verdict("failed", "busy"), Verdict("retry", "busy", self.now)]
        people = [(row, self.chance.choice(words)) for row in self.few(campaign, status__in=["dialing", "called"])]
        audience.settle(people, lambda verdict, priority: 3)

    def act_by_hand(self, campaign, link):
        word = self.chance.choice(["retry", "set_pending", "set_completed", "exclude"])
        Campaign.objects.filter(pk=campaign.pk).update(status=self.chance.choice(["draft", "running"]))
        audience.by_hand(campaign, [row.pk for row in self.few(campaign)], word, now=self.now)

    def act_suppress(self, campaign, link):
        phones = [row.contact.phone_number for row in self.few(campaign)[:1]]
        suppression.add(self.workspace.pk, phones, "by_hand", "test", self.now)
        audience.exclude_suppressed(self.workspace.pk, phones, self.now)

    def act_fail(self, campaign, link):
        few = [row.pk for row in self.few(campaign)[:2]]
        audience.fail(campaign, CampaignContact.objects.filter(pk__in=few), "never_open", self.now)

    def act_rest(self, campaign, link):
        audience.rest(campaign)

    def act_restart(self, campaign, link):
        audience.restart(campaign, 1, self.now)

    def act_aside(self, campaign, link):
        link.aside_to = CampaignContact.objects.order_by("-id").values_list("pk", flat=True).first()
        while aside.put_aside(campaign, link):
            pass

    def act_back(self, campaign, link):
        while aside.bring_back(campaign, link, self.now):
            pass

    act_back_again = act_back

    def act_undo(self, campaign, link):
        for row in self.few(campaign):
            row.detail.upload = link.upload
            row.detail.save()
        leaving.take_off(campaign, link, self.now)

    def act_merge(self, campaign, link):
        free = Contact.objects.exclude(campaign_contacts__status="dialing").order_by("id")
        if len(free) > 6:
            merge(free[0], free[1], now=self.now)

    def act_gone(self, campaign, link):
        for row in self.few(campaign)[:1]:
            row.delete()

    def act_by_statement(self, campaign, link):
        CampaignContact.objects.filter(pk__in=[row.pk for row in self.few(campaign)]).update(
            status=self.chance.choice(["failed", "excluded"]), next_attempt_at=None
        )

    def act_fold(self, campaign, link):
        standing.fold()


@pytest.mark.parametrize("seed", range(6))
def test_after_any_acts_in_any_order_what_is_kept_is_what_there_is(workspace, seed):
    acts = Acts(workspace, seed)
    done = [acts.go() for _ in range(60) if agree(*acts.campaigns)]
    assert agree(*acts.campaigns), done
    assert len({*done}) > 12
    for campaign in acts.campaigns:
        before = status_counts(campaign)
        standing.fold()
        assert status_counts(campaign) == before


def test_a_transaction_that_is_rolled_back_counts_nothing(workspace):
    row = CampaignContactFactory()
    with pytest.raises(RuntimeError), transaction.atomic():
        CampaignContact.objects.filter(pk=row.pk).update(status="failed", next_attempt_at=None)
        raise RuntimeError
    assert dict(status_counts(row.campaign)) == counted(row.campaign)


def test_rows_that_are_there_already_and_rows_that_stay_as_they_are_count_nothing(workspace):
    row = CampaignContactFactory()
    again = CampaignContact(campaign=row.campaign, contact=row.contact, hours_key=row.hours_key, added_at=NOON)
    CampaignContact.objects.bulk_create([again], ignore_conflicts=True)
    kept = Standing.objects.count()
    CampaignContact.objects.update(status="pending", reason="by_hand")
    rows.update([row], ["status", "rank"])
    assert (Standing.objects.count(), status_counts(row.campaign)) == (kept, StatusCounts(pending=1))


def test_a_campaign_that_is_deleted_leaves_nothing(workspace):
    row = CampaignContactFactory()
    campaign = row.campaign
    CampaignContact.objects.update(status="failed", next_attempt_at=None)
    campaign.delete()
    standing.fold()
    assert not Standing.objects.exists()


def test_the_workspace_that_is_deleted_leaves_nothing(workspace):
    CampaignContactFactory(campaign=CampaignFactory(workspace=workspace))
    CampaignContact.objects.all().delete()
    Campaign.objects.all().delete()
    standing.fold()
    assert not Standing.objects.exists()


def test_folding_leaves_one_row_for_each_status_that_has_people(workspace):
    campaign = CampaignFactory(workspace=workspace)
    for status in ("pending", "pending", "failed", "excluded"):
        due = NOON if status == "pending" else None
        CampaignContactFactory(campaign=campaign, status=status, next_attempt_at=due)
    CampaignContact.objects.filter(status="excluded").update(status="failed")
    standing.fold()
    kept = Standing.objects.filter(contacts__gt=0).order_by("status").values_list("campaign", "status", "contacts")
    assert list(kept) == [(campaign.pk, "failed", 2), (campaign.pk, "pending", 2)]
    assert standing.fold() == 0


def test_recount_tells_and_mends_what_differs(workspace):
    campaign = CampaignContactFactory().campaign
    CampaignContactFactory(campaign=campaign, status="failed", next_attempt_at=None)
    Standing.objects.filter(status="failed").delete()
    Standing.objects.filter(status="pending").update(contacts=5)
    said = [
        f"campaign {campaign.pk}: kept {n} contacts {status}, counted 1"
        for n, status in ((0, "failed"), (5, "pending"))
    ]
    assert counters.of_campaign(campaign.pk, mend=False) == said
    assert counters.of_campaign(campaign.pk, mend=True) == said
    assert counters.of_campaign(campaign.pk, mend=False) == []
    assert agree(campaign)


def test_triggers_that_a_migration_has_dropped_are_made_again_and_all_rows_counted(workspace):
    campaign = CampaignContactFactory().campaign
    standing.drop(connection)
    CampaignContactFactory(campaign=campaign)
    assert status_counts(campaign).total == 1
    apps.mend_standing(connection.alias)
    CampaignContactFactory(campaign=campaign, status="failed", next_attempt_at=None)
    assert status_counts(campaign) == StatusCounts(pending=2, failed=1)


def test_counts_are_read_from_the_index_of_what_is_kept_and_never_from_the_list(workspace):
    campaign = CampaignContactFactory().campaign
    with CaptureQueriesContext(connection) as asked:
        status_counts_of([campaign.pk])
    (query,) = asked.captured_queries
    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(explain + query["sql"])
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    assert "standing_of_campaign" in plan and "campaigncontact" not in query["sql"]


# ── several writers ──


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_writers_and_the_fold_do_not_wait_for_each_other_and_count_as_one(workspace):
    campaign = CampaignFactory(workspace=workspace)
    people = [CampaignContactFactory(campaign=campaign) for _ in range(4)]
    problems = []

    def meanwhile():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '5s'")
                CampaignContact.objects.filter(pk=people[1].pk).update(status="failed", next_attempt_at=None)
                CampaignContactFactory(campaign=campaign)
            standing.fold()
            assert status_counts(campaign) == StatusCounts(pending=4, failed=1), "what is not committed counts nothing"
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    with transaction.atomic():
        CampaignContact.objects.filter(pk=people[0].pk).update(status="failed", next_attempt_at=None)
        standing.fold()
        people[2].delete()
        other = Thread(target=meanwhile)
        other.start()
        other.join()
    assert problems == []
    assert status_counts(campaign) == StatusCounts(pending=2, failed=2)
    assert agree(campaign)
