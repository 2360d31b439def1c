"""Whether this django-q2 cluster was asked to stop: long tasks look here, end early and leave the rest to others."""

from multiprocessing.sharedctypes import RawValue
from typing import Any

# In shared memory, without a lock that a killed process could take with it. Made before the cluster's processes are
# forked from this one, so that all of them see the same.
_asked: Any = RawValue("b", 0)


def begin() -> None:
    """Asks every task of this cluster to come to its end."""
    _asked.value = 1


def is_draining() -> bool:
    return bool(_asked.value)
