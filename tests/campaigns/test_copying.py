"""A long list is taken over by a clone in the background: whole, in order, and nothing starts before."""

import pytest

from campaigns import acts, audience, bulk, bulk_tasks, cloning, readiness, replacing, uploads
from campaigns.models import Campaign
from campaigns.queries.acts import latest
from campaigns.wizard import steps
from contacts import bulk as jobs
from contacts.models import BulkAction
from contacts.queries import Filters
from tests.campaigns.test_cloning import clone
from tests.campaigns.test_uploads import sent
from tests.contacts.files import Killed, killed, many
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, ContactFactory, PoolNumberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def long(workspace, monkeypatch) -> Campaign:
    """With five people, where two may be copied at once."""
    campaign = CampaignFactory(workspace=workspace, name="Spring", status="completed", run=2)
    monkeypatch.setattr(bulk, "COPIED_AT_ONCE", 2)
    monkeypatch.setattr(jobs, "PIECE", 2)
    monkeypatch.setattr(jobs, "PIECE_ON_SQLITE", 2)
    for n in range(5):
        CampaignContactFactory(campaign=campaign, status="completed", next_attempt_at=None, detail={"n": n})
    return campaign


def copying(draft: Campaign) -> BulkAction:
    return BulkAction.objects.get(campaign_action__campaign=draft, action="copy")


def worked(job: BulkAction) -> BulkAction:
    bulk_tasks.act(job.pk, job.turn)
    job.refresh_from_db()
    return job


def test_a_long_list_is_copied_by_a_job_whole_and_in_order(long):
    draft = clone(long, with_contacts=True, actor_name="a program")
    job = copying(draft)
    assert (draft.audience.count(), job.total, job.words) == (0, 5, "Copying contacts: Spring (copy)")
    worked(job)
    assert (job.status, job.done) == ("done", 5)
    rows = draft.audience.order_by("pk").values_list("contact", "detail__variables", "status")
    order = long.audience.order_by("pk").values_list("contact", flat=True)
    assert list(rows) == [(contact, {"n": n}, "pending") for n, contact in enumerate(order)]


@pytest.mark.parametrize("piece", [1, 2, 3])
def test_a_copy_whose_worker_is_killed_goes_on_where_it_was(long, piece, monkeypatch):
    draft, enrol, seen = clone(long, with_contacts=True), audience.enrol, []

    def dies(*args: object) -> object:
        seen.append(enrol(*args))
        if len(seen) == piece:
            raise Killed
        return seen[-1]

    monkeypatch.setattr(audience, "enrol", dies)
    with killed():
        bulk_tasks.act(copying(draft).pk, copying(draft).turn)
    assert draft.audience.count() == 2 * (piece - 1)
    job = worked(copying(draft))
    assert (job.status, job.done, draft.audience.count()) == ("done", 5, 5)


def test_nothing_starts_while_people_are_still_being_copied(long):
    draft = clone(long, with_contacts=True)
    PoolNumberFactory(campaign=draft)
    wait = "People are still being added: 0 of 5. Wait until all are there, or cancel it."
    assert readiness.blockers(readiness.check(draft, NOON)) == [wait]
    with pytest.raises(cloning.Moving, match="Then clone it with its contacts"):
        clone(draft, with_contacts=True)
    assert clone(draft).audience.count() == 0
    worked(copying(draft))
    assert readiness.blockers(readiness.check(draft, NOON)) == []


def test_an_always_on_draft_may_start_while_people_are_copied_into_it(long):
    long.always_on = True
    long.save()
    draft = clone(long, with_contacts=True)
    PoolNumberFactory(campaign=draft)
    assert readiness.blockers(readiness.check(draft, NOON)) == []


@pytest.mark.parametrize("always_on", [False, True])
def test_a_list_that_is_still_loaded_is_not_copied(workspace, always_on):
    draft = CampaignFactory(workspace=workspace, always_on=always_on)
    uploads.begin(sent(draft, many(3)).campaign_upload, NOON)
    with pytest.raises(cloning.Moving, match="Wait until all are there"):
        clone(draft, with_contacts=True)


def test_a_file_replaces_the_list_only_once_it_is_copied(long):
    Campaign.objects.filter(pk=long.pk).update(status="draft", run=0)
    job = copying(clone(Campaign.objects.get(pk=long.pk), with_contacts=True))
    upload = sent(Campaign.objects.get(pk=long.pk), many(1, first=90), replaces=True)
    assert (long.audience.count(), worked(job).done) == (5, 5)
    replacing.take_place(upload.pk)
    assert long.audience.count() == 0


def test_who_leaves_the_list_before_they_are_copied_is_told(long):
    job = copying(clone(long, with_contacts=True))
    long.audience.last().delete()
    assert worked(job).status == "done"
    assert (job.done, job.skipped) == (4, {bulk.LEFT: 1})


def test_a_copy_that_did_not_come_to_its_end_is_said_on_the_draft(long, operator):
    draft = clone(long, with_contacts=True)
    page = operator.get(f"/campaigns/{draft.pk}/").content.decode()
    assert "Copying contacts: Spring (copy)" in page
    assert "People are still being added: 0 of 5." in page
    strip = f"/campaigns/{draft.pk}/contacts/acts/?whole"
    assert f'hx-get="{strip}"' in page
    assert "HX-Refresh" not in operator.get(strip).headers
    jobs.cancel(copying(draft), NOON)
    assert operator.get(strip)["HX-Refresh"] == "true", "readiness is another one now"
    page = operator.get(f"/campaigns/{draft.pk}/").content.decode()
    PoolNumberFactory(campaign=draft)
    assert "The list is empty." in page
    assert readiness.blockers(readiness.check(draft, NOON)) == ["The list is empty. Upload a contact file."]
    CampaignContactFactory(campaign=draft)
    assert readiness.blockers(readiness.check(draft, NOON)) == []
    page = operator.get(f"/campaigns/{draft.pk}/").content.decode()
    assert "Only 0 of 5 people were copied. The copy was cancelled." in page


def test_an_act_on_a_few_does_not_hide_the_copy_that_goes_on(long, workspace):
    draft = clone(long, with_contacts=True)
    other = ContactFactory(workspace=workspace)
    acts.begin(workspace, "campaign", {"campaign": draft.pk}, ids=[other.pk], user=None, actor_name="Ada", now=NOON)
    assert latest(draft).bulk == copying(draft)


def test_nothing_else_adds_many_people_while_it_is_copied(long, workspace, monkeypatch):
    monkeypatch.setattr(acts, "AT_ONCE", 1)
    draft = clone(long, with_contacts=True)
    with pytest.raises(acts.Refused, match="Another act on this list is under way"):
        acts.begin(
            workspace, "campaign", {"campaign": draft.pk}, filters=Filters(), user=None, actor_name="Ada", now=NOON
        )


def test_the_wizard_asks_for_no_file_while_people_are_copied(long):
    assert steps.UPLOAD.lacks(clone(long, with_contacts=True)) == ""


def test_a_draft_that_is_deleted_while_people_are_copied_ends_the_copy(long):
    draft = clone(long, with_contacts=True)
    job = copying(draft)
    draft.delete()
    assert (worked(job).status, job.problem) == ("failed", "The campaign has been deleted.")


def test_the_page_says_that_the_contacts_follow(long, operator):
    answer = operator.post(f"/campaigns/{long.pk}/clone/", {"contacts": "1"}, follow=True)
    assert "Its contacts are being copied." in answer.content.decode()


def test_a_campaign_that_is_deleted_while_it_is_copied_fails_the_copy_and_says_why(long):
    job = copying(clone(long, with_contacts=True))
    long.delete()
    assert worked(job).status == "failed"
    assert job.problem == "The campaign whose contacts were being copied has been deleted. Who is copied stays."


def test_a_file_that_replaces_the_list_ends_the_copy(long):
    draft = clone(long, with_contacts=True)
    sent(draft, many(1, first=90), replaces=True)
    assert worked(copying(draft)).status == "cancelled"
    assert draft.audience.count() == 0
