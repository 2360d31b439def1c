"""Which people: the filters of the contact list, shared by its pages and its bulk acts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Exists, Model, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.ids import one as one_id
from accounts.listing import Asked
from accounts.models import Workspace
from accounts.paging import PAGE, Page, Total, after, is_back, page, reach, stretch, total, turned
from contacts.models import Contact, Suppression
from contacts.searching import HIGHEST, Beginning
from contacts.wanted import Wanted

WALK = 5_000  # rows of the list that are looked through for a page before all who fit are put in order
SOME = 6_000  # people whom the index of three letters names; so many are put in order sooner than a walk finds a page
NAMED = 15_000  # so many are, where a walk would meet them late
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


def first_among(rows: "QuerySet[M]", workspace_id: int, text: str, tag: str, most: int) -> list[int]:
    """Ids of so many of these rows, in no order. Each has a `contact`, nobody two, and `search` has narrowed them.

    PostgreSQL would go through the rows, reading each one's person. Where the index of three letters names some, it is
    made to begin with them.
    """
    wanted = Wanted.of(text, tag)
    begins = connection.vendor == "postgresql" and wanted and wanted.indexed
    if not begins or not FEW < _likely(workspace_id, wanted) <= NAMED:
        return list(rows.order_by().values_list("pk", flat=True)[:most])
    fits = Contact.objects.filter(wanted.condition(), workspace=workspace_id).order_by()
    named, people = fits.values_list("pk").query.sql_with_params()
    theirs = rows.filter(contact=RawSQL("named.id", ())).order_by().values_list("pk")
    try:
        row, values = theirs.query.sql_with_params()
    except EmptyResultSet:
        return []
    # OFFSET and LIMIT are fences: neither part is planned as a piece of the other.
    statement = f"""SELECT theirs.id FROM ({named} OFFSET 0) named (id)
        CROSS JOIN LATERAL ({row} LIMIT 1) theirs (id) LIMIT {most}"""  # noqa: S608
    return [pk for (pk,) in _asked(statement, (*people, *values))]


def _few(fits: "QuerySet[Contact]", wanted: Wanted) -> list[int] | None:
    """The people who fit, found by the index of three letters; None when there are more than FEW."""
    try:
        inner, params = _by_index(fits.values_list("id"), wanted)
    except EmptyResultSet:  # Django knows that nobody fits, such as in an unknown campaign
        return []
    ids = [row[0] for row in _asked(f"WITH found (id) AS ({inner}) SELECT id FROM found LIMIT {FEW + 1}", params)]  # noqa: S608
    return ids if len(ids) <= FEW else None


def _in_order(
    fits: "QuerySet[Contact]", wanted: Wanted, keys: Sequence[str], cursor: str, but: "Sequence[QuerySet[Contact]]" = ()
) -> tuple[list[int], int]:
    """The people of a page and one more, and how many fit in all `but` these: whom the index finds is put in order."""
    direction = " DESC" if keys[0].startswith("-") != is_back(keys, cursor) else ""
    order = ", ".join(f"{key.lstrip('-')}{direction}" for key in keys)
    columns = list(dict.fromkeys([*(key.lstrip("-") for key in keys), "id"]))
    rest = after(keys, cursor)
    beyond = Case(When(rest, then=Value(1)), default=Value(0)) if rest else Value(1)
    try:
        inner, params = _by_index(fits.annotate(beyond=beyond).values_list(*columns, "beyond"), wanted, but)
    except EmptyResultSet:
        return [], 0
    # A fence: all are planned for, so by the index; a walk along the order might end only with the last row.
    statement = f"""WITH found ({", ".join(columns)}, beyond) AS MATERIALIZED ({inner})
        SELECT id, beyond, (SELECT count(*) FROM found) FROM found ORDER BY beyond DESC, {order} LIMIT {PAGE + 1}"""  # noqa: S608
    found = _asked(statement, params)
    return [pk for pk, beyond, _ in found if beyond], found[0][2] if found else 0


def _by_index(
    fits: "QuerySet[Any, Any]", wanted: Wanted, but: "Sequence[QuerySet[Contact]]" = ()
) -> tuple[str, Sequence[Any]]:
    """The statement that finds people by the index of three letters, whatever another index promises."""
    inner, params = fits.order_by().query.sql_with_params()
    if connection.vendor == "postgresql":
        return inner, params
    table = '"contacts_contact"'
    asked = f"FROM contact_search CROSS JOIN {table} ON {table}.id = contact_search.rowid WHERE"
    before, after_ = inner.split(f"FROM {table} WHERE", 1)
    at = before.count("%s")
    without = [rows.order_by().values("pk").query.sql_with_params() for rows in but]
    # Before the person is read, which costs a hundred times what the index does.
    less = f" AND contact_search.rowid NOT IN ({' UNION ALL '.join(sql for sql, _ in without)})" if without else ""
    known = (wanted.match(), *(value for _, values in without for value in values))
    return f"{before}{asked} contact_search MATCH %s{less} AND{after_}", (*params[:at], *known, *params[at:])


def _likely(workspace_id: int, wanted: Wanted) -> int:
    """About how many people the index of three letters names, on SQLite of all workspaces; no person is read."""
    if connection.vendor == "postgresql":
        inner, params = _by_index(Contact.objects.filter(wanted.named(), workspace=workspace_id), wanted)
        plan = _asked(f"EXPLAIN (FORMAT JSON) {inner}", params)[0][0]
        return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])
    named = f"SELECT 1 FROM contact_search WHERE contact_search MATCH %s LIMIT {NAMED + 1}"  # noqa: S608
    return int(_asked(f"SELECT count(*) FROM ({named})", [wanted.match()])[0][0])  # noqa: S608


def _asked(statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


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
        # Whom the index of three letters names is tested: the country's own index would name far too many besides.
        tested = walk and filters.wanted and filters.wanted.indexed
        there = Q(country__starts=filters.country) if tested else Q(country=filters.country)
        rows = _of(rows, in_country.values_list("pk", flat=True), walk, there)
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
    if filters.campaign and one_id(filters.campaign) is None:
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
    count = None
    if filters != Filters():
        ids = list(rows.order_by().values_list("pk", flat=True)[: FEW + 1])
        count = Total(min(len(ids), FEW), len(ids) > FEW)
        rows = rows if count.capped else _named(ids)
    if wanted.short and sort.endswith("name"):
        rows, keys = rows.annotate(beginning=Beginning("name")), ("beginning", "id")
    shown = page(rows, turned(keys) if sort.startswith("-") else keys, cursor)
    return shown, count or total(rows, shown=shown), sort


def _found(workspace: Workspace, filters: Filters, sort: str, cursor: str) -> tuple[Page[Contact], Total]:
    """A page of people whom the index of three letters finds.

    Some are put in order by themselves. Of many, the next rows of the list hold a page, as a rule, and then it is asked
    whether they are more than a few; where they hold none, because all who fit stand further down, those who fit are
    put in order. Where many names begin with the word, these stand together: a walk from the begin is likely in vain.
    """
    forwards = SORTS[sort.removeprefix("-")]
    keys = turned(forwards) if sort.startswith("-") else forwards
    rows = people(workspace, filters, walk=True)
    begun = _begun(workspace, filters, sort)
    if _likely(workspace.pk, filters.wanted) > (NAMED if begun and not cursor else SOME):
        shown = _near(workspace, filters, keys, cursor)
        if shown is not None:
            ids = _few(rows, filters.wanted)
            return shown, Total(FEW, capped=True) if ids is None else Total(len(ids))
    # SQLite takes these from the index of names and reads the others only; PostgreSQL's index of letters knows no ids.
    apart = begun if connection.vendor == "sqlite" else []
    found, count = _in_order(rows, filters.wanted, keys, cursor, apart)
    for each in apart:
        found += reach(each, keys, cursor, PAGE).values_list("pk", flat=True)
    capped = bool(apart) or count > FEW
    return page(_named(found), keys, cursor), Total(FEW if capped else count, capped)


def _begun(workspace: Workspace, filters: Filters, sort: str) -> list[QuerySet[Contact]]:
    """In the order of names: whose name begins with the one word that is looked for, for each way to write it; empty
    where they are few."""
    ways = filters.wanted.ways
    alone = len(ways) == 1 and len(ways[0]) == 1 and filters == Filters(q=filters.q)
    if not alone or not sort.endswith("name"):
        return []
    word = ways[0][0]
    written = [text for text in dict.fromkeys((word, word.capitalize(), word.upper())) if text.lower() == word]
    everybody = Contact.objects.filter(workspace=workspace)
    begun = [everybody.filter(name__gte=text, name__lt=f"{text}{HIGHEST}") for text in written]
    return begun if sum(rows.values("pk")[: FEW + 1].count() for rows in begun) > FEW else []


def _near(workspace: Workspace, filters: Filters, keys: Sequence[str], cursor: str) -> Page[Contact] | None:
    """A page of the next rows of the list, tested one by one; None where WALK of them hold none."""
    everybody = Contact.objects.filter(workspace=workspace)
    near = stretch(everybody, keys, cursor, WALK)
    there = everybody.filter(near, filters.wanted.condition(lookup="keeps")).defer("search")
    shown = page(_kept(there, workspace, filters, True), keys, cursor)
    return shown if not near or (shown.previous if is_back(keys, cursor) else shown.following) else None


def _named(ids: Sequence[int]) -> QuerySet[Contact]:
    """People found before. The workspace is not named again: SQLite would walk along its index of the order."""
    return Contact.objects.filter(pk__in=ids).defer("search")


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
