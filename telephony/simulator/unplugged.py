"""The simulated carrier without its wire: what it would tell of a call, all at once, on anybody's clock.

For a past that is made on a virtual clock. The messages are those of the HTTP contract (docs/http-provider.md).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from telephony.simulator.calls import Call
from telephony.simulator.outcomes import ENDINGS, RATES, plan


def tell(request: Mapping[str, Any], nth: int, launched_at: datetime, seed: int) -> list[dict[str, Any]]:
    """All events of the n-th call (from 1) to `request`'s number, in order, with the times they would have."""
    ring_timeout = int(request["ring_timeout_seconds"])
    fate = plan(request["to"], nth, ring_timeout, seed, "marked", RATES, ENDINGS)
    call = Call(
        id=f"past_{request['reference']}",
        reference=request["reference"],
        to=request["to"],
        from_=request["from"],
        request=dict(request),
        nth=nth,
        seed=seed,
        ending=fate.ending,
        result=fate.result,
        reason=fate.reason,
    )
    at = launched_at.timestamp()
    call.times["initiated"] = at
    at += fate.setup
    if fate.ring is not None:
        call.times["ringing"] = at
        at += fate.ring
    if fate.result in {"human", "machine"}:
        call.times["answered"] = at
        call.talk_seconds = call.conversation().talk_seconds
    call.times["ended"] = at + call.talk_seconds
    return call.told()
