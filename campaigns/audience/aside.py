"""A draft's list is put aside for another one, and brought back: row by row as it was, a piece at a time.

Whoever calls holds the transaction and the campaign's row. A piece moves people from one table to the other in
statements that do not grow with their number, so nobody is ever in both or in neither. A row that comes back has the
id it had, and so its place in the list; what was decided about the person meanwhile counts (suppression, number,
priority).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import Exists, OuterRef, QuerySet

from accounts import rows as table
from campaigns.audience.moves import finish, tell, write
from campaigns.choices import WAITING_STATUSES, ContactStatus, Rank
from campaigns.models import (
    Campaign,
    CampaignContact,
    CampaignContactDetail,
    CampaignHours,
    CampaignUpload,
    ContactMove,
    ListChange,
    PutAside,
)
from contacts.models import Suppression

PIECE = 2_000
HANGING: dict[str, type[Any]] = {"moves": ContactMove, "changes": ListChange}  # what may hang on a draft's row

_ASIDE = """
INSERT INTO campaigns_putaside (link_id, place, contact_id, status, reason, rank, priority, next_attempt_at, added_at,
                                variables, upload_id, line, further)
SELECT %s, kept.id, kept.contact_id, kept.status, kept.reason, kept.rank, kept.priority, kept.next_attempt_at,
       kept.added_at, COALESCE(detail.variables, '{}'), detail.upload_id, detail.line, '{}'
FROM campaigns_campaigncontact kept
LEFT JOIN campaigns_campaigncontactdetail detail ON detail.campaign_contact_id = kept.id
WHERE kept.campaign_id = %s AND kept.id BETWEEN %s AND %s ORDER BY kept.id
"""
_BACK = """
INSERT INTO campaigns_campaigncontact (id, campaign_id, contact_id, hours_key_id, rank, priority, status, reason,
       next_attempt_at, due_at, look_at, added_at, run, attempts, attempt_number, sequence, voicemails, callbacks)
SELECT aside.place, %s, aside.contact_id, person.hours_key_id,
       CASE WHEN aside.rank = aside.priority + %s THEN person.priority + %s ELSE aside.rank END, person.priority,
       aside.status, aside.reason, aside.next_attempt_at, NULL, NULL, aside.added_at, 0, 0, 0, 0, 0, 0
FROM campaigns_putaside aside JOIN contacts_contact person ON person.id = aside.contact_id
WHERE aside.link_id = %s AND aside.place BETWEEN %s AND %s
ORDER BY aside.place
ON CONFLICT (campaign_id, contact_id) DO NOTHING
"""
_DETAILS_BACK = """
INSERT INTO campaigns_campaigncontactdetail (campaign_contact_id, variables, upload_id, line)
SELECT aside.place, aside.variables, aside.upload_id, aside.line
FROM campaigns_putaside aside JOIN campaigns_campaigncontact kept ON kept.id = aside.place
WHERE aside.link_id = %s AND aside.place BETWEEN %s AND %s
"""


class Moved(Exception):
    """The list changed while a piece of it was on its way: roll back, and try again."""


def put_aside(campaign: Campaign, link: CampaignUpload) -> int:
    """The first people of the list up to `link.aside_to` leave it and lie under `link`; how many, 0 at the end.

    Raises Moved.
    """
    earlier = CampaignContact.objects.filter(campaign=campaign, pk__lte=link.aside_to or 0).order_by("id")
    ids = list(earlier.values_list("pk", flat=True).select_for_update()[:PIECE])
    if not ids:
        return 0
    if _run(_ASIDE, link.pk, campaign.pk, ids[0], ids[-1]) != len(ids):
        raise Moved
    _keep_hanging(link, ids)
    _remove(CampaignContactDetail.objects.filter(pk__in=ids))
    # Not by cascade: the database refuses a row that has a call, where a cascade would take the call along.
    _remove(CampaignContact.objects.filter(pk__in=ids))
    return len(ids)


def take_over(link: CampaignUpload, given_up: Sequence[int]) -> int:
    """People who lie under files that were given up (ids of links) lie under `link`; how many, 0 at the end."""
    rows = PutAside.objects.filter(link__in=given_up).order_by("id").values_list("pk", flat=True)[:PIECE]
    return PutAside.objects.filter(pk__in=list(rows)).update(link=link)


def bring_back(campaign: Campaign, link: CampaignUpload, now: datetime, most: int = PIECE) -> int:
    """The first people who lie under `link` are on the list again, at most so many; how many were looked at, 0 at the
    end.

    Who is on the list by now stays as they are there, unless sticky exclusion says otherwise. Who was suppressed
    meanwhile comes back excluded.
    """
    places = list(_lying(link).values_list("place", flat=True)[:most])
    if not places:
        return 0
    here = _lying(link).filter(place__lte=places[-1])
    keys = here.order_by().values_list("contact__hours_key", flat=True).distinct()
    CampaignHours.objects.bulk_create(
        [CampaignHours(campaign=campaign, hours_key_id=key) for key in sorted(keys)], ignore_conflicts=True
    )
    span = (link.pk, places[0], places[-1])
    _run(_BACK, campaign.pk, int(Rank.HIGH), int(Rank.HIGH), *span)
    _run(_DETAILS_BACK, *span)
    _give_hanging(here)
    _still_excluded(campaign, here, now)
    _exclude_suppressed(campaign, places, now)
    _remove(here)
    return len(places)


def drop(link: CampaignUpload) -> int:
    """Forget a piece of the people under `link`, whose list will not come back; how many."""
    ids = list(_lying(link).values_list("pk", flat=True)[:PIECE])
    _remove(PutAside.objects.filter(pk__in=ids))
    return len(ids)


def _lying(link: CampaignUpload) -> "QuerySet[PutAside]":
    return PutAside.objects.filter(link=link).order_by("place")


def _run(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return int(cursor.rowcount)


def _remove(rows: "QuerySet[Any]") -> None:
    """These rows and no others, in one statement."""
    rows.order_by()._raw_delete(rows.db)


def _keep_hanging(link: CampaignUpload, ids: list[int]) -> None:
    """Moves and changes of the rows go along, for the few that have any."""
    further: dict[int, dict[str, list[dict[str, Any]]]] = defaultdict(dict)
    for word, model in HANGING.items():
        found = model._default_manager.filter(campaign_contact__in=ids).order_by("id")
        for one in found:
            further[one.campaign_contact_id].setdefault(word, []).append(_flat(one))
        _remove(found)
    if further:
        rows = list(_lying(link).filter(place__in=further))
        for row in rows:
            row.further = further[row.place]
        table.update(rows, ["further"])


def _give_hanging(here: "QuerySet[PutAside]") -> None:
    """Changes by a file that is gone meanwhile are gone with it."""
    back = list(here.exclude(further={}).values_list("place", "further"))
    if not back:
        return
    there = set(CampaignContact.objects.filter(pk__in=[place for place, _ in back]).values_list("pk", flat=True))
    for word, model in HANGING.items():
        kept = [_made(model, one) for place, further in back if place in there for one in further.get(word, [])]
        if model is ListChange:
            links = CampaignUpload.objects.filter(pk__in={one.link_id for one in kept})
            standing = set(links.values_list("pk", flat=True))
            kept = [one for one in kept if one.link_id in standing]
        model._default_manager.bulk_create(kept)


def _flat(one: models.Model) -> dict[str, Any]:
    """A row as JSON holds it."""
    fields = one._meta.concrete_fields
    return {f.attname: None if f.value_from_object(one) is None else f.value_to_string(one) for f in fields}


def _made(model: Any, flat: dict[str, Any]) -> Any:
    values = {f.attname: flat.get(f.attname) for f in model._meta.concrete_fields}
    read = {f.attname: f.to_python for f in model._meta.concrete_fields}
    return model(**{name: None if value is None else read[name](value) for name, value in values.items()})


def _still_excluded(campaign: Campaign, here: "QuerySet[PutAside]", now: datetime) -> None:
    """Who was excluded in the earlier list, and was added again since, is excluded: exclusion sticks."""
    if not campaign.sticky_exclusion:
        return
    out = here.filter(status=ContactStatus.EXCLUDED).exclude(reason="not_needed").order_by().values("contact")
    again = CampaignContact.objects.filter(campaign=campaign, contact__in=out, status__in=WAITING_STATUSES)
    _exclude(list(again.order_by("id").select_for_update(of=("self",))), "by_hand", now)


def _exclude_suppressed(campaign: Campaign, places: list[int], now: datetime) -> None:
    barred = Suppression.objects.filter(workspace=campaign.workspace_id, phone_number=OuterRef("contact__phone_number"))
    rows = CampaignContact.objects.filter(Exists(barred), pk__in=places, status__in=WAITING_STATUSES)
    _exclude(list(rows.order_by("id")), "suppressed", now)


def _exclude(people: list[CampaignContact], reason: str, now: datetime) -> None:
    for row in people:
        finish(row, ContactStatus.EXCLUDED, reason)
    write(people)
    tell(people, "suppressed" if reason == "suppressed" else "exclude", now)
