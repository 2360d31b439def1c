"""Which column fills what: contact fields by their usual names, call variables for all the rest."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from contacts.importing import exported
from contacts.importing.detection import BadFile
from contacts.importing.guard import sheet_text, unguarded
from contacts.models import Purpose

T = TypeVar("T")
PHONE = "phone_number"
PRIMARY = "primary_phone_number"
MAX_COLUMNS = 200
MAX_EXPORTED = 1_000  # of an export of ours, which has those of many files
VARIABLE_NAME_LENGTH = 100
# Columns that our own download of rejected rows adds; they say nothing about the person.
REJECTED_LINE, REJECTED_REASON = "rejected_line", "rejected_reason"
IGNORED = {REJECTED_LINE, REJECTED_REASON}

OTHER_NAMES: dict[str, tuple[str, ...]] = {
    PHONE: (
        *("phone", "phone_no", "phonenumber", "number", "telephone", "telephone_number", "tel", "tel_no", "msisdn"),
        *("mobile", "mobile_number", "mobile_no", "mobile_phone", "mobilephone", "cell", "cell_number", "cell_phone"),
        *("cellphone", "contact_number", "phone_e164", "primary_phone", "telefon", "telefono", "telefone", "handy"),
        "mobile_phone_number",
    ),
    "name": ("full_name", "fullname", "contact_name", "customer_name", "display_name", "person_name"),
    "first_name": ("firstname", "given_name", "forename", "vorname", "person_first_name", "contact_first_name"),
    "last_name": ("lastname", "surname", "family_name", "nachname", "person_last_name", "contact_last_name"),
    "company": (
        *("company_name", "organisation", "organization", "account_name", "firma", "organization_name"),
        *("organisation_name", "organization_1_name", "person_organization", "associated_company"),
    ),
    "email": (
        *("e_mail", "mail", "email_address", "e_mail_address", "e_mail_1_value", "email_1_value", "work_email"),
        *("email_work", "person_email", "person_email_work"),
    ),
    "country": ("country_code", "country_iso", "country_region"),
    "timezone": ("time_zone", "tz"),
    "tags": ("tag", "labels"),
    "priority": (),
    "external_id": ("externalid", "record_id"),
    "consent_note": (),
    "consent_source": (),
    PRIMARY: (),
}
# Names of address books, which hold several numbers of a person: asked only where none of those above is there.
LAST_NAMES = (
    *("phone_1_value", "person_phone", "person_phone_mobile", "person_phone_work", "phone_mobile", "phone_work"),
    *("business_phone", "work_phone", "company_phone", "office_phone", "home_phone", "phone_home", "whatsapp"),
)
# Of a file for the suppression list; all other columns are left out.
SUPPRESSION_NAMES: dict[str, tuple[str, ...]] = {
    PHONE: OTHER_NAMES[PHONE],
    "country": OTHER_NAMES["country"],
    "reason": ("why",),
    "source": (),
    "note": ("notes", "comment", "remark"),
    "at": ("since", "date", "listed_at", "added_at"),
}
_FIELD_OF = {other: name for name, others in OTHER_NAMES.items() for other in others}
NO_PHONE = "Choose the column that holds the phone number."


class Unmapped(BadFile):
    """The header does not say which column holds the phone number; a person can."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Contact field → column position, and variable name → column position."""

    fields: dict[str, int]
    variables: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, dict[str, int]]:
        return asdict(self)


def field_names(purpose: str = Purpose.CONTACTS) -> dict[str, tuple[str, ...]]:
    """The fields that columns may fill, with their other names."""
    return SUPPRESSION_NAMES if purpose == Purpose.SUPPRESSION else OTHER_NAMES


def of_json(found: Mapping, columns: Sequence[str]) -> Mapping:
    """A JSON file's mapping, variables that stand inside others under their own names."""
    return Mapping(found.fields, exported.variable_names(found.variables, columns))


def propose(columns: Sequence[str], purpose: str = Purpose.CONTACTS) -> Mapping:
    """The mapping that the header asks for. Raises Unmapped without a phone column, and where two could be it."""
    check_width(columns)
    words = [plain(column) for column in columns]
    phone = _phone_column(columns, words)
    return _with_phone(columns, words, phone, purpose)


def propose_rest(columns: Sequence[str], purpose: str = Purpose.CONTACTS) -> Mapping:
    """As `propose`, for a header that leaves the phone column open: everything but it."""
    return _with_phone(columns, [plain(column) for column in columns], -1, purpose)


def check_width(columns: Sequence[str]) -> None:
    most = MAX_EXPORTED if exported.told(columns) else MAX_COLUMNS
    if len(columns) > most:
        raise BadFile(f"The file has {len(columns)} columns. Up to {most} can be read.")


def _with_phone(columns: Sequence[str], words: Sequence[str], phone: int, purpose: str) -> Mapping:
    known, left_out = field_names(purpose), exported.told(columns)
    fields = {PHONE: phone} if phone >= 0 else {}
    others = {other: name for name, names in known.items() for other in names}
    variables: dict[str, int] = {}
    for position, word in enumerate(words):
        name = word if word in known else others.get(word, "")
        if position == phone or word in IGNORED or position in left_out:
            continue
        if name and name != PHONE and name not in fields and (word in known or name not in words):
            fields[name] = position
        elif purpose == Purpose.CONTACTS:
            variables[_fresh_name(columns[position], position, variables)] = position
    return Mapping(fields, variables)


def _phone_column(columns: Sequence[str], words: Sequence[str]) -> int:
    named = [position for position, word in enumerate(words) if word == PHONE]
    if len(named) > 1 and exported.told(columns) and columns[named[0]].strip() == PHONE:
        return named[0]  # ours stands first: the others are variables
    others = [position for position, word in enumerate(words) if _FIELD_OF.get(word) == PHONE]
    candidates = named or others or [position for position, word in enumerate(words) if word in LAST_NAMES]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        first, second = columns[candidates[0]].strip(), columns[candidates[1]].strip()
        if plain(first) == plain(second):
            raise Unmapped(f"Two columns are named “{first}”. Choose the one to call.")
        raise Unmapped(f"Both “{first}” and “{second}” could be the phone number. Choose the one to call.")
    if any(_looks_like_number(column) for column in columns):
        raise BadFile(f"The first row must hold column names, one of them {PHONE}. Add it, and upload the file again.")
    shown = ", ".join(f"“{column.strip()[:40]}”" for column in columns[:6] if column.strip())
    more = ", …" if len(columns) > 6 else ""
    raise Unmapped(f"No column is named {PHONE} or the like. {NO_PHONE} The columns are {shown}{more}.")


def chosen(asked: Any, columns: Sequence[str], purpose: str = Purpose.CONTACTS) -> Mapping:
    """The mapping a person asks for. Raises BadFile with a sentence where it does not fit the columns."""
    asked = asked if isinstance(asked, dict) else {}
    fields, variables = asked.get("fields"), asked.get("variables", {})
    if not isinstance(fields, dict) or not isinstance(variables, dict):
        raise BadFile("A mapping holds fields and variables: names with the position of their column, from 0.")
    known = field_names(purpose)
    taken: dict[int, str] = {}
    for name, position in [*fields.items(), *variables.items()]:
        if not isinstance(position, int) or isinstance(position, bool) or not 0 <= position < len(columns):
            raise BadFile(f"“{name}” is to be read from column {position}, but the file has {len(columns)} columns.")
        if position in taken:
            raise BadFile(f"The column “{columns[position].strip()}” is chosen for {taken[position]} and for {name}.")
        taken[position] = name
    unknown = next((name for name in fields if name not in known), None)
    if unknown is not None:
        raise BadFile(f"“{unknown}” is not a field that a column can fill. The fields are {', '.join(known)}.")
    if PHONE not in fields:
        raise BadFile(NO_PHONE)
    try:
        return Mapping(dict(fields), named(variables) if purpose == Purpose.CONTACTS else {})
    except ValueError as problem:
        raise BadFile(str(problem)) from None


def named(variables: dict[str, T]) -> dict[str, T]:
    """Variables whose names somebody chose, under names that an exported file brings back: blanks at the ends go.

    Raises ValueError, a sentence, for a name that a file would cut, leave out or number.
    """
    found: dict[str, T] = {}
    for given, value in variables.items():
        name = given.strip()
        if not 0 < len(name) <= VARIABLE_NAME_LENGTH:
            raise ValueError(f"The name of a variable has 1 to {VARIABLE_NAME_LENGTH} characters.")
        if sheet_text(name) != name:
            raise ValueError("The name of a variable holds no control characters. Leave them out.")
        if plain(name) in IGNORED:
            raise ValueError(f"No variable can be named “{name}”: files of rejected rows have such a column.")
        if name in found:
            raise ValueError(f"Two variables are named “{name}”. Name one of them otherwise.")
        found[name] = value
    return found


def plain(column: str) -> str:
    """A header as it is compared: "E-Mail" → "e_mail", "Téléphone" → "telephone"."""
    letters = unicodedata.normalize("NFKD", unguarded(column)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


def _looks_like_number(column: str) -> bool:
    return bool(re.fullmatch(r"[+(]?[\d\s().-]{6,}", column.strip()))


def _fresh_name(column: str, position: int, taken: dict[str, int]) -> str:
    name = unguarded(column.strip())[:VARIABLE_NAME_LENGTH] or f"column_{position + 1}"
    count, fresh = 2, name
    while fresh in taken:
        fresh = f"{name}_{count}"
        count += 1
    return fresh


def is_mended(columns: Sequence[str]) -> bool:
    """Whether the file is a download of rejected rows that somebody mended."""
    return reason_at(columns) is not None


def reason_at(columns: Sequence[str]) -> int | None:
    """Where such a download says why the row was left out; None in all other files."""
    words = [plain(column) for column in columns]
    return words.index(REJECTED_REASON) if REJECTED_REASON in words else None
