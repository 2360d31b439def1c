"""The same file by every door: the same people, the same counts, the same sentences."""

import html
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import Role
from accounts.tokens import issue
from campaigns import upload_tasks
from campaigns.models import CampaignContact
from contacts import tasks as contact_tasks
from contacts.models import Contact, RejectedRow, Upload
from tests.contacts import hostile
from tests.factories import (
    AgentFactory,
    CampaignFactory,
    MembershipFactory,
    PoolNumberFactory,
    SuppressionFactory,
    WorkspaceFactory,
)

pytestmark = pytest.mark.django_db

ROWS = hostile.rows(60, seed=11)
BARRED = [f"+1{row[0]}" for row in ROWS if len(row[0]) == 10 and row[0].isdigit()][:3]
SEEN = [field.name for field in Contact._meta.concrete_fields if not field.generated]
OWN = {"id", "workspace", "upload", "created_at", "updated_at", "spread_at", "primary"}
SEEN = [*(name for name in SEEN if name not in OWN), "primary__phone_number"]


class Door:
    """A workspace of its own, somebody who may do everything there, and one way in."""

    def __init__(self, name: str, data: bytes, file_name: str):
        self.workspace = WorkspaceFactory(default_country="US")
        for number in BARRED:
            SuppressionFactory(workspace=self.workspace, phone_number=number)
        self.user = MembershipFactory(workspace=self.workspace, role=Role.OWNER).user
        self.client = Client()
        self.client.force_login(self.user)
        self.file = SimpleUploadedFile(file_name, data)
        self.said = ""  # what the door answered
        getattr(self, name)()

    def contacts_page(self) -> None:
        self.post("/contacts/uploads/new/", {"file": self.file, "default_country": "US"})
        self.begin("contacts:upload_load")

    def wizard(self) -> None:
        agent = AgentFactory(workspace=self.workspace)
        draft = CampaignFactory(workspace=self.workspace, agent=agent, set_up_at=None)
        PoolNumberFactory(campaign=draft)
        address = reverse("campaigns:edit", args=[draft.pk, "upload"])
        self.post(address, {"go": "upload", "file": self.file, "default_country": "US"})
        self.begin("contacts:upload_load")

    def panel(self) -> None:
        campaign = CampaignFactory(workspace=self.workspace)
        self.post(reverse("campaigns:import_contacts", args=[campaign.pk]), {"file": self.file})
        for link in campaign.uploads.all():
            self.begin("campaigns:upload_act", campaign.pk, link.pk, "begin")

    def api(self) -> None:
        _, plain = issue(self.workspace, "Program", Role.OWNER, (), None)
        program = APIClient(HTTP_AUTHORIZATION=f"Bearer {plain}")
        answer = program.post("/api/v1/imports/", {"file": self.file, "load": "true"}, format="multipart")
        self.said = answer.content.decode()
        if answer.status_code == 201:
            self.work()

    def back_office(self) -> None:
        User.objects.filter(pk=self.user.pk).update(is_staff=True)
        given = {"workspace": self.workspace.pk, "file": self.file, "default_country": "US", "purpose": "contacts"}
        self.post("/admin/contacts/upload/add/", given)
        self.begin("admin:contacts_upload_changelist", action="load", _selected_action=str(self.upload.pk))

    @property
    def upload(self) -> Upload:
        return Upload.objects.get(workspace=self.workspace)

    def post(self, address: str, given: dict[str, object]) -> None:
        self.said = html.unescape(self.client.post(address, given, follow=True).content.decode())

    def begin(self, name: str, *key: object, **given: str) -> None:
        """The staged file is loaded, if it was not refused."""
        if Upload.objects.filter(workspace=self.workspace, status="staged").exists():
            address = reverse(name) if given else reverse(name, args=key or (self.upload.pk,))
            self.client.post(address, given)
            self.work()

    def work(self) -> None:
        tasks = upload_tasks if self.upload.tasks == "campaigns.upload_tasks" else contact_tasks
        tasks.load_upload(self.upload.pk, self.upload.turn)

    def people(self) -> dict[str, dict]:
        rows = Contact.objects.filter(workspace=self.workspace).values(*SEEN)
        return {row["phone_number"]: row for row in rows}

    def told(self) -> dict[str, object]:
        upload = self.upload
        rejected = RejectedRow.objects.filter(upload=upload).values_list("line", "kind", "reason", "cells")
        return {
            "status": upload.status,
            "counts": upload.counts,
            "rows": (upload.rows, upload.rows_done, sum(upload.counts.values())),
            "warnings": upload.warnings,
            "note": upload.note,
            "rejected": list(rejected),
        }


DOORS = ("contacts_page", "wizard", "panel", "api", "back_office")


def workbook() -> bytes:
    book, to = openpyxl.Workbook(), io.BytesIO()
    for row in (hostile.COLUMNS, *ROWS):
        book.active.append([f"'{cell}" if cell.startswith("=") else cell for cell in row])
    book.save(to)
    return to.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (hostile.as_csv(ROWS).encode(), "people.csv"),
        (hostile.as_csv(ROWS).replace("\r\n", "\n").encode("utf-16"), "people.txt"),
        (workbook(), "people.xlsx"),
    ],
    ids=["csv", "utf-16", "excel"],
)
def test_one_file_gives_the_same_by_every_door(data, name) -> None:
    doors = {door: Door(door, data, name) for door in DOORS}
    first = doors["contacts_page"]
    expected, people = first.told(), first.people()
    assert expected["status"] == "loaded"
    assert expected["rows"] == (60, 60, 60)
    assert all(count for word, count in expected["counts"].items() if word not in ("updated", "unchanged"))
    assert expected["warnings"].keys() >= {"timezone", "priority", "suppressed"}
    assert len(people) == expected["counts"]["added"]
    for door, way in doors.items():
        assert way.told() == expected, door
        assert way.people() == people, door
    for door in ("wizard", "panel"):
        listed = CampaignContact.objects.filter(campaign__workspace=doors[door].workspace)
        assert set(listed.values_list("contact__phone_number", flat=True)) == people.keys()


@pytest.mark.parametrize("door", DOORS)
def test_a_file_that_cannot_be_read_gets_the_same_sentence_by_every_door(door) -> None:
    way = Door(door, b"%PDF-1.4 not a list", "people.csv")
    sentence = "This is a PDF. Save the list as CSV or Excel (.xlsx) and upload that."
    kept = Upload.objects.filter(workspace=way.workspace).first()
    assert sentence in way.said or (kept and sentence in kept.problem)
    assert kept is None or kept.status == "failed"
    assert not Contact.objects.exists()
