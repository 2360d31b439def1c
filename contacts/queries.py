"""Which people: the filters of the contact list, shared by its pages and its bulk acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Workspace
from contacts.models import Contact, Suppression

NAMES = ("q", "tag", "company", "country", "campaign", "status", "suppressed")


@dataclass(frozen=True, slots=True)
class Filters:
    """As in the address of the list; every value a text, "" for no filter."""

    q: str = ""
    tag: str = ""
    company: str = ""
    country: str = ""
    campaign: str = ""
    status: str = ""
    suppressed: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Filters":
        return cls(**{name: asked.get(name, "").strip()[:200] for name in NAMES})

    @property
    def any(self) -> bool:
        return self != Filters()


def people(workspace: Workspace, filters: Filters) -> QuerySet[Contact]:
    """The workspace's contacts that fit all filters, with `is_suppressed`. An unknown campaign fits nobody."""
    rows: QuerySet[Any] = Contact.objects.filter(workspace=workspace).annotate(is_suppressed=_suppressed())
    if filters.q:
        rows = rows.filter(_search(filters.q))
    if filters.tag:
        rows = rows.filter(tags__icontains=f"|{filters.tag.replace('|', '')}|")
    if filters.company:
        rows = rows.filter(company__icontains=filters.company)
    if filters.country:
        rows = rows.filter(country=filters.country)
    if filters.suppressed:
        rows = rows.filter(is_suppressed=filters.suppressed == "yes")
    if filters.campaign or filters.status:
        rows = _in_campaign(rows, filters)
    return rows


def _search(text: str) -> Q:
    """Any part of name, company or e-mail; of the number too, however its digits are set apart."""
    found = Q(name__icontains=text) | Q(company__icontains=text) | Q(email__icontains=text) | Q(external_id=text)
    digits = "".join(letter for letter in text if letter.isdigit())
    only_number = not any(letter.isalpha() for letter in text)
    return found | Q(phone_number__contains=digits) if digits and only_number else found


def _in_campaign(rows: QuerySet[Contact], filters: Filters) -> QuerySet[Contact]:
    wanted: dict[str, str] = {}
    if filters.campaign:
        if not filters.campaign.isdecimal() or len(filters.campaign) > 18:
            return rows.none()
        wanted["campaign_contacts__campaign"] = filters.campaign
    if filters.status:
        wanted["campaign_contacts__status"] = filters.status
    found = rows.filter(**wanted)
    # Once in a campaign at the most; in several with the same status, without a campaign named.
    return found if filters.campaign else found.distinct()


def _suppressed() -> Exists:
    return Exists(Suppression.objects.filter(workspace=OuterRef("workspace"), phone_number=OuterRef("phone_number")))


def countries_of(workspace: Workspace) -> list[str]:
    """The countries that occur among the workspace's contacts, sorted."""
    rows = Contact.objects.filter(workspace=workspace).exclude(country="")
    return list(rows.order_by("country").values_list("country", flat=True).distinct())


def entries(workspace: Workspace, search: str, reason: str) -> QuerySet[Suppression]:
    """The suppression list, the newest first; any part of number, source or note."""
    rows = Suppression.objects.filter(workspace=workspace)
    if search:
        digits = "".join(letter for letter in search if letter.isdigit())
        found = Q(source__icontains=search) | Q(note__icontains=search)
        rows = rows.filter(found | Q(phone_number__contains=digits) if digits else found)
    return rows.filter(reason=reason) if reason else rows
