"""Acts on all who match, by a job: whatever is killed, each is moved once, and what has happened since stands."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import AuditEvent
from campaigns import audience, bulk, bulk_tasks
from campaigns.bulk import ENROL, Asked, Refused
from campaigns.models import Campaign, CampaignContact, ContactMove
from campaigns.queries.newcomers import NewcomerFilter
from campaigns.queries.people_filter import PeopleFilter
from contacts import bulk as jobs
from contacts.models import BulkAction, Contact
from tests.contacts.files import Killed, killed
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, ContactFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace) -> Campaign:
    campaign = CampaignFactory(workspace=workspace, status="running", run=1, status_at=NOON)
    campaign.runs.create(run=1, started_at=NOON)
    return campaign


@pytest.fixture(autouse=True)
def pieces_of_two(monkeypatch) -> None:
    monkeypatch.setattr(jobs, "PIECE", 2)
    monkeypatch.setattr(jobs, "PIECE_ON_SQLITE", 2)


def listed(campaign: Campaign, count: int, status: str = "failed") -> list[CampaignContact]:
    return CampaignContactFactory.create_batch(count, campaign=campaign, status=status, next_attempt_at=None)


def begun(campaign: Campaign, action: str, wanted: PeopleFilter | None = None, **asked: object) -> BulkAction:
    said = Asked(action, actor_name="Ada", **asked)  # type: ignore[arg-type]
    return bulk.move(campaign, said, wanted or PeopleFilter(), timezone.now()).bulk


def worked(job: BulkAction) -> BulkAction:
    bulk_tasks.act(job.pk, job.turn)
    job.refresh_from_db()
    return job


def statuses(campaign: Campaign) -> list[str]:
    return list(campaign.audience.order_by("id").values_list("status", flat=True))


def test_all_who_match_are_moved_piece_by_piece(campaign):
    listed(campaign, 5)
    listed(campaign, 1, "completed")
    job = begun(campaign, "retry", PeopleFilter(status=("failed",)))
    assert (job.total, job.status, OrmQ.objects.count()) == (5, "running", 1)
    worked(job)
    assert (job.status, job.done, job.skipped) == ("done", 5, {})
    assert statuses(campaign) == ["retry"] * 5 + ["completed"]
    assert set(ContactMove.objects.values_list("action", "actor_name")) == {("retry", "Ada")}
    event = AuditEvent.objects.get(action="campaign.bulk_retry")
    assert event.detail["people"] == 5


def test_the_skipped_are_counted_by_the_reason(campaign):
    listed(campaign, 3)
    listed(campaign, 2, "dialing")
    barred = CampaignContactFactory(campaign=campaign, status="failed", next_attempt_at=None)
    SuppressionFactory(workspace=campaign.workspace, phone_number=barred.contact.phone_number)
    job = worked(begun(campaign, "retry"))
    dialed, suppressed = "This person is being dialed right now.", "This person is on the suppression list."
    assert (job.done, job.skipped, job.seen) == (3, {dialed: 2, suppressed: 1}, 6)


@pytest.mark.parametrize("piece", [0, 1, 2])
@pytest.mark.parametrize("written", [False, True])
def test_killed_in_any_piece_each_person_is_moved_once_and_a_call_since_stands(campaign, monkeypatch, piece, written):
    people = listed(campaign, 6)
    job, move_piece, seen = begun(campaign, "retry"), audience.move_piece, []

    def dies(*args: object, **named: object) -> object:
        seen.append(args)
        if len(seen) == piece + 1 and not written:
            raise Killed
        moved = move_piece(*args, **named)
        if len(seen) == piece + 1:
            raise Killed
        return moved

    monkeypatch.setattr(audience, "move_piece", dies)
    with killed():
        bulk_tasks.act(job.pk, job.turn)
    monkeypatch.setattr(audience, "move_piece", move_piece)
    done = people[: piece * 2]  # called again meanwhile, and reached
    CampaignContact.objects.filter(pk__in=[row.pk for row in done]).update(status="completed", next_attempt_at=None)
    worked(job)
    assert (job.status, job.done) == ("done", 6)
    assert statuses(campaign) == ["completed"] * len(done) + ["retry"] * (6 - len(done))
    moves = Counter(ContactMove.objects.values_list("campaign_contact", flat=True))
    assert moves == {row.pk: 1 for row in people}


def test_two_workers_on_one_job_move_nobody_twice(campaign, monkeypatch):
    """The second takes a piece while the first stands still; the first finds its place taken and walks away."""
    people = listed(campaign, 4)
    job, find, overtaken = begun(campaign, "exclude"), bulk._find, []

    def slow(row: BulkAction, after: int, size: int) -> object:
        found = find(row, after, size)
        if not overtaken:
            overtaken.append(True)
            bulk_tasks.act(job.pk, job.turn)
        return found

    monkeypatch.setattr(bulk, "_find", slow)
    worked(job)
    assert (job.status, job.done) == ("done", 4)
    assert ContactMove.objects.count() == len(people)


def test_a_job_that_takes_long_queues_its_rest(campaign, monkeypatch):
    listed(campaign, 5)
    job = begun(campaign, "set_completed")
    OrmQ.objects.all().delete()
    assert jobs.run(job.pk, job.turn, bulk._find, bulk._piece, seconds=0) == 2
    job.refresh_from_db()
    assert (job.status, job.done, OrmQ.objects.count()) == ("running", 2, 1)
    assert bulk_tasks.act(job.pk, job.turn - 1) == 0  # an older turn walks away
    assert worked(job).done == 5


def test_who_came_later_and_who_matches_no_more_is_left_alone(campaign):
    first, _ = listed(campaign, 2)
    job = begun(campaign, "retry", PeopleFilter(status=("failed",)))
    CampaignContact.objects.filter(pk=first.pk).update(status="completed")
    listed(campaign, 1)
    assert worked(job).done == 1
    assert statuses(campaign) == ["completed", "retry", "failed"]


def test_cancelled_it_stops_and_what_is_done_stays(campaign):
    listed(campaign, 6)
    job = begun(campaign, "exclude")
    jobs.run(job.pk, job.turn, bulk._find, bulk._piece, seconds=0)
    assert jobs.cancel(job, timezone.now()) and not jobs.cancel(job, timezone.now())
    assert worked(job).status == "cancelled"
    assert statuses(campaign) == ["excluded"] * 2 + ["failed"] * 4


def test_one_act_at_a_time_works_on_a_list(campaign):
    listed(campaign, 3)
    job = begun(campaign, "retry")
    with pytest.raises(Refused) as refused:
        begun(campaign, "retry")
    assert refused.value.code == "bulk_under_way" and "Another act" in refused.value.sentence
    worked(job)
    begun(campaign, "exclude")


def test_when_the_campaign_ends_the_act_ends_with_a_sentence(campaign):
    listed(campaign, 3)
    job = begun(campaign, "retry")
    Campaign.objects.filter(pk=campaign.pk).update(status="completed")
    worked(job)
    assert (job.status, job.done) == ("failed", 0)
    assert job.problem == "The campaign is completed: its contacts stay as they are."
    with pytest.raises(Refused, match="its contacts stay as they are"):
        begun(Campaign.objects.get(pk=campaign.pk), "retry")


def test_tags_and_holds_of_all_who_match(campaign):
    rows = listed(campaign, 3)
    worked(begun(campaign, "tag", params={"tags": ["vip"]}))
    until = timezone.now() + timedelta(days=1)
    worked(begun(campaign, "hold", params={"until": until.isoformat(), "reason": "Complaint"}))
    for contact in Contact.objects.filter(pk__in=[row.contact_id for row in rows]):
        assert (contact.tags, contact.held_until, contact.held_reason) == ("|vip|", until, "Complaint")


@pytest.fixture
def draft(workspace) -> Campaign:
    return CampaignFactory(workspace=workspace)


def enrolled(campaign: Campaign, wanted: NewcomerFilter) -> BulkAction:
    return worked(bulk.enrol(campaign, Asked(ENROL), wanted, timezone.now()).bulk)


def test_all_who_match_and_are_not_in_the_campaign_are_added(draft, workspace):
    ContactFactory.create_batch(5, workspace=workspace, tags="|vip|")
    ContactFactory(workspace=workspace)
    CampaignContactFactory(campaign=draft, contact__tags="|vip|")
    barred = ContactFactory(workspace=workspace, tags="|vip|")
    SuppressionFactory(workspace=workspace, phone_number=barred.phone_number)
    ContactFactory(tags="|vip|")  # of another workspace
    job = enrolled(draft, NewcomerFilter(tag="vip"))
    assert (job.total, job.done, job.skipped) == (5, 5, {})
    assert draft.audience.count() == 6


def test_a_list_that_is_locked_meanwhile_takes_nobody(draft, workspace):
    ContactFactory.create_batch(3, workspace=workspace)
    job = bulk.enrol(draft, Asked(ENROL), NewcomerFilter(), timezone.now()).bulk
    Campaign.objects.filter(pk=draft.pk).update(status="running", run=1)
    worked(job)
    assert (job.status, draft.audience.count()) == ("failed", 0)
    assert job.problem.startswith("The contacts are fixed since the first run.")
    with pytest.raises(Refused) as refused:
        bulk.enrol(Campaign.objects.get(pk=draft.pk), Asked(ENROL), NewcomerFilter(), timezone.now())
    assert refused.value.code == "contacts_locked"


def test_those_known_here_are_told_apart_when_added_at_once(draft, workspace):
    fresh, here = ContactFactory(workspace=workspace), CampaignContactFactory(campaign=draft)
    foreign = ContactFactory()
    step = bulk.at_once(draft, Asked(ENROL), [fresh.pk, here.contact_id, foreign.pk], timezone.now())
    assert (step.done, step.skipped) == (1, {bulk.THERE: 1})
