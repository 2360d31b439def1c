"""Replays a trace line by line against the rules of the dialer. It shares no code with the dialer.

Everything is recomputed from the scenario's JSON and from the lines. Lines may come from a file, one after another;
what is kept grows with the people, not with the calls.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from campaigns.audit.absent import Absent
from campaigns.audit.findings import Finding
from campaigns.audit.state import Campaign
from campaigns.audit.table import Table
from campaigns.audit.times import when
from campaigns.audit.world import SLACK, Action, Line

SILENT = (
    "spam_score",
    "enable_number",
    "disable_number",
    "suppress",
    "unsuppress",
    "hold",
    "change_contact",
    "change_number",
)


class Judge(Absent):
    def __init__(
        self,
        scenario: Mapping[str, Any],
        *,
        real: bool = False,
        slack: timedelta = SLACK,
        table: Table | None = None,
    ):
        super().__init__(scenario, real=real, slack=slack, table=table)
        self.silent = [(at, a) for at, a in zip(self.times, self.actions, strict=True) if a["action"] in SILENT]
        self.silent.reverse()

    def run(self, lines: Iterable[Line]) -> list[Finding]:
        """All findings, in the order of the trace."""
        acts = {
            "campaign": self.campaign, "launch": self.launch, "end": self.end, "contact": self.contact,
            "inbound": self.inbound_line, "settings": self.settings, "refused": self.refused,
            "restart": self.restart,
        }  # fmt: skip
        finals: set[tuple[str, str]] = set()
        for line in lines:
            if line["type"] == "final":
                self._once(line, finals)
                continue
            at = when(line["at"])
            if at < self.now:
                self.breach(line, "time", "goes back in time")
            self._pass(at, line["type"] == "launch")
            act = acts.get(line["type"])
            if act is not None:
                act(line, at)
        self._pass(self.until, True)
        self.at_the_end(finals)
        return self.findings

    def _once(self, line: Line, finals: set[tuple[str, str]]) -> None:
        key = (line["campaign"], line["contact"])
        if key in finals:
            self.breach(line, "final", "is told twice at the end")
        if not finals:
            self._pass(self.until, True)
        finals.add(key)
        self.final(line)

    def _pass(self, at: datetime, launch: bool) -> None:
        """Time goes on to a line; what people did in between, without a line of its own, takes effect."""
        while self.silent and (self.silent[-1][0] < at or (launch and self.silent[-1][0] == at)):
            done, action = self.silent.pop()
            self._to(done)
            self._act(action, done)
        self._to(at)

    def _to(self, at: datetime) -> None:
        while self.talking and self.talking[0][0] <= at:
            over = self.talking[0][0]
            if over > self.now:
                self._idle_until(over)
            self.hang_up()
        if at > self.now:
            self._idle_until(at)

    def _idle_until(self, at: datetime) -> None:
        self.idle(at)
        self.just_ended = set()
        self.now = at
        if self.unwilling:
            for said, phone in self.unwilling:
                if said <= at:
                    self.suppressed.setdefault(phone, said)
            self.unwilling = [each for each in self.unwilling if each[0] > at]

    def _act(self, action: Action, at: datetime) -> None:
        name, phone = action["action"], action.get("phone_number", "")
        if name == "spam_score":
            number = self.numbers[action["number"]]
            number.given["spam_score"], number.since = action["value"], at
        elif name == "suppress":
            self.suppressed.setdefault(phone, at)
        elif name == "unsuppress":
            self.suppressed.pop(phone, None)
            self.wake(phone)
        elif name == "hold":
            until = when(action["until"]) if action.get("until") else at
            self.held[phone] = (until, at)
            self.wake(phone)
        elif name == "change_contact":
            self.replace(self.campaigns[action["campaign"]], action, at)
        elif name == "change_number":
            self._renumber(self.campaigns[action["campaign"]], phone, action["to"])
        else:
            pool = self.campaigns[action["campaign"]].pool
            if action["number"] in pool:
                pool[action["number"]]["active"] = name == "enable_number"
                self.numbers[action["number"]].since = at

    def _renumber(self, campaign: Campaign, former: str, new: str) -> None:
        """A hold is the person's; suppressions, caps and live calls are of the number."""
        if former in self.held:
            self.held[new] = max(self.held[former], self.held.get(new, self.held[former]))
        campaign.renumber(former, new)

    def refused(self, line: Line, at: datetime) -> None:
        if not any(a["action"] == line["action"] for a in self.acted(at)):
            self.breach(line, "refused", "refuses an action that nobody took")


def judge(
    scenario: Mapping[str, Any],
    lines: Iterable[Line],
    *,
    real: bool = False,
    slack: timedelta = SLACK,
    table: Table | None = None,
) -> list[Finding]:
    """Every breach of the rules in a trace; an empty list for a clean one.

    real   the trace of a real run: one second of tolerance around changes that came while claims were under way, and
           verdicts up to 15 minutes after the completion timeout
    slack  how long somebody may wait who could have been called, before it is an omission
    table  safe hours for a scenario that keeps them and carries no rows
    """
    return Judge(scenario, real=real, slack=slack, table=table).run(lines)
