"""Ids that requests name: whatever else was sent is no id."""

from collections.abc import Iterable

LONGEST = 18  # digits that any database's id may have


def one(text: str) -> int | None:
    """The id that the text is; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None


def several(texts: Iterable[str]) -> list[int]:
    """Those of the texts that are ids, in their order."""
    return [pk for pk in map(one, texts) if pk is not None]
