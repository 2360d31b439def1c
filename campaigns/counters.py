"""Whether what was counted along the way is what the rows say: contacts by status, tallies, a pool's calls in its run,
numbers' days."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from accounts.models import Workspace
from campaigns import standing, tallies
from campaigns.choices import Direction, Outcome
from campaigns.models import Call, Campaign, PoolNumber
from campaigns.queries.hours import QUARTER, Slot
from telephony.models import NumberDay


def of_campaign(campaign_id: int, mend: bool) -> list[str]:
    """What differs, a line each; with `mend` it is corrected. Commits."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)
        pool = _pool(campaign, mend)  # rows of the pool before tallies, as everybody locks them
        found = tallies.differences(campaign)
        if mend and found:
            tallies.recount(campaign)
    return _people(campaign_id, mend) + pool + [_told(campaign, one) for one in found]


def _people(campaign_id: int, mend: bool) -> list[str]:
    """Commits, and so waits for nobody who has rows locked and waits for a lock that is held here."""
    with transaction.atomic():
        if mend:
            Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)
        found = standing.differences(campaign_id)
        if mend:
            standing.mend(campaign_id, found)
    place = f"campaign {campaign_id}"
    return [f"{place}: kept {one.kept} contacts {one.status}, counted {one.counted}" for one in found]


def of_numbers(mend: bool) -> list[str]:
    """As `of_campaign`, for the calls of each number and day of its workspace. Commits by workspace."""
    found: list[str] = []
    for workspace in Workspace.objects.order_by("pk"):
        with transaction.atomic():
            found += _days(workspace, mend)
    return found


def _told(campaign: Campaign, one: tallies.Difference) -> str:
    cell = one.cell
    place = f"run {cell.run}, attempt {cell.attempt}, number {cell.number}, weekday {cell.weekday}, hour {cell.hour}"
    return f"campaign {campaign.pk}, {place}, {cell.direction} {cell.outcome}: kept {one.kept}, counted {one.counted}"


def _launches() -> "QuerySet[Call]":
    return Call.objects.filter(direction=Direction.OUTBOUND).exclude(outcome=Outcome.CANCELLED).order_by()


def _pool(campaign: Campaign, mend: bool) -> list[str]:
    """A number counts its calls of the run since it joined. Past campaigns that were made by rehearsal have calls older
    than their pool, so anything from the calls since it joined to all calls of the run is right. No claim counts
    meanwhile, for the campaign is locked, and no withdrawal, for these rows are."""
    entries = list(PoolNumber.objects.filter(campaign=campaign).order_by("number_id").select_for_update())
    mine = _launches().filter(campaign=campaign, run=campaign.run).values_list("number_id")
    of_run = dict(mine.annotate(Count("id")))
    later = Q(launched_at__gte=F("number__pools__joined_at"))
    since_joined = dict(mine.filter(later, number__pools__campaign=campaign).annotate(Count("id")))
    found = []
    for entry in entries:
        kept, least, most = entry.calls_in_run, since_joined.get(entry.number_id, 0), of_run.get(entry.number_id, 0)
        calls = min(max(kept, least), most)
        if kept == calls:
            continue
        place = f"campaign {campaign.pk}, number {entry.number_id}"
        found.append(f"{place}: kept {kept} calls in this run, counted {calls}")
        if mend:
            PoolNumber.objects.filter(pk=entry.pk).update(calls_in_run=calls)
    return found


def _days(workspace: Workspace, mend: bool) -> list[str]:
    """What differs at first sight may have been counted meanwhile: it is counted again while nobody claims or withdraws
    a call. Where everything agrees nobody has to wait."""
    numbers = {number for number, _ in _wrong_days(workspace)}
    if not numbers:
        return []
    list(Campaign.objects.filter(workspace=workspace).order_by("id").select_for_update(no_key=True))
    list(NumberDay.objects.filter(number__in=numbers).order_by("number_id", "day").select_for_update())
    wrong = {key: counts for key, counts in _wrong_days(workspace).items() if key[0] in numbers}
    for (number, day), (_, calls) in wrong.items() if mend else ():
        NumberDay.objects.update_or_create(number_id=number, day=day, defaults={"calls": calls})
    return [
        f"number {number} on {day}: kept {kept} calls, counted {counted}"
        for (number, day), (kept, counted) in wrong.items()
    ]


def _wrong_days(workspace: Workspace) -> dict[tuple[int, date], tuple[int, int]]:
    """(kept, counted) of each number and day where they differ."""
    counted = _counted_days(workspace)
    rows = NumberDay.objects.filter(number__workspace=workspace)
    kept = {(number, day): calls for number, day, calls in rows.values_list("number_id", "day", "calls")}
    both = {key: (kept.get(key, 0), counted.get(key, 0)) for key in sorted(kept.keys() | counted.keys())}
    return {key: (ours, theirs) for key, (ours, theirs) in both.items() if ours != theirs}


def _counted_days(workspace: Workspace) -> Mapping[tuple[int, date], int]:
    """Calls of campaigns by number and day of the workspace; a test call counts nowhere."""
    zone, found = ZoneInfo(workspace.timezone), dict[tuple[int, date], int]()
    calls = _launches().filter(workspace=workspace, campaign__isnull=False)
    slots = calls.annotate(slot=Slot("launched_at", QUARTER)).values_list("number_id", "slot").annotate(Count("id"))
    for number, slot, n in slots.iterator():
        day = datetime.fromtimestamp(slot * QUARTER, UTC).astimezone(zone).date()
        found[number, day] = found.get((number, day), 0) + n
    return found
