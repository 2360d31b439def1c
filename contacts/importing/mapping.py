"""Which column fills what: contact fields by their usual names, call variables for all the rest."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from contacts.importing.detection import BadFile
from contacts.importing.guard import unguarded
from contacts.person import Person, Unreadable, read_person

PHONE = "phone_number"
PRIMARY = "primary_phone_number"
MAX_COLUMNS = 200
VARIABLE_NAME_LENGTH = 100
# Columns that our own download of rejected rows adds; they say nothing about the person.
REJECTED_LINE, REJECTED_REASON = "rejected_line", "rejected_reason"
IGNORED = {REJECTED_LINE, REJECTED_REASON}

OTHER_NAMES: dict[str, tuple[str, ...]] = {
    PHONE: (
        *("phone", "phone_no", "phonenumber", "number", "telephone", "telephone_number", "tel", "tel_no", "msisdn"),
        *("mobile", "mobile_number", "mobile_no", "mobile_phone", "mobilephone", "cell", "cell_number", "cell_phone"),
        *("cellphone", "contact_number", "phone_e164", "primary_phone", "telefon", "telefono", "telefone", "handy"),
    ),
    "name": ("full_name", "fullname", "contact_name", "customer_name"),
    "first_name": ("firstname", "given_name", "forename", "vorname"),
    "last_name": ("lastname", "surname", "family_name", "nachname"),
    "company": ("company_name", "organisation", "organization", "account_name", "firma"),
    "email": ("e_mail", "mail", "email_address", "e_mail_address"),
    "country": ("country_code", "country_iso"),
    "timezone": ("time_zone", "tz"),
    "tags": ("tag", "labels"),
    "priority": (),
    "external_id": ("externalid",),
    "consent_note": (),
    "consent_source": (),
    PRIMARY: (),
}
_FIELD_OF = {other: name for name, others in OTHER_NAMES.items() for other in others}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Contact field → column position, and variable name → column position."""

    fields: dict[str, int]
    variables: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, dict[str, int]]:
        return asdict(self)


def propose(columns: Sequence[str]) -> Mapping:
    """The mapping that the header asks for. Raises BadFile without a phone column, and where it could be one of two."""
    if len(columns) > MAX_COLUMNS:
        raise BadFile(f"The file has {len(columns)} columns. Up to {MAX_COLUMNS} can be read.")
    words = [plain(column) for column in columns]
    fields = {PHONE: _phone_column(columns, words)}
    variables: dict[str, int] = {}
    for position, word in enumerate(words):
        name = word if word in OTHER_NAMES else _FIELD_OF.get(word, "")
        if position == fields[PHONE] or word in IGNORED:
            continue
        exact = word in OTHER_NAMES
        if name and name != PHONE and name not in fields and (exact or name not in words):
            fields[name] = position
        else:
            variables[_fresh_name(columns[position], position, variables)] = position
    return Mapping(fields, variables)


def _phone_column(columns: Sequence[str], words: Sequence[str]) -> int:
    named = [position for position, word in enumerate(words) if word == PHONE]
    others = [position for position, word in enumerate(words) if _FIELD_OF.get(word) == PHONE]
    candidates = named or others
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        first, second = columns[candidates[0]].strip(), columns[candidates[1]].strip()
        if plain(first) == plain(second):
            raise BadFile(f"Two columns are named “{first}”. Keep the one to call, and upload the file again.")
        raise BadFile(
            f"Both “{first}” and “{second}” could be the phone number. "
            f"Rename the one to call to {PHONE}, and upload the file again."
        )
    if any(_looks_like_number(column) for column in columns):
        raise BadFile(f"The first row must hold column names, one of them {PHONE}. Add it, and upload the file again.")
    shown = ", ".join(f"“{column.strip()[:40]}”" for column in columns[:6] if column.strip())
    more = ", …" if len(columns) > 6 else ""
    raise BadFile(f"No column holds the phone number. Name it {PHONE}. The columns are {shown}{more}.")


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


def read_row(mapping: Mapping, cells: Sequence[str], width: int, default_country: str) -> Person:
    """The person of one row; `width`: columns of the header. Raises Unreadable.

    An empty cell says nothing: no field, no variable.
    """
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        raise Unreadable({"": f"The row has {len(cells)} cells, the header {width}. Is a comma in a cell not quoted?"})
    filled = {name: unguarded(cells[at].strip()) for name, at in mapping.fields.items() if at < len(cells)}
    variables: dict[str, object] = {
        name: unguarded(text)
        for name, at in mapping.variables.items()
        if at < len(cells) and (text := cells[at].strip())
    }
    person = read_person(filled, default_country, variables)
    primary_of(filled, default_country)
    return person


def primary_of(filled: dict[str, str], default_country: str) -> str:
    """The E.164 number of the row's primary, "" when it names none. Raises Unreadable."""
    text = filled.get(PRIMARY, "")
    if not text:
        return ""
    try:
        return read_phone(text, default_country).e164
    except NotAPhoneNumber as error:
        raise Unreadable({PRIMARY: f"The primary's number: {error}"}) from None


def is_mended(columns: Sequence[str]) -> bool:
    """Whether the file is a download of rejected rows that somebody mended."""
    return REJECTED_REASON in {plain(column) for column in columns}
