"""The rows of a campaign's contacts tab, and the people of the workspace who are not in the campaign yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from campaigns.choices import ContactStatus, Direction, Outcome, Priority
from campaigns.models import Call, Campaign, CampaignContact
from campaigns.queries.paging import PAGE, Page, Total, page, total
from campaigns.queries.tallies import SPOKEN
from contacts.models import Contact, Suppression

ORDERS: Mapping[str, tuple[str, ...]] = {  # each stands on an index
    "place": ("id",),
    "-place": ("-id",),
    "status": ("status", "id"),
    "-status": ("-status", "-id"),
}
CALLED = {"yes": {"sequence__gt": 0}, "no": {"sequence": 0}}


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What is looked for. Unknown words are dropped, so a shared address never breaks."""

    search: str = ""
    status: tuple[str, ...] = ()
    priority: str = ""
    tag: str = ""
    country: str = ""
    called: str = ""
    order: str = "place"

    @classmethod
    def read(cls, asked: Mapping[str, object], statuses: Sequence[str] = ()) -> "PeopleFilter":
        def word(key: str) -> str:
            return str(asked.get(key) or "").strip()

        return cls(
            search=word("q"),
            status=tuple(s for s in statuses if s in ContactStatus.values),
            priority=word("priority") if word("priority") in {p.word for p in Priority} else "",
            tag=word("tag").replace("|", ""),
            country=word("country").upper()[:2],
            called=word("called") if word("called") in CALLED else "",
            order=word("sort") if word("sort") in ORDERS else "place",
        )

    @property
    def narrows(self) -> bool:
        return replace(self, order="place") != PeopleFilter()


@dataclass(frozen=True, slots=True)
class Talks:
    """What was said with one contact so far."""

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


def matching_contacts(rows: "QuerySet[Contact]", search: str, tag: str = "", country: str = "") -> "QuerySet[Contact]":
    """People by name, company, e-mail or digits of the number, tag and country."""
    return rows.filter(_search(search, "")).filter(_kept("", tag, country))


def _search(text: str, prefix: str) -> Q:
    if not text:
        return Q()
    digits = "".join(c for c in text if c.isdigit())
    if digits and not any(c.isalpha() for c in text):
        return Q(**{f"{prefix}phone_number__contains": digits})
    words = Q()
    for word in text.split():
        word_in = Q()
        for name in ("name", "first_name", "last_name", "company", "email"):
            word_in |= Q(**{f"{prefix}{name}__icontains": word})
        words &= word_in
    return words


def _kept(prefix: str, tag: str, country: str) -> Q:
    kept = Q()
    if tag:
        kept &= Q(**{f"{prefix}tags__contains": f"|{tag}|"})
    if country:
        kept &= Q(**{f"{prefix}country": country})
    return kept


def matching(campaign: Campaign, wanted: PeopleFilter) -> "QuerySet[CampaignContact]":
    rows = CampaignContact.objects.filter(campaign=campaign)
    if wanted.status:
        rows = rows.filter(status__in=wanted.status)
    if wanted.priority:
        rows = rows.filter(priority=Priority[wanted.priority.upper()])
    if wanted.called:
        rows = rows.filter(**CALLED[wanted.called])
    return rows.filter(_search(wanted.search, "contact__"), _kept("contact__", wanted.tag, wanted.country))


def people(campaign: Campaign, wanted: PeopleFilter, cursor: str = "", size: int = PAGE) -> Page[CampaignContact]:
    rows = matching(campaign, wanted).select_related("contact", "hours_key")
    return page(rows, ORDERS[wanted.order], cursor, size)


def people_total(campaign: Campaign, wanted: PeopleFilter, shown: Page[CampaignContact] | None = None) -> Total:
    return total(matching(campaign, wanted), shown=shown)


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
    """Conversations, their time and the last call of these campaign contacts; one query."""
    calls = Call.objects.filter(campaign_contact__in=people).exclude(outcome=Outcome.CANCELLED).order_by()
    rows = calls.values_list("campaign_contact_id").annotate(
        talks=Count("id", filter=SPOKEN & Q(continues=False)),
        seconds=Sum("talk_seconds", filter=SPOKEN),
        at=Max("launched_at", filter=Q(direction=Direction.OUTBOUND)),
        last=Max("id"),
    )
    return {who: Talks(count, seconds or 0, at, last_call=last) for who, count, seconds, at, last in rows}


def not_yet_in(campaign: Campaign) -> "QuerySet[Contact]":
    """People of the workspace who are not in the campaign, suppressed ones left out: they could not be added."""
    here = CampaignContact.objects.filter(campaign=campaign, contact=OuterRef("pk"))
    barred = Suppression.objects.filter(workspace=OuterRef("workspace"), phone_number=OuterRef("phone_number"))
    return Contact.objects.filter(~Exists(here), ~Exists(barred), workspace_id=campaign.workspace_id)
