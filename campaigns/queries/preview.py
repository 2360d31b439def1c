"""Whom a draft would call: its audience by time zone, country, company and tag."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from campaigns.models import Campaign, CampaignContact
from campaigns.queries.shares import Share

SHOWN = 6  # the largest slices; the others are drawn together
NONE = "None given"


@dataclass(frozen=True, slots=True)
class Slice:
    label: str
    count: int
    share: Share


@dataclass(frozen=True, slots=True)
class Distribution:
    """The largest slices first; `others` are people in further slices, `kinds` how many slices there are in all."""

    slices: tuple[Slice, ...]
    others: int
    kinds: int


@dataclass(frozen=True, slots=True)
class Audience:
    total: int
    zones: Distribution
    countries: Distribution
    companies: Distribution
    tags: Distribution  # a person with two tags is in two slices


def distribution(counted: Counter[str], total: int) -> Distribution:
    """People without a value stand last, whatever their number."""
    missing = counted.pop("", 0)
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = ranked[:SHOWN] + ([(NONE, missing)] if missing else [])
    others = sum(count for _, count in ranked[SHOWN:])
    return Distribution(tuple(Slice(label, n, Share(n, total)) for label, n in shown), others, len(ranked))


def audience(campaign: Campaign) -> Audience:
    """The campaign's contacts; three grouped queries."""
    rows = CampaignContact.objects.filter(campaign=campaign).order_by()
    zones: Counter[str] = Counter()
    countries: Counter[str] = Counter()
    places = rows.values_list("contact__timezone", "hours_key__zones", "hours_key__country").annotate(Count("id"))
    for given, possible, country, count in places:
        zones[_zone(given, possible.split())] += count
        countries[country] += count
    companies = Counter(dict(rows.values_list("contact__company").annotate(Count("id"))))
    tags: Counter[str] = Counter()
    for text, count in rows.values_list("contact__tags").annotate(Count("id")):
        for tag in text.strip("|").split("|"):
            tags[tag] += count
    total = countries.total()
    return Audience(
        total,
        distribution(zones, total),
        distribution(countries, total),
        distribution(companies, total),
        distribution(tags, total),
    )


def _zone(given: str, possible: list[str]) -> str:
    """The zone that is known, or how many the number may lie in."""
    if given:
        return given
    if len(possible) == 1:
        return possible[0]
    return f"{possible[0]} and {len(possible) - 1} more" if possible else ""
