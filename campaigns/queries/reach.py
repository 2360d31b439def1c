"""How far a campaign's contacts came, each counted once, and why some were not reached."""

from dataclasses import dataclass

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, Value, When

from campaigns.choices import WAITING_STATUSES, ContactStatus, Direction, Outcome
from campaigns.models import Call, Campaign, CampaignContact
from campaigns.queries.people_filter import CALLED
from campaigns.queries.tallies import SPOKEN
from campaigns.reasons import reason_in_words


@dataclass(frozen=True, slots=True)
class Reached:
    """Contacts that were called, answered by a person, spoken with."""

    dialed: int
    connected: int
    conversation: int


def reached(campaign: Campaign) -> Reached:
    """Over all runs; calls that were withdrawn do not count."""
    counted = Call.objects.filter(campaign=campaign, direction=Direction.OUTBOUND).aggregate(
        dialed=Count("campaign_contact", distinct=True, filter=~Q(outcome=Outcome.CANCELLED)),
        connected=Count("campaign_contact", distinct=True, filter=Q(outcome=Outcome.HUMAN)),
        conversation=Count("campaign_contact", distinct=True, filter=SPOKEN),
    )
    return Reached(**counted)


@dataclass(frozen=True, slots=True)
class NotReached:
    """Contacts that no person answered for, alike in status and reason."""

    status: ContactStatus
    reason: str
    called: bool
    count: int

    @property
    def words(self) -> str:
        if self.status in WAITING_STATUSES:
            return "Called, and due again when it ended" if self.called else "Never called"
        return reason_in_words(self.reason) if self.reason else self.status.label


def not_reached(campaign: Campaign) -> list[NotReached]:
    """Everybody who was in no call that a person answered, most frequent first. With `connected` they are the list."""
    answered = Call.objects.filter(campaign_contact=OuterRef("pk"), outcome=Outcome.HUMAN, direction=Direction.OUTBOUND)
    rows = (
        CampaignContact.objects.filter(~Exists(answered), campaign=campaign)
        .order_by()
        .annotate(called=Case(When(CALLED["yes"], then=Value(True)), default=False, output_field=BooleanField()))
        .values_list("status", "reason", "called")
        .annotate(Count("id"))
    )
    found: dict[tuple[ContactStatus, str, bool], int] = {}
    for status, reason, called, count in rows:
        # Of somebody who waits the reason says why again, not why not yet.
        key = (ContactStatus(status), "" if status in WAITING_STATUSES else reason, bool(called))
        found[key] = found.get(key, 0) + count
    groups = [NotReached(*key, count) for key, count in found.items()]
    return sorted(groups, key=lambda group: (-group.count, group.status, group.reason))
