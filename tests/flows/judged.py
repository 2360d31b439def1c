"""What must be true of rows and ledger once nothing is under way: the carrier saw what we say, and only once."""

from collections import Counter, defaultdict
from collections.abc import Collection
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from campaigns import auditing, standing, tallies
from campaigns.models import Call, Campaign, CampaignContact, PoolNumber
from goals.results import achieving_calls
from telephony.models import NumberDay
from telephony.simulator.judge import Ring, Verdict

RESULTS = {"voicemail": "machine", "rang_out": "rnr"}  # the carrier's words for our outcomes
UNHEARD = ("timeout", "error")  # our own words for a call of which no last word came


def agree(workspace: Workspace, ledger: Verdict) -> None:
    calls = list(Call.objects.filter(workspace=workspace, direction="outbound").order_by("id"))
    assert [str(call) for call in calls if call.ended_at is None or call.concluded_at is None] == [], "still open"
    assert ledger.rung_twice == []
    assert ledger.overlaps() == []
    _same_calls(calls, {ring.reference: ring for ring in ledger.rings})
    _whole_numbers(workspace, calls)
    _counters(workspace, calls)
    _tallies(workspace)


def audited(workspace: Workspace) -> None:
    """The product's own audit of every campaign. What waits was moved by hand (`World.pass_time`), so due times, and
    the order that follows from them, are the only rules that it cannot judge here."""
    assert violations(workspace, ("due", "verdict", "order", "turn")) == []


def violations(workspace: Workspace, but: Collection[str] = ()) -> list[str]:
    """What the audit found in all campaigns; rules that are left out are named in `but`."""
    sentences = []
    for campaign in Campaign.objects.filter(workspace=workspace).select_related("agent", "workspace"):
        found = auditing.check(campaign, timezone.now(), achieving_calls)
        assert found.launches == campaign.calls.count() > 0
        sentences += [finding.sentence for finding in found.violations if finding.rule not in but]
    return sentences


def _same_calls(calls: list[Call], rings: dict[str, Ring]) -> None:
    ours = {str(call.reference): call for call in calls}
    assert set(rings) <= set(ours), "rung for a call that we do not know"
    for reference, call in ours.items():
        ring = rings.get(reference)
        told = f"{call} {call.outcome} {call.reason}: {ring}"
        if call.outcome == "cancelled":
            assert ring is None or (ring.result == "cancelled" and not ring.heard), f"rung and withdrawn: {told}"
            continue
        assert call.sent_at is not None, f"an attempt without the mark: {told}"
        assert ring is not None or call.outcome in UNHEARD, f"an attempt that never rang: {told}"
        if ring is not None and call.outcome != "timeout":
            assert ring.result in (call.outcome, *(k for k, v in RESULTS.items() if v == call.outcome)), told
            assert ring.to == call.phone_number


def _whole_numbers(workspace: Workspace, calls: list[Call]) -> None:
    """Attempts are numbered 1, 2, 3 … without holes, and the contact's own counts say the same."""
    attempts: dict[int, list[int | None]] = defaultdict(list)
    claims = Counter(call.campaign_contact_id for call in calls)
    for call in calls:
        if call.outcome != "cancelled" and call.campaign_contact_id:
            attempts[call.campaign_contact_id].append(call.attempt)
    people = CampaignContact.objects.filter(campaign__workspace=workspace).select_related("campaign")
    for row in (row for row in people if row.pk in claims):
        made = attempts[row.pk]
        assert made == list(range(1, len(made) + 1)), f"{row.pk}: {made}"
        assert len(made) == row.attempts == row.attempt_number, f"{row.pk}: {made} {row.attempts} {row.attempt_number}"
        assert len(made) <= row.campaign.max_attempts
        assert row.sequence == claims[row.pk]
        assert row.status != "dialing"


def _counters(workspace: Workspace, calls: list[Call]) -> None:
    counted = [call for call in calls if call.outcome != "cancelled" and call.campaign_id]
    zone = ZoneInfo(workspace.timezone)
    days = Counter((call.number_id, call.launched_at.astimezone(zone).date()) for call in counted)
    rows = NumberDay.objects.filter(number__workspace=workspace, calls__gt=0)
    assert {(row.number_id, row.day): row.calls for row in rows} == dict(days)
    pools = Counter((call.campaign_id, call.number_id) for call in counted)
    used = PoolNumber.objects.filter(campaign__workspace=workspace, calls_in_run__gt=0)
    assert {(row.campaign_id, row.number_id): row.calls_in_run for row in used} == dict(pools)


def _tallies(workspace: Workspace) -> None:
    for campaign in workspace.campaigns.all():
        with transaction.atomic():
            assert tallies.differences(campaign) == []
            assert standing.differences(campaign.pk) == []
