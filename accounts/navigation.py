"""The places of the sidebar. One whose address does not exist yet is not shown."""

from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Place:
    url_name: str
    label: str
    icon: str
    also: tuple[str, ...] = ()  # further paths that belong to it


@dataclass(frozen=True)
class Link:
    path: str
    label: str
    icon: str
    current: bool


GROUPS: tuple[tuple[Place, ...], ...] = (
    (
        Place("campaigns:list", "Campaigns", "speakerphone"),
        Place("campaigns:conversations", "Conversations", "messages", also=("/calls/",)),
        Place("campaigns:callbacks", "Callbacks", "phone-incoming"),
        Place("contacts:list", "Contacts", "users"),
    ),
    (
        Place("telephony:numbers", "Numbers", "hash"),
        Place("telephony:carriers", "Carriers", "route"),
        Place("telephony:agents", "Agents", "robot"),
        Place("campaigns:schedules", "Schedules", "calendar-time"),
        Place("campaigns:templates", "Templates", "template"),
    ),
    (
        Place("analytics:exports", "Exports", "download"),
        Place("contacts:compliance", "Compliance", "shield-check"),
        Place("accounts:workspace", "Workspace", "settings"),
    ),
)


@cache
def address(url_name: str) -> str:
    """The path of a named URL, "" when there is none (yet)."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def sidebar(path: str) -> list[list[Link]]:
    """The groups of links for a person at `path`; the longest address that begins the path is the current place."""
    known = [[(place, address(place.url_name)) for place in group] for group in GROUPS]
    starts = [(start, place) for group in known for place, home in group if home for start in (home, *place.also)]
    here = max((pair for pair in starts if path.startswith(pair[0])), key=lambda pair: len(pair[0]), default=None)
    return [
        [Link(home, place.label, place.icon, here is not None and here[1] is place) for place, home in group if home]
        for group in known
    ]
