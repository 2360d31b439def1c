"""Leases: who may dial a workspace, and the one clock that dialing goes by."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Max, Q

from campaigns.models import Lease

TTL = timedelta(seconds=2)  # a killed dialer's workspaces are free after this
RENEW_EVERY = TTL / 3
LOOK_EVERY = timedelta(seconds=0.2)  # for leases that somebody left behind
FROZEN = timedelta(seconds=5)  # a transaction in which nothing happens for so long
# A lease that lasts longer from now on is of a time before the clock was set back: whoever lives renews it at once.
LONGEST = timedelta(minutes=1)
BEHIND = timedelta(seconds=1)  # a clock that was set back by so much is worth a word


class Lost(Exception):
    """Somebody else owns the lease now: drop everything at once and write nothing."""


@dataclass(frozen=True, slots=True)
class Held:
    name: str
    owner: str
    epoch: int

    @property
    def workspace_id(self) -> int:
        return int(self.name.partition(":")[2])

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]


def clock() -> datetime:
    """The database's time. SQLite lives in this process, so its clock is this machine's."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0].astimezone(UTC)


def take(name: str, owner: str, now: datetime) -> Held | None:
    """The lease, if it is free or run out, or of a time that has not come yet; else None. A new owner gets a new
    epoch."""
    Lease.objects.bulk_create([Lease(name=name)], ignore_conflicts=True)
    free = Q(until__isnull=True) | Q(until__lte=now) | Q(until__gt=now + LONGEST)
    won = Lease.objects.filter(free, name=name).update(owner=owner, epoch=F("epoch") + 1, until=now + TTL)
    if not won:
        return None
    epoch = Lease.objects.filter(name=name, owner=owner).values_list("epoch", flat=True).first()
    return None if epoch is None else Held(name, owner, epoch)


def renew(held: Held, now: datetime) -> bool:
    """Whether the lease is still ours; if so it lasts for another TTL."""
    return _ours(held).update(until=now + TTL) == 1


def release(held: Held) -> None:
    _ours(held).update(until=None, owner="")


def hold(held: Held) -> datetime:
    """`confirm`, and return the time to go by, which never goes back."""
    row = confirm(held)
    now = max(clock(), row.last_now) if row.last_now else clock()
    _ours(held).update(last_now=now)
    return now


def confirm(held: Held) -> Lease:
    """Lock the lease for this transaction: nobody takes it over before the commit. Raises Lost.

    A dialer that was frozen while another took over finds a newer epoch here and changes nothing.
    """
    assert transaction.get_connection().in_atomic_block
    row = _ours(held).select_for_update().first()
    if row is None:
        raise Lost(held.name)
    return row


def stands_until(workspace_id: int) -> datetime | None:
    """When dialing goes on: the last time that it went by, if the clock was set back behind it; else None."""
    last = Lease.objects.filter(name=f"dial:{workspace_id}").values_list("last_now", flat=True).first()
    return last if last is not None and last - clock() > BEHIND else None


def impatient() -> None:
    """This session's transactions keep others waiting for a moment only: PostgreSQL ends what a frozen process left
    open, or its locks would stop every other dialer. (SQLite's one lock goes with the process.)"""
    _set_patience(f"{int(FROZEN.total_seconds() * 1000)}")


def patient() -> None:
    _set_patience("default")


def _set_patience(milliseconds: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")  # our own figure


def alive(prefix: str, now: datetime) -> int:
    """How many leases of this kind somebody holds."""
    return Lease.objects.filter(name__startswith=f"{prefix}:", until__gt=now, until__lte=now + LONGEST).count()


def left_behind(now: datetime) -> set[str]:
    """Those that ran out without being released: their owner died, or does not get round to renewing them."""
    return set(Lease.objects.filter(until__lte=now).values_list("name", flat=True))


def is_alive(name: str, now: datetime) -> bool:
    return Lease.objects.filter(name=name, until__gt=now).exists()


def last_heard(prefix: str) -> datetime | None:
    """When the last lease of this kind was to run out; None when there is none left."""
    return Lease.objects.filter(name__startswith=f"{prefix}:").aggregate(at=Max("until"))["at"]


def _ours(held: Held):  # type: ignore[no-untyped-def]
    return Lease.objects.filter(name=held.name, owner=held.owner, epoch=held.epoch)
