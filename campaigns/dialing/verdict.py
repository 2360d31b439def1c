"""What becomes of a campaign contact after a call: section 4's "After each call", the first rule that fits."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from campaigns.choices import CALLBACKS_PER_RUN, ContactStatus, GoalWord, Outcome
from campaigns.dialing.values import EndedCall, Findings, Policy, Tries, Verdict

SOONEST_CALLBACK = timedelta(minutes=2)  # a callback asked for less than this ahead comes after the retry delay

Opening = Callable[[datetime], datetime | None]


def plain(disposition: str) -> str:
    """The form in which dispositions are compared: trimmed, lower case, blanks and hyphens as underscores."""
    return re.sub(r"[\s-]", "_", disposition.strip().lower())


def exhausted(policy: Policy, attempts: int) -> bool:
    """Whether so many attempts reach the present maximum."""
    return attempts >= policy.max_attempts


def decide(
    policy: Policy, tries: Tries, call: EndedCall, findings: Findings, now: datetime, opening: Opening
) -> Verdict:
    """The verdict on an ended call that was not withdrawn.

    `tries` counts the call just ended; `now` is the instant of the verdict; `opening` gives the first instant from
    another on at which the person may be called, or None. A stopped campaign takes the due time off a retry itself.
    """
    if findings.do_not_call:
        return Verdict(ContactStatus.EXCLUDED, "do_not_call", suppress=True)
    if tries.suppressed:
        return Verdict(ContactStatus.EXCLUDED, "suppressed")
    if call.outcome == Outcome.HUMAN:
        return _after_callback_request(policy, tries, call, findings, now, opening) or _after_person(
            policy, tries, call, findings, now
        )
    if call.outcome == Outcome.MACHINE:
        return _after_machine(policy, tries, call, now)
    return _after_nobody(policy, tries, call, now)


def retry_due(policy: Policy, call: EndedCall, now: datetime) -> datetime:
    """The retry delay after the call ended, or the verdict if that is later."""
    return max(call.ended_at + policy.retry_delay, now)


def callback_due(
    policy: Policy, call: EndedCall, asked_for: datetime | None, now: datetime, opening: Opening
) -> datetime:
    """The time asked for; without one, or too soon, after the retry delay; outside the person's hours their opening."""
    due = asked_for
    if due is None or due < now + SOONEST_CALLBACK:
        due = retry_due(policy, call, now)
    return opening(due) or due


def _after_callback_request(
    policy: Policy, tries: Tries, call: EndedCall, findings: Findings, now: datetime, opening: Opening
) -> Verdict | None:
    if not (findings.callback_asked and policy.callbacks and tries.callbacks < CALLBACKS_PER_RUN):
        return None
    due = callback_due(policy, call, findings.callback_at, now, opening)
    return Verdict(ContactStatus.RETRY, "callback", due, callback=True)


def _after_person(policy: Policy, tries: Tries, call: EndedCall, findings: Findings, now: datetime) -> Verdict:
    if findings.primary_goal == GoalWord.ACHIEVED:
        return Verdict(ContactStatus.COMPLETED, "goal_achieved")
    if policy.stop_after is not None and call.talk_seconds > policy.stop_after:
        return Verdict(ContactStatus.COMPLETED, "stop_rule")
    disposition = plain(findings.disposition)
    if not exhausted(policy, tries.attempts):
        reason = _reason_to_redial(policy, call, disposition)
        if reason:
            return Verdict(ContactStatus.RETRY, reason, retry_due(policy, call, now))
    if not findings.spoke:
        return Verdict(ContactStatus.NO_CONVERSATION, "no_speech")
    return Verdict(ContactStatus.COMPLETED, disposition or str(call.outcome))


def _reason_to_redial(policy: Policy, call: EndedCall, disposition: str) -> str:
    if policy.redial_short is not None and call.talk_seconds < policy.redial_short:
        return "short_connect"
    if disposition and disposition in policy.retry_dispositions:
        return disposition
    return "goal_based_retry" if policy.goal_based_retry else ""


def _after_machine(policy: Policy, tries: Tries, call: EndedCall, now: datetime) -> Verdict:
    left = not exhausted(policy, tries.attempts) and tries.voicemails < policy.max_voicemails
    if call.outcome in policy.retry_on and left:
        return Verdict(ContactStatus.RETRY, str(call.outcome), retry_due(policy, call, now))
    return Verdict(ContactStatus.NO_CONVERSATION, str(call.outcome))


def _after_nobody(policy: Policy, tries: Tries, call: EndedCall, now: datetime) -> Verdict:
    if call.outcome not in policy.retry_on:
        return Verdict(ContactStatus.FAILED, "not_retried")
    if exhausted(policy, tries.attempts):
        return Verdict(ContactStatus.FAILED, "max_attempts")
    return Verdict(ContactStatus.RETRY, str(call.outcome), retry_due(policy, call, now))
