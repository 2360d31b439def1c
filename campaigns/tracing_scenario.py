"""The scenario of a real run: settings, people and what they did, as they were when it began."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery

from accounts.models import AuditEvent
from campaigns.choices import Direction, Outcome, Priority
from campaigns.dialing.trace import moment
from campaigns.models import Call, Campaign, CampaignContact, CampaignTransition, ContactMove
from contacts import safe_hours
from contacts.models import Suppression
from telephony.models import Carrier, Number, SpamScore

Given = dict[str, Any]
Change = tuple[datetime, Given]
AS_IS = [
    "mode", "always_on", "concurrency_limit", "call_interval_seconds", "ring_timeout_seconds", "contact_local_time",
    "max_attempts", "retry_delay_minutes", "retry_on", "retry_dispositions", "max_voicemail_attempts",
    "goal_based_retry", "stop_after_connect", "stop_after_connect_seconds", "redial_short_connect",
    "redial_short_connect_seconds", "completion_timeout_minutes", "callback_detection", "sticky_exclusion",
    "secondary_contacts", "rotation_strategy", "prefer_country_match", "spam_threshold",
    "max_calls_per_number_per_day", "budget_cap", "pilot_size", "max_error_rate",
]  # fmt: skip
WINDOW = ["window_start", "window_end", "window_timezone", "window_days"]
HANDS = ("retry", "set_pending", "set_completed", "exclude")
CHUNK = 2000


def scenario_of(
    campaign: Campaign,
    begin: datetime,
    until: datetime,
    mine: QuerySet[Call],
    others: QuerySet[Call],
    achieved: Iterable[int],
    elsewhere: str,
) -> tuple[Given, list[Change]]:
    """The scenario as it was when the campaign began, and the settings that changed since, each with its time."""
    workspace = campaign.workspace
    earliest = others.order_by("launched_at").values_list("launched_at", flat=True).first()
    start = min(begin, earliest or begin, _first_move(campaign) or begin)
    settings, changes = _settings(campaign)
    actions = _actions(campaign, until)
    people, added = _people(campaign, begin, mine, set(achieved))
    numbers = _numbers(campaign, others, start)
    actions += [
        {"at": moment(at), "campaign": str(campaign.pk), "action": "add_contacts", "contacts": [person]}
        for at, person in added
    ]
    return {
        "clock": {"start": moment(start), "until": moment(until)},
        "workspace": {
            "timezone": workspace.timezone,
            "safe_hours": workspace.safe_hours,
            "safe_hours_rows": _rows(campaign) if workspace.safe_hours else [],
            "frequency_cap": {"day": workspace.calls_per_day, "week": workspace.calls_per_week},
            "suppressed": _suppressed(campaign, start),
        },
        "agents": [{"ref": str(campaign.agent_id), "callback_enabled": campaign.agent.callback_enabled}],
        "carriers": _carriers(numbers),
        "numbers": numbers,
        "schedules": _schedules(campaign),
        "campaigns": [
            {
                "ref": str(campaign.pk),
                "agent": str(campaign.agent_id),
                "priority": Priority(campaign.priority).word,
                **settings,
                "numbers": _pool(campaign),
                "contacts": people,
            },
            {"ref": elsewhere, "judged": False, "numbers": [], "contacts": []},
        ],
        "actions": sorted(actions + _spam(numbers, start), key=lambda action: action["at"]),
    }, changes


def _first_move(campaign: Campaign) -> datetime | None:
    moves = ContactMove.objects.filter(campaign_contact__campaign=campaign)
    return moves.order_by("at").values_list("at", flat=True).first()


# ── settings ──


def _settings(campaign: Campaign) -> tuple[Given, list[Change]]:
    """What held at the beginning, found by going back through the audit trail from what holds now."""
    values = {name: getattr(campaign, name) for name in (*AS_IS, *WINDOW)} | {"schedule": campaign.schedule_id}
    changes: list[Change] = []
    for event in _trail(campaign, "campaign.change").order_by("-at", "-id"):
        known = {name: pair for name, pair in event.detail.items() if name in values and isinstance(pair, list)}
        if known:
            changes.append((event.at, _words({**values})))
            values |= {name: pair[0] for name, pair in known.items()}
    return _words(values), changes[::-1]


def _words(values: Mapping[str, Any]) -> Given:
    """Fields as a scenario names them."""
    words: Given = {name: values[name] for name in AS_IS}
    words["budget_cap"] = None if values["budget_cap"] is None else str(values["budget_cap"])
    words["schedule"] = values["schedule"] and str(values["schedule"])
    words["window"] = {
        "start": values["window_start"],
        "end": values["window_end"],
        "timezone": values["window_timezone"],
        "days": values["window_days"],
    }
    return words


def _trail(campaign: Campaign, action: str) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(
        workspace=campaign.workspace_id, object_type="campaign", object_id=str(campaign.pk), action=action
    )


def _schedules(campaign: Campaign) -> list[Given]:
    return [
        {"ref": str(row.pk), "timezone": row.timezone, "days": row.days, "exceptions": row.exceptions}
        for row in campaign.workspace.schedules.all()
    ]


def _rows(campaign: Campaign) -> list[Given]:
    return [
        {"country": row.country, "region": row.region, "days": {day: list(spans) for day, spans in row.days.items()}}
        for row in safe_hours.table(campaign.workspace_id).values()
    ]


# ── numbers and carriers ──


def _numbers(campaign: Campaign, others: QuerySet[Call], start: datetime) -> list[Given]:
    ids = set(campaign.pool.order_by().values_list("number", flat=True))
    for calls in (Call.objects.filter(campaign=campaign), others):
        ids |= set(calls.order_by().values_list("number", flat=True).distinct())
    before = Call.objects.filter(number__in=ids, launched_at__lt=start, direction=Direction.OUTBOUND)
    before = before.exclude(outcome=Outcome.CANCELLED)
    last = dict(before.values_list("number").annotate(at=Max("launched_at")))
    return [
        {
            "ref": str(row.pk),
            "number": row.phone_number,
            "carrier": str(row.carrier_id),
            "direction": row.direction,
            "spam_score": _score_at(row, start),
            "country": row.country,
            "last_used": moment(last.get(row.pk)),
        }
        for row in Number.objects.filter(pk__in=ids).order_by("id")
    ]


def _score_at(number: Number, at: datetime) -> int:
    before = SpamScore.objects.filter(number=number, at__lte=at).order_by("-at", "-id").first()
    if before is not None:
        return before.score
    changed = AuditEvent.objects.filter(
        workspace=number.workspace_id, object_type="number", object_id=str(number.pk), action="number.spam"
    )
    first = changed.order_by("id").first()
    return int(first.detail.get("from", 0)) if first is not None else number.spam_score


def _carriers(numbers: list[Given]) -> list[Given]:
    rows = Carrier.objects.filter(pk__in={int(number["carrier"]) for number in numbers}).order_by("id")
    return [{"ref": str(row.pk), "max_cps": str(row.max_cps), "max_channels": row.max_channels} for row in rows]


def _pool(campaign: Campaign) -> list[Given]:
    """The pool as it began: a number switched since has the status that its first switch took away."""
    first: dict[str, str] = {}
    for event in _trail(campaign, "campaign.number").order_by("at", "id"):
        number, status = event.detail.get("number", ""), event.detail.get("status", "")
        first.setdefault(number, "disabled" if status == "active" else "active")
    rows = campaign.pool.select_related("number").order_by("position", "id")
    return [
        {"ref": str(row.number_id), "weight": row.weight, "status": first.get(row.number.phone_number, row.status)}
        for row in rows
    ]


def _spam(numbers: list[Given], start: datetime) -> list[Given]:
    rows = SpamScore.objects.filter(number__in=[int(n["ref"]) for n in numbers], at__gt=start).order_by("at", "id")
    return [
        {"at": moment(row.at), "action": "spam_score", "number": str(row.number_id), "value": row.score} for row in rows
    ]


# ── people ──


def _people(
    campaign: Campaign, begin: datetime, mine: QuerySet[Call], achieved: set[int]
) -> tuple[list[Given], list[tuple[datetime, Given]]]:
    """Those on the list when it began, in list order, and those who came later with the time."""
    outcomes = _outcomes(campaign, mine, achieved)
    again = set(
        ContactMove.objects.filter(campaign_contact__campaign=campaign, action="added").values_list(
            "campaign_contact", flat=True
        )
    )
    present: list[Given] = []
    added: list[tuple[datetime, Given]] = []
    rows = CampaignContact.objects.filter(campaign=campaign).order_by("id").values_list(
        "id", "contact__phone_number", "priority", "added_at", "hours_key__country", "hours_key__region",
        "hours_key__zones", "contact__primary__phone_number",
    )  # fmt: skip
    for pk, phone, priority, at, country, region, zones, primary in rows.iterator(CHUNK):
        person: Given = {
            "phone_number": phone,
            "priority": Priority(priority).word,
            "country": country,
            "region": region,
            "outcomes": outcomes.pop(pk, []),
        }
        if zones:
            person["zones"] = zones.split()
        if primary:
            person["primary"] = primary
        if at <= begin or pk in again:
            present.append(person)
        else:
            added.append((at, person))
    return present, added


def _outcomes(campaign: Campaign, mine: QuerySet[Call], achieved: set[int]) -> dict[int, list[Given]]:
    """What each call came to, and what analysis had said of it when the verdict was given. A do-not-call that came
    after the verdict put the number on the suppression list later than that."""
    found: dict[int, list[Given]] = defaultdict(list)
    listed = Suppression.objects.filter(workspace=OuterRef("workspace"), phone_number=OuterRef("phone_number"))
    over = mine.filter(ended_at__isnull=False).annotate(listed_at=Subquery(listed.values("at")[:1]))
    rows = over.order_by("launched_at", "id").values_list(
        "id", "campaign_contact", "launched_at", "ended_at", "outcome", "talk_seconds", "spoke", "report__disposition",
        "report__do_not_call", "report__callback_asked", "report__callback_at", "concluded_at", "listed_at",
    )  # fmt: skip
    for pk, row, at, ended, outcome, talk, spoke, word, no, asked, asked_at, judged, barred in rows.iterator(CHUNK):
        said: Given = {
            "outcome": outcome,
            "ring_seconds": max(0.0, (ended - at).total_seconds() - talk) if ended else 0.0,
            "talk_seconds": talk,
        }
        if outcome == Outcome.HUMAN:
            said |= {"speech": spoke, "disposition": word or ""}
            said |= {"callback_at": moment(asked_at)} if asked else {}
            said |= {"primary_goal": "achieved"} if pk in achieved else {}
        if no and not (judged and barred and barred > judged):
            said["do_not_call"] = True
        found[row or 0].append(said)
    return found


# ── what people did ──


def _actions(campaign: Campaign, until: datetime) -> list[Given]:
    ref = str(campaign.pk)
    made: list[Given] = [
        {"at": moment(move.at), "campaign": ref, "action": move.action}
        for move in CampaignTransition.objects.filter(campaign=campaign).order_by("id")
    ]
    moves = ContactMove.objects.filter(campaign_contact__campaign=campaign, action__in=(*HANDS, "added"))
    fields = "at", "action", "campaign_contact__contact__phone_number"
    for at, action, phone in moves.order_by("id").values_list(*fields).iterator(CHUNK):
        word = "add_contacts" if action == "added" else action
        made.append({"at": moment(at), "campaign": ref, "action": word, "phone_number": phone, "contacts": []})
    for event in _trail(campaign, "campaign.number").order_by("at", "id"):
        number = Number.objects.filter(workspace=campaign.workspace_id, phone_number=event.detail.get("number", ""))
        word = "enable_number" if event.detail.get("status") == "active" else "disable_number"
        made += [
            {"at": moment(event.at), "campaign": ref, "action": word, "number": str(pk)}
            for pk in number.values_list("pk", flat=True)
        ]
    return [*made, *_barred(campaign, until), *_holds(campaign)]


def _suppressed(campaign: Campaign, start: datetime) -> list[str]:
    rows = Suppression.objects.filter(
        workspace=campaign.workspace_id, at__lte=start, phone_number__in=_phones(campaign)
    )
    return list(rows.values_list("phone_number", flat=True))


def _barred(campaign: Campaign, until: datetime) -> list[Given]:
    rows = Suppression.objects.filter(
        workspace=campaign.workspace_id, at__lte=until, phone_number__in=_phones(campaign)
    )
    return [
        {"at": moment(at), "action": "suppress", "phone_number": phone}
        for at, phone in rows.order_by("at", "id").values_list("at", "phone_number")
    ]


def _phones(campaign: Campaign) -> QuerySet[Any, Any]:
    return CampaignContact.objects.filter(campaign=campaign).values("contact__phone_number")


def _holds(campaign: Campaign) -> list[Given]:
    """Holds and their end, from the audit trail."""
    events = AuditEvent.objects.filter(
        workspace=campaign.workspace_id, object_type="contact", action__in=["contact.hold", "contact.unhold"]
    )
    phones = {
        str(pk): phone
        for pk, phone in CampaignContact.objects.filter(
            campaign=campaign, contact__in=[int(e.object_id) for e in events if e.object_id.isdigit()]
        ).values_list("contact", "contact__phone_number")
    }
    return [
        {
            "at": moment(event.at),
            "action": "hold",
            "phone_number": phones[event.object_id],
            "until": event.detail.get("until") if event.action == "contact.hold" else None,
        }
        for event in events.order_by("at", "id")
        if event.object_id in phones
    ]
