"""What is looked for in a campaign's list: the filters and orders of the contacts tab, of its bulk acts, of the API and
of exports, under the same names in all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import Exact
from django.http import QueryDict

from campaigns.choices import ContactStatus, Direction, Outcome, Priority
from campaigns.models import Call, Campaign, CampaignHours
from contacts.models import Contact, Suppression
from contacts.queries import FEW
from contacts.wanted import Wanted

ORDERS: Mapping[str, tuple[str, ...]] = {  # each stands on an index
    "place": ("id",),
    "status": ("status", "id"),
    "priority": ("priority", "id"),
    "name": ("contact__name", "contact_id"),
    "number": ("contact__phone_number",),
}
# Withdrawn calls never left: here, in talks_of and in exports they are no calls. Who was never claimed needs no probe.
_CALLS = Call.objects.filter(campaign_contact=OuterRef("pk")).exclude(outcome=Outcome.CANCELLED).order_by()
# No sequence is beyond its row's. Said so, each row is probed; PostgreSQL would else read every call there is.
_PLACED = Q(Exists(_CALLS.filter(direction=Direction.OUTBOUND, sequence__lte=OuterRef("sequence"))))
CALLED = {"yes": Q(sequence__gt=0) & _PLACED, "no": Q(sequence=0) | ~_PLACED}
LAST_OUTCOMES = [(outcome.value, outcome.label) for outcome in Outcome if outcome is not Outcome.CANCELLED]
ATTEMPTS = {"0": Q(attempts=0), "1": Q(attempts=1), "2": Q(attempts=2), "3": Q(attempts__gte=3)}
ATTEMPT_WORDS = {"0": "None in this run", "1": "1", "2": "2", "3": "3 or more"}
BARRED = ("suppressed", "held")


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Unknown words are dropped, so a shared address never breaks.

    called    ever in this campaign: yes, no
    attempts  counted in this run towards the maximum: 0, 1, 2, 3 (or more)
    outcome   of their last call, theirs to us included
    barred    suppressed or held
    """

    search: str = ""
    status: tuple[str, ...] = ()
    priority: str = ""
    tag: str = ""
    country: str = ""
    called: str = ""
    attempts: str = ""
    outcome: str = ""
    barred: str = ""
    order: str = "place"

    @classmethod
    def read(cls, asked: Mapping[str, object], statuses: Sequence[str] = ()) -> "PeopleFilter":
        def word(key: str) -> str:
            return str(asked.get(key) or "").replace("\0", "").strip()[:200]

        def one_of(key: str, known: object) -> str:
            return word(key) if word(key) in known else ""  # type: ignore[operator]

        return cls(
            search=word("q"),
            status=tuple(sorted({s for s in statuses if s in ContactStatus.values})),
            priority=one_of("priority", {p.word for p in Priority}),
            tag=word("tag").replace("|", ""),
            country=word("country").upper()[:2],
            called=one_of("called", CALLED),
            attempts=one_of("attempts", ATTEMPTS),
            outcome=one_of("outcome", Outcome.values),
            barred=one_of("barred", BARRED),
            order=word("sort") if word("sort").removeprefix("-") in ORDERS else "place",
        )

    @classmethod
    def of(cls, query: QueryDict) -> "PeopleFilter":
        """As in the address of the tab."""
        return cls.read(query.dict(), query.getlist("status"))

    @classmethod
    def kept(cls, data: Mapping[str, Any]) -> "PeopleFilter":
        """What `as_kept` wrote."""
        return cls(**{**data, "status": tuple(data.get("status", ()))})

    def as_kept(self) -> dict[str, Any]:
        """As JSON, for a job that asks again; only what is set, and no order."""
        data = asdict(replace(self, order="place"))
        return {name: list(value) if name == "status" else value for name, value in data.items() if value} | {
            "order": "place"
        }

    @property
    def narrows(self) -> bool:
        return replace(self, order="place") != PeopleFilter()

    @property
    def statuses(self) -> list[ContactStatus]:
        return [ContactStatus(word) for word in self.status]

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields it orders by; the last one is unique."""
        fields = ORDERS[self.order.removeprefix("-")]
        return tuple(f"-{field}" for field in fields) if self.order.startswith("-") else fields


def on_the_row(wanted: PeopleFilter) -> Q:
    """The conditions that the narrow row answers, or a short probe beside it."""
    kept = Q()
    if wanted.priority:
        kept &= Q(priority=Priority[wanted.priority.upper()])
    if wanted.called:
        kept &= CALLED[wanted.called]
    if wanted.attempts:
        kept &= ATTEMPTS[wanted.attempts]
    if wanted.outcome:
        last = Subquery(_CALLS.order_by("-id").values("outcome")[:1])
        kept &= Q(Exact(last, wanted.outcome))
    return kept


def of_the_person(wanted: PeopleFilter, now: datetime) -> Q:
    """What bars the person, asked of each."""
    if wanted.barred == "held":
        return Q(contact__held_until__gt=now)
    if wanted.barred == "suppressed":
        numbers = {"workspace": OuterRef("contact__workspace"), "phone_number": OuterRef("contact__phone_number")}
        return Q(Exists(Suppression.objects.filter(**numbers)))
    return Q()


def few_barred(workspace_id: int, wanted: PeopleFilter, now: datetime) -> list[int] | None:
    """The workspace's people who are barred as asked, where there are few of them."""
    people = Contact.objects.filter(workspace=workspace_id).order_by()
    if wanted.barred == "held":
        people = people.filter(held_until__isnull=False, held_until__gt=now)
    elif wanted.barred == "suppressed":
        listed = Suppression.objects.filter(workspace=workspace_id).order_by().values_list("phone_number", flat=True)
        numbers = list(listed[: FEW + 1])
        if len(numbers) > FEW:
            return None
        people = people.filter(phone_number__in=numbers)
    else:
        return None
    ids = list(people.values_list("pk", flat=True)[: FEW + 1])
    return ids if len(ids) <= FEW else None


def few_short(workspace_id: int, wanted: PeopleFilter) -> list[int] | None:
    """The workspace's people whose name or number begins with one or two letters, where there are few of them."""
    text = Wanted.of(wanted.search, wanted.tag)
    if not text or text.indexed:
        return None
    people = Contact.objects.filter(text.condition(), workspace=workspace_id).order_by()
    ids = list(people.values_list("pk", flat=True)[: FEW + 1])
    return ids if len(ids) <= FEW else None


def hours_keys(campaign: Campaign, country: str) -> list[int]:
    """The places of a country that occur in the list: a few numbers that stand on the row itself."""
    rows = CampaignHours.objects.filter(campaign=campaign, hours_key__country=country)
    return sorted(rows.values_list("hours_key_id", flat=True))


def countries_in(campaign: Campaign) -> list[str]:
    """The countries that occur in the list, from its few places."""
    rows = CampaignHours.objects.filter(campaign=campaign).exclude(hours_key__country="")
    return sorted(rows.values_list("hours_key__country", flat=True).distinct().order_by())
