import pytest
from django.urls import reverse

from campaigns.models import CallReport
from tests.factories import NOON, CallFactory, CampaignFactory, ContactFactory

pytestmark = pytest.mark.django_db
SAID = [{"speaker": "agent", "text": "Hello there", "at": 0.5}, {"speaker": "contact", "text": "Good day", "at": 2}]


@pytest.fixture
def call(workspace):
    contact = ContactFactory(workspace=workspace, name="Ada Lovelace")
    call = CallFactory(
        workspace=workspace,
        contact=contact,
        clearance={"suppressed": False, "attempts": {"before": 0, "maximum": 3}},
    )
    CallReport.objects.create(
        call=call,
        transcript=SAID,
        summary="Wants a boat.",
        disposition="callback_requested",
        recording_url="https://recordings.example/1.mp3",
        received_at=NOON,
    )
    return call


def page(client, call):
    return " ".join(client.get(reverse("campaigns:call", args=[call.pk])).content.decode().split())


def test_a_call_shows_who_what_was_said_and_why_it_was_placed(viewer, call):
    shown = page(viewer, call)
    for part in (
        "Ada Lovelace",
        "Hello there",
        "Good day",
        "Wants a boat.",
        "Callback requested",
        "0 of 3 allowed",
        "1:05",
    ):
        assert part in shown


def test_what_the_carrier_said_is_marked_as_said_by_the_carrier(viewer, call):
    assert page(viewer, call).count("Said by the carrier") == 2
    bare = CallFactory(workspace=call.workspace)
    assert "Said by the carrier" not in page(viewer, bare)


@pytest.mark.parametrize(("role", "listens"), [("viewer", False), ("operator", True), ("support", True)])
def test_recordings_are_for_those_who_may_listen(signed_in, call, role, listens):
    assert ("recordings.example" in page(signed_in(role), call)) == listens


@pytest.mark.parametrize("outcome", ["busy", "error", "machine", "timeout"])
def test_a_call_without_a_conversation_has_its_page_too(viewer, workspace, outcome):
    call = CallFactory(workspace=workspace, outcome=outcome, answered_at=None, cost=None)
    assert call.status_word in page(viewer, call)


def test_a_live_call_and_a_test_call_have_their_pages(viewer, workspace):
    live = CallFactory(
        workspace=workspace, outcome="", ended_at=None, concluded_at=None, state=2, check_at=NOON, answered_at=None
    )
    assert "Ringing" in page(viewer, live)
    other = CallFactory(workspace=workspace)
    test_call = CallFactory(
        workspace=workspace,
        campaign=None,
        campaign_contact=None,
        contact=None,
        agent=other.agent,
        phone_number="+12125550177",
        cause="test",
        sequence=None,
        attempt=None,
    )
    assert "+12125550177" in page(viewer, test_call)


def test_conversations_hold_answered_calls_of_every_campaign(viewer, workspace, call):
    CallFactory(workspace=workspace, outcome="busy", contact=ContactFactory(workspace=workspace, name="Busy Bee"))
    other = CallFactory(workspace=workspace, campaign=CampaignFactory(workspace=workspace, name="Other campaign"))
    shown = viewer.get("/conversations/").content.decode()
    assert "Ada Lovelace" in shown and "Other campaign" in shown and "Busy Bee" not in shown
    only = viewer.get("/conversations/", {"campaign": other.campaign_id}).content.decode()
    assert "Ada Lovelace" not in only


@pytest.mark.parametrize("count", (1, 3))
def test_the_list_takes_the_same_queries_for_one_call_as_for_three(viewer, workspace, count, django_assert_num_queries):
    CallFactory.create_batch(count, workspace=workspace)
    with django_assert_num_queries(6):
        assert len(viewer.get("/conversations/").context["page"].rows) == count


def test_an_empty_list_says_what_it_is_for(viewer):
    assert "Nobody has answered a call yet." in viewer.get("/conversations/").content.decode()
    assert "No conversation matches." in viewer.get("/conversations/", {"q": "ada"}).content.decode()
