"""The people of the workspace who may still be added to a campaign's list: Add from Existing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from campaigns.models import Campaign, CampaignContact
from contacts.models import Contact, Suppression
from contacts.queries import FEW, search


@dataclass(frozen=True, slots=True)
class NewcomerFilter:
    search: str = ""
    tag: str = ""
    country: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, object]) -> "NewcomerFilter":
        def word(key: str) -> str:
            return str(asked.get(key) or "").replace("\0", "").strip()[:200]

        return cls(word("q"), word("tag").replace("|", ""), word("country").upper()[:2])

    @property
    def narrows(self) -> bool:
        return self != NewcomerFilter()

    def as_kept(self) -> dict[str, Any]:
        """As JSON, for a job that asks again: `NewcomerFilter(**kept)`."""
        return asdict(self)


def not_yet_in(campaign: Campaign) -> "QuerySet[Contact]":
    """People of the workspace who are not in the campaign, suppressed ones left out: they could not be added."""
    here = CampaignContact.objects.filter(campaign=campaign, contact=OuterRef("pk"))
    barred = Suppression.objects.filter(workspace=OuterRef("workspace"), phone_number=OuterRef("phone_number"))
    return Contact.objects.filter(~Exists(here), ~Exists(barred), workspace_id=campaign.workspace_id)


def newcomers(campaign: Campaign, wanted: NewcomerFilter, *, walk: bool = False) -> "QuerySet[Contact]":
    """Those who fit, in no order. `walk`: for work that goes through all of them by id."""
    rows = not_yet_in(campaign).defer("search", "variables")
    if wanted.country:
        there = Contact.objects.filter(workspace=campaign.workspace_id, country=wanted.country).order_by()
        few = [] if walk else list(there.values_list("pk", flat=True)[: FEW + 1])
        rows = rows.filter(pk__in=few) if 0 < len(few) <= FEW else rows.filter(country=wanted.country)
    return search(rows, campaign.workspace_id, wanted.search, tag=wanted.tag, walk=walk)
