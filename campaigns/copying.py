"""The people of a campaign as another campaign takes them over: fresh, in list order, with this one's variables."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from campaigns import audience
from campaigns.audience import families
from campaigns.choices import ContactStatus
from campaigns.models import Campaign, CampaignContact


def people(source: Campaign) -> "QuerySet[CampaignContact]":
    """Who is copied, in no order: everybody but excluded ones where exclusion is sticky. Secondaries who were not
    needed are excluded by no decision of anybody's."""
    rows = CampaignContact.objects.filter(campaign=source)
    excluded = Q(status=ContactStatus.EXCLUDED) & ~Q(reason=families.NOT_NEEDED)
    return rows.exclude(excluded) if source.sticky_exclusion else rows


def enrolments(source: Campaign, ids: Sequence[int]) -> list[audience.Enrolment]:
    """These campaign contacts of the source as people for another list, in list order."""
    rows = people(source).filter(pk__in=ids).order_by("pk").values_list("contact", "detail__variables")
    return [audience.Enrolment(contact, variables or {}) for contact, variables in rows]
