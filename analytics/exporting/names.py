"""Which variables and goals get columns of their own: those that occur, in an order that stays."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Workspace
from analytics.exporting.dialect import dialect
from campaigns.models import Campaign, CampaignContactDetail
from contacts.models import Contact, Upload
from goals.queries import goals_of

PIECE = 50_000


def of_campaign(campaign: Campaign, beat: Callable[[], None]) -> list[str]:
    """The variables of a campaign's contacts: as the columns of its files stood, then the others by name."""
    rows = CampaignContactDetail.objects.filter(campaign_contact__campaign=campaign)
    files = Upload.objects.filter(campaign_upload__campaign=campaign)
    return _ordered(_found(rows, "campaign_contact_id", beat), files)


def of_workspace(workspace: Workspace, beat: Callable[[], None]) -> list[str]:
    """The variables of all contacts."""
    rows = Contact.objects.filter(workspace=workspace)
    return _ordered(_found(rows, "id", beat), Upload.objects.filter(workspace=workspace))


def goals(campaign: Campaign) -> list[tuple[int, str]]:
    """(id, name) of the goals that pages show, the primary first; a name that comes twice is numbered."""
    return [(goal.pk, goal.name) for goal in goals_of(campaign)]


def _found(rows: "QuerySet[Any]", key: str, beat: Callable[[], None]) -> set[str]:
    """Every name that occurs, found by the database, so many rows at a time."""
    found: set[str] = set()
    for piece in _pieces(rows, key):
        d = dialect()
        inner, given = piece.order_by().values_list("variables").query.sql_with_params()
        sql = f"SELECT DISTINCT found.key FROM ({inner}) AS held(variables), {d.keys('held.variables')}"
        if connection.vendor == "sqlite":
            sql = f"WITH held(variables) AS ({inner}) SELECT DISTINCT found.key FROM held, {d.keys('held.variables')}"
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            found.update(name for (name,) in cursor.fetchall())
        beat()
    return found


def _pieces(rows: "QuerySet[Any]", key: str) -> Iterator["QuerySet[Any]"]:
    after = 0
    ordered = rows.order_by(key)
    while True:
        rest = ordered.filter(**{f"{key}__gt": after})
        last = next(iter(rest.values_list(key, flat=True)[PIECE - 1 : PIECE]), None)
        yield rest if last is None else rest.filter(**{f"{key}__lte": last})
        if last is None:
            return
        after = last


def _ordered(found: set[str], files: "QuerySet[Upload]") -> list[str]:
    order: dict[str, None] = {}
    for mapping in files.order_by("id").values_list("mapping", flat=True):
        order |= dict.fromkeys((mapping or {}).get("variables", {}))
    return [*(name for name in order if name in found), *sorted(found - order.keys())]
