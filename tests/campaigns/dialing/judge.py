"""An independent reader of scenarios and traces: it replays a trace line by line against the rules of section 4.

It shares no code with the dialer. Everything is recomputed from the scenario's JSON and from the lines themselves, by
plain search instead of heaps and caches. `judge(scenario, lines)` returns one sentence for each breach.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from tests.campaigns.dialing.judge_limits import Campaign, Limits, Person
from tests.campaigns.dialing.judge_rules import (
    FINAL,
    callback_opening,
    expected_verdict,
    open_date,
    when,
    zones_for,
)

MOMENT = timedelta(microseconds=1)
SLACK = timedelta(seconds=2)  # a freed slot is used within two seconds
PRIORITY = {"high": 0, "normal": 1, "low": 2}


class Judge(Limits):
    def __init__(self, scenario, lines):
        self.scenario, self.lines, self.breaches = scenario, lines, []
        start = when(scenario["clock"]["start"])
        self.until = when(scenario["clock"]["until"])
        self.campaigns = {c["ref"]: Campaign(c, place, start) for place, c in enumerate(scenario["campaigns"])}
        self.carriers = {c["ref"]: {**c, "live": 0, "launches": []} for c in scenario["carriers"]}
        self.numbers = {
            n["ref"]: {"spam_score": 0, **n, "days": defaultdict(int), "last": None} for n in scenario["numbers"]
        }
        self.by_phone = {n["number"]: n["ref"] for n in scenario["numbers"]}
        workspace = scenario.get("workspace", {})
        self.zone = workspace.get("timezone", "UTC")
        self.suppressed = set(workspace.get("suppressed", []))
        self.agents = {a["ref"]: a.get("callback_enabled", False) for a in scenario["agents"]}
        self.in_call = {}
        self.just_ended = set()  # campaigns of which a call ended, or a verdict came, at this very instant
        self.unwilling = []  # (when analysis says so, phone number), also of calls whose verdict was replaced by hand
        self.actions = sorted(scenario.get("actions", []), key=lambda a: when(a["at"]))
        self.silent = [
            a for a in self.actions if a["action"] in ("spam_score", "enable_number", "disable_number", "suppress")
        ]
        self.now = start

    def run(self):
        for line in self.lines:
            if line["type"] == "final":
                self.final(line)
                continue
            at = when(line["at"])
            if at < self.now:
                self.breach(line, "goes back in time")
            self.idle(at)
            if at != self.now:
                self.just_ended = set()
            self.quiet_actions(at, line["type"] == "launch")
            self.now = at
            getattr(self, line["type"])(line, at)
        self.idle(self.until)
        self.at_the_end()
        return self.breaches

    def breach(self, line, words):
        self.breaches.append(f"{line.get('at', '')} {line.get('contact', line.get('campaign', ''))}: {words}")

    # ── lines ──

    def refused(self, line, at):
        if not any(a["action"] == line["action"] and when(a["at"]) == at for a in self.actions):
            self.breach(line, "refuses an action that nobody took")

    def campaign(self, line, at):
        campaign, status = self.campaigns[line["campaign"]], line["status"]
        allowed = {
            "draft": ("running", "scheduled", "cancelled"),
            "scheduled": ("running", "paused", "cancelled"),
            "running": ("paused", "completed", "cancelled", "failed"),
            "paused": ("running", "scheduled", "completed", "cancelled"),
            "completed": ("paused",),
            "failed": ("paused",),
            "cancelled": (),
        }
        if status not in allowed[campaign.status]:
            self.breach(line, f"moves from {campaign.status} to {status}")
        if campaign.status in ("completed", "failed") and status == "paused":
            self.restart(campaign)
        elif campaign.status == "paused" and status == "running" and campaign.started:
            campaign.pilot = None
        if status == "running" and campaign.started is None:
            campaign.started = at
        if status == "completed":
            self.check_completion(campaign, line)
        if status in ("completed", "cancelled"):
            for person in campaign.people.values():
                person.due = None
        campaign.status = status

    def restart(self, campaign):
        campaign.run += 1
        campaign.started = campaign.day = campaign.pilot = None
        campaign.used.clear()

    def check_completion(self, campaign, line):
        states = [p.status for p in campaign.people.values()]
        if line["reason"] == "all_final":
            if campaign.get("always_on", False) or campaign.live or any(s not in FINAL for s in states):
                self.breach(line, "is completed while somebody is not final")
        elif line["reason"] == "single_day_over":
            if campaign.live or "called" in states or campaign.get("mode", "single_day") != "single_day":
                self.breach(line, "ends its day with a call still open")
            if any(
                self.open_for(campaign, p, self.now + k * timedelta(minutes=30))
                for p in campaign.people.values()
                for k in range(48)
            ):
                self.breach(line, "ends its day before the last window has closed")
            closed_now = any(self.open_for(campaign, p, self.now - MOMENT) for p in campaign.people.values())
            if not closed_now and campaign.data["ref"] not in self.just_ended:
                self.breach(line, "ends its day too late")
        elif not any(a["action"] == "stop" and when(a["at"]) == self.now for a in self.actions):
            self.breach(line, "is completed for no reason")

    def launch(self, line, at):
        campaign = self.campaigns[line["campaign"]]
        person = campaign.people[line["contact"]]
        ref = self.by_phone[line["number"]]
        number, carrier = self.numbers[ref], self.carriers[line["carrier"]]
        if at >= self.until:
            self.breach(line, "is launched when the clock has stopped")
        self.check_person(campaign, person, line, at)
        self.check_pacing(campaign, carrier, line, at)
        self.check_number(campaign, person, ref, line, at)
        self.check_order(campaign, person, line, at)
        self.check_turn(campaign, ref, line, at)
        if campaign.get("mode", "single_day") == "single_day" and campaign.day is None:
            campaign.day = min(
                open_date(campaign.data, zone, at, self.zone)
                for zone in zones_for(campaign.data, person.data, self.zone)
            )
        person.before = (person.status, person.due, person.kind)
        person.status, person.due, person.kind = "dialing", None, "fresh"
        person.attempts, person.attempt, person.total = person.attempts + 1, person.attempt + 1, person.total + 1
        if line["attempt"] != person.attempt or line["run"] != campaign.run:
            self.breach(line, f"is attempt {person.attempt} of run {campaign.run}")
        if line["callback"] != (person.before[2] == "callback"):
            self.breach(line, "says the wrong thing about being a callback")
        campaign.live, carrier["live"] = campaign.live + 1, carrier["live"] + 1
        campaign.last, campaign.turns[line["carrier"]] = at, at
        campaign.launched += 1
        campaign.used[ref] += 1
        carrier["launches"].append(at)
        number["days"][self.day(at)] += 1
        number["last"] = at
        self.in_call[line["contact"]] = (line, at)

    def end(self, line, at):
        campaign = self.campaigns[line["campaign"]]
        person = campaign.people[line["contact"]]
        self.just_ended.add(line["campaign"])
        launch, launched_at = self.in_call.pop(line["contact"], (None, None))
        if launch is None or launch["campaign"] != line["campaign"]:
            self.breach(line, "ends a call that was not live")
            return
        carrier = self.carriers[launch["carrier"]]
        campaign.live, carrier["live"] = campaign.live - 1, carrier["live"] - 1
        script = person.data.get("outcomes", [{"outcome": "no_answer"}])
        said = script[min(person.scripted, len(script) - 1)]
        person.scripted += 1
        outcome, ring, talk = said["outcome"], said.get("ring_seconds", 10), said.get("talk_seconds", 0)
        limit = campaign.get("ring_timeout_seconds", 30)
        if ring > limit:
            outcome, ring, said = "rnr", limit, {}
        talk = talk if outcome in ("human", "machine") else 0
        if (line["outcome"], line["talk_seconds"]) != (outcome, talk):
            self.breach(line, f"should have been {outcome} with {talk} s")
        if at != launched_at + timedelta(seconds=ring + talk):
            self.breach(line, "ends at the wrong time")
        if outcome == "cancelled":
            person.status, person.due, person.kind = person.before
            if campaign.status not in ("running", "paused"):
                person.due = None
            person.attempts, person.attempt, person.total = person.attempts - 1, person.attempt - 1, person.total - 1
            campaign.used[self.by_phone[launch["number"]]] -= 1
            self.numbers[self.by_phone[launch["number"]]]["days"][self.day(launched_at)] -= 1
            campaign.launched -= 1
            return
        person.status = "called" if outcome == "human" else "dialing"
        wait = timedelta(minutes=campaign.get("completion_timeout_minutes", 0)) if outcome == "human" else timedelta(0)
        person.voicemails += outcome == "machine"
        person.verdict = (at + wait, outcome, talk, at, said)
        if outcome == "human" and said.get("primary_goal") == "achieved":
            person.goals.append(at + wait)
        if said.get("do_not_call"):
            self.unwilling.append((at + wait, line["contact"]))

    def contact(self, line, at):
        campaign = self.campaigns[line["campaign"]]
        person = campaign.people.get(line["contact"])
        if person is None:
            self.added(campaign, line, at)
            return
        self.just_ended.add(line["campaign"])
        if person.verdict and person.verdict[0] == at and line["reason"] not in ("by_hand",):
            self.check_verdict(campaign, person, line, at)
        elif not self.by_action(campaign, person, line, at):
            self.breach(line, f"became {line['status']} ({line['reason']}) for no reason")
        due = line["next_attempt_at"] and when(line["next_attempt_at"])
        if line["status"] == "retry":
            person.kind = {"callback": "callback", "by_hand": "by_hand"}.get(line["reason"], "fresh")
            person.callbacks += line["reason"] == "callback"
        else:
            person.kind = "fresh"
        if line["status"] == "pending":
            due = campaign.started and max(campaign.started, person.added)
        person.status, person.due, person.verdict = line["status"], due, None
        if line["reason"] == "do_not_call":
            self.suppressed.add(line["contact"])

    def check_verdict(self, campaign, person, line, at):
        _, outcome, talk, ended_at, said = person.verdict
        stopped = campaign.status not in ("running", "paused")
        zones = zones_for(campaign.data, person.data, self.zone)
        wanted = expected_verdict(
            campaign.data,
            outcome,
            talk,
            ended_at,
            at,
            said,
            attempts=person.attempts,
            voicemails=person.voicemails,
            callbacks=person.callbacks,
            goal="achieved" if any(spoken <= at for spoken in person.goals) else "unknown",
            suppressed=line["contact"] in self.suppressed,
            may_call_back=campaign.get("callback_detection", False) and self.agents[campaign.data["agent"]],
            opening=lambda moment: callback_opening(campaign.data, zones, moment, self.zone),
        )
        status, reasons, due = wanted
        due = None if stopped else due
        got = line["next_attempt_at"] and when(line["next_attempt_at"])
        if line["status"] != status or line["reason"] not in reasons or got != due:
            self.breach(line, f"should have become {status} {reasons} due {due}")

    def by_action(self, campaign, person, line, at):
        def taken(*names):
            return any(
                a["action"] in names
                and when(a["at"]) == at
                and a.get("phone_number", line["contact"]) == line["contact"]
                for a in self.actions
            )

        status, reason = line["status"], line["reason"]
        if reason == "suppressed":
            at_start = at == when(self.scenario["clock"]["start"])
            return status == "excluded" and (taken("suppress") or at_start or line["contact"] in self.suppressed)
        if reason == "never_open":
            zones = zones_for(campaign.data, person.data, self.zone)
            return status == "failed" and callback_opening(campaign.data, zones, at, self.zone) is None
        if reason == "restart":
            person.attempts = person.attempt = person.voicemails = person.callbacks = 0
            return status == "pending" and taken("restart")
        person.attempts = person.voicemails = 0 if status in ("retry", "pending") else person.attempts
        if reason == "added":
            return status == "pending" and taken("add_contacts")
        names = {"retry": "retry", "pending": "set_pending", "completed": "set_completed", "excluded": "exclude"}
        return reason == "by_hand" and taken(names.get(status))

    def added(self, campaign, line, at):
        for action in self.actions:
            if (
                action["action"] == "add_contacts"
                and when(action["at"]) == at
                and action["campaign"] == line["campaign"]
            ):
                for data in action["contacts"]:
                    if data["phone_number"] == line["contact"]:
                        person = campaign.people[line["contact"]] = Person(data, len(campaign.people), at)
                        person.status = line["status"]
                        person.due = campaign.started and max(campaign.started, at)
                        return
        self.breach(line, "is in no list")

    def final(self, line):
        person = self.campaigns[line["campaign"]].people[line["contact"]]
        if (line["status"], line["attempts"]) != (person.status, person.total):
            self.breach(line, f"is {person.status} after {person.total} attempts at the end")

    # ── checks of a launch ──

    def check_person(self, campaign, person, line, at):
        if campaign.status != "running":
            self.breach(line, f"is launched while {campaign.status}")
        if line["contact"] in self.in_call:
            self.breach(line, "is in two calls at once")
        if line["contact"] in self.suppressed:
            self.breach(line, "is suppressed")
        if not self.due(campaign, person, at):
            self.breach(line, "is not due")
        if not self.open_for(campaign, person, at):
            self.breach(line, "is called outside its window")
        if campaign.pilot is not None and campaign.launched >= campaign.pilot:
            self.breach(line, "is beyond the pilot")

    def check_pacing(self, campaign, carrier, line, at):
        reason = self.paced(campaign, carrier, at)
        if reason:
            self.breach(line, reason)

    def check_number(self, campaign, person, ref, line, at):
        wanted = self.best(campaign, person, at)
        if ref != wanted:
            self.breach(line, f"is called from {ref} instead of {wanted}")

    def check_order(self, campaign, person, line, at):
        mine = (person.rank(), person.due, person.place)
        for number, other in campaign.people.items():
            if other is person or number in self.in_call or number in self.suppressed:
                continue
            if (
                self.due(campaign, other, at)
                and self.open_for(campaign, other, at)
                and (other.rank(), other.due, other.place) < mine
            ):
                self.breach(line, f"comes before {number}")

    def check_turn(self, campaign, ref, line, at):
        """Nobody of better right waits for the same carrier."""
        name = line["carrier"]
        long_ago = datetime.min.replace(tzinfo=at.tzinfo)
        mine = (PRIORITY[campaign.get("priority", "normal")], campaign.turns.get(name, long_ago))
        for other in self.campaigns.values():
            if other is campaign or other.status != "running":
                continue
            theirs = (PRIORITY[other.get("priority", "normal")], other.turns.get(name, long_ago))
            person = self.next_person(other, at)
            if theirs >= mine or person is None or self.held(other, at):
                continue
            number = self.best(other, person, at)
            if number is not None and self.numbers[number]["carrier"] == name:
                self.breach(line, f"takes the turn of {other.data['ref']}")

    def idle(self, upto):
        """Between two lines nobody may wait for more than two seconds who could have been called."""
        if upto - self.now <= SLACK:
            return
        moments = {self.now, *(p.due for c in self.campaigns.values() for p in c.people.values() if p.due)}
        tick = self.now.replace(minute=0, second=0, microsecond=0)
        while tick < upto:
            moments.add(tick)
            tick += timedelta(minutes=30)
        for moment in sorted(m for m in moments if self.now <= m < upto - SLACK):
            for campaign in self.campaigns.values():
                if campaign.status != "running" or self.held(campaign, moment + SLACK):
                    continue
                person = self.next_person(campaign, moment)
                busy = person is None or not self.open_for(campaign, person, moment + SLACK)
                if not busy and self.best(campaign, person, moment) and not self.quiet_before(moment, upto):
                    waiting = f"nobody is called although {person.data['phone_number']} is due"
                    self.breaches.append(f"{moment.isoformat()} {campaign.data['ref']}: {waiting}")
                    return

    def quiet_before(self, moment, upto):
        return any(self.now <= when(a["at"]) < upto for a in self.silent)

    def quiet_actions(self, at, launch):
        self.suppressed |= {number for said_at, number in self.unwilling if said_at <= at}
        while self.silent and (when(self.silent[0]["at"]) < at or (launch and when(self.silent[0]["at"]) == at)):
            action = self.silent.pop(0)
            if action["action"] == "spam_score":
                self.numbers[action["number"]]["spam_score"] = action["value"]
            elif action["action"] == "suppress":
                self.suppressed.add(action["phone_number"])
            elif action["number"] in self.campaigns[action["campaign"]].pool:
                self.campaigns[action["campaign"]].pool[action["number"]]["active"] = (
                    action["action"] == "enable_number"
                )

    def at_the_end(self):
        for campaign in self.campaigns.values():
            states = {p.status for p in campaign.people.values()}
            if campaign.status == "running" and not campaign.get("always_on", False) and states <= set(FINAL):
                self.breaches.append(f"{campaign.data['ref']}: runs although everybody is final")
            over = campaign.day and not any(
                self.open_for(campaign, p, self.until + k * timedelta(minutes=15))
                for p in campaign.people.values()
                for k in range(-1, 200)
            )
            if campaign.status in ("running", "paused") and over and not states & {"dialing", "called"}:
                self.breaches.append(f"{campaign.data['ref']}: goes on although its day is over")
            for number, person in campaign.people.items():
                if person.verdict and person.verdict[0] <= self.until:
                    self.breaches.append(f"{number}: has no verdict")
                if number in self.suppressed and person.waiting and not self.silent:
                    self.breaches.append(f"{number}: is suppressed and still waits")
                if campaign.status == "running" and person.waiting:
                    zones = zones_for(campaign.data, person.data, self.zone)
                    if callback_opening(campaign.data, zones, self.until, self.zone) is None:
                        self.breaches.append(f"{number}: waits although nothing ever opens")


def judge(scenario, lines):
    """Every breach of the rules in a trace, as sentences; an empty list for a clean one."""
    return Judge(scenario, lines).run()
