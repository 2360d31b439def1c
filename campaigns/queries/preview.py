"""Whom a draft would call: its audience by time zone, country, company and tag; staged rows counted apart."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from django.db.models import Count

from campaigns.models import Campaign, CampaignContact
from contacts.importing import ready
from contacts.models import Upload

SHOWN = 6  # the largest slices; the others are drawn together
NONE = "None given"
STAGED_ROWS = 2000  # how much of a staged file is read for its preview: a long file must not keep the page waiting


@dataclass(slots=True)
class Counts:
    """People by what they have in common; "" is those without. A person with two tags counts for both."""

    total: int = 0
    zones: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    companies: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Slice:
    label: str
    count: int  # contacts that exist
    staged: int  # people of staged files

    @property
    def both(self) -> int:
        return self.count + self.staged


@dataclass(frozen=True, slots=True)
class Distribution:
    """The largest slices first; `others` are people in `kinds` further slices."""

    slices: tuple[Slice, ...]
    others: int
    kinds: int


@dataclass(frozen=True, slots=True)
class Audience:
    total: int
    staged: int
    zones: Distribution
    countries: Distribution
    companies: Distribution
    tags: Distribution

    @property
    def both(self) -> int:
        return self.total + self.staged


def audience(enrolled: Counts, staged: Counts) -> Audience:
    return Audience(
        enrolled.total,
        staged.total,
        distribution(enrolled.zones, staged.zones),
        distribution(enrolled.countries, staged.countries),
        distribution(enrolled.companies, staged.companies),
        distribution(enrolled.tags, staged.tags),
    )


def distribution(here: Counter[str], staged: Counter[str]) -> Distribution:
    """People without a value stand last, whatever their number."""
    both = here + staged
    ranked = sorted((label for label in both if label), key=lambda label: (-both[label], label))
    slices = [Slice(label, here[label], staged[label]) for label in ranked[:SHOWN]]
    if both[""]:
        slices.append(Slice(NONE, here[""], staged[""]))
    rest = ranked[SHOWN:]
    return Distribution(tuple(slices), sum(both[label] for label in rest), len(rest))


def enrolled(campaign: Campaign) -> Counts:
    """The campaign's contacts; three grouped queries."""
    rows = CampaignContact.objects.filter(campaign=campaign).order_by()
    found = Counts()
    places = rows.values_list("contact__timezone", "hours_key__zones", "hours_key__country").annotate(
        people=Count("id")
    )
    for given, possible, country, people in places:
        found.total += people
        found.zones[_zone(given, possible.split())] += people
        found.countries[country] += people
    found.companies.update(dict(rows.values_list("contact__company").annotate(people=Count("id"))))
    for text, people in rows.values_list("contact__tags").annotate(people=Count("id")):
        for tag in text.strip("|").split("|"):
            found.tags[tag] += people
    return found


def staged(uploads: Iterable[Upload]) -> Counts:
    """The people in the first rows (STAGED_ROWS) of each staged file. A file that is gone counts for nobody."""
    found = Counts()
    for upload in uploads:
        for row in _people(upload):
            given, zones = row[ready.GIVEN], row[ready.ZONES].split()
            found.total += 1
            found.zones[_zone(str(given.get("timezone", "")), zones)] += 1
            found.countries[row[ready.COUNTRY]] += 1
            found.companies[str(given.get("company", ""))] += 1
            found.tags.update(given.get("tags") or [""])
    return found


def _people(upload: Upload) -> Iterable[ready.Ready]:
    """Those among the first rows who can be loaded."""
    if not upload.ready:
        return
    try:
        with upload.ready.open("rb") as file:
            for row, _ in islice(ready.rows(file.file), STAGED_ROWS):
                if ready.is_person(row):
                    yield row
    except FileNotFoundError:
        return


def _zone(given: str, possible: list[str]) -> str:
    """The zone that is known, or the first of those the number may lie in and how many more there are."""
    if given:
        return given
    if len(possible) == 1:
        return possible[0]
    return f"{possible[0]} and {len(possible) - 1} more" if possible else ""
