"""Hours keys: the few distinct places that people live in, as far as calling hours are concerned."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction

from contacts.models import HoursKey


class Place(NamedTuple):
    """Country (ISO, two letters), region within it, and the zones a person may live in. Everything may be empty."""

    country: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()


# Rows are never changed or deleted, so an id holds for the life of a process. Filled after commit only: a row that
# was rolled back must not be remembered.
_known: dict[Place, int] = {}


def hours_key(country: str, region: str, zones: Iterable[str]) -> HoursKey:
    """The one row for this place, made when it is new."""
    place = Place(country, region, tuple(sorted(set(zones))))
    return HoursKey(pk=key_ids([place])[place], country=country, region=region, zones=" ".join(place.zones))


def key_ids(places: Iterable[Place]) -> dict[Place, int]:
    """The id of each place's hours key, made where it is new. Zones have to be sorted and distinct."""
    wanted = set(places)
    missing = sorted(wanted - _known.keys())
    if not missing:
        return {place: _known[place] for place in wanted}
    rows = [HoursKey(country=p.country, region=p.region, zones=" ".join(p.zones)) for p in missing]
    found = _find(missing)
    if len(found) < len(missing):
        HoursKey.objects.bulk_create(
            [row for row, place in zip(rows, missing, strict=True) if place not in found], ignore_conflicts=True
        )
        found = _find(missing)
    transaction.on_commit(lambda: _known.update(found))
    return {place: found[place] if place in found else _known[place] for place in wanted}


def forget() -> None:
    """For tests, whose database is emptied under a living process."""
    _known.clear()


def _find(places: list[Place]) -> dict[Place, int]:
    countries = {place.country for place in places}
    rows = HoursKey.objects.filter(country__in=countries).values_list("country", "region", "zones", "id")
    by_place = {Place(country, region, tuple(zones.split())): pk for country, region, zones, pk in rows}
    return {place: by_place[place] for place in places if place in by_place}
