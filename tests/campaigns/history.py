"""A campaign with a past: seeded contacts, calls, reports and results, so that figures can be recounted by hand."""

import random
from datetime import timedelta
from decimal import Decimal

from campaigns import tallies
from campaigns.choices import CallState, ContactStatus, Outcome
from campaigns.models import Call, CallReport, Campaign, CampaignContact
from goals.models import Goal, GoalResult, Result
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, NumberFactory, PoolNumberFactory

DISPOSITIONS = ("", "interested", "not_interested", "callback_requested")


def campaign_with_past(workspace, people: int = 12, seed: int = 1, **fields) -> Campaign:
    """Everybody has nought to four calls in one or two runs, from two numbers; the last may be live."""
    chance = random.Random(seed)
    campaign = CampaignFactory(workspace=workspace, run=2, window_timezone="Asia/Kolkata", **fields)
    numbers = [NumberFactory(workspace=workspace) for _ in range(2)]
    for position, number in enumerate(numbers):
        PoolNumberFactory(campaign=campaign, number=number, position=position)
    goal = Goal.objects.create(campaign=campaign, name="Primary", kind="primary", target=3)
    for _ in range(people):
        row = CampaignContactFactory(campaign=campaign)
        for sequence in range(1, chance.randint(0, 4) + 1):
            call = _call(chance, campaign, row, numbers, sequence)
            if call.outcome == Outcome.HUMAN:
                _said(chance, call, goal)
        CampaignContact.objects.filter(pk=row.pk).update(
            sequence=row.calls.count(),
            status=chance.choice([s for s in ContactStatus.values if s not in ("pending", "retry")]),
            reason=chance.choice(["max_attempts", "not_retried", "human"]),
            next_attempt_at=None,
        )
    tallies.recount(campaign)
    return campaign


def _call(chance, campaign, row, numbers, sequence) -> Call:
    number, live = chance.choice(numbers), sequence == 4
    outcome = "" if live else chance.choice(Outcome.values)
    at = NOON + timedelta(minutes=chance.randint(0, 4000))
    talk = chance.randint(1, 200) if outcome in ("human", "machine") else 0
    return Call.objects.create(
        workspace=campaign.workspace,
        campaign=campaign,
        campaign_contact=row,
        contact=row.contact,
        agent=campaign.agent,
        carrier=number.carrier,
        number=number,
        phone_number=row.contact.phone_number,
        run=1 + sequence // 3,
        attempt=sequence,
        sequence=sequence,
        cause="first" if sequence == 1 else "retry",
        state=CallState.QUEUED if live else CallState.ENDED,
        outcome=outcome,
        launched_at=at,
        ended_at=None if live else at + timedelta(seconds=talk),
        concluded_at=None if live else at,
        check_at=at if live else None,
        talk_seconds=talk,
        spoke=outcome == "human" and chance.random() < 0.7,
        cost=None if live else Decimal(talk) / 1000,
    )


def _said(chance, call, goal) -> None:
    CallReport.objects.create(call=call, disposition=chance.choice(DISPOSITIONS), received_at=call.ended_at)
    result = chance.choice(list(Result))
    GoalResult.objects.create(
        goal=goal,
        campaign_contact=call.campaign_contact,
        call=call,
        source="carrier",
        result=result,
        score=None if result is Result.UNKNOWN else chance.randint(0, 100),
        at=call.ended_at,
    )
