"""Which index each question of a tick is answered by, on both databases; and how often a tick asks."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import inbound
from campaigns.choices import OPEN_STATUSES, Rank
from campaigns.dialing import bars, lately, queue, tick
from campaigns.models import Call, CampaignContact
from campaigns.review import review_changed
from contacts.models import Contact
from telephony import inbox
from telephony.events import CallEvent, EventKind
from telephony.models import ProviderEvent
from tests.campaigns.dialing.floor import NOW, running
from tests.factories import CallFactory, CarrierFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
MANY = 3000


def plan_of(ask) -> str:
    """How the database would run the last SELECT that `ask` makes, where no table is small enough to be read whole."""
    with CaptureQueriesContext(connection) as asked:
        ask()
    sql = next(query["sql"] for query in reversed(asked.captured_queries) if "SELECT" in query["sql"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("EXPLAIN " + sql.replace("%", "%%"))
            return "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
        return "\n".join(row[-1] for row in cursor.fetchall())


@pytest.fixture
def campaign(workspace):
    """With so many people and calls, and their statistics, that the planner chooses as it would among millions."""
    campaign = running(workspace)
    first = campaign.audience.select_related("contact").first()
    numbers = range(MANY)
    people = Contact.objects.bulk_create(
        Contact(workspace=workspace, phone_number=f"+1646{n:07}", hours_key=first.hours_key) for n in numbers
    )
    later = {"campaign": campaign, "hours_key": first.hours_key, "added_at": NOW, "next_attempt_at": NOW + timedelta(1)}
    CampaignContact.objects.bulk_create(CampaignContact(contact=person, **later) for person in people)
    call = CallFactory(workspace=workspace, campaign=campaign, campaign_contact=None, contact=None, phone_number="+1")
    same = {field.attname: getattr(call, field.attname) for field in Call._meta.concrete_fields}
    for name in ("id", "reference", "phone_number"):
        del same[name]
    Call.objects.bulk_create(Call(**same, phone_number=f"+1646{n:07}") for n in numbers)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return campaign


def test_the_due_are_found_by_one_probe_per_key_and_rank(campaign):
    keys = queue.keys_of(campaign.pk)
    plan = plan_of(lambda: queue.due(campaign.pk, sorted(keys), keys, NOW, 50))
    assert "audience_due" in plan
    assert "call_live_contact" in plan


def test_which_campaigns_have_somebody_due_is_probed_in_the_same_index_at_each_rank(campaign, workspace):
    plan = plan_of(lambda: queue.somebody(workspace.pk, NOW))
    probes = [line for line in plan.splitlines() if "audience_due" in line]
    assert len(probes) == len(Rank)
    conditions = plan.count("(rank = ") if connection.vendor == "postgresql" else plan.count("rank=?")
    assert conditions == len(Rank)  # of the index: past nobody who is not due yet
    assert "Filter: ((rank" not in plan


def test_what_a_second_changes_is_probed_campaign_by_campaign(campaign, workspace):
    plan = plan_of(lambda: review_changed(workspace.pk, NOW))
    assert len([line for line in plan.splitlines() if "audience_by_status" in line]) == len(OPEN_STATUSES)
    assert "call_ended" in plan
    assert "hashed" not in plan


def test_the_caps_read_a_number_s_calls_by_its_number(campaign, workspace):
    plan = plan_of(lambda: bars.launched(workspace.pk, ["+14155550001"], NOW))
    assert "call_by_phone" in plan


def test_whether_calls_are_made_is_told_by_each_carrier_s_last_ones(campaign):
    Call.objects.filter(campaign=campaign).update(launched_at=timezone.now())
    assert "call_by_carrier" in plan_of(lately.calls_are_made)


def test_who_called_a_person_last_is_found_by_their_number(campaign, workspace):
    plan = plan_of(lambda: inbound.called_last(workspace.pk, "+16460000007"))
    assert "call_by_phone" in plan


def test_the_inbox_is_taken_in_the_order_of_its_index_without_a_sort(workspace):
    """As it is most of the time: nearly all events are applied."""
    carrier = CarrierFactory(workspace=workspace)
    events = [CallEvent(f"e{n}", "", f"c{n}", EventKind.RINGING, NOW) for n in range(MANY)]
    for start in range(0, MANY, 500):
        inbox.store(carrier.pk, workspace.pk, events[start : start + 500], NOW)
    inbox.done(ProviderEvent.objects.order_by("id").values_list("pk", flat=True)[: MANY - 100])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = plan_of(lambda: inbox.take(workspace.pk, 1000, NOW))
    assert "event_to_work" in plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan


def test_the_bars_that_end_are_swept_by_their_index(campaign):
    ended = CampaignContact.objects.filter(campaign=campaign, look_at__isnull=False, look_at__lte=NOW)
    assert "audience_look" in plan_of(lambda: list(ended))


def test_a_tick_asks_as_often_for_twelve_calls_as_for_four():
    counts = []
    for people in (4, 12):
        workspace = WorkspaceFactory()
        running(workspace, people=people)
        with CaptureQueriesContext(connection) as asked, transaction.atomic():
            assert len(tick.claim(workspace, NOW).calls) == people
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_look_at_campaigns_asks_once_however_many_there_are(workspace, django_assert_num_queries):
    found = {running(workspace).pk for _ in range(3)}
    running(workspace, people=0)
    with django_assert_num_queries(1):
        assert queue.somebody(workspace.pk, NOW) == found
