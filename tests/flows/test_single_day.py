"""A campaign of a single day ends when its window does, by the real dialer over rows on a virtual clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Max

from campaigns import conclude
from campaigns.dialing.rehearsal import Rehearsal
from campaigns.models import Call, CampaignContact, CampaignRun
from telephony.events import CallEvent, EventKind
from tests.campaigns.dialing.floor import running

pytestmark = pytest.mark.django_db

CLOSES = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)


def rehearse(workspace, outcome: str) -> None:
    CampaignRun.objects.update(started_at=CLOSES - timedelta(minutes=5))

    def played(call: Call) -> list[CallEvent]:
        answered = call.launched_at + timedelta(seconds=20)
        known = {"reference": str(call.reference), "provider_call_id": f"x-{call.pk}"}
        if outcome == "human":
            known |= {"answered_at": answered, "talk_seconds": 40}
        at = answered + timedelta(seconds=known.get("talk_seconds", 0))
        return [CallEvent(key=f"end {call.pk}", kind=EventKind.ENDED, at=at, outcome=outcome, **known)]

    def verdict(call: Call, now: datetime) -> None:
        conclude.conclude({call.pk: conclude.unheard(call)}, now)

    Rehearsal(workspace, CLOSES - timedelta(minutes=2), CLOSES + timedelta(days=3), played, verdict).run()


@pytest.mark.parametrize("outcome", ["busy", "human"])
def test_a_single_day_ends_at_its_window_and_those_not_reached_keep_their_status(workspace, outcome):
    campaign = running(
        workspace,
        people=30,
        mode="single_day",
        window_start="09:00",
        window_end="18:00",
        concurrency_limit=2,
        retry_on=["busy"],
        retry_delay_minutes=30,
    )

    rehearse(workspace, outcome)

    campaign.refresh_from_db()
    assert (campaign.status, campaign.status_reason) == ("completed", "The window of its single day is over.")
    assert campaign.status_at < CLOSES + timedelta(minutes=2), "as soon as the last talk has its verdict"
    last = Call.objects.aggregate(at=Max("launched_at"))["at"]
    assert CLOSES - timedelta(minutes=1) < last < CLOSES
    left = CampaignContact.objects.filter(status__in=["pending", "retry"])
    assert left.exists() and not left.exclude(next_attempt_at=None).exists()
    assert not Call.objects.filter(concluded_at=None).exists()
