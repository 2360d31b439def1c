"""The verdict on a person after a call: analysis, the pure rules, and everything that follows in one commit."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts import rows as table
from campaigns import audience, callbacks, inbound, policies
from campaigns.audience import SAID_BY_CARRIER
from campaigns.choices import ENDED_STATUSES, Cause, ContactStatus, Direction, Outcome, Rank
from campaigns.dialing import verdict, window
from campaigns.dialing.rows import locked
from campaigns.dialing.values import NO_FINDINGS, EndedCall, Findings, Policy, Tries, Verdict
from campaigns.models import Call, Campaign
from contacts import suppression
from contacts.models import SuppressionReason

log = logging.getLogger(__name__)

AGAIN = timedelta(minutes=1)  # after a verdict that could not be given


def conclude(findings: Mapping[int, Findings], now: datetime) -> set[int]:
    """Give these ended calls (by id) their verdicts; the campaigns concerned, for `lifecycle.review`.

    Commits. A call that has its verdict already, or that a move by hand replaced, is left alone; a call that is not
    its contact's latest gets no say over the contact. A call whose verdict cannot be given is tried again in a minute,
    and holds up nobody else's.
    """
    try:
        return _conclude(findings, now)
    except Exception:
        log.exception("verdicts could not be given together; trying each call alone")
    campaigns: set[int] = set()
    for pk, found in findings.items():
        try:
            campaigns |= _conclude({pk: found}, now)
        except Exception:
            log.exception("call %s: its verdict could not be given", pk)
            Call.objects.filter(pk=pk, concluded_at__isnull=True).update(conclude_by=now + AGAIN)
    return campaigns


def _conclude(findings: Mapping[int, Findings], now: datetime) -> set[int]:
    with transaction.atomic():
        of_calls = Call.objects.filter(pk__in=list(findings)).order_by().values("campaign")
        following = audience.families.campaigns(Campaign.objects.filter(pk__in=of_calls))
        rows = Call.objects.filter(pk__in=list(findings), concluded_at__isnull=True, ended_at__isnull=False)
        rows = rows.defer("clearance")  # the longest of what is not asked for
        beside = ["campaign__agent", "campaign__schedule", "campaign__workspace", "campaign_contact__hours_key"]
        calls = locked(rows, *beside)
        barred, rules = _suppressed(calls), _policies(calls)
        decided = [
            (call, _decide(call, rules[call.campaign_id], findings[call.pk], call.phone_number in barred, now))
            for call in calls
        ]
        counted = [(call, given) for call, given in decided if _counts(call)]
        _close(decided, now)
        audience.settle([(call.campaign_contact, given) for call, given in counted], _rank)  # type: ignore[misc]
        _grant_callbacks(counted, findings)
        for campaign in following.values():
            mine = [call.contact_id for call, _ in counted if call.campaign_id == campaign.pk and call.contact_id]
            audience.families.follow(campaign, mine, now)
        _suppress([call for call, v in decided if v.suppress], now)
    return {call.campaign_id for call in calls if call.campaign_id}


def due(workspace_id: int, now: datetime, limit: int = 500) -> dict[int, Findings]:
    """Calls whose verdict can wait no longer, with what the carrier said as the only findings."""
    rows = Call.objects.filter(workspace=workspace_id, conclude_by__lte=now).select_related("report")
    rows = rows.defer("clearance", "report__transcript")
    return {call.pk: unheard(call) for call in rows.order_by("conclude_by", "id")[:limit]}


def unheard(call: Call) -> Findings:
    """Findings of a call that analysis did not speak of: unknown, but a do-not-call counts in any case."""
    report = getattr(call, "report", None)
    return replace(NO_FINDINGS, do_not_call=bool(report and report.do_not_call), spoke=call.spoke)


def _suppressed(calls: Sequence[Call]) -> set[str]:
    of: dict[int, list[str]] = {}
    for call in calls:
        of.setdefault(call.workspace_id, []).append(call.phone_number)
    return {number for workspace, numbers in of.items() for number in suppression.listed(workspace, numbers)}


def _policies(calls: Sequence[Call]) -> dict[int | None, Policy]:
    campaigns = {call.campaign_id: call.campaign for call in calls if call.campaign}
    return {pk: policies.policy(campaign) for pk, campaign in campaigns.items()}


def _decide(call: Call, policy: Policy, found: Findings, suppressed: bool, now: datetime) -> Verdict:
    campaign, row = call.campaign, call.campaign_contact
    assert campaign is not None and row is not None and call.ended_at is not None
    hours = policies.hours(row.hours_key)
    row.voicemails += call.outcome == Outcome.MACHINE
    given = verdict.decide(
        policy,
        Tries(row.attempts, row.voicemails, row.callbacks, suppressed),
        EndedCall(call.outcome, call.ended_at, call.talk_seconds, call.direction == Direction.INBOUND),
        found,
        now,
        lambda after: window.next_opening(policy, hours, after),
    )
    if campaign.status in ENDED_STATUSES and given.status == ContactStatus.RETRY:
        return replace(given, next_attempt_at=None, callback=False)
    return given


def _counts(call: Call) -> bool:
    """Whether this call is the one its contact waits for."""
    row = call.campaign_contact
    if call.direction == Direction.INBOUND:
        return row is not None and row.status == ContactStatus.CALLED and inbound.counts(call)
    return (
        row is not None
        and row.sequence == call.sequence
        and row.status in (ContactStatus.DIALING, ContactStatus.CALLED)
    )


def _close(decided: Sequence[tuple[Call, Verdict]], now: datetime) -> None:
    for call, given in decided:
        call.concluded_at, call.conclude_by, call.analyse_at = now, None, None
        call.verdict = f"{given.status}: {given.reason}"[:60] if _counts(call) else "not counted"
        if call.cause == Cause.CALLBACK:
            callbacks.close(call, now)
    fields = ["concluded_at", "conclude_by", "analyse_at", "verdict"]
    table.update_locked([call for call, _ in decided], fields)


def _rank(given: Verdict, priority: int) -> int:
    return Rank.CALLBACK if given.callback else Rank.of(priority)


def _grant_callbacks(decided: Sequence[tuple[Call, Verdict]], findings: Mapping[int, Findings]) -> None:
    for call, given in decided:
        if given.callback:
            words = getattr(getattr(call, "report", None), "callback_words", "")
            assert call.campaign_contact is not None
            callbacks.ask(call, call.campaign_contact, given, findings[call.pk], words)


def _suppress(calls: Sequence[Call], now: datetime) -> None:
    for call in calls:
        suppression.add(call.workspace_id, [call.phone_number], SuppressionReason.ASKED, SAID_BY_CARRIER, now)
