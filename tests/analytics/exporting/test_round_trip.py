"""An exported contacts file goes in again unchanged."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from campaigns import upload_tasks, uploads
from contacts.importing.exported import PERSON_COLUMNS, PREFIX, REST
from contacts.importing.mapping import MAX_EXPORTED
from contacts.models import Contact, Upload
from tests.analytics.exporting.made import content, exported, loaded, rows
from tests.factories import (
    CallFactory,
    CampaignContactFactory,
    CampaignFactory,
    GoalFactory,
    WorkspaceFactory,
)

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


GIVEN_BY_PROGRAMS = {
    "whole": 5, "part": 1.50, "point": 12.0, "long": 12345678901234567890, "yes": True, "no": False, "nothing": None,
    "list": [1, "a", None], "inside": {"a": {"ü": 1}}, "empty": "", "bare": [], "text": "true", "line": "x\n",
    "blanks": "  two  words ", "Phone Number": "5", "phone": "6", "tag": "z", "=q": "'=1", "'=q": "=1",
    "outdial_status": "gold", "outdial_contact": "1", "name": "other", "phone_number": "7", "variables": "x",
    "variables.name": "y", "variables.variables.z": 1,
}  # fmt: skip


def known(workspace, **columns) -> Contact:
    loaded(workspace, b"phone_number\n+12125550101\n", "people.csv")
    Contact.objects.filter(workspace=workspace).update(**columns)
    return Contact.objects.get(workspace=workspace)


@pytest.mark.parametrize("fmt", FORMATS)
def test_what_programs_gave_keeps_its_type(workspace, fmt):
    """Files write every value as a text; one that says what is there changes nothing, of the person and in a list."""
    contact = known(workspace, variables=GIVEN_BY_PROGRAMS, external_id="'=1", name="'-")
    campaign = CampaignFactory(workspace=workspace, status="draft")
    row = CampaignContactFactory(campaign=campaign, contact=contact, detail=GIVEN_BY_PROGRAMS)
    export = exported(workspace, "people", fmt)
    file = SimpleUploadedFile(export.file_name, content(export))
    link = uploads.receive(campaign, file, user=None, now=timezone.now())
    uploads.begin(link, timezone.now())
    upload = Upload.objects.get(pk=link.upload_id)
    upload_tasks.load_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert (upload.status, upload.unchanged, upload.updated) == ("loaded", 1, 0)
    again = loaded(workspace, content(export), export.file_name)
    assert (again.unchanged, again.updated) == (1, 0)
    contact.refresh_from_db()
    row.detail.refresh_from_db()
    for kept in (contact.variables, row.detail.variables):
        assert json.dumps(kept, sort_keys=True) == json.dumps(GIVEN_BY_PROGRAMS, sort_keys=True)
    assert (contact.external_id, contact.name) == ("'=1", "'-")


LONG = {"long": "x" * 40_000, "formula": "=" + "ab" * 20_000, "list": ["ü", 1.5] * 9_000, "bell": "a\x07b"}


def test_what_excel_cannot_hold_of_a_text_is_not_lost(workspace):
    contact = known(workspace, variables=LONG, company="A\x01B", tags="|a\x01|b|")
    export = exported(workspace, "people", "xlsx")
    again = loaded(workspace, content(export), export.file_name)
    assert (again.unchanged, again.updated) == (1, 0)
    contact.refresh_from_db()
    assert (contact.variables, contact.company, contact.tags) == (LONG, "A\x01B", "|a\x01|b|")
    loaded(workspace, b"phone_number,long,bell\n+12125550101,xx,a-b\n", "people.csv")
    contact.refresh_from_db()
    assert (contact.variables["long"], contact.variables["bell"]) == ("xx", "a-b")


def test_a_text_that_says_something_else_changes_it(workspace):
    contact = known(workspace, variables={"n": 1, "t": True, "s": "1"})
    loaded(workspace, b"phone_number,n,t,s\n+12125550101,2,1,1.0\n", "people.csv")
    contact.refresh_from_db()
    assert contact.variables == {"n": "2", "t": "1", "s": "1.0"}


MANY = {f"ü {at}": at for at in range(1_700)} | GIVEN_BY_PROGRAMS | {
    'a "quoted" one': 1, "back\\slash": {"a": 1}, "outdial_variables": "mine", "z": "last", "\ttab": "x",
}  # fmt: skip
SAID = {
    "ü 1": "1", "ü 1699": "1699", "yes": "true", "whole": "5", 'a "quoted" one': "1",
    "back\\slash": '{"a": 1}', "outdial_variables": "mine", "z": "last", "long": "12345678901234567890",
}  # fmt: skip


@pytest.mark.parametrize("kind", ("people", "contacts"))
@pytest.mark.parametrize("fmt", FORMATS)
def test_more_variables_than_columns_share_one_and_come_in_again(workspace, fmt, kind):
    contact = known(workspace, variables=MANY)
    loaded(workspace, b"phone_number,z\n+12125550102,only\n", "others.csv")
    other = workspace.contacts.get(phone_number="+12125550102")
    campaign = CampaignFactory(workspace=workspace)
    for one in (contact, other):
        CampaignContactFactory(campaign=campaign, contact=one, detail=one.variables)
    export = exported(workspace, kind, fmt, campaign if kind == "contacts" else None)
    assert len(rows(export)[0]) <= MAX_EXPORTED
    again = loaded(workspace, content(export), export.file_name)
    assert (again.unchanged, again.rows, again.warnings) == (2, 2, {})
    empty = WorkspaceFactory()
    loaded(empty, content(export), export.file_name)
    there = {one.phone_number: one.variables for one in empty.contacts.all()}
    assert there[other.phone_number] == {"z": "only"}
    assert {name: there[contact.phone_number].get(name) for name in SAID} == SAID


def test_a_cut_cell_of_variables_is_a_warning(workspace):
    """As Excel cuts it; an upload of a file with a variable that is merely named so says nothing."""
    known(workspace, variables={"a": "1"})
    head = ",".join(["phone_number", *PERSON_COLUMNS, REST])
    empty = "," * len(PERSON_COLUMNS)
    cut = loaded(workspace, f'{head}\n+12125550101{empty},"{{""a"": ""2"\n'.encode(), "people.csv")
    assert (cut.unchanged, cut.warnings["variables"]["count"]) == (1, 1)
    named = loaded(workspace, f"phone_number,{REST}\n+12125550101,gold\n".encode(), "people.csv")
    assert (named.updated, named.warnings) == (1, {})


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_variables_of_many_files_are_more_columns_than_one_file_may_have(workspace, fmt):
    known(workspace, variables={f"v{at}": str(at) for at in range(300)})
    export = exported(workspace, "people", fmt)
    again = loaded(workspace, content(export), export.file_name)
    assert (again.unchanged, again.rows) == (1, 1)
