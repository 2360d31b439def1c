"""Which entries of the suppression list: the filters that its page, its bulk removal and its export share."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from accounts.listing import Asked
from accounts.models import Workspace
from accounts.moments import day, midnight
from accounts.paging import Page, Total, page, total
from contacts.models import Suppression
from contacts.wanted import number_holds

SORTS = {"-at": ("-at", "-id"), "at": ("at", "id"), "number": ("phone_number",), "-number": ("-phone_number",)}
NEWEST = "-at"
FEW = 1_000  # numbers that a page is made of by their ids; where more fit, a walk along its order soon finds fifty


@dataclass(frozen=True, slots=True)
class Filters(Asked):
    """As in the address of the list; every value a text, "" for no filter. since and until are days of the workspace,
    both inclusive."""

    q: str = ""
    reason: str = ""
    source: str = ""
    since: str = ""
    until: str = ""


def entries(workspace: Workspace, filters: Filters) -> QuerySet[Suppression]:
    """The workspace's entries that fit all filters; a day that cannot be read is no filter."""
    rows = Suppression.objects.filter(workspace=workspace)
    if filters.q:
        rows = rows.filter(_holding(filters.q))
    if filters.reason:
        rows = rows.filter(reason=filters.reason)
    if filters.source:
        rows = rows.filter(source__icontains=filters.source)
    since, until = day(filters.since), day(filters.until)
    if since:
        rows = rows.filter(at__gte=midnight(since, workspace.timezone))
    if until:
        rows = rows.filter(at__lt=midnight(until + timedelta(days=1), workspace.timezone))
    return rows


def _holding(text: str) -> Q:
    """Any part of the number, however it is written; words are looked for beside it, too."""
    found = number_holds(text)
    return found | Q(source__icontains=text) | Q(note__icontains=text) if not found or _has_words(text) else found


def _has_words(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def listed(workspace: Workspace, filters: Filters, sort: str, cursor: str) -> tuple[Page[Suppression], Total, str]:
    """One page, how many fit in all, and the order it is in. An order that is not offered means the newest first."""
    rows = entries(workspace, filters)
    sort = sort if sort in SORTS else NEWEST
    if filters.q and not _has_words(filters.q):
        # A rare number is found by the index of numbers alone; a walk along the page's order would read every row.
        ids = list(rows.order_by().values_list("pk", flat=True)[: FEW + 1])
        if len(ids) <= FEW:
            rows = Suppression.objects.filter(workspace=workspace, pk__in=ids)
    shown = page(rows, SORTS[sort], cursor)
    return shown, total(rows, shown=shown), sort
