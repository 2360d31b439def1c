"""Frequency caps: how often one phone number may be called over all campaigns of a workspace. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaigns.dialing.values import Caps

DAY = timedelta(hours=24)
WEEK = timedelta(days=7)


def free_at(caps: Caps, launched: Sequence[datetime], now: datetime) -> datetime:
    """The first instant from `now` on at which one more call to this number keeps to both caps; `now` when it may be
    called. `launched`: the launches of the last seven days that reached a carrier, oldest first. A launch exactly 24
    hours or 7 days ago counts no more."""
    ends = [now]
    for most, span in ((caps.day, DAY), (caps.week, WEEK)):
        recent = [at for at in launched if at + span > now]
        if most is not None and len(recent) >= most:
            # Room for one more comes when all but most − 1 of them are old enough; a cap of 0 never frees anybody.
            ends.append(recent[-most] + span if most else datetime.max.replace(tzinfo=now.tzinfo))
    return max(ends)
