"""Where a dialer dies or freezes: around a commit of one of its steps, or right after it told a carrier."""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, Signals
from typing import Any

from django.db import connection

from campaigns.dialing.tick import AHEAD
from telephony.gateway import Gateway

ON_ITS_WAY = AHEAD.total_seconds() + 0.03  # seconds that the last requests have before their process dies
# What a transaction of the step writes, as table or table.column, and what it does not.
STEPS: dict[str, tuple[str, str]] = {
    "claim": ("campaigns_carrierturn", ""),
    "mark": ("campaigns_call.sent_at", ""),
    "answers": ("telephony_carrier.rest_seconds", ""),
    "events": ("telephony_providerevent.work_at", ""),
    "verdict": ("campaigns_call.verdict", ""),
    "withdraw": ("telephony_numberday.calls", "campaigns_carrierturn"),
    "ask": ("campaigns_call.check_at alone", ""),
    "complete": ("campaigns_campaigntransition", ""),
}
WRITES = re.compile(r'(INSERT|UPDATE|DELETE)(?: OR \w+)?(?: INTO| FROM)? "?(\w+)"?')


@dataclass(frozen=True, slots=True)
class Death:
    """`when`: "before" or "after" the commit of the step's Nth transaction; "told": after requests were handed over,
    when some may be on the wire."""

    when: str
    step: str = ""
    number: int = 1
    signal: Signals = SIGKILL

    def is_at(self, written: set[str]) -> bool:
        has, lacks = STEPS[self.step]
        return has in written and not written & set(lacks.split())


def strike(death: Death, died: Path) -> None:
    """See to it that this process gets the signal there; the place is noted in `died` right before."""
    if death.when == "told":
        _strike_after_telling(death, died)
    else:
        _strike_around_commit(death, died)


def _strike_around_commit(death: Death, died: Path) -> None:
    commit: Callable[[], Any] = connection._commit
    rollback: Callable[[], Any] = connection._rollback
    written: set[str] = set()
    seen = 0

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if connection.in_atomic_block:
            written.update(_writes(sql))
        return execute(sql, params, many, context)

    def counted() -> Any:
        nonlocal seen
        here = death.is_at(written)
        seen += here
        written.clear()
        if here and seen == death.number and death.when == "before":
            _blow(death, died)
        result = commit()
        if here and seen == death.number and death.when == "after":
            _blow(death, died)
        return result

    def rolled_back() -> Any:
        written.clear()
        return rollback()

    connection.execute_wrappers.append(note)
    connection._commit = counted
    connection._rollback = rolled_back


def _writes(sql: str) -> list[str]:
    """`campaigns_call`, `campaigns_call.state` of a statement that changes them, `campaigns_call.state alone`."""
    found = WRITES.match(sql)
    if found is None:
        return []
    kind, table = found.groups()
    changed = re.findall(r'"?(\w+)"? = ', re.split(r"\s(?:FROM|WHERE)\s", sql)[0]) if kind == "UPDATE" else []
    alone = [f"{table}.{changed[0]} alone"] if len(changed) == 1 else []
    return [table, *(f"{table}.{column}" for column in changed), *alone]


def _strike_after_telling(death: Death, died: Path) -> None:
    place = Gateway.place
    seen = 0

    def counted(self: Gateway, requests: Any, *when: Any) -> None:
        nonlocal seen
        batch = list(requests)
        place(self, batch, *when)
        seen += bool(batch)
        if batch and seen == death.number:
            time.sleep(ON_ITS_WAY)
            _blow(death, died)

    Gateway.place = counted  # type: ignore[method-assign]


def _blow(death: Death, died: Path) -> None:
    with died.open("a") as file:
        file.write(f"{death.when} {death.step}\n")
    os.kill(os.getpid(), death.signal)
