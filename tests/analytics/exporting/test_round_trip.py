"""An exported contacts file goes in again unchanged."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contacts.importing import load, staging
from contacts.importing.exported import PREFIX
from contacts.models import Contact, Upload
from tests.analytics.exporting.made import content, exported, rows
from tests.factories import CallFactory, CampaignContactFactory, CampaignFactory, GoalFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
FORMATS = ("csv", "csv_semicolon", "xlsx", "json")
FILE = '''phone_number,name,first_name,last_name,company,email,country,timezone,tags,priority,external_id,consent_note,\
consent_source,primary_phone_number,plan,=formula,status,"two
lines"
+12125550101,,Ann,Lee,-Co,a@example.com,US,,vip;b2b,high,0012,"two
notes",web,,gold,=1+1,'=x,
+12125550102,@Bo,Bo,,,"b@example.com",,America/Denver,,low,,,,+12125550101,silver,-5,"a ""b""","x
y"
+4930901820,Zoë,,,"Ümlaut; GmbH",,,,=tag,,E-1,,,,,+49 30,,
+442079460184,,,,,,FR,,,normal,,,,,+4930,,1e5,
'''


def loaded(workspace, data: bytes, name: str) -> Upload:
    upload = staging.receive(workspace, SimpleUploadedFile(name, data), user=None, now=timezone.now())
    staging.stage(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == "staged", (upload.status, upload.problem)
    load.begin(upload, timezone.now())
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == "loaded", (upload.status, upload.problem)
    return upload


def people_of(workspace) -> dict[str, dict]:
    rows_ = Contact.objects.filter(workspace=workspace)
    known = ("name", "first_name", "last_name", "company", "email", "country", "timezone", "zone_source", "tags")
    known += ("priority", "external_id", "variables", "consent_note", "consent_source", "hours_key_id")
    return {c["phone_number"]: c for c in rows_.values("phone_number", "primary__phone_number", *known)}


def told(found: list[dict]) -> list[dict]:
    """The rows without what is new in every workspace."""
    return [{name: cell for name, cell in row.items() if not name.startswith(PREFIX)} for row in found]


@pytest.mark.parametrize("fmt", FORMATS)
def test_into_the_same_workspace_nothing_changes(workspace, fmt):
    loaded(workspace, FILE.encode(), "people.csv")
    before = people_of(workspace)
    export = exported(workspace, "people", fmt)
    again = loaded(workspace, content(export), export.file_name)
    assert (again.unchanged, again.rows, again.added, again.updated) == (4, 4, 0, 0)
    assert people_of(workspace) == before


@pytest.mark.parametrize("fmt", FORMATS)
def test_into_an_empty_workspace_the_same_people_come_out(workspace, fmt):
    loaded(workspace, FILE.encode(), "people.csv")
    export = exported(workspace, "people", fmt)
    other = WorkspaceFactory(default_country="DE")
    upload = loaded(other, content(export), export.file_name)
    assert (upload.added, upload.rows) == (4, 4)
    assert people_of(other) == people_of(workspace)
    assert told(rows(exported(other, "people", fmt))) == told(rows(export))


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_campaigns_file_leaves_its_metrics_out(workspace, fmt):
    loaded(workspace, FILE.encode(), "people.csv")
    campaign = CampaignFactory(workspace=workspace)
    GoalFactory(campaign=campaign, name="=Won")
    for contact in workspace.contacts.order_by("pk"):
        row = CampaignContactFactory(campaign=campaign, contact=contact, detail=contact.variables)
        CallFactory(workspace=workspace, campaign=campaign, campaign_contact=row)
    before = people_of(workspace)
    export = exported(workspace, "contacts", fmt, campaign)
    again = loaded(workspace, content(export), export.file_name)
    assert (again.unchanged, again.rows) == (4, 4)
    other = WorkspaceFactory()
    loaded(other, content(export), export.file_name)
    assert people_of(other) == people_of(workspace) == before
