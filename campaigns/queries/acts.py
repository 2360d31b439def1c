"""Acts on many people of a campaign's list: which was the last, which puts people on it now."""

from dataclasses import dataclass

from django.db.models import Case, Q, QuerySet, Value, When

from accounts.jobs import JobStatus
from campaigns.models import Campaign, CampaignAction
from contacts.models import BulkAction

COPY = "copy"
ADDING = ("enrol", COPY, "campaign")  # from the Add contacts panel, from another campaign, from the contact list
RUNNING = Q(status=JobStatus.RUNNING)
CUT_SHORT = Q(action=COPY, status__in=(JobStatus.CANCELLED, JobStatus.FAILED))


@dataclass(frozen=True, slots=True)
class Additions:
    """running: an act that puts people on the list at this moment; cut_short: a copy that did not come to its end."""

    running: BulkAction | None = None
    cut_short: BulkAction | None = None


def latest(campaign: Campaign) -> CampaignAction | None:
    """The act on this list that goes on, else the one that was asked for last."""
    rows = CampaignAction.objects.filter(campaign=campaign).select_related("bulk__created_by")
    goes_on = Case(When(bulk__status=JobStatus.RUNNING, then=Value(0)), default=Value(1))
    return rows.order_by(goes_on, "-id").first()


def additions(campaign: Campaign) -> Additions:
    rows = list(_of(campaign).filter(RUNNING & Q(action__in=ADDING) | CUT_SHORT))
    running = [row for row in rows if row.is_moving]
    return Additions(next(iter(running), None), next((row for row in rows if not row.is_moving), None))


def adding(campaign: Campaign) -> BulkAction | None:
    """An act that puts people on the list at this moment."""
    return _of(campaign).filter(RUNNING, action__in=ADDING).first()


def copied_to(campaign: Campaign) -> str:
    """The name of the campaign that this list is being copied into at this moment; "" where it is not."""
    rows = CampaignAction.objects.filter(bulk__workspace=campaign.workspace_id, bulk__status=JobStatus.RUNNING)
    running = rows.filter(bulk__action=COPY).values_list("bulk__params", "campaign__name")
    return next((name for params, name in running if params["from"] == campaign.pk), "")


def _of(campaign: Campaign) -> "QuerySet[BulkAction]":
    return BulkAction.objects.filter(campaign_action__campaign=campaign)
