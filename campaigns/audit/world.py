"""The state of a replay, and the questions about it: who is barred, what pacing allows, which number is next."""

import heapq
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from campaigns.audit.findings import OMISSION, VIOLATION, Finding
from campaigns.audit.hours import Hours, window_of, zone_of
from campaigns.audit.money import ASSUMED_SECONDS, money, price
from campaigns.audit.places import country_of, region_of, zones_of
from campaigns.audit.state import Campaign, Carrier, Number, Person
from campaigns.audit.table import Table, table_of, week_for
from campaigns.audit.times import SECOND, day_of, when

SLACK = timedelta(seconds=2)  # a freed slot is used within two seconds
TOLERANCE = timedelta(seconds=1)  # in a real run: between a change and the claims that were under way
DAY, WEEK = timedelta(days=1), timedelta(days=7)
MOST_FINDINGS = 10_000
PLACE = ("priority", "country", "region", "zones")  # of a person, and what may change
Line = Mapping[str, Any]
Action = Mapping[str, Any]


class World:
    def __init__(self, scenario: Mapping[str, Any], *, real: bool, slack: timedelta, table: Table | None):
        self.scenario, self.real, self.slack = scenario, real, slack
        self.tolerance = TOLERANCE if real else timedelta(0)
        self.findings: list[Finding] = []
        self.start, self.until = when(scenario["clock"]["start"]), when(scenario["clock"]["until"])
        self.now = self.start
        self._workspace(scenario.get("workspace", {}), table)
        self.agents: dict[str, Any] = {a["ref"]: a for a in scenario["agents"]}
        self.carriers = {c["ref"]: Carrier(c) for c in scenario["carriers"]}
        self.numbers = {n["ref"]: Number(n) for n in scenario["numbers"]}
        self.by_number = {n["number"]: n["ref"] for n in scenario["numbers"]}
        self.schedules = {s["ref"]: s for s in scenario.get("schedules", [])}
        self.campaigns = {c["ref"]: Campaign(c) for c in scenario["campaigns"]}
        self.calls: dict[str, tuple[Line, datetime]] = {}  # live, by phone number
        self.inbound: dict[str, tuple[datetime, datetime]] = {}  # until when, and since when that is known
        self.freed: dict[str, datetime] = {}  # when the latest call with somebody ended
        self.history: dict[str, deque[datetime]] = defaultdict(deque)
        self.held: dict[str, tuple[datetime, datetime]] = {}  # until when, and since when that is known
        self.unwilling: list[tuple[datetime, str]] = []  # when analysis says so, phone number
        self.wakes: list[tuple[datetime, int, Campaign, Person]] = []
        self.woken = 0
        self.launches = 0
        self.just_ended: set[str] = set()  # campaigns of which a call ended, or a verdict came, at this very instant
        self.actions = sorted(scenario.get("actions", []), key=lambda action: when(action["at"]))
        self.times = [when(action["at"]) for action in self.actions]
        for campaign in self.campaigns.values():
            for given in campaign.given.get("contacts", []):
                self.enrol(campaign, given, self.start)

    def _workspace(self, given: Mapping[str, Any], table: Table | None) -> None:
        self.zone = str(given.get("timezone", "UTC"))
        self.suppressed: dict[str, datetime] = dict.fromkeys(given.get("suppressed", []), self.start)
        self.caps = self.caps_of(given.get("frequency_cap") or {})
        self.caps_since = self.hours_since = datetime.min.replace(tzinfo=UTC)  # their last change
        balance = given.get("balance")
        self.balance = None if balance is None else money(balance)
        rows = given.get("safe_hours_rows")
        self.table = None
        if given.get("safe_hours"):
            self.table = table_of(rows) if rows is not None else (table or {})

    def caps_of(self, given: Mapping[str, Any]) -> list[tuple[timedelta, int]]:
        return [(span, given[key]) for key, span in (("day", DAY), ("week", WEEK)) if given.get(key)]

    def find(self, kind: str, rule: str, line: Line, words: str) -> None:
        at, campaign = line.get("at", ""), line.get("campaign", "")
        if campaign in self.campaigns:
            person = self.campaigns[campaign].person(line.get("contact", ""))
            if not self.campaigns[campaign].judged or (person is not None and not person.judged):
                return
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, rule, at, campaign, line.get("contact", ""), words))

    def breach(self, line: Line, rule: str, words: str) -> None:
        self.find(VIOLATION, rule, line, words)

    def omit(self, line: Line, rule: str, words: str) -> None:
        self.find(OMISSION, rule, line, words)

    def acted(self, at: datetime) -> list[Action]:
        """What people did at an instant."""
        first = bisect_left(self.times, at - self.tolerance)
        return self.actions[first : bisect_right(self.times, at + self.tolerance)]

    # ── people ──

    def enrol(self, campaign: Campaign, given: Mapping[str, Any], at: datetime) -> Person | None:
        """A new place in the list; None when the person has one already."""
        phone = given["phone_number"]
        if phone in campaign.people:
            return None
        person = Person(given, len(campaign.people), at, self.hours_of(campaign, given))
        campaign.people[phone] = person
        if person.primary:
            campaign.families[person.primary].append(person)
        return person

    def replace(self, campaign: Campaign, given: Mapping[str, Any], at: datetime) -> None:
        """A person lives elsewhere from now on, or is more or less urgent."""
        person = campaign.person(given["phone_number"])
        if person is not None:
            kept = {key: value for key, value in person.given.items() if key != "zones"}
            person.given = kept | {key: given[key] for key in PLACE if key in given}
            person.hours = self.hours_of(campaign, person.given)
            if person.waiting:
                campaign.changed(person, at)

    def hours_of(self, campaign: Campaign, given: Mapping[str, Any]) -> Hours:
        """People of the same zones and the same row share one group of hours."""
        local = bool(campaign.given.get("contact_local_time"))
        homes = zones_of(given) if local or self.table is not None else ()
        zones = homes if local else (zone_of(campaign.given, self.schedules, self.zone),)
        place = (country_of(given), region_of(given)) if self.table is not None else ("", "")
        key = (zones, homes if self.table is not None else (), place)
        if key not in campaign.groups:
            safe = week_for(self.table, *place) if self.table is not None else None
            homes = homes if place[0] else ()  # with no country known nobody is dialed
            campaign.groups[key] = Hours(window_of(campaign.given, self.schedules), zones, safe, homes)
        return campaign.groups[key]

    def bar(self, campaign: Campaign, person: Person, at: datetime) -> tuple[str, str, datetime | None] | None:
        """Why a person who is due may not be called: rule, words, and when that ends by itself."""
        phone = person.phone
        if phone in self.calls:
            return "one_call", "is in two calls at once", None
        over, known = self.inbound.get(phone, (at, at))
        if over > at and known + self.tolerance <= at:
            return "inbound", "is in an inbound call", over
        if phone in self.suppressed and self.suppressed[phone] + self.tolerance <= at:
            return "suppressed", "is suppressed", None
        until, since = self.held.get(phone, (at, at))
        if until > at and since + self.tolerance <= at:
            return "held", "is held", until
        for span, most in self.caps if self.caps_since + self.tolerance <= at else ():
            recent = [x for x in self.history[phone] if x > at - span]
            if len(recent) >= most:
                return "frequency_cap", "is called more often than the frequency cap allows", recent[-most] + span
        if person.kind != "callback" and person.attempts >= campaign.get("max_attempts", 3):
            return "max_attempts", "has used up the attempts", None
        return None

    def wake(self, phone: str) -> None:
        """Something about a phone number has changed: its people are looked at again."""
        for campaign in self.campaigns.values():
            person = campaign.person(phone)
            if person is not None:
                campaign.push(person)

    def first(self, campaign: Campaign, at: datetime) -> Person | None:
        """Who has the best right to be called at an instant."""
        while self.wakes and self.wakes[0][0] <= at:
            _, _, owner, woken = heapq.heappop(self.wakes)
            owner.push(woken)
        best: Person | None = None
        for (hours, rank), heap in campaign.heaps.items():
            if (best is not None and rank > best.rank) or not campaign.hours[hours].is_open(at, campaign.day):
                continue
            person = self._top(campaign, heap, at)
            if person is not None and (best is None or person.right < best.right):
                best = person
        return best

    def _top(self, campaign: Campaign, heap: list[tuple[datetime, int, int, Person]], at: datetime) -> Person | None:
        while heap and heap[0][0] <= at:
            _, _, version, person = heap[0]
            bar = self.bar(campaign, person, at) if version == person.version else ("", "", None)
            if bar is None:
                return person
            heapq.heappop(heap)
            if bar[2] is not None:
                self.woken += 1
                heapq.heappush(self.wakes, (bar[2], self.woken, campaign, person))
        return None

    # ── pacing ──

    def held_back(self, campaign: Campaign, at: datetime) -> bool:
        """Whether the campaign's own pacing, pilot, budget or the balance let it wait."""
        interval = timedelta(seconds=campaign.get("call_interval_seconds", 0))
        return (
            campaign.live >= campaign.get("concurrency_limit", 50)
            or (campaign.last is not None and at < campaign.last + interval)
            or (campaign.pilot is not None and campaign.launched >= campaign.pilot)
            or (self.balance is not None and self.balance <= 0)
        )

    def one_call(self, campaign: Campaign, carrier: str) -> Decimal:
        """What a budget keeps back for a call on this carrier."""
        agent = self.agents.get(campaign.given.get("agent", ""), {})
        return price(ASSUMED_SECONDS, agent, self.carriers[carrier].given)

    def budget_left(self, campaign: Campaign) -> Decimal | None:
        """What is neither spent nor kept back for live calls; None where there is no budget."""
        cap = campaign.given.get("budget_cap")
        return None if cap is None else money(cap) - campaign.spent - sum(campaign.reserved.values(), Decimal(0))

    def affords(self, campaign: Campaign, number: str) -> bool:
        """Whether the budget has room for one more call from this number."""
        left = self.budget_left(campaign)
        return left is None or self.one_call(campaign, self.numbers[number].given["carrier"]) <= left

    def limit(self, carrier: Carrier, name: str, at: datetime) -> Any:
        """The carrier's limit; just after a change, in a real run, the laxer of the two."""
        new, old = carrier.given[name], carrier.before[name]
        return max(new, old, key=lambda each: Fraction(str(each))) if at < carrier.since + self.tolerance else new

    def full(self, carrier: Carrier, at: datetime) -> bool:
        """Whether every channel is taken; in a real run, by calls that we could know of."""
        unheard = sum(1 for heard in carrier.heard if heard + self.tolerance > at) if self.real else 0
        return bool(carrier.live - unheard >= self.limit(carrier, "max_channels", at))

    def cps(self, carrier: Carrier, at: datetime) -> str | None:
        rate = Fraction(str(self.limit(carrier, "max_cps", at)))
        launches = carrier.launches
        if rate < 1:
            gap = timedelta(microseconds=math.ceil(1_000_000 / rate))
            return "comes too soon for the carrier" if launches and at < launches[-1] + gap else None
        while launches and launches[0] <= at - SECOND:
            launches.popleft()
        return "exceeds the carrier's CPS" if len(launches) >= rate else None

    def eligible(self, campaign: Campaign, at: datetime) -> list[str]:
        """The numbers of the pool that may be dialed from."""
        today = day_of(at, self.zone)
        threshold = campaign.get("spam_threshold", 7)
        most = campaign.get("max_calls_per_number_per_day", 100)
        free: dict[str, bool] = {}
        found = []
        for ref, entry in campaign.pool.items():
            number = self.numbers[ref]
            name = number.given["carrier"]
            if name not in free:
                carrier = self.carriers[name]
                free[name] = not self.full(carrier, at) and self.cps(carrier, at) is None
            fit = (
                free[name]
                and entry["active"]
                and number.given["direction"] != "inbound"
                and number.given["spam_score"] < threshold
                and number.days[today] < most
            )
            if fit:
                found.append(ref)
        return found

    def best(self, campaign: Campaign, person: Person, at: datetime) -> str | None:
        """The number that rotation chooses."""
        refs = self.eligible(campaign, at)
        if len(refs) > 1 and campaign.given.get("prefer_country_match"):
            home = country_of(person.given)
            refs = [r for r in refs if country_of(self.numbers[r].given, "number") == home] or refs
        if len(refs) < 2:
            return refs[0] if refs else None
        places = {ref: place for place, ref in enumerate(campaign.pool)}
        today = day_of(at, self.zone)
        return min(refs, key=lambda ref: (*self._order(campaign, ref, today), places[ref]))

    def _order(self, campaign: Campaign, ref: str, today: date) -> tuple[Any, ...]:
        number = self.numbers[ref]
        last = (1, number.last) if number.last else (0,)
        strategy = campaign.get("rotation_strategy", "round_robin")
        if strategy == "weighted":
            return (Fraction(campaign.used[ref] + 1, campaign.pool[ref]["weight"]),)
        if strategy == "lowest_spam":
            return number.given["spam_score"], last
        return (number.days[today], last) if strategy == "least_used_today" else (last,)
