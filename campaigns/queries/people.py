"""The rows of a campaign's contacts tab: which, in which order, and what each shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from accounts.paging import COUNT_CAP, PAGE, Page, Total, page, reach, total
from campaigns.choices import Direction, Outcome, Priority
from campaigns.models import Call, Campaign, CampaignContact, ContactMove
from campaigns.queries.people_filter import PeopleFilter, few_barred, few_short, hours_keys, of_the_person, on_the_row
from campaigns.queries.tallies import SPOKEN
from contacts.models import Suppression
from contacts.queries import first_among, search

MOVES = 50  # of one person
WALKED = 5_000  # people of a status: more of them are met soon on the way by name, fewer are put in order sooner
ASKED_EACH = 8  # values of one column, each asked for by itself: more of them are met on the way


@dataclass(frozen=True, slots=True)
class Talks:
    """What was said with one contact so far; `calls` are ours that left."""

    calls: int = 0
    count: int = 0
    seconds: int = 0
    last_called: datetime | None = None
    last_call: int | None = None


@dataclass(slots=True)
class PersonRow:
    """One row of the contacts tab. Pages fill `goal` from goals.queries (goals stand above campaigns) and `why`
    from campaigns.blockers."""

    person: CampaignContact
    talks: Talks = field(default_factory=Talks)
    goal: object = None
    why: object = None
    suppressed: bool = False

    @property
    def score(self) -> int | None:
        return getattr(self.goal, "score", None)

    @property
    def priority(self) -> Priority:
        return Priority(self.person.priority)


def matching(campaign: Campaign, wanted: PeopleFilter, now: datetime | None = None) -> "QuerySet[CampaignContact]":
    """Everybody in the list who fits, in no order: for what goes through all of them, in pieces or as a stream."""
    rows = _of_columns(campaign, wanted, CampaignContact.objects.filter(campaign=campaign))
    rows = rows.filter(of_the_person(wanted, now or timezone.now()))
    return search(rows, campaign.workspace_id, wanted.search, path="contact__", tag=wanted.tag, walk=True)


def matching_count(campaign: Campaign, wanted: PeopleFilter) -> int:
    """Exactly how many fit: for an act on all of them. As long as the list is walked."""
    rows, few = found(campaign, wanted)
    return few.count if few and not few.capped else rows.count()


def people(campaign: Campaign, wanted: PeopleFilter, cursor: str = "", size: int = PAGE) -> Page[CampaignContact]:
    rows, few = found(campaign, wanted)
    return _page(campaign, wanted, rows, cursor, size, many=few is None or few.capped)


def people_and_total(
    campaign: Campaign, wanted: PeopleFilter, cursor: str = "", *, known: int | None = None, size: int = PAGE
) -> tuple[Page[CampaignContact], Total]:
    """One page, and how many there are: `known` already, else counted no further than `accounts.paging.COUNT_CAP`."""
    if known is not None:
        rows = _conditions(campaign, wanted, CampaignContact.objects.filter(campaign=campaign))
        return _page(campaign, wanted, rows, cursor, size, many=known > WALKED), Total(known)
    rows, few = found(campaign, wanted)
    shown = _page(campaign, wanted, rows, cursor, size, many=few is None or few.capped)
    return shown, few or total(rows, shown=shown)


def found(
    campaign: Campaign, wanted: PeopleFilter, rows: "QuerySet[CampaignContact] | None" = None
) -> "tuple[QuerySet[CampaignContact], Total | None]":
    """Who fits (of `rows`), and how many, where somebody is looked for. Few are asked for by their ids from now on, for
    then any order is quick; many are soon met on the way through the list."""
    every = CampaignContact.objects.filter(campaign=campaign) if rows is None else rows
    rows = _conditions(campaign, wanted, every)
    if not wanted.narrows:
        return rows, None
    ids = first_among(rows, campaign.workspace_id, wanted.search, wanted.tag, COUNT_CAP + 1)
    if len(ids) > COUNT_CAP:
        return rows, Total(COUNT_CAP, capped=True)
    return every.filter(pk__in=ids), Total(len(ids))


def _conditions(
    campaign: Campaign, wanted: PeopleFilter, rows: "QuerySet[CampaignContact]"
) -> "QuerySet[CampaignContact]":
    """Up to two queries ask whether few people of the workspace fit; their campaign contacts are found by them."""
    now, workspace = timezone.now(), campaign.workspace_id
    rows = _of_columns(campaign, wanted, rows)
    few = few_barred(workspace, wanted, now)
    rows = rows.filter(of_the_person(wanted, now)) if few is None else rows.filter(contact__in=few)
    few = few_short(workspace, wanted)
    if few is not None:
        return rows.filter(contact__in=few)
    return search(rows, workspace, wanted.search, path="contact__", tag=wanted.tag)


def _of_columns(
    campaign: Campaign, wanted: PeopleFilter, rows: "QuerySet[CampaignContact]"
) -> "QuerySet[CampaignContact]":
    rows = rows.filter(on_the_row(wanted))
    for column, values in _several(campaign, wanted).items():
        rows = rows.filter(**{column: values[0]} if len(values) == 1 else {f"{column}__in": values})
    return rows


def _several(campaign: Campaign, wanted: PeopleFilter) -> dict[str, list[object]]:
    """Columns with an index that goes on in list order → the values looked for."""
    found: dict[str, list[object]] = {}
    if wanted.country:
        found["hours_key"] = [*hours_keys(campaign, wanted.country)]
    if wanted.status:
        found["status"] = [*wanted.status]
    return found


def _page(
    campaign: Campaign, wanted: PeopleFilter, rows: "QuerySet[CampaignContact]", cursor: str, size: int, *, many: bool
) -> Page[CampaignContact]:
    """`many`: so many fit that a page of them is soon met in any order."""
    each = _each(campaign, wanted, rows, cursor, size)
    rows = rows if each is None else CampaignContact.objects.filter(pk__in=each)
    if wanted.keys[0].lstrip("-").startswith("contact__"):
        rows = rows.filter(contact__workspace=campaign.workspace_id)  # where the index of the order begins
        if wanted.order.endswith("number"):
            rows = rows.filter(contact__phone_number__gt="")  # all of them: SQLite takes the index only then
        elif many:
            rows = rows.filter(contact__name__gte="")  # and here
    shown = rows.select_related("contact", "hours_key").defer("contact__search", "contact__variables")
    return page(shown, wanted.keys, cursor, size)


def _each(
    campaign: Campaign, wanted: PeopleFilter, rows: "QuerySet[CampaignContact]", cursor: str, size: int
) -> list[int] | None:
    """Of several values of one column, the first people of each: the page is among them. None: one way finds them."""
    if wanted.keys[0].lstrip("-") != "id":
        return None
    for column, values in _several(campaign, wanted).items():
        if 1 < len(values) <= ASKED_EACH:
            each = [reach(rows.filter(**{column: value}), wanted.keys, cursor, size) for value in values]
            return [pk for found in each for pk in found.values_list("pk", flat=True)]
    return None


def person_rows(campaign: Campaign, people: Sequence[CampaignContact]) -> list[PersonRow]:
    """The page's people with their conversations, in two queries however many there are."""
    talks = talks_of([p.pk for p in people])
    phones = [p.contact.phone_number for p in people]
    barred = set(
        Suppression.objects.filter(workspace_id=campaign.workspace_id, phone_number__in=phones).values_list(
            "phone_number", flat=True
        )
    )
    return [PersonRow(p, talks.get(p.pk, Talks()), suppressed=p.contact.phone_number in barred) for p in people]


def talks_of(people: Sequence[int]) -> dict[int, Talks]:
    """Calls, conversations, their time and the last call of these campaign contacts; one query."""
    calls = Call.objects.filter(campaign_contact__in=people).exclude(outcome=Outcome.CANCELLED).order_by()
    ours = Q(direction=Direction.OUTBOUND)
    rows = calls.values_list("campaign_contact_id").annotate(
        calls=Count("id", filter=ours),
        talks=Count("id", filter=SPOKEN & Q(continues=False)),
        seconds=Sum("talk_seconds", filter=SPOKEN),
        at=Max("launched_at", filter=ours),
        last=Max("id"),
    )
    return {who: Talks(made, count, seconds or 0, at, last) for who, made, count, seconds, at, last in rows}


def moves_of(person: CampaignContact) -> list[ContactMove]:
    """What became of one person without a call, the newest first: by hand, by suppression, by a restart …"""
    return list(ContactMove.objects.filter(campaign_contact=person).order_by("-at", "-id")[:MOVES])
