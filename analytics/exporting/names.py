"""Which variables and goals get columns of their own: those that somebody in the file has, in an order that stays."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from accounts.models import Workspace
from analytics.exporting.dialect import dialect, is_awkward
from campaigns.models import Campaign
from contacts.importing.exported import REST
from contacts.models import Upload
from goals.queries import goals_of

PIECE = 50_000


def of_campaign(campaign: Campaign, rows: "QuerySet[Any]", beat: Callable[[], None]) -> list[str]:
    """The variables of these people of a campaign: as the columns of its files stood, then the others by name."""
    files = Upload.objects.filter(campaign_upload__campaign=campaign)
    return _ordered(_found(rows, "detail__", beat), files)


def of_workspace(workspace: Workspace, rows: "QuerySet[Any]", beat: Callable[[], None]) -> list[str]:
    """The variables of these contacts, in the same order."""
    return _ordered(_found(rows, "", beat), Upload.objects.filter(workspace=workspace))


def goals(campaign: Campaign) -> list[tuple[int, str]]:
    """(id, name) of the goals that pages show, the primary first; a name that comes twice is numbered."""
    return [(goal.pk, goal.name) for goal in goals_of(campaign)]


def divided(variables: Sequence[str], most: int) -> tuple[list[str], bool]:
    """Those that get a column each, at most so many, and whether others are left, for one column together."""
    if len(variables) <= most:
        return list(variables), False
    return [name for name in variables if not is_awkward(name) and name != REST][: max(0, most)], True


def _found(rows: "QuerySet[Any]", holder: str, beat: Callable[[], None]) -> set[str]:
    """Every name that occurs, found by the database, so many rows at a time: of each piece the names that none before
    it had. `holder`: the way from a row to the one with its variables, which has the same key."""
    found: set[str] = set()
    for piece in _pieces(rows, holder):
        try:
            inner, given = piece.order_by().values_list(f"{holder}variables").query.sql_with_params()
        except EmptyResultSet:  # nobody fits, and that is known without a look
            return found
        keys, known = dialect().keys("held.variables", sorted(found))
        sql = f"SELECT DISTINCT found.key FROM ({inner}) AS held(variables), {keys}"
        if connection.vendor == "sqlite":
            sql = f"WITH held(variables) AS ({inner}) SELECT DISTINCT found.key FROM held, {keys}"
        with connection.cursor() as cursor:
            cursor.execute(sql, [*given, *known])
            found.update(name for (name,) in cursor.fetchall())
        beat()
    return found


def _pieces(rows: "QuerySet[Any]", holder: str) -> Iterator["QuerySet[Any]"]:
    """The holder's key is compared as well: else PostgreSQL reads all holders for each piece."""
    after = 0
    ordered = rows.order_by("pk")
    while True:
        rest = ordered.filter(pk__gt=after)
        last = next(iter(rest.values_list("pk", flat=True)[PIECE - 1 : PIECE]), None)
        piece = rest.filter(**{f"{holder}pk__gt": after})
        yield piece if last is None else piece.filter(**{"pk__lte": last, f"{holder}pk__lte": last})
        if last is None:
            return
        after = last


def _ordered(found: set[str], files: "QuerySet[Upload]") -> list[str]:
    order: dict[str, None] = {}
    for mapping in files.order_by("id").values_list("mapping", flat=True):
        order |= dict.fromkeys((mapping or {}).get("variables", {}))
    return [*(name for name in order if name in found), *sorted(found - order.keys())]
