"""The parts of Contacts, each with an address."""

from django.urls import reverse

PLACES = (
    ("People", "contacts:list"),
    ("Files", "contacts:uploads"),
    ("Suppression list", "contacts:suppression"),
    ("Bulk acts", "contacts:acts"),
)


def tabs(current: str) -> list[tuple[str, str, bool]]:
    return [(words, reverse(name), name == current) for words, name in PLACES]
