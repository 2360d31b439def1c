"""Two writers of one row at the same moment: the second looks again instead of failing."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

TRIES = 3
T = TypeVar("T")


def again(act: Callable[[], T]) -> T:
    """`act()` in a transaction, or a savepoint of the caller's; once more where another writer had just made a row that
    `act` did not see yet: now it is there to be read. Raises IntegrityError where that does not help."""
    for _ in range(TRIES - 1):
        try:
            with transaction.atomic():
                return act()
        except IntegrityError:
            continue
    with transaction.atomic():
        return act()
