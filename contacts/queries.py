"""Which people: the filters of the contact list, shared by its pages and its bulk acts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.listing import Asked
from accounts.models import Workspace
from accounts.paging import PAGE, Page, Total, after, is_back, page, stretch, total, turned
from contacts.models import Contact, Suppression
from contacts.searching import Beginning
from contacts.wanted import Wanted

WALK = 3_000  # rows of the list that are looked through for a page before all who fit are put in order
FEW = 1_000  # people a list is made of by their ids; where more fit, a walk along the list's order soon finds a page
SORTS: Mapping[str, tuple[str, ...]] = {  # each stands on an index
    "name": ("name", "id"),
    "number": ("phone_number",),
    "company": ("company", "id"),
    "added": ("id",),
}
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Filters(Asked):
    """As in the address of the list; every value a text, "" for no filter."""

    q: str = ""
    tag: str = ""
    company: str = ""
    country: str = ""
    campaign: str = ""
    status: str = ""
    suppressed: str = ""
    held: str = ""

    @property
    def wanted(self) -> Wanted:
        return Wanted.of(self.q, self.tag, self.company)


def search(
    rows: "QuerySet[M]", workspace_id: int, text: str, *, path: str = "", tag: str = "", walk: bool = False
) -> "QuerySet[M]":
    """Narrow rows to people by any part of a name, number, company, e-mail, external id or tag; all words must occur.

    `path` leads from a row to its person: "" for contacts, "contact__" for who has one. Asks the index first, one
    query; with `walk` it asks nothing: for work that goes through all rows by key.
    """
    return _narrowed(rows, workspace_id, Wanted.of(text, tag), path, walk)


def _narrowed(rows: "QuerySet[M]", workspace_id: int, wanted: Wanted, path: str, walk: bool) -> "QuerySet[M]":
    if not wanted:
        return rows
    if not walk and wanted.indexed:
        ids = _few(Contact.objects.filter(wanted.condition(), workspace=workspace_id), wanted)
        if ids is not None:
            return rows.filter(**{f"{path}pk__in": ids})
    return rows.filter(wanted.condition(path))


def _few(fits: "QuerySet[Contact]", wanted: Wanted) -> list[int] | None:
    """The people who fit, found by the index of three letters; None when there are more than FEW."""
    ids = _by_index(fits, wanted, ("id",), FEW + 1)
    return ids if len(ids) <= FEW else None


def _by_index(fits: "QuerySet[Contact]", wanted: Wanted, keys: Sequence[str], most: int, order: str = "") -> list[int]:
    """Ids of people who fit, found by the index of three letters whatever another index promises."""
    inner, params = fits.order_by().values_list(*keys).query.sql_with_params()
    # In order, all are planned for, so by the index: a walk along the order might end only with the last row.
    fence, table = "MATERIALIZED " if order and connection.vendor == "postgresql" else "", '"contacts_contact"'
    if connection.vendor != "postgresql":
        asked = f"FROM contact_search CROSS JOIN {table} ON {table}.id = contact_search.rowid WHERE"
        inner = inner.replace(f"FROM {table} WHERE", f"{asked} contact_search MATCH %s AND", 1)
        params = (wanted.match(), *params)
    columns = ", ".join(keys)
    statement = f"WITH found ({columns}) AS {fence}({inner}) SELECT id FROM found {order} LIMIT {most}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [row[0] for row in cursor.fetchall()]


def people(workspace: Workspace, filters: Filters, *, walk: bool = False) -> QuerySet[Contact]:
    """The workspace's contacts that fit all filters. An unknown campaign fits nobody.

    A few queries ask whether few people fit; with `walk` none: for work that goes through all by id.
    """
    rows = Contact.objects.filter(workspace=workspace).defer("search")
    return _kept(_narrowed(rows, workspace.pk, filters.wanted, "", walk), workspace, filters, walk)


def _kept(rows: QuerySet[Contact], workspace: Workspace, filters: Filters, walk: bool) -> QuerySet[Contact]:
    """Rows that fit the filters beside words, tag and company."""
    if filters.country:
        in_country = Contact.objects.filter(workspace=workspace, country=filters.country)
        rows = _of(rows, in_country.values_list("pk", flat=True), walk, Q(country=filters.country))
    if filters.suppressed:
        barred = Suppression.objects.filter(workspace=workspace)
        inside = Q(phone_number__in=barred.values("phone_number"))
        rows = rows.filter(inside if filters.suppressed == "yes" else ~_suppressed())
    if filters.held:
        held = Q(held_until__gt=timezone.now())
        rows = rows.filter(held if filters.held == "yes" else ~held | Q(held_until=None))
    if filters.campaign or filters.status:
        rows = _in_campaign(rows, workspace, filters, walk)
    return rows


def _of(rows: QuerySet[Contact], ids: "QuerySet[Any, int]", walk: bool, condition: Any) -> QuerySet[Contact]:
    """Rows that fit `condition`; by their ids, where these are few."""
    found = [] if walk else list(ids.order_by()[: FEW + 1])
    return rows.filter(condition) if walk or len(found) > FEW else rows.filter(pk__in=found)


def _in_campaign(rows: QuerySet[Contact], workspace: Workspace, filters: Filters, walk: bool) -> QuerySet[Contact]:
    if filters.campaign and (not filters.campaign.isdecimal() or len(filters.campaign) > 18):
        return rows.none()
    lists: Any = Contact._meta.get_field("campaign_contacts").related_model
    campaigns = lists._meta.get_field("campaign").related_model.objects.filter(workspace=workspace)
    if filters.campaign:
        campaigns = campaigns.filter(pk=filters.campaign)
    # Named one by one: each is a place in the audience's index.
    members = lists.objects.filter(campaign__in=list(campaigns.values_list("pk", flat=True)))
    if filters.status:
        members = members.filter(status=filters.status)
    inside = Exists(members.filter(contact=OuterRef("pk")))
    return _of(rows, members.values_list("contact", flat=True), walk, inside)


def listed(workspace: Workspace, filters: Filters, sort: str, cursor: str = "") -> tuple[Page[Contact], Total, str]:
    """One page of the list, how many fit in all, and the order it is in ("-name" backwards).

    An order that is not offered means by name. Beginnings of a name or number are listed in their own order.
    """
    wanted = filters.wanted
    sort = sort if sort.removeprefix("-") in SORTS else "name"
    if wanted.short:
        by_number = wanted.short.lstrip("+").isdigit() or wanted.short == "+"
        sort = f"{'-' if sort.startswith('-') else ''}{'number' if by_number else 'name'}"
    if wanted and wanted.indexed:
        return *_found(workspace, filters, sort, cursor), sort
    keys: Sequence[str] = SORTS[sort.removeprefix("-")]
    rows = people(workspace, filters)
    if wanted.short and sort.endswith("name"):
        rows, keys = rows.annotate(beginning=Beginning("name")), ("beginning", "id")
    shown = page(rows, turned(keys) if sort.startswith("-") else keys, cursor)
    return shown, total(rows, shown=shown), sort


def _found(workspace: Workspace, filters: Filters, sort: str, cursor: str) -> tuple[Page[Contact], Total]:
    """A page of people whom the index of three letters finds.

    Few are put in order by themselves. Of many, the next rows of the list hold a page, as a rule; where they do not,
    because all who fit stand further down, those who fit are put in order.
    """
    forwards = SORTS[sort.removeprefix("-")]
    keys = turned(forwards) if sort.startswith("-") else forwards
    rows, everybody = people(workspace, filters, walk=True), Contact.objects.filter(workspace=workspace)
    ids = _few(rows, filters.wanted)
    if ids is not None:
        return page(everybody.filter(pk__in=ids).defer("search"), keys, cursor), Total(len(ids))
    many = Total(FEW, capped=True)
    near = stretch(everybody, keys, cursor, WALK)
    there = everybody.filter(near, filters.wanted.condition(lookup="keeps")).defer("search")
    shown = page(_kept(there, workspace, filters, True), keys, cursor)
    back = is_back(keys, cursor)
    if near and not (shown.previous if back else shown.following):
        direction = " DESC" if keys[0].startswith("-") != back else ""
        order = ", ".join(f"{key.lstrip('-')}{direction}" for key in keys)
        beyond = rows.filter(after(keys, cursor))
        columns = list(dict.fromkeys([*(key.lstrip("-") for key in keys), "id"]))
        found = _by_index(beyond, filters.wanted, columns, PAGE + 1, f"ORDER BY {order}")
        shown = page(everybody.filter(pk__in=found).defer("search"), keys, cursor)
    return shown, many


def barred_among(workspace_id: int, numbers: Iterable[str]) -> set[str]:
    """Which of these numbers are on the suppression list."""
    rows = Suppression.objects.filter(workspace=workspace_id, phone_number__in=list(numbers))
    return set(rows.values_list("phone_number", flat=True))


def _suppressed() -> Exists:
    return Exists(Suppression.objects.filter(workspace=OuterRef("workspace"), phone_number=OuterRef("phone_number")))


COUNTRIES = """WITH RECURSIVE found (country) AS (
    SELECT min(country) FROM contacts_contact WHERE workspace_id = %s AND country > ''
    UNION ALL
    SELECT (SELECT min(country) FROM contacts_contact WHERE workspace_id = %s AND country > found.country)
    FROM found WHERE found.country IS NOT NULL
) SELECT country FROM found WHERE country IS NOT NULL"""


def countries_of(workspace: Workspace) -> list[str]:
    """The countries that occur among the workspace's contacts, sorted: one step of the index each."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTRIES, [workspace.pk, workspace.pk])
        return [row[0] for row in cursor.fetchall()]
