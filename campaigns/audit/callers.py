"""Calls from people: they take a channel, keep everybody from calling them, and may stand in place of a retry."""

import heapq
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from campaigns.audit.people import People
from campaigns.audit.state import Campaign, Person
from campaigns.audit.times import when
from campaigns.audit.world import Line

Talk = tuple[datetime, int, int, Line]  # when it is over, which one, the campaign's run, its line


class Callers(People):
    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.talking: list[Talk] = []
        self.called = 0

    def inbound_line(self, line: Line, at: datetime) -> None:
        """A person calls in. `until`: when it is over, if not after the talk; `known`: when we were told of it."""
        over = when(line["until"]) if line.get("until") else at + timedelta(seconds=line.get("talk_seconds", 0))
        known = when(line["known"]) if line.get("known") else at
        self.inbound[line["contact"]] = max(over, self.inbound.get(line["contact"], (over, at))[0]), known
        carrier = self.carriers[self._carrier_of(line)]
        carrier.live += 1
        carrier.heard.append(known)
        campaign = self.campaigns[line["campaign"]]
        campaign.callers += 1
        self.called += 1
        heapq.heappush(self.talking, (over, self.called, campaign.run, line))
        if over <= at:
            self.hang_up()

    def hang_up(self) -> None:
        """The next of them is over."""
        over, _, run, line = heapq.heappop(self.talking)
        campaign, phone = self.campaigns[line["campaign"]], line["contact"]
        self.carriers[self._carrier_of(line)].live -= 1
        campaign.callers -= 1
        self.settle(campaign, self._carrier_of(line), line)
        self.just_ended.add(campaign.ref)
        self.freed[phone] = over
        person = campaign.person(phone)
        if person is not None and campaign.told:
            self._said(campaign, person, run, line, over)
        self.wake(phone)

    def _said(self, campaign: Campaign, person: Person, run: int, line: Line, over: datetime) -> None:
        """Who spoke has said what a conversation says; a retry that was pending waits for that verdict instead."""
        said = self._scripted(line)
        due = over + timedelta(minutes=campaign.get("completion_timeout_minutes", 0))
        spoke = bool(line.get("talk_seconds")) and said.get("speech", True) is not False
        stands_in = spoke and person.status == "retry" and campaign.status in ("running", "paused")
        if stands_in and run == campaign.run:
            person.status, person.due = "called", None
            campaign.changed(person, over)
            self.await_verdict(person, {**line, "outcome": "human"}, over, said, due, inbound=True)
            return
        if spoke and said.get("primary_goal") == "achieved":
            person.goals.append(due)
        if said.get("do_not_call") and not self.real:
            if due > over:
                self.unwilling.append((due, person.phone))
            else:
                self.suppressed.setdefault(person.phone, over)

    def _scripted(self, line: Line) -> Mapping[str, Any]:
        """What analysis will say of the call, as the scenario's action tells."""
        for action in self.acted(when(line["at"])):
            if action["action"] == "inbound" and action.get("phone_number") == line["contact"]:
                return action
        return {}

    def _carrier_of(self, line: Line) -> str:
        return str(self.numbers[self.by_number[line["number"]]].given["carrier"])
