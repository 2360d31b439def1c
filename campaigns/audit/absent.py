"""What did not happen and should have: somebody was due, everything allowed it, and nobody was called."""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.audit.callers import Callers
from campaigns.audit.state import FINAL, Campaign
from campaigns.audit.times import MOMENT
from campaigns.audit.world import Line


class Absent(Callers):
    def idle(self, upto: datetime) -> None:
        """Between two lines nobody may wait longer than the slack who could have been called."""
        last = upto - self.slack
        if last <= self.now:
            return
        for campaign in self.campaigns.values():
            if campaign.status == "running" and campaign.judged:
                moment: datetime | None = self.now
                while moment is not None and moment < last:
                    if self._forgets(campaign, moment):
                        break
                    moment = min((m for m in self._moments(campaign, moment) if m > moment), default=None)

    def _forgets(self, campaign: Campaign, moment: datetime) -> bool:
        after = moment + self.slack
        if self.held_back(campaign, after):
            return False
        person = self.first(campaign, moment)
        if person is None or not person.hours.is_open(after, campaign.day):
            return False
        number = self.best(campaign, person, moment)
        if number is None or not self.affords(campaign, number):
            return False
        line = {"at": moment.isoformat().replace("+00:00", "Z"), "campaign": campaign.ref}
        self.omit(line, "forgotten", f"nobody is called although {person.phone} is due")
        return True

    def _moments(self, campaign: Campaign, after: datetime) -> Iterator[datetime]:
        """Every next instant at which something may become possible by itself."""
        if self.wakes:
            yield self.wakes[0][0]
        if campaign.last is not None:
            yield campaign.last + timedelta(seconds=campaign.get("call_interval_seconds", 0)) - self.slack
        midnight = after.astimezone(ZoneInfo(self.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        yield (midnight + timedelta(days=1)).astimezone(UTC)
        for ref in {self.numbers[ref].given["carrier"] for ref in campaign.pool}:
            launches = self.carriers[ref].launches
            if launches:
                rate = float(self.carriers[ref].given["max_cps"])
                yield launches[-1] + timedelta(seconds=max(1.0, 1 / rate)) + MOMENT
        for (hours, _), heap in campaign.heaps.items():
            while heap and heap[0][2] != heap[0][3].version:
                heapq.heappop(heap)
            if not heap:
                continue
            due, group = heap[0][0], campaign.hours[hours]
            if due <= after and group.is_open(after, campaign.day):
                continue  # pacing is what holds them up, or a bar that has an end of its own
            opens = group.next_open(max(due, after), campaign.day)
            if opens is not None:
                yield opens

    # ── the end of the trace ──

    def at_the_end(self, finals: set[tuple[str, str]]) -> None:
        for campaign in self.campaigns.values():
            if campaign.judged:
                self._campaign_at_the_end(campaign)
                self._people_at_the_end(campaign, finals)

    def _campaign_at_the_end(self, campaign: Campaign) -> None:
        line: Line = {"campaign": campaign.ref}
        states = {p.status if p.judged else "unknown" for p in campaign.people.values()}
        running = campaign.status == "running"
        if running and not campaign.get("always_on", False) and states <= set(FINAL) and campaign.people:
            self.omit(line, "completion", "runs although everybody is final")
        over = campaign.day and not self.day_goes_on(campaign, self.until - timedelta(minutes=15) - self.slack)
        if campaign.status in ("running", "paused") and over and not states & {"dialing", "called"}:
            self.omit(line, "single_day", "goes on although its day is over")

    def _people_at_the_end(self, campaign: Campaign, finals: set[tuple[str, str]]) -> None:
        late = self.until - (self.slack if self.real else timedelta(0))
        for phone, person in campaign.people.items():
            line: Line = {"campaign": campaign.ref, "contact": phone}
            if person.awaited and person.awaited.latest <= late:
                self.omit(line, "verdict", "has no verdict")
            if person.waiting and self.suppressed.get(phone, late) < late:
                self.breach(line, "suppressed", "is suppressed and still waits")
            if campaign.status == "running" and person.waiting and person.hours.next_open(self.until) is None:
                self.omit(line, "never_open", "waits although nothing ever opens")
            if finals and (campaign.ref, phone) not in finals:
                self.breach(line, "final", "is missing at the end")
