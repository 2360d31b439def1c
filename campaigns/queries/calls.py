"""Lists of calls, and one call with everything that is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.figures import span
from accounts.models import Workspace
from accounts.moments import day, midnight
from accounts.paging import PAGE, Page, Total, page, total
from campaigns.choices import Direction, Outcome
from campaigns.models import Call, Campaign, CampaignContact
from contacts.wanted import number_holds

NEWEST_FIRST = ("-launched_at", "-id")
ANSWERED = (Outcome.HUMAN, Outcome.MACHINE)


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What is looked for in a list of calls. Unknown words are dropped."""

    search: str = ""
    campaign: int | None = None
    agent: int | None = None
    outcome: str = ""
    attempt: int | None = None
    number: int | None = None
    disposition: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, asked: Mapping[str, object]) -> "CallFilter":
        def word(key: str) -> str:
            return str(asked.get(key) or "").replace("\0", "").strip()

        def number(key: str) -> int | None:
            return int(word(key)) if word(key).isascii() and word(key).isdigit() and len(word(key)) < 19 else None

        return cls(
            search=word("q"),
            campaign=number("campaign"),
            agent=number("agent"),
            outcome=word("outcome") if word("outcome") in Outcome.values else "",
            attempt=number("attempt"),
            number=number("number"),
            disposition=word("disposition")[:60],
            since=day(word("since")),
            until=day(word("until")),
        )

    @property
    def narrows(self) -> bool:
        return self != CallFilter()


def conversations(workspace: Workspace, wanted: CallFilter) -> "QuerySet[Call]":
    """Answered calls of the workspace, by people and machines; test calls too."""
    rows = Call.objects.filter(workspace=workspace)
    rows = rows if wanted.outcome in ANSWERED else rows.filter(outcome__in=ANSWERED)
    return _kept(rows, wanted, workspace.timezone)


def campaign_calls(campaign: Campaign, wanted: CallFilter) -> "QuerySet[Call]":
    """All calls of one campaign."""
    return _kept(Call.objects.filter(campaign=campaign), wanted, campaign.zone)


def _kept(rows: "QuerySet[Call]", wanted: CallFilter, zone: str) -> "QuerySet[Call]":
    exact = {
        "campaign": wanted.campaign,
        "agent": wanted.agent,
        "outcome": wanted.outcome,
        "attempt": wanted.attempt,
        "number": wanted.number,
        "report__disposition": wanted.disposition,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.since:
        rows = rows.filter(launched_at__gte=midnight(wanted.since, zone))
    if wanted.until:
        rows = rows.filter(launched_at__lt=midnight(wanted.until + timedelta(days=1), zone))
    if wanted.search:
        rows = rows.filter(_with(wanted.search))
    return rows


def _with(text: str) -> Q:
    """Digits look for the number, words for the name."""
    number = number_holds(text)
    if number and not any(letter.isalpha() for letter in text):
        return number
    names = Q(contact__name__icontains=text)
    return names | Q(contact__first_name__icontains=text) | Q(contact__last_name__icontains=text)


def call_page(rows: "QuerySet[Call]", cursor: str = "", size: int = PAGE) -> "Page[Call]":
    """Newest first, with everything that a row of a list shows; one query."""
    shown = rows.select_related("campaign", "contact", "agent", "number", "report")
    return page(shown, NEWEST_FIRST, cursor, size)


def latest_by_person(campaign: Campaign, count: int) -> list[Call]:
    """The latest calls of the people called last, newest first, each person once; one query."""
    shown = Call.objects.filter(campaign=campaign, campaign_contact__isnull=False)
    rows = shown.select_related("campaign_contact", "contact", "number").order_by(*NEWEST_FIRST)[: count * 2]
    found: dict[int | None, Call] = {}
    for row in rows:
        found.setdefault(row.campaign_contact_id, row)
    return list(found.values())[:count]


def call_total(rows: "QuerySet[Call]", shown: "Page[Call] | None" = None) -> Total:
    return total(rows, shown=shown)


def calls_of_person(person: CampaignContact) -> list[Call]:
    """Every call of one campaign contact, the newest first."""
    rows = Call.objects.filter(campaign_contact=person).select_related("number", "report")
    return list(rows.order_by("-launched_at", "-id"))


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a call's way, as components/timeline.html shows it."""

    at: datetime
    label: str
    detail: str = ""
    icon: str = "circle-dashed"
    colour: str = ""
    style: str = "clock"


def _begin(call: Call) -> tuple[datetime, str, str, str, str]:
    if call.direction == Direction.INBOUND:
        instead = "in place of the retry that was due" if call.due_at else ""
        return call.launched_at, "Called us", instead, "phone-incoming", ""
    late = f"{span((call.launched_at - call.due_at).total_seconds())} after it was due" if call.due_at else ""
    # The pace gives calls moments that lie a little ahead; the mark may be older than that.
    return min(call.launched_at, call.sent_at or call.launched_at), "Claimed", late, "list-check", ""


def journey(call: Call) -> list[Event]:
    """What happened to one call, in its order: the row's own times, nothing guessed."""
    outcome = Outcome(call.outcome) if call.outcome else None
    steps = [
        _begin(call),
        (call.sent_at, "Sent to the carrier", "", "send", ""),
        (call.ringing_at, "Ringing", "", "phone-outgoing", ""),
        (call.answered_at, "Answered", "", "phone-check", "green"),
        (
            call.ended_at,
            f"Ended: {outcome.label}" if outcome else "",
            call.reason,
            "phone-off",
            getattr(outcome, "colour", ""),
        ),
        (call.concluded_at, "Verdict", call.verdict.replace("_", " "), "clipboard-check", ""),
    ]
    found = [Event(at, *rest) for at, *rest in steps if at is not None]
    return sorted(found, key=lambda event: event.at)  # a provider's clock may differ from ours; order is by time
