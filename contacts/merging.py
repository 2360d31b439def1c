"""Two contacts who turn out to be one person: what the one who stays takes over. `campaigns.merging` does the whole.

Who stays keeps their own values; only what is empty is taken from the other. Tags and variables are joined, the longer
hold holds, and where either number must not be called, neither is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contacts import suppression
from contacts.models import Contact, Suppression, UploadChange
from contacts.person import packed

FILLED = {
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "company": "Company",
    "email": "E-mail",
    "external_id": "External id",
    "consent_source": "Consent",
    "consent_note": "Consent note",
}
NUMBER_KEPT_AS = "merged_number"  # the variable in which the number that goes is remembered
SAID = "Merged with {}"


class NotMerged(ValueError):
    """Why these two cannot be merged now, in one sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the preview."""

    label: str
    kept: str
    gone: str
    result: str


def preview(kept: Contact, gone: Contact, zone: str) -> list[Line]:
    """What becomes of each field, for people to look at before; times as they are in `zone`."""
    lines = [Line("Number", kept.phone_number, gone.phone_number, kept.phone_number)]
    for name, label in FILLED.items():
        mine, other = getattr(kept, name), getattr(gone, name)
        if mine or other:
            lines.append(Line(label, mine, other, mine or other))
    lines.append(Line("Tags", _words(kept.tag_list), _words(gone.tag_list), _words(_tags(kept, gone))))
    mine, other = dict(kept.variables), dict(gone.variables)
    lines.append(Line("Variables", _words(mine), _words(other), _words(_variables(kept, gone))))
    held = _hold(kept, gone)
    lines.append(Line("Held until", *(_day(until, zone) for until in (kept.held_until, gone.held_until, held[0]))))
    return [line for line in lines if line.kept or line.gone]


def take_over(kept: Contact, gone: Contact, now: datetime) -> None:
    """Everything that contacts know of `gone` becomes `kept`'s. Both are locked, and `gone` still stands.

    Joins the transaction. Ties to a primary go over unless they would make a chain; campaigns pull the change.
    """
    for name in FILLED:
        setattr(kept, name, getattr(kept, name) or getattr(gone, name))
    kept.tags, kept.variables = packed(_tags(kept, gone)), _variables(kept, gone)
    kept.held_until, kept.held_reason = _hold(kept, gone)
    _tie(kept, gone, now)
    kept.spread_at = None
    kept.save()
    _suppress(kept, gone, now)
    both = UploadChange.objects.filter(contact=kept).values("upload")
    UploadChange.objects.filter(contact=gone).exclude(upload__in=both).update(contact=kept)


def _tie(kept: Contact, gone: Contact, now: datetime) -> None:
    if kept.primary_id == gone.pk:
        kept.primary_id = None
    has_secondaries = kept.secondaries.exclude(pk=gone.pk).exists()
    if kept.primary_id is None and gone.primary_id not in (None, kept.pk) and not has_secondaries:
        kept.primary_id = gone.primary_id
    head = kept.primary_id or kept.pk  # secondaries of a secondary would be a chain
    others = gone.secondaries.exclude(pk__in=[kept.pk, head])
    others.update(primary=head, spread_at=None, updated_at=now)
    Contact.objects.filter(pk=gone.pk).update(primary=None)


def _suppress(kept: Contact, gone: Contact, now: datetime) -> None:
    """One person: who asked at one number not to be called is not called at the other."""
    numbers = {kept.phone_number, gone.phone_number}
    listed = Suppression.objects.filter(workspace=kept.workspace_id, phone_number__in=numbers)
    for entry in list(listed):
        (other,) = numbers - {entry.phone_number}
        source = SAID.format(entry.phone_number)
        suppression.add(kept.workspace_id, [other], entry.reason, source, now, entry.note)


def _tags(kept: Contact, gone: Contact) -> list[str]:
    return list(dict.fromkeys([*kept.tag_list, *gone.tag_list]))


def _variables(kept: Contact, gone: Contact) -> dict[str, Any]:
    joined = {**gone.variables, **kept.variables}
    numbers = [kept.variables.get(NUMBER_KEPT_AS), gone.variables.get(NUMBER_KEPT_AS), gone.phone_number]
    return {**joined, NUMBER_KEPT_AS: ", ".join(str(number) for number in numbers if number)}


def _hold(kept: Contact, gone: Contact) -> tuple[datetime | None, str]:
    held = [(one.held_until, one.held_reason) for one in (kept, gone) if one.held_until is not None]
    return max(held) if held else (None, "")


def _words(values: Any) -> str:
    pairs = [f"{name}: {value}" for name, value in values.items()] if isinstance(values, dict) else values
    return ", ".join(pairs)


def _day(at: datetime | None, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone)) if at else None
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {zone}" if local else ""
