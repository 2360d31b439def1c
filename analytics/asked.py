"""The filters of exports as people read them: names in place of ids, and the words that the pages have for choices."""

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Model

from accounts import ids
from accounts.models import Workspace
from analytics.models import Export
from campaigns.choices import ContactStatus, Outcome, Priority
from campaigns.models import Campaign
from campaigns.queries.people_filter import ATTEMPT_WORDS, BARRED
from contacts.models import SuppressionReason
from contacts.person import countries
from telephony.models import Agent, Number

Words = Mapping[str, Mapping[str, str]]  # filter → its value → what people read

TITLES = {"q": "search", "since": "from", "until": "to"}  # filters whose name says little
CHOICES: Words = {
    "status": dict(ContactStatus.choices),
    "outcome": dict(Outcome.choices),
    "priority": {priority.word: priority.label for priority in Priority},
    "attempts": ATTEMPT_WORDS,
    "barred": {word: word.capitalize() for word in BARRED},
    "reason": dict(SuppressionReason.choices),
}
NAMED: Mapping[str, tuple[type[Model], str]] = {
    "campaign": (Campaign, "name"),
    "agent": (Agent, "name"),
    "number": (Number, "phone_number"),
}
GONE = "one that is gone"
SAYS_NOTHING = ("of",)  # whose filters the others are: they say so themselves


def tell(workspace: Workspace, exports: Collection[Export]) -> None:
    """Give each of these exports of the workspace its `words`: "search: smith · status: Completed, Failed"; "" without
    any filter. A query for each kind of thing that is named by its id."""
    words = {**CHOICES, "country": countries(), **_names(workspace, exports)}
    for export in exports:
        told = (one for one in export.filters.items() if one[0] not in SAYS_NOTHING)
        export.words = " · ".join(f"{_title(name)}: {_values(name, values, words)}" for name, values in told)


def _names(workspace: Workspace, exports: Iterable[Export]) -> Words:
    found: dict[str, Mapping[str, str]] = {}
    for name, (model, shown) in NAMED.items():
        asked = {pk for export in exports for pk in ids.several(export.filters.get(name, ()))}
        if asked:
            rows = model._default_manager.filter(workspace=workspace, pk__in=asked).values_list("pk", shown)
            found[name] = {str(pk): GONE for pk in asked} | {str(pk): text for pk, text in rows}
    return found


def _title(name: str) -> str:
    return TITLES.get(name, name.replace("_", " "))


def _values(name: str, values: Iterable[str], words: Words) -> str:
    known = words.get(name, {})
    return ", ".join(known.get(value, value) for value in values)
