"""What leaves the back office as a file says why: why not called, and why called."""

import csv
import io
import json

import pytest
from django.urls import reverse

from accounts.roles import Role
from contacts.importing.exported import PREFIX
from tests.campaigns.dialing.floor import claimed, running
from tests.factories import MembershipFactory, UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
CSV = {"format": "0", "resource": "0"}


@pytest.fixture
def staff(client, workspace):
    person = UserFactory(is_staff=True)
    MembershipFactory(user=person, workspace=workspace, role=Role.OPERATOR)
    client.force_login(person)
    return client


def rows(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_people_leave_with_their_blocker_and_the_next_time(staff, workspace):
    workspace.safe_hours = False  # the export goes by the real clock
    workspace.save()
    campaign = running(workspace, people=3)
    held = campaign.audience.first()
    held.contact.held_until, held.contact.held_reason = held.added_at.replace(year=2096), "On leave"
    held.contact.save()
    campaign.audience.filter(pk=campaign.audience.last().pk).update(status="completed", next_attempt_at=None)

    found = rows(staff.post(reverse("admin:campaigns_campaigncontact_export"), CSV))

    assert {row[f"{PREFIX}blocker"] for row in found} == {"held", "in_turn", "completed"}
    one = next(row for row in found if row[f"{PREFIX}blocker"] == "held")
    assert "On leave" in one[f"{PREFIX}blocker_sentence"]
    assert one[f"{PREFIX}eligible_at"].startswith("2096")


def test_calls_leave_with_their_clearance(staff, workspace):
    running(workspace, people=1)
    (call,) = claimed(workspace)
    (found,) = rows(staff.post(reverse("admin:campaigns_call_export"), CSV))
    assert json.loads(found["clearance"])["attempts"] == call.clearance["attempts"]


def test_nobody_exports_what_another_workspace_holds(staff, workspace):
    running(WorkspaceFactory(), people=2)
    assert rows(staff.post(reverse("admin:campaigns_campaigncontact_export"), CSV)) == []


def test_a_viewer_exports_nothing(staff, workspace):
    workspace.memberships.update(role=Role.VIEWER)
    assert staff.post(reverse("admin:campaigns_call_export"), CSV).status_code == 403
