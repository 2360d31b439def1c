"""A campaign's real run as a scenario and a trace (`docs/audit.md`): read from rows, told in the order of time.

Other campaigns' calls on the same carriers, numbers and people are in it, as launches and ends that are not judged
themselves: they fill channels, seconds, daily caps and people's phones.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet

from campaigns.choices import Cause, ContactStatus, Direction, Outcome
from campaigns.dialing.trace import moment
from campaigns.models import Call, Campaign, CampaignContact, CampaignTransition, ContactMove
from campaigns.tracing_scenario import scenario_of

Line = dict[str, Any]
Timed = tuple[datetime, int, int, Line]  # when, kind, id, line: the order of a trace
Achieved = Callable[[Campaign], Iterable[int]]  # ids of the calls that achieved the primary goal
END, VERDICT, MOVE, TRANSITION, SETTINGS, INBOUND, LAUNCH = range(7)
BEFORE = timedelta(days=8)  # calls of other campaigns that frequency caps may still count
MOMENT = timedelta(microseconds=1)
ELSEWHERE = "elsewhere"  # the campaign of calls that are not judged
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Traced:
    """The scenario, and the lines: to be read once."""

    scenario: dict[str, Any]
    lines: Iterator[Line]


def trace(campaign: Campaign, now: datetime, achieved: Achieved) -> Traced:
    """What the campaign did until now. `campaign.agent` and `.workspace` should be loaded."""
    begin = began(campaign, now)
    calls = Call.objects.filter(workspace=campaign.workspace_id, launched_at__lte=now)
    mine = calls.filter(campaign=campaign, direction=Direction.OUTBOUND)
    others = _others(campaign, calls, begin)
    until = _until(campaign, now)
    scenario, changes = scenario_of(campaign, begin, until, mine, others, achieved(campaign), ELSEWHERE)
    streams = [
        _launches(mine, str(campaign.pk)),
        _ends(mine, str(campaign.pk)),
        _launches(others, ELSEWHERE),
        _ends(others, ELSEWHERE),
        _verdicts(campaign),
        _moves(campaign),
        _restarts(campaign),
        _transitions(campaign),
        _inbound(calls.filter(campaign=campaign, direction=Direction.INBOUND)),
        (
            (at, SETTINGS, n, {"type": "settings", "at": moment(at), "campaign": str(campaign.pk), "values": values})
            for n, (at, values) in enumerate(changes)
        ),
    ]
    return Traced(scenario, _told(streams, campaign))


def began(campaign: Campaign, now: datetime) -> datetime:
    """When the first Start was; a draft begins now."""
    first = CampaignTransition.objects.filter(campaign=campaign).order_by("id").first()
    return first.at if first else now


def _until(campaign: Campaign, now: datetime) -> datetime:
    """The clock's end: now, or a moment after the last thing that happened to a campaign that has ended."""
    if campaign.state.layout != "ended":
        return now
    last = Call.objects.filter(campaign=campaign).aggregate(
        a=Max("launched_at"), b=Max("ended_at"), c=Max("concluded_at")
    )
    open_call = Call.objects.filter(campaign=campaign, concluded_at__isnull=True).exists()
    moved = ContactMove.objects.filter(campaign_contact__campaign=campaign).aggregate(at=Max("at"))
    told = [at for at in (*last.values(), *moved.values(), campaign.status_at) if at is not None]
    return now if open_call or not told else max(told) + timedelta(seconds=1)


def _others(campaign: Campaign, calls: QuerySet[Call], begin: datetime) -> QuerySet[Call]:
    """Calls of the workspace that had to do with this campaign's carriers, numbers or people."""
    pool = campaign.pool.values("number")
    carriers = campaign.pool.values("number__carrier")
    people = CampaignContact.objects.filter(campaign=campaign).values("contact")
    touching = Q(number__in=pool) | Q(carrier__in=carriers) | Q(contact__in=people)
    near = calls.filter(launched_at__gte=begin - BEFORE, direction=Direction.OUTBOUND)
    return near.exclude(campaign=campaign).filter(touching)


def _told(streams: Iterable[Iterator[Timed]], campaign: Campaign) -> Iterator[Line]:
    for _, _, _, line in heapq.merge(*streams, key=lambda timed: timed[:3]):
        yield line
    rows = CampaignContact.objects.filter(campaign=campaign).order_by("id")
    made: dict[int, int] = {}
    counted = Call.objects.filter(campaign=campaign, direction=Direction.OUTBOUND).exclude(outcome=Outcome.CANCELLED)
    for contact in counted.values_list("campaign_contact", flat=True).iterator(CHUNK):
        made[contact or 0] = made.get(contact or 0, 0) + 1
    for pk, phone, status in rows.values_list("id", "contact__phone_number", "status").iterator(CHUNK):
        yield {
            "type": "final",
            "campaign": str(campaign.pk),
            "contact": phone,
            "status": status,
            "attempts": made.get(pk, 0),
        }


# ── calls ──


def _launches(calls: QuerySet[Call], ref: str) -> Iterator[Timed]:
    rows = calls.order_by("launched_at", "id").values_list(
        "id", "launched_at", "phone_number", "number__phone_number", "carrier", "attempt", "run", "cause", "reserved"
    )
    for pk, at, phone, number, carrier, attempt, run, cause, reserved in rows.iterator(CHUNK):
        line = {
            "type": "launch",
            "at": moment(at),
            "campaign": ref,
            "contact": phone,
            "number": number,
            "carrier": str(carrier),
            "attempt": attempt or 0,
            "run": run,
            "callback": cause == Cause.CALLBACK,
            "reserved": str(reserved),
        }
        yield at, LAUNCH, pk, line


def _ends(calls: QuerySet[Call], ref: str) -> Iterator[Timed]:
    """A call that ended at the instant of its launch is told a moment later: nothing ends before it began."""
    rows = calls.filter(ended_at__isnull=False).order_by("ended_at", "id")
    fields = "id", "launched_at", "ended_at", "phone_number", "attempt", "run", "outcome", "talk_seconds", "cost"
    for pk, launched, ended, phone, attempt, run, outcome, talk, cost in rows.values_list(*fields).iterator(CHUNK):
        at = max(ended, launched + MOMENT)
        line = {
            "type": "end",
            "at": moment(at),
            "campaign": ref,
            "contact": phone,
            "attempt": attempt or 0,
            "run": run,
            "outcome": outcome,
            "talk_seconds": talk,
            "cost": str(cost or 0),
        }
        yield at, END, pk, line


def _inbound(calls: QuerySet[Call]) -> Iterator[Timed]:
    rows = calls.order_by("launched_at", "id").values_list(
        "id", "launched_at", "campaign", "phone_number", "number__phone_number", "talk_seconds"
    )
    for pk, at, campaign, phone, number, talk in rows.iterator(CHUNK):
        line = {"type": "inbound", "at": moment(at), "campaign": str(campaign), "contact": phone, "number": number}
        yield at, INBOUND, pk, {**line, "talk_seconds": talk}


# ── contacts ──


def _verdicts(campaign: Campaign) -> Iterator[Timed]:
    """The verdict as the call keeps it; its due time is what the contact's next call had, or the contact still has."""
    dues = _dues(campaign)
    rows = Call.objects.filter(campaign=campaign, concluded_at__isnull=False, verdict__contains=": ")
    fields = "id", "launched_at", "ended_at", "concluded_at", "phone_number", "run", "verdict"
    rows = rows.order_by("concluded_at", "id")
    for pk, launched, ended, at, phone, run, verdict in rows.values_list(*fields).iterator(CHUNK):
        status, _, reason = verdict.partition(": ")
        at = max(at, ended or at, launched + MOMENT)
        line = _contact(campaign, at, phone, run, status, reason, dues.get(pk))
        if status == ContactStatus.RETRY and pk not in dues:
            line["next_attempt_at"] = UNTOLD
        yield at, VERDICT, pk, line


def _dues(campaign: Campaign) -> dict[int, datetime]:
    """By call, the due time that its verdict gave, where a row still has it."""
    found: dict[int, datetime] = {}
    last: dict[int, int] = {}
    calls = Call.objects.filter(campaign=campaign, direction=Direction.OUTBOUND).exclude(outcome=Outcome.CANCELLED)
    fields = "id", "campaign_contact", "cause", "due_at"
    for pk, row, cause, due in calls.order_by("launched_at", "id").values_list(*fields).iterator(CHUNK):
        if row in last and due is not None and cause in (Cause.RETRY, Cause.CALLBACK):
            found[last[row]] = due
        last[row or 0] = pk
    waiting = CampaignContact.objects.filter(campaign=campaign, status=ContactStatus.RETRY).exclude(reason="by_hand")
    for row, due, kept in waiting.values_list("id", "next_attempt_at", "due_at").iterator(CHUNK):
        wanted = kept or due
        if row in last and wanted is not None:
            found[last[row]] = wanted
    return found


UNTOLD = "untold"


def _moves(campaign: Campaign) -> Iterator[Timed]:
    rows = ContactMove.objects.filter(campaign_contact__campaign=campaign).order_by("at", "id")
    fields = (
        "id",
        "at",
        "campaign_contact__contact__phone_number",
        "run",
        "action",
        "status",
        "reason",
        "next_attempt_at",
    )
    for pk, at, phone, run, action, status, reason, due in rows.values_list(*fields).iterator(CHUNK):
        why = "added" if action == "added" else reason or BY_HAND.get(action, action)
        yield at, MOVE, pk, _contact(campaign, at, phone, run, status, why, due)


BY_HAND = dict.fromkeys(("retry", "set_pending", "set_completed", "exclude"), "by_hand")


def _restarts(campaign: Campaign) -> Iterator[Timed]:
    """A restart touches everybody who was not completed or excluded: the judge knows who that was."""
    for move in CampaignTransition.objects.filter(campaign=campaign, action="restart").order_by("id"):
        yield move.at, MOVE, 0, {"type": "restart", "at": moment(move.at), "campaign": str(campaign.pk)}


def _contact(
    campaign: Campaign, at: datetime, phone: str, run: int, status: str, reason: str, due: datetime | None
) -> Line:
    return {
        "type": "contact",
        "at": moment(at),
        "campaign": str(campaign.pk),
        "contact": phone,
        "run": run,
        "status": status,
        "reason": reason,
        "next_attempt_at": moment(due) if status == "retry" else None,
    }


# ── the campaign ──

REASONS: Mapping[str, str] = {"pause": "by_hand", "stop": "by_hand", "cancel": "by_hand"}


def _transitions(campaign: Campaign) -> Iterator[Timed]:
    for move in CampaignTransition.objects.filter(campaign=campaign).order_by("at", "id"):
        reason = REASONS.get(move.action, "" if move.action in ("start", "resume", "begin") else move.action)
        line = {
            "type": "campaign",
            "at": moment(move.at),
            "campaign": str(campaign.pk),
            "status": move.to_status,
            "reason": reason,
        }
        yield move.at, TRANSITION, move.pk, line
