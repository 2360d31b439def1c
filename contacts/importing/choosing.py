"""What a person chooses in place of what was found in a file: checked before it is kept."""

from contacts.importing import detection, mapping
from contacts.importing.detection import BadFile
from contacts.models import FileKind, Upload
from contacts.person import read_country

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
# Reason and note are those of a file for the suppression list, for rows that name none.
OF_ROWS = ("reason", "note")
CHOICES = ("mapping", "encoding", "delimiter", "default_country", "sheet", *OF_ROWS)
# Another choice here means another header.
READ_ANEW = ("encoding", "delimiter", "sheet")


def has_chosen(upload: Upload) -> bool:
    """Whether a person said how the file is to be read."""
    return any(name not in OF_ROWS for name in upload.asked)


def checked(upload: Upload, asked: dict[str, object]) -> dict[str, object]:
    """The columns of Upload that keep the choice. Raises BadFile where it does not fit the file."""
    unknown = next((name for name in asked if name not in CHOICES), None)
    if unknown is not None:
        raise BadFile(f"“{unknown}” cannot be chosen. What can be is {', '.join(CHOICES)}.")
    _one_of("encoding", asked, ENCODINGS)
    _one_of("delimiter", asked, detection.DELIMITERS)
    kept = {name: value for name, value in asked.items() if value}
    columns: dict[str, object] = {"asked": kept}
    if "default_country" in kept:
        try:
            columns["default_country"] = read_country(str(kept["default_country"]))
        except ValueError as error:
            raise BadFile(str(error)) from None
    if "mapping" in kept and not any(_differs(upload, name, kept) for name in READ_ANEW):
        mapping.chosen(kept["mapping"], upload.columns, upload.purpose)
    if upload.kind != FileKind.EXCEL and "sheet" in kept:
        raise BadFile("Only an Excel file has sheets to choose from.")
    return columns


def _one_of(name: str, asked: dict[str, object], known: tuple[str, ...]) -> None:
    if asked.get(name) and asked[name] not in known:
        shown = ", ".join("tab" if word == "\t" else word for word in known)
        raise BadFile(f"“{asked[name]}” is no {name} that can be read. Choose one of: {shown}.")


def _differs(upload: Upload, name: str, kept: dict[str, object]) -> bool:
    return name in kept and kept[name] != getattr(upload, name)
