"""What became of campaigns and their people, as lines: verdicts, moves, changes of status, how it stands at last."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from campaigns.audience.merging import MERGED
from campaigns.choices import Cause, ContactStatus, Direction, Outcome
from campaigns.dialing.trace import moment
from campaigns.models import Call, Callback, Campaign, CampaignContact, CampaignTransition, ContactMove
from campaigns.tracing.lines import CHUNK, MOMENT, MOVE, TRANSITION, VERDICT, Line, Timed
from campaigns.tracing.numbers import Numbers

UNTOLD = "untold"  # no row keeps the due time any more
BY_HAND = dict.fromkeys(("retry", "set_pending", "set_completed", "exclude"), "by_hand")
REASONS: Mapping[str, str] = {"pause": "by_hand", "stop": "by_hand", "cancel": "by_hand"}


def verdicts(campaign: Campaign) -> Iterator[Timed]:
    """The verdict as the call keeps it; its due time is what the callback that it granted has, or what the contact's
    next call had, or what the contact still has."""
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
    calls = Call.objects.filter(campaign=campaign).exclude(outcome=Outcome.CANCELLED)
    fields = "id", "campaign_contact", "cause", "due_at"
    for pk, row, cause, due in calls.order_by("launched_at", "id").values_list(*fields).iterator(CHUNK):
        if cause == Cause.INBOUND and due is None:
            continue  # it stands in no place, and gets no verdict
        if row in last and due is not None and cause in (Cause.RETRY, Cause.CALLBACK, Cause.INBOUND):
            found[last[row]] = due
        last[row or 0] = pk
    waiting = CampaignContact.objects.filter(campaign=campaign, status=ContactStatus.RETRY).exclude(reason="by_hand")
    for row, due, kept in waiting.values_list("id", "next_attempt_at", "due_at").iterator(CHUNK):
        wanted = kept or due
        if row in last and wanted is not None:
            found[last[row]] = wanted
    granted = Callback.objects.filter(campaign_contact__campaign=campaign).order_by("id")
    return found | dict(granted.values_list("asked_call", "due_at").iterator(CHUNK))


def moves(campaign: Campaign, numbers: Numbers) -> Iterator[Timed]:
    """But for mergers: they change the number of those who were on the list, or nobody knows what."""
    rows = ContactMove.objects.filter(campaign_contact__campaign=campaign).exclude(action=MERGED).order_by("at", "id")
    phone = "campaign_contact__contact__phone_number"
    fields = "id", "at", "campaign_contact", phone, "run", "action", "status", "reason", "next_attempt_at"
    for pk, at, row, now, run, action, status, reason, due in rows.values_list(*fields).iterator(CHUNK):
        why = "added" if action == "added" else reason or BY_HAND.get(action, action)
        yield at, MOVE, pk, _contact(campaign, at, numbers.at(row, now, at), run, status, why, due)


def restarts(campaign: Campaign) -> Iterator[Timed]:
    """A restart touches everybody who was not completed or excluded: the judge knows who that was."""
    for move in CampaignTransition.objects.filter(campaign=campaign, action="restart").order_by("id"):
        yield move.at, MOVE, 0, {"type": "restart", "at": moment(move.at), "campaign": str(campaign.pk)}


def transitions(campaign: Campaign) -> Iterator[Timed]:
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


def finals(campaign: Campaign, until: datetime, numbers: Numbers) -> Iterator[Line]:
    rows = CampaignContact.objects.filter(campaign=campaign).order_by("id")
    made: dict[int, int] = {}
    counted = Call.objects.filter(campaign=campaign, direction=Direction.OUTBOUND).exclude(outcome=Outcome.CANCELLED)
    for contact in counted.values_list("campaign_contact", flat=True).iterator(CHUNK):
        made[contact or 0] = made.get(contact or 0, 0) + 1
    for pk, phone, status in rows.values_list("id", "contact__phone_number", "status").iterator(CHUNK):
        yield {
            "type": "final",
            "campaign": str(campaign.pk),
            "contact": numbers.at(pk, phone, until),
            "status": status,
            "attempts": made.get(pk, 0),
        }


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
