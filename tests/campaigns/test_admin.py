"""Campaigns in the back office: the same rules as on the pages and in the API."""

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.roles import Role
from campaigns.admin import audience as admin_of_people
from campaigns.choices import CampaignStatus
from campaigns.models import Call, Campaign, CampaignAction, CampaignContact, CampaignTransition
from goals.models import Goal
from tests.factories import (
    AgentFactory,
    BulkActionFactory,
    CallFactory,
    CampaignContactFactory,
    CampaignFactory,
    GoalFactory,
    MembershipFactory,
    NumberFactory,
    PoolNumberFactory,
    WorkspaceFactory,
)
from tests.forms import fields

LIST = "/admin/campaigns/campaign/"


def page(campaign):
    return f"{LIST}{campaign.pk}/change/"


def do(client, action, *campaigns, address=LIST):
    answer = client.post(address, {"action": action, "_selected_action": [c.pk for c in campaigns]})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return [str(message) for message in get_messages(answer.wsgi_request)]


def save(client, address, **changed):
    """Opens the page, changes some fields and sends it: the answer, followed."""
    return client.post(address, fields(client.get(address), **changed), follow=True)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def ready(workspace):
    campaign = CampaignFactory(workspace=workspace, max_attempts=1)
    PoolNumberFactory(campaign=campaign, number=NumberFactory(workspace=workspace))
    CampaignContactFactory(campaign=campaign)
    return campaign


def test_a_campaign_is_made_with_pool_and_goals(superuser, workspace):
    number = NumberFactory(workspace=workspace)
    answer = save(
        superuser,
        f"{LIST}add/",
        workspace=workspace.pk,
        name="Spring",
        agent=AgentFactory(workspace=workspace).pk,
        tags="b2b, spring",
        retry_on=["busy", "rnr"],
        retry_dispositions="Callback requested",
        window_timezone="Europe/Berlin",
        **{"pool-TOTAL_FORMS": 1, "pool-0-number": number.pk, "pool-0-weight": 2, "pool-0-status": "active"},
        **{"goals-TOTAL_FORMS": 1, "goals-0-name": "Meeting", "goals-0-kind": "primary"},
    )
    assert answer.status_code == 200
    campaign = Campaign.objects.get()
    assert (campaign.status, campaign.tags, campaign.retry_on) == ("draft", "|b2b|spring|", ["busy", "rnr"])
    assert campaign.retry_dispositions == ["callback_requested"]
    assert list(campaign.pool.values_list("number", "position", "weight")) == [(number.pk, 0, 2)]
    assert campaign.goals.get().name == "Meeting"
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"campaign.create", "campaign.change"}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"concurrency_limit": 0}, "greater than or equal to 1"),
        ({"max_attempts": 12}, "less than or equal to 11"),
        ({"window_end": "00:00", "window_start": "00:00"}, "window"),
        ({"window_days": []}, "Tick at least one working day"),
        ({"trigger_mode": "scheduled"}, "needs a start time"),
        ({"mode": "single_day", "always_on": "on"}, "Always-on needs the mode Multi Day"),
        ({"metadata": "[]"}, "JSON object"),
    ],
)
def test_the_same_field_rules_hold(superuser, ready, changed, sentence):
    before = Campaign.objects.values().get()
    answer = save(superuser, page(ready), **changed)
    assert sentence in answer.content.decode()
    assert Campaign.objects.values().get() == before


def test_another_workspaces_agent_is_refused(superuser, ready):
    answer = save(superuser, page(ready), agent=AgentFactory(workspace=WorkspaceFactory()).pk)
    assert "This belongs to another workspace" in answer.content.decode()


def test_a_change_is_made_and_in_the_trail(superuser, ready):
    save(superuser, page(ready), max_attempts=4, retry_on=["busy"])
    ready.refresh_from_db()
    assert (ready.max_attempts, ready.retry_on) == (4, ["busy"])
    event = AuditEvent.objects.get(action="campaign.change")
    assert (event.actor, event.detail) == (superuser.user, {"max_attempts": [1, 4], "retry_on": [[], ["busy"]]})


def test_saving_without_a_change_changes_nothing(superuser, ready):
    before = (Campaign.objects.values().get(), list(ready.pool.values()))
    assert "changed successfully" in str(said(save(superuser, page(ready))))
    assert (Campaign.objects.values().get(), list(ready.pool.values())) == before
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("status", "run", "open_", "shut"),
    [
        ("draft", 0, {"name", "agent", "max_attempts", "notes"}, set()),
        ("paused", 1, {"max_attempts", "notes"}, {"name", "agent"}),
        ("running", 1, {"notes", "priority"}, {"name", "agent", "max_attempts", "window_start"}),
        ("completed", 1, {"notes", "priority"}, {"name", "agent", "max_attempts", "window_start"}),
    ],
)
def test_locked_fields_are_not_on_the_form(superuser, ready, status, run, open_, shut):
    Campaign.objects.filter(pk=ready.pk).update(status=status, run=run)
    sent = set(fields(superuser.get(page(ready))))
    assert open_ <= sent
    assert not shut & sent
    assert "status" not in sent


def test_a_locked_field_that_is_sent_all_the_same_is_ignored(superuser, ready):
    Campaign.objects.filter(pk=ready.pk).update(status="running", run=1)
    save(superuser, page(ready), name="Another", status="completed", notes="kept")
    ready.refresh_from_db()
    assert (ready.status, ready.notes) == ("running", "kept")
    assert ready.name != "Another"


def test_a_start_between_the_look_and_the_save_wins(superuser, ready):
    sent = fields(superuser.get(page(ready)), max_attempts=9)
    sent |= {"name": ready.name}
    Campaign.objects.filter(pk=ready.pk).update(status="running", run=1)
    superuser.post(page(ready), sent)
    assert Campaign.objects.get(pk=ready.pk).max_attempts == 1


def test_a_number_can_be_switched_off_while_running_but_not_taken_out(superuser, ready):
    Campaign.objects.filter(pk=ready.pk).update(status="running", run=1)
    sent = fields(superuser.get(page(ready)))
    assert "pool-0-number" not in sent
    assert "pool-0-DELETE" not in superuser.get(page(ready)).content.decode()
    save(superuser, page(ready), **{"pool-0-status": "disabled"})
    assert ready.pool.get().status == "disabled"


def test_the_pool_is_ordered_and_emptied_in_draft(superuser, ready, workspace):
    first, second = ready.pool.get(), PoolNumberFactory(campaign=ready, position=5)
    save(superuser, page(ready), **{"pool-0-position": 9})
    assert list(ready.pool.order_by("position").values_list("pk", flat=True)) == [second.pk, first.pk]
    save(superuser, page(ready), **{"pool-0-DELETE": "on"})
    assert ready.pool.count() == 1


def test_naming_another_primary_goal_demotes_the_first(superuser, ready):
    first, second = GoalFactory(campaign=ready, kind="primary"), GoalFactory(campaign=ready, kind="secondary")
    save(superuser, page(ready), **{"goals-1-kind": "primary"})
    assert dict(Goal.objects.values_list("pk", "kind")) == {first.pk: "secondary", second.pk: "primary"}


def test_the_actions_move_a_campaign_and_keep_its_history(superuser, ready):
    for action, status in [("start", "running"), ("pause", "paused"), ("resume", "running"), ("stop", "completed")]:
        assert do(superuser, action, ready)
        assert Campaign.objects.get(pk=ready.pk).status == status
    assert set(CampaignTransition.objects.values_list("actor", flat=True)) == {superuser.user.pk}
    assert CampaignTransition.objects.count() == 4


def test_a_start_that_is_not_ready_says_every_blocker(superuser, workspace):
    campaign = CampaignFactory(workspace=workspace)
    sentences = do(superuser, "start", campaign)
    assert len(sentences) > 1
    assert Campaign.objects.get().status == "draft"


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("draft", "pause"),
        ("running", "start"),
        ("completed", "resume"),
        ("cancelled", "restart"),
        ("running", "delete"),
    ],
)
def test_a_move_that_the_table_does_not_know_is_refused(superuser, ready, status, action):
    Campaign.objects.filter(pk=ready.pk).update(status=status, run=1)
    assert any(status in sentence for sentence in do(superuser, action, ready))
    assert Campaign.objects.get(pk=ready.pk).status == status


def test_each_selected_campaign_is_asked_by_itself(superuser, ready, workspace):
    unready = CampaignFactory(workspace=workspace)
    do(superuser, "start", unready, ready)
    assert {c.pk: c.status for c in Campaign.objects.all()} == {ready.pk: "running", unready.pk: "draft"}


def test_clone_archive_and_delete(superuser, ready):
    do(superuser, "clone", ready)
    do(superuser, "archive", ready)
    assert Campaign.objects.get(pk=ready.pk).archived_at
    do(superuser, "unarchive", ready)
    do(superuser, "delete", ready)
    assert [c.name for c in Campaign.objects.all()] == [f"{ready.name} (copy)"]


def test_staff_see_and_move_only_what_is_theirs(staff, ready):
    foreign = CampaignFactory(workspace=WorkspaceFactory())
    operator = staff(Role.OPERATOR)
    text = operator.get(LIST).content.decode()
    assert ready.name in text
    assert foreign.name not in text
    assert operator.get(page(ready)).status_code == 200
    assert operator.get(page(foreign)).status_code == 404
    do(operator, "cancel", foreign)
    assert Campaign.objects.get(pk=foreign.pk).status == "draft"


def test_a_viewer_on_staff_reads_and_moves_nothing(staff, ready):
    viewer = staff(Role.VIEWER)
    assert viewer.get(page(ready)).status_code == 200
    assert viewer.post(page(ready), {"notes": "x"}).status_code == 403
    viewer.post(LIST, {"action": "cancel", "_selected_action": [ready.pk]})
    assert Campaign.objects.get(pk=ready.pk).status == "draft"
    assert viewer.get(f"{LIST}add/").status_code == 403


def test_an_operator_may_not_archive(staff, ready):
    operator = staff(Role.OPERATOR)
    operator.post(LIST, {"action": "archive", "_selected_action": [ready.pk]})
    assert Campaign.objects.get(pk=ready.pk).archived_at is None


def test_somebody_in_two_workspaces_has_each_role_in_its_own(staff, member, ready):
    operator = staff(Role.OPERATOR)
    elsewhere = MembershipFactory(user=operator.user, role=Role.VIEWER).workspace
    seen = CampaignFactory(workspace=elsewhere)
    assert operator.get(page(seen)).status_code == 200
    do(operator, "cancel", ready, seen)
    assert {c.pk: c.status for c in Campaign.objects.all()} == {ready.pk: "cancelled", seen.pk: "draft"}


def test_filters_offer_only_ones_own_rows(staff, ready):
    AgentFactory(workspace=WorkspaceFactory(), name="A foreign agent")
    assert "A foreign agent" not in staff(Role.OWNER).get(LIST).content.decode()


def test_a_list_of_three_costs_the_queries_of_a_list_of_one(superuser, ready):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            for address in (LIST, "/admin/campaigns/campaigncontact/", "/admin/campaigns/call/"):
                assert superuser.get(address).status_code == 200
        return len(captured)

    CallFactory(campaign=ready, workspace=ready.workspace)
    queries()
    one = queries()
    for _ in range(2):
        CampaignContactFactory(campaign=CampaignFactory(workspace=ready.workspace))
        CallFactory(campaign=ready, workspace=ready.workspace)
    assert queries() == one


def test_people_are_moved_by_hand(superuser, ready):
    row = ready.audience.get()
    address = "/admin/campaigns/campaigncontact/"
    for action, status in [("set_completed", "completed"), ("retry", "retry"), ("set_pending", "pending")]:
        assert do(superuser, action, row, address=address)[-1] == f"{ready}: 1 moved."
        assert CampaignContact.objects.get().status == status
    assert do(superuser, "exclude", row, address=address)
    assert CampaignContact.objects.get().status == "excluded"


def test_more_people_than_a_request_may_move_are_sent_to_the_contacts_tab(superuser, ready, monkeypatch):
    monkeypatch.setattr(admin_of_people, "AT_ONCE", 0)
    said = do(superuser, "exclude", ready.audience.get(), address="/admin/campaigns/campaigncontact/")
    assert "use the campaign's Contacts tab" in said[-1]
    assert CampaignContact.objects.get().status != "excluded"


def test_acts_on_many_people_are_listed_with_what_came_of_them(superuser, ready):
    bulk = BulkActionFactory(workspace=ready.workspace, words="Excluding: the list", total=5, done=4)
    CampaignAction.objects.create(campaign=ready, bulk=bulk)
    page = superuser.get("/admin/campaigns/campaignaction/?q=excluding").content.decode()
    assert "Excluding: the list" in page and "Finished" in page


def test_a_call_is_read_and_never_changed(superuser, ready):
    call = CallFactory(campaign=ready, workspace=ready.workspace)
    address = f"/admin/campaigns/call/{call.pk}/"
    assert superuser.get(f"{address}change/").status_code == 200
    assert superuser.post(f"{address}change/", {"verdict": "x"}).status_code == 403
    assert superuser.get(f"{address}delete/").status_code == 403
    assert Call.objects.exists()


def upload(client, text, workspace):
    """Sends a CSV, and confirms what the preview shows."""
    file = SimpleUploadedFile("campaigns.csv", text.encode(), content_type="text/csv")
    address = reverse("admin:campaigns_campaign_import")
    preview = client.post(address, {"import_file": file, "format": "0", "resource": "0", "workspace": workspace.pk})
    if "confirm_form" not in preview.context:
        return preview
    confirmed = preview.context["confirm_form"].initial | {"workspace": workspace.pk}
    return client.post(reverse("admin:campaigns_campaign_process_import"), confirmed, follow=True)


def test_an_exported_campaign_can_be_imported_into_another_workspace(superuser, ready):
    Campaign.objects.filter(pk=ready.pk).update(notes="=1+1", retry_on=["busy"], tags="|b2b|")
    text = superuser.post(reverse("admin:campaigns_campaign_export"), {"format": "0", "resource": "0"}).content.decode()
    assert "'=1+1" in text
    other = WorkspaceFactory()
    agent = AgentFactory(workspace=other, name=ready.agent.name)
    NumberFactory(workspace=other, phone_number=ready.pool.get().number.phone_number)
    upload(superuser, text, other)
    made = Campaign.objects.get(workspace=other)
    assert (made.name, made.agent, made.notes, made.status) == (ready.name, agent, "=1+1", CampaignStatus.DRAFT)
    assert (made.retry_on, made.tags, made.pool.count()) == (["busy"], "|b2b|", 1)


def test_an_import_keeps_to_the_rules_and_the_locks(superuser, ready, workspace):
    assert "window" in upload(superuser, f"name,window_start\n{ready.name},25:00\n", workspace).content.decode()
    Campaign.objects.filter(pk=ready.pk).update(status="running", run=1)
    refused = upload(superuser, f"name,max_attempts\n{ready.name},5\n", workspace)
    assert "Only draft and paused campaigns can be edited" in refused.content.decode()
    assert Campaign.objects.get().max_attempts == 1
    upload(superuser, f"name,notes,status\n{ready.name},hello,completed\n", workspace)
    assert (Campaign.objects.get().notes, Campaign.objects.get().status) == ("hello", "running")


def test_an_import_into_another_workspace_is_refused(staff, ready):
    other = WorkspaceFactory()
    AgentFactory(workspace=other, name="Agent")
    upload(staff(Role.OWNER), "name,agent\nSpring,Agent\n", other)
    assert not Campaign.objects.filter(workspace=other).exists()
