"""Which rows an export has, and in which columns: the page's own queries under the page's own filters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from analytics.exporting import names, people, tables
from analytics.exporting.columns import Table
from analytics.exporting.whynot import NEEDED, Judged
from analytics.models import Export, ExportKind
from campaigns.models import Campaign
from campaigns.queries import calls as call_lists
from campaigns.queries import people as lists
from campaigns.queries.people_filter import PeopleFilter
from contacts import entries as barred
from contacts import queries as contact_lists
from contacts.importing.mapping import MAX_EXPORTED
from goals.models import GoalResult

Rows = Any  # a QuerySet of any model
NOT_FILTERS = ("at", "page", "sort", "csrfmiddlewaretoken")
OF_CAMPAIGN = (ExportKind.CONTACTS, ExportKind.RESULTS)  # cannot be had of a whole workspace
OF_PEOPLE = (ExportKind.CALLS, ExportKind.RESULTS)  # of a campaign, they can be those of some of its people
PEOPLES = {"of": [ExportKind.CONTACTS.value]}  # beside filters of people, where calls have filters of their own
OF_WORKSPACE = (ExportKind.PEOPLE, ExportKind.SUPPRESSIONS)


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a page's address: each name with its last value, and all of them."""

    all: Mapping[str, Sequence[str]]

    @property
    def flat(self) -> dict[str, str]:
        return {name: values[-1] for name, values in self.all.items() if values}

    def list(self, name: str) -> list[str]:
        return list(self.all.get(name, ()))


def rows(export: Export) -> "QuerySet[Any]":
    """The rows of this export, unordered. A few queries ask first whether few fit, as the page does: those are named by
    their ids; only where many do the list is walked."""
    return ROWS[ExportKind(export.kind)](export, Asked(export.filters)).order_by()


def kept(asked: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What of a page's address an export keeps: the filters that say something."""
    found = {
        name.replace("\0", ""): [clean for value in values if (clean := value.replace("\0", ""))]
        for name, values in asked.items()
        if name not in NOT_FILTERS
    }
    return {name: values for name, values in found.items() if values}


def asked_on(of: str, kind: str, filters: Mapping[str, Sequence[str]], *, in_campaign: bool) -> dict[str, list[str]]:
    """The filters of an export of `kind` that is asked for on the page of the list `of`, whose filters these are."""
    found = kept(filters)
    if kind == of or not found:
        return found
    if in_campaign and of == ExportKind.CONTACTS and kind in OF_PEOPLE:
        return found | (PEOPLES if kind == ExportKind.CALLS else {})
    return {}


def _campaign(export: Export) -> Campaign:
    assert export.campaign is not None
    return export.campaign


def _contacts(export: Export, asked: Asked) -> Rows:
    return lists.found(_campaign(export), PeopleFilter.read(asked.flat, asked.list("status")))[0]


def _calls(export: Export, asked: Asked) -> Rows:
    wanted = call_lists.CallFilter.read(asked.flat)
    if export.campaign is None:
        return call_lists.conversations(export.workspace, wanted)
    if asked.list("of") == PEOPLES["of"]:
        rows = call_lists.campaign_calls(export.campaign, call_lists.CallFilter())
        return rows.filter(campaign_contact__in=_contacts(export, asked))
    return call_lists.campaign_calls(export.campaign, wanted)


def _results(export: Export, asked: Asked) -> Rows:
    """Results have no list of their own: what narrows them are filters of people."""
    rows = GoalResult.objects.filter(goal__campaign=_campaign(export), goal__archived_at__isnull=True)
    return rows.filter(campaign_contact__in=_contacts(export, asked)) if asked.all else rows


def _people(export: Export, asked: Asked) -> Rows:
    return contact_lists.people(export.workspace, contact_lists.Filters.of(asked.flat))


def _suppressions(export: Export, asked: Asked) -> Rows:
    return barred.entries(export.workspace, barred.Filters.of(asked.flat))


ROWS: dict[ExportKind, Callable[[Export, Asked], Rows]] = {
    ExportKind.CONTACTS: _contacts,
    ExportKind.CALLS: _calls,
    ExportKind.RESULTS: _results,
    ExportKind.PEOPLE: _people,
    ExportKind.SUPPRESSIONS: _suppressions,
}


def settle_names(export: Export, beat: Callable[[], None]) -> dict[str, Any]:
    """The columns that this export's rows bring themselves, as `Export.names` keeps them."""
    if export.kind == ExportKind.CONTACTS:
        campaign = _campaign(export)
        goals = names.goals(campaign)
        found = names.of_campaign(campaign, rows(export), beat)
        return {"goals": goals, **_divided(found, people.listed([], goals, ()))}
    if export.kind == ExportKind.PEOPLE:
        return _divided(names.of_workspace(export.workspace, rows(export), beat), people.contacts([]))
    return {}


def _divided(variables: Sequence[str], beside: Table) -> dict[str, Any]:
    """What an import reads again, and a database answers with: no more columns than that, one of them for the rest."""
    own, rest = names.divided(variables, MAX_EXPORTED - len(beside.columns) - 1)
    return {"variables": own, "rest": rest}


def needed(export: Export) -> Sequence[str]:
    """The values that a piece is made from; the first is the row's key."""
    return NEEDED if export.kind == ExportKind.CONTACTS else ("pk",)


def table(export: Export, judged: Judged) -> Table:
    """The export's columns; of a campaign's contacts with what keeps each from being called."""
    variables, rest = export.names.get("variables", []), export.names.get("rest", False)
    if export.kind == ExportKind.CONTACTS:
        return people.listed(variables, export.names.get("goals", []), judged.why, rest=rest)
    if export.kind == ExportKind.PEOPLE:
        return people.contacts(variables, rest=rest)
    made = {ExportKind.CALLS: tables.calls, ExportKind.RESULTS: tables.results}
    return made.get(ExportKind(export.kind), tables.suppressions)()
