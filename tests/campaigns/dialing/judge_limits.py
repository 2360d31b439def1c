"""What the judge holds to be allowed at an instant: pacing, eligible numbers, who is due, and in which order."""

import math
from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.campaigns.dialing.judge_rules import country_of, number_order, open_date, zones_for

SECOND = timedelta(seconds=1)
RANKS = {"high": 2, "normal": 3, "low": 4}


class Person:
    def __init__(self, data, place, added):
        self.data, self.place, self.added = data, place, added
        self.status, self.due, self.kind = "pending", None, "fresh"
        self.attempts = self.attempt = self.total = self.voicemails = self.callbacks = self.scripted = 0
        self.verdict, self.before = None, None
        self.goals = []  # the times at which a conversation's analysis says that the goal is achieved

    @property
    def waiting(self):
        return self.status in ("pending", "retry")

    def rank(self):
        if self.kind in ("callback", "by_hand"):
            return 0 if self.kind == "callback" else 1
        return RANKS[self.data.get("priority", "normal")]


class Campaign:
    def __init__(self, data, place, start):
        self.data, self.place = data, place
        self.people = {}
        for each in data.get("contacts", []):
            self.people.setdefault(each["phone_number"], Person(each, len(self.people), start))
        self.pool = {
            n["ref"]: {"active": n.get("status") != "disabled", "weight": n.get("weight", 1)} for n in data["numbers"]
        }
        self.status, self.run, self.started, self.day = "draft", 1, None, None
        self.live, self.last, self.turns = 0, None, {}
        self.used = defaultdict(int)  # calls in this run by number
        self.launched = 0
        self.pilot = data.get("pilot_size")

    def get(self, key, default):
        return self.data.get(key, default)


class Limits:
    """Questions about the state that the judge has replayed so far."""

    def paced(self, campaign, carrier, at):
        if campaign.live >= campaign.get("concurrency_limit", 50):
            return "exceeds the concurrency limit"
        interval = timedelta(seconds=campaign.get("call_interval_seconds", 0))
        if campaign.last is not None and at < campaign.last + interval:
            return "comes before the call interval is over"
        if carrier["live"] >= carrier["max_channels"]:
            return "exceeds the carrier's channels"
        return self.cps(carrier, at)

    def cps(self, carrier, at):
        rate = Fraction(str(carrier["max_cps"]))
        if rate < 1:
            gap = timedelta(microseconds=math.ceil(1_000_000 / rate))
            return (
                "comes too soon for the carrier" if carrier["launches"] and at < carrier["launches"][-1] + gap else None
            )
        recent = [x for x in carrier["launches"] if x > at - SECOND]
        return "exceeds the carrier's CPS" if len(recent) >= rate else None

    def eligible(self, campaign, at):
        found = []
        for ref, entry in campaign.pool.items():
            number = self.numbers[ref]
            carrier = self.carriers[number["carrier"]]
            fit = (
                entry["active"]
                and number.get("direction", "outbound") != "inbound"
                and number["spam_score"] < campaign.get("spam_threshold", 7)
                and number["days"][self.day(at)] < campaign.get("max_calls_per_number_per_day", 100)
                and carrier["live"] < carrier["max_channels"]
                and self.cps(carrier, at) is None
            )
            if fit:
                found.append(ref)
        return found

    def best(self, campaign, person, at):
        refs = self.eligible(campaign, at)
        if campaign.get("prefer_country_match", False):
            home = country_of(person.data, "phone_number")
            refs = [r for r in refs if country_of(self.numbers[r], "number") == home] or refs
        places = {ref: place for place, ref in enumerate(campaign.pool)}
        key = number_order(campaign.get("rotation_strategy", "round_robin"))
        return min(
            refs,
            key=lambda r: (
                *key(self.numbers[r], campaign.used[r], campaign.pool[r]["weight"], self.day(at)),
                places[r],
            ),
            default=None,
        )

    def held(self, campaign, at):
        interval = timedelta(seconds=campaign.get("call_interval_seconds", 0))
        return (
            campaign.live >= campaign.get("concurrency_limit", 50)
            or (campaign.last is not None and at < campaign.last + interval)
            or (campaign.pilot is not None and campaign.launched >= campaign.pilot)
        )

    def due(self, campaign, person, at):
        due = person.due
        if person.status == "pending" and due is None and campaign.started:
            due = person.due = max(campaign.started, person.added)
        if not person.waiting or due is None or due > at:
            return False
        return person.kind == "callback" or person.attempts < campaign.get("max_attempts", 3)

    def open_for(self, campaign, person, at):
        dates = [
            open_date(campaign.data, zone, at, self.zone) for zone in zones_for(campaign.data, person.data, self.zone)
        ]
        return bool(dates) and all(d is not None and campaign.day in (None, d) for d in dates)

    def next_person(self, campaign, at):
        fit = [
            p
            for number, p in campaign.people.items()
            if number not in self.in_call
            and number not in self.suppressed
            and self.due(campaign, p, at)
            and self.open_for(campaign, p, at)
        ]
        return min(fit, key=lambda p: (p.rank(), p.due, p.place), default=None)

    def day(self, at):
        return at.astimezone(ZoneInfo(self.zone)).date()
