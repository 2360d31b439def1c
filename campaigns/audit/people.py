"""What lines say of calls' ends and of people: verdicts, moves by hand, and what the system does to them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from campaigns.audit.changes import Changes
from campaigns.audit.money import money, price
from campaigns.audit.state import FINAL, SPENT, Awaited, Campaign, Person
from campaigns.audit.times import day_of, when
from campaigns.audit.verdicts import Facts, expected
from campaigns.audit.world import Line

ANALYSIS = timedelta(minutes=15)  # after the completion timeout the verdict comes without it
BY_HAND = {"retry": "retry", "pending": "set_pending", "completed": "set_completed", "excluded": "exclude"}
UNTOLD = "untold"  # a real run's rows do not keep the due time that every verdict gave: then it is the one by the rules
NOBODY: Mapping[str, Any] = {"outcome": "no_answer"}


class People(Changes):
    promised: datetime | None = None  # the due time that the last verdict must have given

    def end(self, line: Line, at: datetime) -> None:
        campaign = self.campaigns[line["campaign"]]
        self.just_ended.add(line["campaign"])
        launch, launched = self.calls.pop(line["contact"], (None, at))
        if launch is None or launch["campaign"] != line["campaign"]:
            self.breach(line, "end", "ends a call that was not live")
            return
        carrier = self.carriers[launch["carrier"]]
        campaign.live, carrier.live = campaign.live - 1, carrier.live - 1
        campaign.reserved.pop(line["contact"], None)
        campaign.ends.append(at)
        self.freed[line["contact"]] = at
        self.settle(campaign, launch["carrier"], line)
        if line["outcome"] == "cancelled":
            self._uncount(campaign, launch, launched, at)
        person = campaign.person(line["contact"])
        if person is not None and campaign.told:
            self._ended(campaign, person, launched, line, at)
        self.wake(line["contact"])

    def settle(self, campaign: Campaign, carrier: str, line: Line) -> None:
        """What a call that is over has cost: as the line says, or by the rates."""
        agent = self.agents.get(campaign.given.get("agent", ""), {})
        by_rates = price(line.get("talk_seconds", 0), agent, self.carriers[carrier].given)
        cost = money(line["cost"]) if "cost" in line else by_rates
        campaign.spent += cost
        if self.balance is not None:
            self.balance -= cost

    def _uncount(self, campaign: Campaign, launch: Line, launched: datetime, at: datetime) -> None:
        ref = self.by_number[launch["number"]]
        campaign.used[ref] -= 1
        campaign.launched -= 1
        self.numbers[ref].days[day_of(launched, self.zone)] -= 1
        self.numbers[ref].since = at
        if launched in self.history[launch["contact"]]:
            self.history[launch["contact"]].remove(launched)

    def _ended(self, campaign: Campaign, person: Person, launched: datetime, line: Line, at: datetime) -> None:
        script = person.given.get("outcomes") or [NOBODY]
        said = script[min(person.scripted, len(script) - 1)]
        person.scripted += 1
        said = said if self.real else self._as_written(campaign, said, launched, line, at)
        outcome = line["outcome"]
        if outcome == "cancelled":
            self._withdrawn(campaign, person, at)
            return
        campaign.recent.append(outcome in ("error", "timeout"))
        if len(campaign.recent) == campaign.recent.maxlen and campaign.failing_since is None:
            campaign.failing_since = at
        wait = timedelta(minutes=campaign.get("completion_timeout_minutes", 0)) if outcome == "human" else timedelta(0)
        person.status = "called" if outcome == "human" else "dialing"
        person.voicemails += outcome == "machine"
        self.await_verdict(person, line, at, said, at + wait)

    def await_verdict(
        self, person: Person, line: Line, ended: datetime, said: Mapping[str, Any], due: datetime, inbound: bool = False
    ) -> None:
        outcome = str(line.get("outcome", "human"))
        latest = due + (ANALYSIS if outcome == "human" else timedelta(0)) + self.slack if self.real else due
        talk = line["talk_seconds"]
        person.awaited = Awaited(due - self.tolerance, latest, outcome, talk, ended, said, inbound)
        if outcome == "human" and said.get("primary_goal") == "achieved":
            person.goals.append(due)
        if said.get("do_not_call") and not self.real:
            self.unwilling.append((due, person.phone))

    def _as_written(
        self, campaign: Campaign, said: Mapping[str, Any], launched: datetime, line: Line, at: datetime
    ) -> Mapping[str, Any]:
        """A scenario says how the call must have gone."""
        outcome, ring, talk = said["outcome"], said.get("ring_seconds", 10), said.get("talk_seconds", 0)
        limit = campaign.get("ring_timeout_seconds", 30)
        if ring > limit:
            outcome, ring, said = "rnr", limit, {}
        talk = talk if outcome in ("human", "machine") else 0
        if (line["outcome"], line["talk_seconds"]) != (outcome, talk):
            self.breach(line, "outcome", f"should have been {outcome} with {talk} s")
        if at != launched + timedelta(seconds=ring + talk):
            self.breach(line, "end", "ends at the wrong time")
        return said

    def _withdrawn(self, campaign: Campaign, person: Person, at: datetime) -> None:
        """No attempt: the contact has what it had."""
        person.status, person.due, person.kind = person.before
        if campaign.status not in ("running", "paused"):
            person.due = None
        person.attempts, person.attempt, person.total = person.attempts - 1, person.attempt - 1, person.total - 1
        campaign.changed(person, at)

    # ── contacts ──

    def contact(self, line: Line, at: datetime) -> None:
        campaign = self.campaigns[line["campaign"]]
        person = campaign.person(line["contact"])
        if person is None:
            self._added(campaign, line, at)
            return
        self.just_ended.add(line["campaign"])
        self._wanted(campaign, person, line, at)
        if line["reason"] in ("do_not_call", "suppressed") and line["contact"] not in self.suppressed:
            self.suppressed[line["contact"]] = at
        person.awaited, person.reason = None, line["reason"]
        self._becomes(campaign, person, line, at)
        if campaign.get("secondary_contacts", "off") == "after_primary":
            self._next_of_family(campaign, person, at)

    def _wanted(self, campaign: Campaign, person: Person, line: Line, at: datetime) -> None:
        awaited, reason = person.awaited, line["reason"]
        if reason in ("by_hand", "restart", "added", "not_needed", "after_primary"):
            allowed = self._by_action(campaign, person, line, at)
        elif awaited is not None and not awaited.inbound and person.status in ("dialing", "called"):
            allowed = self._check_verdict(campaign, person, awaited, line, at)
            if not allowed and person.status == "called" and reason == "suppressed":
                allowed = self._by_action(campaign, person, line, at)  # while the verdict was awaited
        elif awaited is not None and self._check_verdict(campaign, person, awaited, line, at):
            return
        else:
            allowed = self._by_action(campaign, person, line, at)
        if not allowed:
            self.breach(line, "move", f"became {line['status']} ({reason}) for no reason")

    def _becomes(self, campaign: Campaign, person: Person, line: Line, at: datetime) -> None:
        due = self.promised if line["next_attempt_at"] == UNTOLD else self._due(line)
        person.status, person.kind, person.due = line["status"], "fresh", due
        if line["status"] == "retry":
            person.kind = {"callback": "callback", "by_hand": "by_hand"}.get(line["reason"], "fresh")
            person.callbacks += line["reason"] == "callback"
        if line["reason"] == "after_primary":
            person.due = at  # from the moment the one before ended so
            campaign.changed(person, at)
        elif line["status"] == "pending":
            self.fresh(campaign, person, at)
        else:
            campaign.changed(person, at)

    def _check_verdict(self, campaign: Campaign, person: Person, awaited: Awaited, line: Line, at: datetime) -> bool:
        if not awaited.earliest <= at <= awaited.latest:
            if at > awaited.latest and self.real:
                self.omit(line, "verdict", "has its verdict late")
            else:
                return False
        stopped = campaign.status not in ("running", "paused")
        agent = self.agents.get(campaign.given.get("agent", ""), {})
        tolerated = at - self.tolerance
        facts = Facts(
            outcome=awaited.outcome, talk=awaited.talk, ended=awaited.ended, now=at, said=awaited.said,
            attempts=person.attempts, voicemails=person.voicemails, callbacks=person.callbacks,
            achieved=any(spoken <= at for spoken in person.goals),
            suppressed=self.suppressed.get(line["contact"], self.until) <= tolerated,
            may_call_back=bool(campaign.get("callback_detection", False) and agent.get("callback_enabled", False)),
        )  # fmt: skip
        wanted = expected(campaign.given, facts, person.hours.next_open)
        due = self.promised = None if stopped else wanted.due
        got = due if line["next_attempt_at"] == UNTOLD else self._due(line)
        if self.real and line["reason"] == "suppressed" and line["contact"] in self.suppressed:
            return line["status"] == "excluded"  # a suppression that came in the same second
        if line["status"] != wanted.status or line["reason"] not in wanted.reasons or not self._same(line, got, due):
            told = f"should have become {wanted.status} {wanted.reasons} due {due}"
            self.breach(line, "verdict", f"{told}, and became {line['status']} {line['reason']} due {got}")
        return True

    def _due(self, line: Line) -> datetime | None:
        return when(line["next_attempt_at"]) if line["next_attempt_at"] else None

    def _same(self, line: Line, got: datetime | None, due: datetime | None) -> bool:
        if self.real and got is None:
            return True  # the end of a campaign takes every due time away
        return got == due or bool(got and due and abs(got - due) <= self.tolerance)

    def restart(self, line: Line, at: datetime) -> None:
        """A new run of a real campaign: all who are not completed or excluded are pending again."""
        campaign = self.campaigns[line["campaign"]]
        for person in campaign.people.values():
            if person.status not in ("completed", "excluded") or person.reason == "not_needed":
                person.attempts = person.attempt = person.voicemails = person.callbacks = 0
                person.status, person.kind, person.due, person.awaited = "pending", "fresh", None, None
                campaign.changed(person, at)

    # ── without a verdict ──

    def _by_action(self, campaign: Campaign, person: Person, line: Line, at: datetime) -> bool:
        status, reason = line["status"], line["reason"]
        if reason in ("suppressed", "do_not_call"):
            return status == "excluded" and (
                line["contact"] in self.suppressed or at == self.start or self._taken(line, at, "suppress")
            )
        if reason == "never_open":
            moved = self._taken(line, at, "change_contact")
            return status == "failed" and (moved or person.hours.next_open(at) is None)
        if reason == "max_attempts":
            most = campaign.get("max_attempts", 3)
            return status == "failed" and person.kind != "callback" and person.attempts >= most
        if reason == "not_needed":
            return status == "excluded" and self._not_needed(campaign, person)
        if reason == "after_primary":
            return status == "pending"
        if reason == "restart":
            person.attempts = person.attempt = person.voicemails = person.callbacks = 0
            return status == "pending" and self._taken(line, at, "restart")
        person.attempts = person.voicemails = 0 if status in ("retry", "pending") else person.attempts
        if reason == "added":
            return status == "pending" and self._taken(line, at, "add_contacts")
        return reason == "by_hand" and self._taken(line, at, BY_HAND.get(status, ""))

    def _taken(self, line: Line, at: datetime, name: str) -> bool:
        return any(
            a["action"] == name
            and a.get("campaign", line["campaign"]) == line["campaign"]
            and a.get("phone_number", line["contact"]) == line["contact"]
            for a in self.acted(at)
        )

    def _added(self, campaign: Campaign, line: Line, at: datetime) -> None:
        for action in self.acted(at):
            if action["action"] == "add_contacts" and action["campaign"] == line["campaign"]:
                for given in action["contacts"]:
                    if given["phone_number"] == line["contact"]:
                        person = self.enrol(campaign, given, at)
                        assert person is not None
                        person.status = line["status"]
                        self.fresh(campaign, person, at)
                        return
        self.breach(line, "list", "is in no list")

    # ── families ──

    def _family(self, campaign: Campaign, person: Person) -> list[Person]:
        """The primary first, then its secondaries in list order; only the person itself without one in the list."""
        head = campaign.people.get(person.primary, person)
        return [head, *sorted(campaign.families.get(head.phone, []), key=lambda one: one.place)]

    def _not_needed(self, campaign: Campaign, person: Person) -> bool:
        if campaign.get("secondary_contacts", "off") != "after_primary":
            return False
        family = self._family(campaign, person)
        others = [one for one in family if one is not person and not self.of_earlier_run(campaign, one)]
        reached = any(one.status == "completed" or one.goals for one in others)
        return len(family) > 1 and (reached or family[0].status == "excluded")

    def _next_of_family(self, campaign: Campaign, person: Person, at: datetime) -> None:
        """When one has come to nothing, the next is due from that moment on; when one is back, those behind wait."""
        family = self._family(campaign, person)
        for one in family[1:]:
            if one.status == "pending" and one.due is not None and self.waits_for_family(campaign, one):
                one.due = None
                campaign.changed(one, at)
        if person.status not in (*SPENT, "excluded"):
            return
        for one in family[1:]:
            if one.status == "pending" and one.due is None and campaign.started is not None:
                if not self.waits_for_family(campaign, one):
                    one.due = max(at, one.added)
                    campaign.changed(one, at)
                return
            if one.status not in FINAL:
                return

    def final(self, line: Line) -> None:
        campaign = self.campaigns[line["campaign"]]
        person = campaign.person(line["contact"])
        if person is None:
            self.breach(line, "list", "is in no list")
        elif (line["status"], line["attempts"]) != (person.status, person.total):
            self.breach(line, "final", f"is {person.status} after {person.total} attempts at the end")
