import pytest

from contacts.importing import exported
from contacts.importing.detection import BadFile
from contacts.importing.mapping import Mapping, propose
from contacts.importing.reading import Read, RowReader
from contacts.person import Unreadable


@pytest.mark.parametrize(
    "column",
    ["phone_number", "Phone Number", "phone", "MOBILE", "Tel.", "number", "Téléphone", "Cell-Phone", "'phone_number"],
)
def test_the_phone_column_is_found_under_its_usual_names(column: str) -> None:
    assert propose(["a", column]) == Mapping({"phone_number": 1}, {"a": 0})


def test_columns_named_like_fields_fill_them_and_the_rest_become_variables() -> None:
    columns = ["E-Mail", "First Name", "surname", "Tel", "Due Amount", "", "Due Amount", "tags", "primary_phone_number"]
    assert propose(columns) == Mapping(
        {"phone_number": 3, "email": 0, "first_name": 1, "last_name": 2, "tags": 7, "primary_phone_number": 8},
        {"Due Amount": 4, "column_6": 5, "Due Amount_2": 6},
    )


def test_the_exact_name_goes_before_another_name_for_it() -> None:
    assert propose(["mobile", "phone_number", "mail", "email"]) == Mapping(
        {"phone_number": 1, "email": 3}, {"mobile": 0, "mail": 2}
    )


def test_the_columns_that_a_download_of_rejected_rows_adds_say_nothing() -> None:
    assert propose(["phone_number", "rejected_line", "rejected_reason"]) == Mapping({"phone_number": 0}, {})


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            ["name", "city"],
            "No column is named phone_number or the like. Choose the column that holds the phone number. "
            "The columns are “name”, “city”.",
        ),
        (
            ["mobile", "name", "tel"],
            "Both “mobile” and “tel” could be the phone number. Choose the one to call.",
        ),
        (
            ["phone_number", "Phone Number"],
            "Two columns are named “phone_number”. Choose the one to call.",
        ),
        (
            ["+1 212 555 1000", "Ana"],
            "The first row must hold column names, one of them phone_number. Add it, and upload the file again.",
        ),
        (["phone_number", *map(str, range(200))], "The file has 201 columns. Up to 200 can be read."),
    ],
)
def test_a_header_that_does_not_say_whom_to_call_is_refused_in_one_sentence(columns: list[str], sentence: str) -> None:
    with pytest.raises(BadFile) as refusal:
        propose(columns)
    assert refusal.value.sentence == sentence


def person(columns: list[str], cells: list[str], country: str = "US") -> Read:
    return RowReader(propose(columns), len(columns), country).read(cells)


def test_a_primarys_national_number_is_read_with_the_country_of_its_row() -> None:
    read = person(["phone", "country", "primary_phone_number"], ["030 901820", "DE", "030 901821"])
    assert (read.phone_number, read.primary) == ("+4930901820", "+4930901821")


def test_empty_cells_say_nothing() -> None:
    read = person(["phone", "name", "plan", "due"], ["(310) 555-2003", " ", "", "5"])
    assert (read.phone_number, read.given, read.variables) == ("+13105552003", {}, {"due": "5"})


def test_a_short_row_lacks_only_its_last_cells() -> None:
    assert person(["phone", "name", "plan"], ["+12125551000", "Ana"]).given == {"name": "Ana"}


def test_a_row_with_a_cell_too_many_is_shifted_and_refused() -> None:
    with pytest.raises(Unreadable) as refusal:
        person(["name", "phone"], ["Doe", "Jane", "+12125551000"])
    assert refusal.value.sentence == "The row has 3 cells, the header 2. Is a comma in a cell not quoted?"


def test_the_rows_own_country_reads_a_national_number() -> None:
    assert person(["phone", "country"], ["030 23125002", "Germany"]).phone_number == "+493023125002"


def test_formulas_stay_data_and_a_guard_is_taken_off() -> None:
    read = person(["phone", "name", "due"], ["'+12125551000", '=HYPERLINK("http://x")', "'=1+1"])
    assert (read.phone_number, read.given["name"], read.variables) == (
        "+12125551000",
        '=HYPERLINK("http://x")',
        {"due": "=1+1"},
    )


def test_every_mistake_of_a_row_is_named() -> None:
    with pytest.raises(Unreadable) as refusal:
        person(["phone", "timezone", "country", "name"], ["12", "Mars/Olympus", "Atlantis", "x" * 201])
    assert refusal.value.sentence == (
        "“12” is too short for a phone number. "
        "The name is longer than 200 characters. "
        "“Atlantis” is not a country. Use a two-letter code such as US."
    )


def test_a_primary_that_is_no_number_spoils_its_row() -> None:
    with pytest.raises(Unreadable, match=r"The primary's number: “x” is not a phone number."):
        person(["phone", "primary_phone_number"], ["+12125551000", "x"])


def test_an_unknown_zone_or_priority_is_left_out_and_told() -> None:
    read = person(["phone", "timezone", "priority"], ["+12125551000", "Mars/Olympus", "urgent"])
    assert (read.given, read.zone_source) == ({}, "number")
    assert read.told == {
        "timezone": "“Mars/Olympus” is not a known time zone. Use a name such as Europe/Berlin. "
        "The row is taken without it.",
        "priority": "“urgent” is not a priority. Use high, normal or low. The row is taken without it.",
    }


HEADERS = {
    "Google": (
        ["First Name", "Last Name", "Organization Name", "E-mail 1 - Value", "Phone 1 - Label", "Phone 1 - Value"],
        {"phone_number": 5, "first_name": 0, "last_name": 1, "company": 2, "email": 3},
    ),
    "Outlook": (
        ["First Name", "Last Name", "Company", "E-mail Address", "Business Phone", "Mobile Phone", "Home Phone"],
        {"phone_number": 5, "first_name": 0, "last_name": 1, "company": 2, "email": 3},
    ),
    "HubSpot": (
        ["Record ID", "First Name", "Last Name", "Email", "Phone Number", "Associated Company"],
        {"phone_number": 4, "first_name": 1, "last_name": 2, "email": 3, "company": 5, "external_id": 0},
    ),
    "Salesforce": (
        ["First Name", "Last Name", "Account Name", "Phone", "Email"],
        {"phone_number": 3, "first_name": 0, "last_name": 1, "company": 2, "email": 4},
    ),
    "Mailchimp": (
        ["Email Address", "First Name", "Last Name", "Phone Number", "TAGS"],
        {"phone_number": 3, "first_name": 1, "last_name": 2, "email": 0, "tags": 4},
    ),
    "Pipedrive": (
        ["Person - Name", "Person - Organization", "Person - Phone", "Person - Email"],
        {"phone_number": 2, "name": 0, "company": 1, "email": 3},
    ),
}


@pytest.mark.parametrize(("columns", "fields"), HEADERS.values(), ids=HEADERS.keys())
def test_headers_of_other_programs_are_understood(columns: list[str], fields: dict[str, int]) -> None:
    assert propose(columns).fields == fields


def test_what_our_own_export_tells_beside_the_person_is_left_out() -> None:
    columns = ["phone_number", "plan", *exported.METRIC_COLUMNS]
    assert propose(columns) == Mapping({"phone_number": 0}, {"plan": 1})
    without_one = columns[:-1]
    assert propose(without_one).variables.keys() >= {"plan", exported.METRIC_COLUMNS[-2]}
