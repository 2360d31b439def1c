"""Cells: harmless in a spreadsheet, raw in JSON, and the same from both databases."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from analytics.exporting.people import CONTACT
from analytics.exporting.writing import BORDER
from contacts.importing.exported import PREFIX
from contacts.importing.guard import guarded, unguarded
from contacts.importing.mapping import OTHER_NAMES
from contacts.models import Contact
from contacts.resources import SuppressionResource
from tests.analytics.exporting.made import content, exported, grid, rows
from tests.campaigns.history import campaign_with_past
from tests.factories import CallFactory, CampaignContactFactory, CampaignFactory, ContactFactory, SuppressionFactory

pytestmark = pytest.mark.django_db
HOSTILE = (
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")'),
    *("'=1", "''=1", "'+49", "'", "''", "'plain", "+49 30 1", "+4930", "+", "-", "=", "+\u0664\u0669", "+49\n", "-5"),
    *('a"b', "a,b;c", "two\nlines", "cr\rin", "back\\slash", "\\.", "\\N", "NULL", "#N/A", "TRUE", " =1", "ä😀\u2028"),
    *("{}", "[1]", "%s %(p1)s %%", "1e5", "0012", "<b>&amp;</b>", "_x0041_", "\x7f"),
)


@pytest.mark.parametrize("cell", HOSTILE)
def test_taking_the_guard_off_gives_the_cell_back(cell):
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("fmt", ("csv", "csv_semicolon", "xlsx"))
def test_no_cell_is_a_formula(workspace, fmt):
    made = [ContactFactory(workspace=workspace, name=cell, variables={"v": cell}) for cell in HOSTILE]
    found = rows(exported(workspace, "people", fmt))
    assert [row["name"] for row in found] == [guarded(cell) for cell in HOSTILE]
    assert [row["v"] for row in found] == [guarded(cell) for cell in HOSTILE]
    assert [row["phone_number"] for row in found] == [contact.phone_number for contact in made]


@pytest.mark.parametrize("fmt", ("csv", "csv_semicolon"))
@pytest.mark.parametrize("border", (BORDER, "x"))
def test_whatever_separates_cells_on_their_way_may_stand_inside_one(workspace, fmt, border):
    names = ["a,b;c,d", f"e{border}f", ",", ";,;", "plain", ""]
    for name in names:
        ContactFactory(workspace=workspace, name=name, company="x;y,z", variables={"v": "last, of all; it seems"})
    found = rows(exported(workspace, "people", fmt))
    assert [row["name"] for row in found] == names
    assert {(row["company"], row["v"]) for row in found} == {("x;y,z", "last, of all; it seems")}


def test_excel_holds_texts_as_texts_and_numbers_as_numbers(workspace):
    for cell in HOSTILE:
        ContactFactory(workspace=workspace, name=cell)
    sheet = load_workbook(io.BytesIO(content(exported(workspace, "people", "xlsx")))).active
    head = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        assert row[head.index("name")].data_type == "s"
        assert row[head.index(f"{PREFIX}contact")].data_type == "n"
    assert sheet.freeze_panes == "A2"


def test_what_excel_cannot_hold_is_shown_as_unknown_or_cut(workspace):
    ContactFactory(workspace=workspace, name="bell\x07", consent_note="x" * 40_000)
    (row,) = rows(exported(workspace, "people", "xlsx"))
    assert (row["name"], len(row["consent_note"]), row["consent_note"][-1]) == ("bell\ufffd", 32_767, "…")


def test_json_is_raw_and_typed(workspace):
    for cell in HOSTILE:
        ContactFactory(workspace=workspace, name=cell)
    given = {"text": "=1", "whole": 5, "part": 1.5, "yes": True, "none": None, "more": {"a": [1, "ü"]}}
    ContactFactory(workspace=workspace, name="typed", variables=given)
    *found, typed = rows(exported(workspace, "people", "json"))
    assert [row["name"] for row in found] == list(HOSTILE)
    assert {name: typed[name] for name in given} == given
    assert typed[f"{PREFIX}suppressed"] is False
    assert isinstance(typed[f"{PREFIX}contact"], int)


@pytest.mark.parametrize("fmt", ("csv", "xlsx", "json"))
def test_names_of_variables_are_headers_whatever_they_hold(workspace, fmt):
    names = [
        "=cmd()",
        "+x",
        "a,b",
        'quo"te',
        "back\\slash",
        "ümlaut",
        "two\nlines",
        "it's",
        "%s",
        "$.a",
        "a.b",
        "x" * 100,
    ]
    ContactFactory(workspace=workspace, variables={name: f"of {name}" for name in names} | {"n": 7, "t": True})
    ContactFactory(workspace=workspace, variables={})
    first, second = rows(exported(workspace, "people", fmt))
    for name in names:
        head = name if fmt == "json" else guarded(name)
        assert (first[head], second[head] or "") == (f"of {name}", "")
    assert [first["n"], first["t"]] == ([7, True] if fmt == "json" else ["7", "true"])


@pytest.mark.parametrize("fmt", ("csv", "xlsx"))
def test_a_number_is_a_text_whatever_its_variable_is_named(workspace, fmt):
    ContactFactory(workspace=workspace, variables={'quo"te': 1.5, "back\\slash": 7})
    (row,) = rows(exported(workspace, "people", fmt))
    assert (row['quo"te'], row["back\\slash"]) == ("1.5", "7")


def test_a_variable_of_the_last_person_alone_has_a_column(workspace, monkeypatch):
    monkeypatch.setattr("analytics.exporting.names.PIECE", 2)
    for number in range(5):
        ContactFactory(workspace=workspace, variables={"plan": "a"} | ({"late": "b"} if number == 4 else {}))
    assert [row["late"] for row in rows(exported(workspace, "people"))] == ["", "", "", "", "b"]


def test_a_variable_that_is_named_as_a_field_keeps_its_own_column(workspace):
    ContactFactory(workspace=workspace, name="Ann", variables={"name": "other", "status": "gold"})
    head, row = grid(exported(workspace, "people"))
    assert [cell for name, cell in zip(head, row, strict=True) if name == "name"] == ["Ann", "other"]
    (row,) = rows(exported(workspace, "people", "json"))
    assert (row["name"], row["variables.name"], row["status"]) == ("Ann", "other", "gold")


def test_a_whole_row_is_the_same_from_both_databases(workspace):
    """Both run this test."""
    primary = ContactFactory(workspace=workspace, phone_number="+12125550100")
    contact = ContactFactory(
        workspace=workspace, phone_number="+12125550101", name="Ann Lee", first_name="Ann", last_name="Lee",
        company="-Co", tags="|vip|b2b|", priority=0, timezone="America/New_York", zone_source="given",
        primary=primary, consent_note="two\nlines", held_until=datetime(2096, 1, 2, 3, 4, 5, 999_999, UTC),
    )  # fmt: skip
    Contact.objects.update(created_at=datetime(2026, 6, 1, 23, 59, 59, 999_999, UTC))
    campaign = CampaignFactory(workspace=workspace, name="=Spring", status="completed")
    row = CampaignContactFactory(campaign=campaign, contact=contact, detail={"plan": "gold", "n": 1.5, "z": None})
    CallFactory(
        workspace=workspace,
        campaign=campaign,
        campaign_contact=row,
        cost=Decimal("0.0140"),
        number__phone_number="+13105550180",
    )
    (found,) = rows(exported(workspace, "contacts", campaign=campaign))
    assert {name: cell for name, cell in found.items() if cell and name != f"{PREFIX}contact"} == {
        "phone_number": "+12125550101", "name": "Ann Lee", "first_name": "Ann", "last_name": "Lee", "company": "'-Co",
        "country": contact.country, "timezone": "America/New_York", "tags": "vip, b2b", "priority": "high",
        "consent_note": "two\nlines", "primary_phone_number": "+12125550100", "plan": "gold", "n": "1.5",
        f"{PREFIX}suppressed": "no", f"{PREFIX}held_until": "2096-01-02T03:04:05Z",
        f"{PREFIX}time_zones": contact.hours_key.zones, f"{PREFIX}added_at": "2026-06-01T23:59:59Z",
        f"{PREFIX}campaign": "'=Spring", f"{PREFIX}status": "pending", f"{PREFIX}blocker": "not_running",
        f"{PREFIX}blocker_sentence": "The campaign is completed.", f"{PREFIX}next_attempt_at": "2026-06-01T12:00:00Z",
        f"{PREFIX}run": "0", f"{PREFIX}attempts": "0", f"{PREFIX}voicemails": "0", f"{PREFIX}callbacks": "0",
        f"{PREFIX}calls": "1", f"{PREFIX}conversations": "1", f"{PREFIX}talk_seconds": "65", f"{PREFIX}cost": "0.0140",
        f"{PREFIX}last_called_at": "2026-06-01T12:00:00Z", f"{PREFIX}last_outcome": "human",
        f"{PREFIX}numbers_used": "+13105550180",
    }  # fmt: skip


def test_a_clearance_is_an_object_in_json_and_its_text_in_cells(workspace):
    call = CallFactory(workspace=workspace, clearance={"attempts": {"made": 1}, "word": "ü"})
    (row,) = rows(exported(workspace, "calls", "json", call.campaign))
    assert row["clearance"] == call.clearance
    (row,) = rows(exported(workspace, "calls", "csv", call.campaign))
    assert json.loads(row["clearance"]) == call.clearance


def test_fields_are_named_as_an_upload_reads_them():
    assert [column.name for column in CONTACT] == [*OTHER_NAMES]


def test_the_suppression_list_has_the_columns_of_its_import(workspace):
    SuppressionFactory(workspace=workspace, note="=1")
    (row,) = rows(exported(workspace, "suppressions"))
    assert list(row)[:5] == list(SuppressionResource.Meta.fields)[:5]
    assert row["note"] == "'=1"


@pytest.mark.parametrize("fmt", ("csv", "csv_semicolon", "xlsx", "json"))
@pytest.mark.parametrize("kind", ("contacts", "calls", "results", "people", "suppressions"))
def test_nothing_to_export_is_a_file_of_names_alone(workspace, kind, fmt):
    campaign = CampaignFactory(workspace=workspace) if kind in ("contacts", "results", "calls") else None
    made = exported(workspace, kind, fmt, campaign)
    assert (made.rows, rows(made)) == (0, [])
    assert fmt == "json" or len(grid(made)) == 1


def test_many_sheets_where_one_is_full(workspace, monkeypatch):
    monkeypatch.setattr("analytics.exporting.writing.SHEET_ROWS", 4)
    campaign = campaign_with_past(workspace, people=7)
    book = load_workbook(io.BytesIO(content(exported(workspace, "contacts", "xlsx", campaign))))
    assert [sheet.max_row for sheet in book.worksheets] == [4, 4, 2]
    numbers = [row[0] for sheet in book.worksheets for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert numbers == [p.contact.phone_number for p in campaign.audience.select_related("contact").order_by("pk")]
