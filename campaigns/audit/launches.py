"""What must hold at the moment of each launch."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from campaigns.audit.money import money
from campaigns.audit.state import ERROR_SAMPLE, PRIORITY, Campaign, Carrier, Number, Person
from campaigns.audit.times import day_of
from campaigns.audit.world import WEEK, Line, World

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Launches(World):
    """Checks and counts launches."""

    def launch(self, line: Line, at: datetime) -> None:
        campaign = self.campaigns[line["campaign"]]
        carrier, ref = self.carriers[line["carrier"]], self.by_number[line["number"]]
        number = self.numbers[ref]
        if campaign.told:
            self.launches += campaign.judged
            person = campaign.person(line["contact"])
            if person is None:
                self.breach(line, "list", "is in no list")
            else:
                self._checks(campaign, person, ref, carrier, line, at)
                self._dialing(campaign, person, line, at)
        campaign.live, carrier.live = campaign.live + 1, carrier.live + 1
        campaign.reserved[line["contact"]] = self._reserved(campaign, line)
        campaign.last = campaign.turns[line["carrier"]] = at
        campaign.launched += 1
        campaign.used[ref] += 1
        carrier.launches.append(at)
        self._used(number, at)
        called = self.history[line["contact"]]
        called.append(at)
        while called[0] <= at - WEEK:
            called.popleft()
        self.calls[line["contact"]] = (line, at)

    def _reserved(self, campaign: Campaign, line: Line) -> Decimal:
        return money(line["reserved"]) if "reserved" in line else self.one_call(campaign, line["carrier"])

    def _used(self, number: Number, at: datetime) -> None:
        number.days[day_of(at, self.zone)] += 1
        number.last = at

    def _dialing(self, campaign: Campaign, person: Person, line: Line, at: datetime) -> None:
        if campaign.get("mode", "single_day") == "single_day" and campaign.day is None:
            campaign.day = person.hours.date_of(at)
        person.before = (person.status, person.due, person.kind)
        person.status, person.due, person.kind = "dialing", None, "fresh"
        if person.run != campaign.run:
            person.run, person.attempt, person.callbacks = campaign.run, 0, 0
        person.attempts, person.attempt, person.total = person.attempts + 1, person.attempt + 1, person.total + 1
        campaign.changed(person, at)
        if line["attempt"] != person.attempt or line["run"] != campaign.run:
            self.breach(line, "numbering", f"is attempt {person.attempt} of run {campaign.run}")
        if line["callback"] != (person.before[2] == "callback"):
            self.breach(line, "callback", "says the wrong thing about being a callback")

    def _checks(self, campaign: Campaign, person: Person, ref: str, carrier: Carrier, line: Line, at: datetime) -> None:
        if at >= self.until:
            self.breach(line, "clock", "is launched when the clock has stopped")
        self._campaign(campaign, line, at)
        self._person(campaign, person, line, at)
        self._pacing(campaign, carrier, line, at)
        self._money(campaign, line)
        self._number(campaign, person, ref, line, at)
        self._order_of(campaign, person, line, at)
        self._turn(campaign, line, at)

    def _campaign(self, campaign: Campaign, line: Line, at: datetime) -> None:
        moved = campaign.moved or self.start
        if campaign.status != "running" and not (self.real and moved <= at <= moved + self.tolerance):
            self.breach(line, "status", f"is launched while {campaign.status}")
        if campaign.pilot is not None and campaign.launched >= campaign.pilot:
            self.breach(line, "pilot", "is beyond the pilot")
        limit = campaign.given.get("max_error_rate")
        if limit is not None and len(campaign.recent) == ERROR_SAMPLE:
            rate = 100 * sum(campaign.recent) / ERROR_SAMPLE
            if rate > limit and (campaign.failing_since or at) + self.tolerance < at:
                self.breach(line, "error_rate", f"is launched although {rate:.0f} % of the last calls failed")

    def _person(self, campaign: Campaign, person: Person, line: Line, at: datetime) -> None:
        bar = self.bar(campaign, person, at)
        if bar is not None:
            self.breach(line, bar[0], bar[1])
        if not person.waiting or person.due is None or person.due > at:
            self.breach(line, "due", f"is not due ({person.status}{f', due {person.due}' if person.due else ''})")
        if not person.hours.is_open(at, campaign.day) and at >= self.hours_since + self.tolerance:
            self.breach(line, "hours", "is called outside its window")

    def _pacing(self, campaign: Campaign, carrier: Carrier, line: Line, at: datetime) -> None:
        interval = timedelta(seconds=campaign.get("call_interval_seconds", 0))
        if campaign.live >= campaign.get("concurrency_limit", 50):
            self.breach(line, "concurrency", "exceeds the concurrency limit")
        if campaign.last is not None and at < campaign.last + interval:
            self.breach(line, "interval", "comes before the call interval is over")
        if self.full(carrier, at):
            self.breach(line, "channels", "exceeds the carrier's channels")
        slow = self.cps(carrier, at)
        if slow:
            self.breach(line, "cps", slow)

    def _money(self, campaign: Campaign, line: Line) -> None:
        left = self.budget_left(campaign)
        if left is not None:
            reserved = self._reserved(campaign, line)
            if reserved > left:
                self.breach(line, "budget", f"may cost {reserved}, and {left} of the budget is left")
        if self.balance is not None and self.balance <= 0:
            self.breach(line, "balance", "is launched although the balance is used up")

    def _number(self, campaign: Campaign, person: Person, ref: str, line: Line, at: datetime) -> None:
        wanted = self.best(campaign, person, at)
        if ref == wanted:
            return
        given = self.numbers[ref]
        just = [n.since for n in self.numbers.values() if n.since and n.since + self.tolerance > at]
        if self.real and just:
            return  # a score, a status or a count was changed while the claim was under way
        carrier = self.carriers[given.given["carrier"]]
        busy = self.full(carrier, at) or self.cps(carrier, at) is not None
        if not busy:  # else said already
            self.breach(line, "number", f"is called from {ref} instead of {wanted}")

    def _order_of(self, campaign: Campaign, person: Person, line: Line, at: datetime) -> None:
        if not person.waiting or person.due is None:
            return
        other = self.first(campaign, at)
        if other is None or other is person or other.right >= person.right:
            return
        if self._settled(campaign, other, at):
            self.breach(line, "order", f"comes before {other.phone}")

    def _settled(self, campaign: Campaign, person: Person, at: datetime) -> bool:
        """In a real run: whether a rival was there, due, open and unbarred, before the claim began."""
        before = at - 2 * self.tolerance
        there = person.since <= before and (person.due or at) <= before and person.hours.is_open(before, campaign.day)
        freed = self.freed.get(person.phone, before) <= before
        return there and freed and self.bar(campaign, person, before) is None

    def _ready(self, campaign: Campaign, at: datetime) -> bool:
        """In a real run: whether a rival campaign could dial before the claim began, and has not changed since."""
        if not self.real:
            return True
        before = at - 2 * self.tolerance
        recent = sum(1 for end in campaign.ends if end > before)
        free = campaign.live + recent < campaign.get("concurrency_limit", 50)
        known = not recent or campaign.given.get("budget_cap") is None
        changed = any((self.numbers[ref].since or before) > before for ref in campaign.pool)
        moved = (campaign.moved or at) > before or (campaign.edited or before) > before
        return free and known and not changed and not moved and not self.held_back(campaign, before)

    def _turn(self, campaign: Campaign, line: Line, at: datetime) -> None:
        """Nobody of better right waits for the same carrier."""
        name = line["carrier"]
        mine = (PRIORITY[campaign.get("priority", "normal")], campaign.turns.get(name, LONG_AGO))
        for other in self.campaigns.values():
            if other is campaign or other.status != "running" or not other.told:
                continue
            theirs = (PRIORITY[other.get("priority", "normal")], other.turns.get(name, LONG_AGO))
            just_edited = self.real and (campaign.edited or self.start) + 2 * self.tolerance > at
            if theirs >= mine or just_edited or self.held_back(other, at):
                continue
            person = self.first(other, at)
            if person is None or not self._settled(other, person, at) or not self._ready(other, at):
                continue
            number = self.best(other, person, at)
            if number and self.affords(other, number) and self.numbers[number].given["carrier"] == name:
                self.breach(line, "turn", f"takes the turn of {other.ref}")
