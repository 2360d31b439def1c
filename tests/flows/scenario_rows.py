"""A scenario file played by the database store: its actions by the product's own functions, its trace.

The counterpart of `campaigns.dialing.virtual`, which plays the same file in memory.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from campaigns import audience, inbound, lifecycle
from campaigns.choices import WAITING_STATUSES, GoalWord, Outcome
from campaigns.conclude import conclude
from campaigns.dialing import applying, sweep
from campaigns.dialing.rehearsal import Kind, Rehearsal
from campaigns.dialing.scenario_people import ScriptedCall
from campaigns.dialing.trace import Trace
from campaigns.dialing.values import Findings
from campaigns.models import Call, Campaign, CampaignContact, CampaignTransition, ContactMove, PoolNumber
from campaigns.review import review, review_workspace
from contacts import people, suppression
from contacts.models import Contact
from goals import results
from goals.models import Goal, Result, ResultSource
from telephony import inbox
from telephony.events import CallEvent, EventKind, Said
from telephony.models import Number
from telephony.numbers import set_spam_score
from tests.flows.scenario_made import ScenarioRows

QUIET = ("held", "capped", "after_primary", "")
POOL = {"disable_number": "disabled", "enable_number": "active"}


def play(data: dict[str, Any]) -> list[str]:
    """The trace lines of a scenario, played on rows."""
    lines: list[str] = []
    player = Player(data, Trace(lines.append))
    player.run()
    return lines


class Player(ScenarioRows):
    def __init__(self, data: dict[str, Any], trace: Trace):
        super().__init__(data)
        self.trace = trace
        self.used: dict[int, int] = {}
        self.goals: dict[int, str] = {}
        self.findings: dict[int, ScriptedCall] = {}
        self.seen: dict[int, tuple[Any, ...]] = {}
        self.told = self.told_move = 0
        self._remember()
        self.clock = Rehearsal(self.workspace, self.scenario.start, self.scenario.until, self._play, self._conclude)
        self.clock.launched, self.clock.ended, self.clock.changed = self._launched, self._ended, self._changed
        for action in self.scenario.actions:
            self.clock.at(action.at, Kind.ACTION, lambda action=action: self._act(action))  # type: ignore[misc]

    def run(self) -> None:
        self.clock.run()
        self._changed()
        for ref, campaign in self.campaigns.items():
            for row in self._rows(campaign):
                self.trace.final(ref, row.contact.phone_number, row.status, row.sequence)

    # ── calls ──

    def _play(self, call: Call) -> list[CallEvent]:
        script = self._script(call)
        assert call.campaign is not None
        limit = timedelta(seconds=call.campaign.ring_timeout_seconds)
        if script.ring > limit:
            return [_end(call, Outcome.RNR, limit, timedelta(0))]
        return [_end(call, script.outcome, script.ring, script.talk)]

    def _script(self, call: Call) -> ScriptedCall:
        assert call.campaign_contact_id is not None
        calls = self.scripts[call.campaign_id or 0, call.phone_number]
        used = self.used.setdefault(call.campaign_contact_id, 0)
        self.used[call.campaign_contact_id] += 1
        script = calls[min(used, len(calls) - 1)]
        self.findings[call.pk] = script
        return script

    def _conclude(self, call: Call, now: datetime) -> None:
        call = Call.objects.get(pk=call.pk)
        said: Findings = self.findings[call.pk].findings if call.outcome == Outcome.HUMAN else Findings()
        if call.direction == "inbound" and not (said.spoke and call.talk_seconds > 0):
            said = Findings(do_not_call=said.do_not_call, spoke=False)
        if call.outcome == Outcome.HUMAN:
            key = call.campaign_contact_id or 0
            order = list(GoalWord)
            self._record_goal(call, said.primary_goal, now)
            self.goals[key] = min(self.goals.get(key, GoalWord.UNKNOWN), said.primary_goal, key=order.index)
            said = Findings(
                said.disposition, said.callback_asked, said.callback_at, self.goals[key], said.do_not_call, said.spoke
            )
        if call.concluded_at is not None:
            if said.do_not_call:
                suppression.add(self.workspace.pk, [call.phone_number], "asked", "scenario", now)
                sweep.spread_suppressions(self.workspace.pk, now)
            return
        conclude({call.pk: said}, now)
        self._changed()
        sweep.spread_suppressions(self.workspace.pk, now)
        self._changed()
        review([call.campaign_id], now)  # type: ignore[list-item]

    def _record_goal(self, call: Call, word: str, now: datetime) -> None:
        goal = Goal.objects.filter(campaign=call.campaign_id).first()
        if goal is not None:
            results.record(call, goal, Result[word.upper()], ResultSource.CARRIER, now)

    def _launched(self, call: Call) -> None:
        self.trace.launch(
            call.launched_at,
            self.refs[call.campaign_id or 0],
            call.phone_number,
            self.numbers[self.number_refs[call.number_id]].phone_number,
            next(ref for ref, carrier in self.carriers.items() if carrier.pk == call.carrier_id),
            call.attempt or 0,
            call.run,
            call.cause == "callback",
        )

    def _ended(self, call: Call) -> None:
        self._remember()
        talk = call.talk_seconds
        ref = self.refs[call.campaign_id or 0]
        self.trace.end(self.clock.now, ref, call.phone_number, call.attempt or 0, call.run, call.outcome, talk)

    # ── actions ──

    def _act(self, action: Any) -> None:
        acts: dict[str, Callable[[Any, datetime], str | None]] = {
            "add_contacts": self._add,
            "suppress": self._suppress,
            "hold": self._hold,
            "spam_score": self._spam,
            "inbound": self._inbound,
            **dict.fromkeys(POOL, self._pool),
            **dict.fromkeys(("retry", "set_pending", "set_completed", "exclude"), self._hand),
        }
        self._changed()
        refused = acts.get(action.action, self._move)(action, self.clock.now)
        if refused:
            self.trace.refused(self.clock.now, action.action, refused)
        self._changed()
        review_workspace(self.workspace.pk, self.clock.now)

    def _move(self, action: Any, now: datetime) -> str | None:
        try:
            lifecycle.act(self.campaigns[action.campaign], action.action, actor=None, now=now)
        except lifecycle.Refused as refused:
            return refused.sentence
        return None

    def _hand(self, action: Any, now: datetime) -> str | None:
        campaign = self._fresh(action.campaign)
        row = CampaignContact.objects.filter(campaign=campaign, contact__phone_number=action.phone_number).first()
        done = audience.by_hand(campaign, [row.pk] if row else [], action.action, now=now)
        if not done.done:
            return next(iter(done.skipped), "nobody")
        self._tell([CampaignContact.objects.select_related("contact", "campaign").get(pk=row.pk)], "by_hand")  # type: ignore[union-attr]
        return None

    def _add(self, action: Any, now: datetime) -> str | None:
        campaign = self._fresh(action.campaign)
        if campaign.status != "draft" and not campaign.always_on:
            return "locked"
        before = {row.pk: row.status for row in self._rows(campaign)}
        self._enrol(campaign, action.contacts, now)
        changed = [row for row in self._rows(campaign) if before.get(row.pk) != row.status]
        self._tell(changed, "added")
        return None

    def _suppress(self, action: Any, now: datetime) -> str | None:
        suppression.add(self.workspace.pk, [action.phone_number], "by_hand", "scenario", now)
        sweep.spread_suppressions(self.workspace.pk, now)
        return None

    def _hold(self, action: Any, now: datetime) -> str | None:
        contact = Contact.objects.get(workspace=self.workspace, phone_number=action.phone_number)
        people.hold(contact, action.until, "scenario", now=now)
        return None

    def _inbound(self, action: Any, now: datetime) -> str | None:
        last = inbound.called_last(self.workspace.pk, action.phone_number)
        if last is None:
            return "No live campaign has called this person."
        number = self.numbers[action.number]
        came = CallEvent(
            key=f"{now}-{action.phone_number}",
            reference="",
            provider_call_id=f"{now}-{action.phone_number}",
            kind=EventKind.INBOUND,
            at=now,
            from_number=action.phone_number,
            to_number=number.phone_number,
        )
        self._heard(number, came)
        call = Call.objects.select_related("campaign").get(provider_call_id=came.provider_call_id)
        self.findings[call.pk] = action.call
        ref = self.refs[call.campaign_id or 0]
        self.trace.inbound(now, ref, call.phone_number, number.phone_number, action.call.talk_seconds)
        self.clock.at(now + action.call.talk, Kind.END, lambda: self._inbound_over(call, number, came, action.call))
        return None

    def _heard(self, number: Number, event: CallEvent) -> None:
        inbox.store(number.carrier_id, self.workspace.pk, [event], self.clock.now)
        with transaction.atomic():
            applying.take_events(self.workspace.pk, self.clock.now, timedelta(0))

    def _inbound_over(self, call: Call, number: Number, came: CallEvent, script: ScriptedCall) -> None:
        self._heard(
            number,
            replace(
                came,
                key=f"{came.key}-ended",
                kind=EventKind.ENDED,
                at=self.clock.now,
                outcome=script.outcome,
                talk_seconds=script.talk_seconds,
                said=Said(spoke=script.findings.spoke),
            ),
        )
        self._remember()
        call.refresh_from_db()
        assert call.analyse_at is not None
        self.clock.at(call.analyse_at, Kind.VERDICT, lambda: self._conclude(call, self.clock.now))
        review([call.campaign_id], self.clock.now)  # type: ignore[list-item]

    def _pool(self, action: Any, now: datetime) -> str | None:
        rows = PoolNumber.objects.filter(campaign=self.campaigns[action.campaign], number=self.numbers[action.number])
        rows.update(status=POOL[action.action])
        return None

    def _spam(self, action: Any, now: datetime) -> str | None:
        set_spam_score(self.numbers[action.number], action.value, source="scenario", at=now)
        return None

    def _fresh(self, ref: str) -> Campaign:
        return Campaign.objects.select_related("agent").get(pk=self.campaigns[ref].pk)

    # ── what changed ──

    def _changed(self) -> None:
        """Write down the transitions and the changed contacts since the last look."""
        moves = list(CampaignTransition.objects.filter(pk__gt=self.told).order_by("pk"))
        ends = [move for move in moves if move.action == "restart"]
        for move in moves:
            self.told = move.pk
            self.trace.campaign(self.clock.now, self.refs[move.campaign_id], move.to_status, _code(move.action))
        restarted = {move.campaign_id for move in ends}
        for row in self._all():
            if self._is_new(row):
                waits = row.campaign_id in restarted and row.reason == "after_primary"
                self._tell([row], "restart" if waits else "")
        self._tell_turns()
        assert len(ends) <= 1

    def _is_new(self, row: CampaignContact) -> bool:
        """Whether a line is due: bars and waiting for a turn come and go without one."""
        before = self.seen.get(row.pk)
        return before != _state(row) and not (before and before[0] == row.status and row.reason in QUIET)

    def _tell_turns(self) -> None:
        """Secondaries whose turn has come."""
        turns = ContactMove.objects.filter(pk__gt=self.told_move, action="after_primary").order_by("pk")
        for move in turns.select_related("campaign_contact__contact", "campaign_contact__campaign"):
            self.told_move = move.pk
            self._tell([move.campaign_contact])

    def _tell(self, rows: list[CampaignContact], reason: str = "") -> None:
        for row in rows:
            self.seen[row.pk] = _state(row)
            if row.status in ("dialing", "called"):
                continue
            due = row.next_attempt_at if row.status == "retry" else None
            ref = self.refs[row.campaign_id]
            self.trace.contact(
                self.clock.now,
                ref,
                row.contact.phone_number,
                max(row.campaign.run, 1),
                row.status,
                row.reason if row.reason == "not_needed" else reason or row.reason,
                due,
            )

    def _all(self) -> list[CampaignContact]:
        rows = CampaignContact.objects.filter(campaign__workspace=self.workspace).select_related("contact", "campaign")
        return list(rows.order_by("campaign_id", "id"))

    def _remember(self) -> None:
        """What changed without a line of its own: dialing, called, withdrawn."""
        for row in self._all():
            if row.status in ("dialing", "called") or row.status in WAITING_STATUSES:
                self.seen.setdefault(row.pk, _state(row))
                self.seen[row.pk] = _state(row)


def _end(call: Call, outcome: str, ring: timedelta, talk: timedelta) -> CallEvent:
    return CallEvent(
        key=str(call.reference),
        reference=str(call.reference),
        provider_call_id="",
        kind=EventKind.ENDED,
        at=call.launched_at + ring + talk,
        outcome=outcome,
        talk_seconds=int(talk.total_seconds()),
    )


def _state(row: CampaignContact) -> tuple[Any, ...]:
    return row.status, row.reason


def _code(action: str) -> str:
    """A transition's action as the trace's reason."""
    if action in ("pause", "stop", "cancel"):
        return "by_hand"
    return "" if action in ("start", "resume", "begin") else action
