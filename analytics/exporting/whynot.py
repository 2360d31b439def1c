"""Why each person of a piece is not called now: asked once of all who are alike, of the rest one by one.

`campaigns.blockers` says it; here is only who must get the same answer from it.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from campaigns import policies
from campaigns.blockers import WAITING, blockers
from campaigns.choices import CampaignStatus
from campaigns.dialing.values import Caps
from campaigns.dispatch import Reason
from campaigns.models import Call, Campaign, CampaignContact
from contacts.models import Suppression

AT_ONCE = 500  # people judged together
APART = 10  # rows from one to the next, on an average, from where on they are looked up one by one
NEEDED = ("pk", "status", "reason", "hours_key_id", "next_attempt_at", "due_at", "look_at", "contact_id")


class Standing(NamedTuple):
    """How somebody stands in a campaign; the values of NEEDED."""

    pk: int
    status: str
    reason: str
    hours_key: int
    next_attempt_at: datetime | None
    due_at: datetime | None
    look_at: datetime | None
    contact: int


@dataclass(frozen=True, slots=True)
class Judged:
    """`marks`: one for each person, in their order; `why`: (mark, code, sentence, until as text)."""

    marks: Sequence[int]
    why: Sequence[tuple[int, str, str, str | None]]


def judge(campaign: Campaign, people: Sequence[Standing], now: datetime) -> Judged:
    alike = _Alike(campaign, people, now)
    first: dict[Hashable, int] = {}
    marks = [first.setdefault(alike.key(person), person.pk) for person in people]
    reasons = _asked(campaign, list(first.values()), now)
    number = {pk: place for place, pk in enumerate(reasons)}
    told = [(number[pk], why.code, why.sentence, _text(why.until)) for pk, why in reasons.items()]
    return Judged([number.get(pk, -1) for pk in marks], told)


def judge_all(rows: Sequence[CampaignContact], now: datetime) -> Judged:
    """The same of people of several campaigns, each row of its own mind; marks in the order of the rows' ids."""
    of: dict[int, list[int]] = {}
    for row in rows:
        of.setdefault(row.campaign_id, []).append(row.pk)
    campaigns = Campaign.objects.select_related("agent", "workspace", "schedule").in_bulk(list(of))
    reasons: dict[int, Reason] = {}
    for campaign_id, ids in of.items():
        reasons |= _asked(campaigns[campaign_id], ids, now)
    ids = sorted(row.pk for row in rows)
    told = [(place, (why := reasons[pk]).code, why.sentence, _text(why.until)) for place, pk in enumerate(ids)]
    return Judged(list(range(len(ids))), told)


def _asked(campaign: Campaign, ids: Sequence[int], now: datetime) -> dict[int, Reason]:
    found: dict[int, Reason] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = CampaignContact.objects.select_related("contact", "hours_key").filter(
            pk__in=ids[start : start + AT_ONCE]
        )
        found |= blockers(campaign, list(rows), now)
    return found


def _text(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None


class _Alike:
    """Two people with the same key get the same answer, whatever else is true of them."""

    def __init__(self, campaign: Campaign, people: Sequence[Standing], now: datetime) -> None:
        self.now = now
        self.running = campaign.status == CampaignStatus.RUNNING
        self.capped = policies.caps(campaign.workspace) != Caps()
        waiting = [person.pk for person in people if person.status in WAITING]
        self.barred: set[int] = set()
        self.apart: set[int] = set()
        if waiting:
            rows = CampaignContact.objects.filter(campaign=campaign, status__in=WAITING)
            rows = rows.filter(_among(waiting))
            listed = Suppression.objects.filter(
                workspace=campaign.workspace_id, phone_number=OuterRef("contact__phone_number")
            )
            self.barred = _ids(rows.filter(Exists(listed)).values_list("pk", flat=True))
            if self.running:
                live = Call.objects.filter(contact=OuterRef("contact"), ended_at__isnull=True)
                self.apart = _ids(rows.filter(contact__held_until__gt=now).values_list("pk", flat=True))
                self.apart |= _ids(rows.filter(Exists(live)).values_list("pk", flat=True))

    def key(self, person: Standing) -> Hashable:
        if person.status not in WAITING:
            return person.status, person.reason
        if person.pk in self.barred:
            return "barred"
        if not self.running:
            return "not running"
        due = person.next_attempt_at or (person.due_at if person.look_at else None)
        if self.capped or person.pk in self.apart or (due is not None and due > self.now):
            return person.pk
        return (person.hours_key, "due") if due else (person.reason, "never due")


def _among(people: Sequence[int]) -> Q:
    """Few who stand far apart are named; for a stretch of the list its ends are enough, whatever lies between."""
    if max(people) - min(people) > APART * len(people):
        return Q(pk__in=people)
    return Q(pk__gte=min(people), pk__lte=max(people))


def _ids(found: Iterable[int]) -> set[int]:
    return set(found)
