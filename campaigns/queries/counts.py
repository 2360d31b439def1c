"""How a campaign's list stands: contacts by status."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from django.db.models import Sum

from campaigns.choices import FINAL_STATUSES, WAITING_STATUSES, ContactStatus
from campaigns.models import Campaign, Standing
from campaigns.queries.shares import Share


@dataclass(frozen=True, slots=True)
class StatusCounts:
    """Contacts of one campaign by status; the field names are the statuses."""

    pending: int = 0
    dialing: int = 0
    called: int = 0
    retry: int = 0
    completed: int = 0
    failed: int = 0
    no_conversation: int = 0
    excluded: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))

    @property
    def waiting(self) -> int:
        return self.of(WAITING_STATUSES)

    @property
    def final(self) -> int:
        return self.of(FINAL_STATUSES)

    @property
    def progress(self) -> Share:
        """How many of the contacts are final."""
        return Share(self.final, self.total)

    def of(self, statuses: Iterable[ContactStatus]) -> int:
        return sum(getattr(self, status.value) for status in statuses)

    def __iter__(self) -> Iterator[tuple[ContactStatus, int]]:
        """(status, count) in the order of the statuses, zeros included."""
        return iter([(status, getattr(self, status.value)) for status in ContactStatus])


def status_counts(campaign: Campaign) -> StatusCounts:
    """One query of a few rows, however long the list is."""
    return status_counts_of([campaign.pk]).get(campaign.pk, StatusCounts())


def status_counts_of(campaigns: Iterable[int]) -> dict[int, StatusCounts]:
    """Counts of several campaigns in one query, for lists. A campaign without contacts has no entry."""
    kept = Standing.objects.filter(campaign_id__in=list(campaigns)).order_by()
    rows = kept.values_list("campaign_id", "status").annotate(people=Sum("contacts")).exclude(people=0)
    found: dict[int, dict[str, int]] = {}
    for campaign, status, count in rows:
        found.setdefault(campaign, {})[status] = count
    return {campaign: StatusCounts(**counts) for campaign, counts in found.items()}
