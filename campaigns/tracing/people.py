"""Who was on the list, and what calls with them came to."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from campaigns.choices import Direction, Outcome, Priority
from campaigns.dialing.trace import moment
from campaigns.models import Call, Campaign, CampaignContact, ContactMove, FormerPlace
from campaigns.tracing.history import Given
from campaigns.tracing.lines import CHUNK
from campaigns.tracing.numbers import Change, Numbers
from contacts.models import Suppression

Added = list[tuple[datetime, Given]]
PLACE = "priority", "hours_key__country", "hours_key__region", "hours_key__zones"


def people(
    campaign: Campaign, begin: datetime, achieved: Collection[int], numbers: Numbers
) -> tuple[list[Given], Added, list[Given]]:
    """Those on the list when it began, in list order; those who came later, with the time; and as a scenario's actions,
    who lived elsewhere, was more or less urgent or had another number from when on. Each is told as they were at
    first."""
    outcomes = _outcomes(campaign, achieved)
    again = set(
        ContactMove.objects.filter(campaign_contact__campaign=campaign, action="added").values_list(
            "campaign_contact", flat=True
        )
    )
    former = _former(campaign, begin)
    present: list[Given] = []
    added: Added = []
    moved: list[Given] = []
    beside: list[Given] = []
    places_of, gone = _changed(campaign, numbers), numbers.former()
    rows = CampaignContact.objects.filter(campaign=campaign).order_by("id").values_list(
        "id", "contact__phone_number", "added_at", "contact__primary", "contact__primary__phone_number", *PLACE
    )  # fmt: skip
    for pk, phone, at, head, primary, *place in rows.iterator(CHUNK):
        until, places = former.pop(pk, ([], []))
        first, *later = [*places, _place(*place)]
        person: Given = {"phone_number": numbers.first(pk, phone), **first, "outcomes": outcomes.pop(pk, [])}
        is_present = at <= begin or pk in again or pk in numbers.mixed
        if primary and (head in places_of or primary not in gone):
            person["primary"] = _number_then(numbers, places_of.get(head, 0), primary, None if is_present else at)
        if pk in numbers.mixed:
            person["judged"] = False
            beside += [{**person, "phone_number": other} for other in sorted(numbers.mixed[pk])]
        if is_present:
            present.append(person)
        else:
            added.append((at, person))
        who = {"campaign": str(campaign.pk), "action": "change_contact"}
        for when, then in zip(until, later, strict=True):
            moved.append({"at": moment(when), **who, "phone_number": numbers.at(pk, phone, when), **then})
        moved += _renumbered(campaign, numbers.changes.get(pk, ()))
    return present + beside, added, moved


def _renumbered(campaign: Campaign, changes: Iterable[Change]) -> list[Given]:
    who = {"campaign": str(campaign.pk), "action": "change_number"}
    return [{"at": moment(at), **who, "phone_number": former, "to": new} for at, former, new in changes]


def _number_then(numbers: Numbers, row: int, phone: str, at: datetime | None) -> str:
    """The number of a primary at an instant; without one, the first."""
    return numbers.first(row, phone) if at is None else numbers.at(row, phone, at)


def _changed(campaign: Campaign, numbers: Numbers) -> dict[int, int]:
    """By contact, those campaign contacts whose number changed."""
    rows = CampaignContact.objects.filter(campaign=campaign, pk__in=list(numbers.changes))
    return dict(rows.values_list("contact", "id"))


def _former(campaign: Campaign, begin: datetime) -> dict[int, tuple[list[datetime], list[Given]]]:
    """By campaign contact, until when they lived where, the earliest first."""
    found: dict[int, tuple[list[datetime], list[Given]]] = defaultdict(lambda: ([], []))
    rows = FormerPlace.objects.filter(campaign_contact__campaign=campaign, until__gt=begin).order_by("until", "id")
    for pk, until, *place in rows.values_list("campaign_contact", "until", *PLACE).iterator(CHUNK):
        found[pk][0].append(until)
        found[pk][1].append(_place(*place))
    return found


def _place(priority: int, country: str, region: str, zones: str) -> Given:
    place: Given = {"priority": Priority(priority).word, "country": country, "region": region}
    return {**place, "zones": zones.split()} if zones else place


def said_to_us(campaign: Campaign, achieved: Collection[int]) -> list[Given]:
    """What people said in calls that they made to us, as a scenario's actions."""
    calls = Call.objects.filter(campaign=campaign, direction=Direction.INBOUND, ended_at__isnull=False)
    return [
        {"at": moment(at), "action": "inbound", "phone_number": phone, "number": str(number), **said}
        for _, at, phone, number, said in _said(calls, achieved)
    ]


def _outcomes(campaign: Campaign, achieved: Collection[int]) -> dict[int, list[Given]]:
    found: dict[int, list[Given]] = defaultdict(list)
    calls = Call.objects.filter(campaign=campaign, direction=Direction.OUTBOUND, ended_at__isnull=False)
    for row, _, _, _, said in _said(calls, achieved):
        found[row].append(said)
    return found


def _said(calls: QuerySet[Call], achieved: Collection[int]) -> Iterable[tuple[int, datetime, str, int, Given]]:
    """What each call came to, and what analysis had said of it when the verdict was given. A do-not-call that came
    after the verdict put the number on the suppression list later than that."""
    listed = Suppression.objects.filter(workspace=OuterRef("workspace"), phone_number=OuterRef("phone_number"))
    rows = calls.annotate(listed_at=Subquery(listed.values("at")[:1])).order_by("launched_at", "id").values_list(
        "id", "campaign_contact", "launched_at", "phone_number", "number", "ended_at", "outcome", "talk_seconds",
        "spoke", "report__disposition", "report__do_not_call", "report__callback_asked", "report__callback_at",
        "concluded_at", "listed_at",
    ).iterator(CHUNK)  # fmt: skip
    for pk, row, at, phone, number, ended, outcome, talk, spoke, word, no, asked, asked_at, judged, barred in rows:
        said: dict[str, Any] = {
            "outcome": outcome,
            "ring_seconds": max(0.0, ((ended or at) - at).total_seconds() - talk),
            "talk_seconds": talk,
        }
        if outcome == Outcome.HUMAN:
            said |= {"speech": spoke, "disposition": word or ""}
            said |= {"callback_at": moment(asked_at)} if asked else {}
            said |= {"primary_goal": "achieved"} if pk in achieved else {}
        if no and not (judged and barred and barred > judged):
            said["do_not_call"] = True
        yield row or 0, at, phone, number, said
