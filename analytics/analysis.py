"""Post-call analysis: conversations whose time has come get findings, goal results and their verdict.

For now the findings are what the carrier said, and are marked so.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from campaigns.audience import SAID_BY_CARRIER
from campaigns.conclude import conclude
from campaigns.dialing.values import Findings
from campaigns.models import Call
from campaigns.review import review
from contacts import suppression
from contacts.models import SuppressionReason
from goals import results
from goals.models import Result, ResultSource

BATCH = 200


def analyse_due(workspace_id: int, now: datetime, limit: int = BATCH) -> int:
    """Analyse ended conversations whose completion timeout is over; how many. Commits.

    Where a move by hand or suppression stands in place of the verdict, goals and a do-not-call still count.
    """
    rows = Call.objects.filter(workspace=workspace_id, analyse_at__lte=now)
    heard = rows.select_related("report").defer("clearance", "report__transcript")
    calls = list(heard.order_by("analyse_at", "id")[:limit])
    if not calls:
        return 0
    _record_goals(calls, now)
    review(conclude(_findings(calls), now), now)
    for call in calls:
        if call.concluded_at is not None and _said_do_not_call(call):
            suppression.add(workspace_id, [call.phone_number], SuppressionReason.ASKED, SAID_BY_CARRIER, now)
    rows.filter(pk__in=[call.pk for call in calls]).update(analyse_at=None)
    return len(calls)


def _said_do_not_call(call: Call) -> bool:
    said = getattr(call, "report", None)
    return said is not None and said.do_not_call


def _record_goals(calls: Sequence[Call], now: datetime) -> None:
    goals = results.primary_goals({call.campaign_id for call in calls})
    for call in calls:
        goal = goals.get(call.campaign_id or 0)
        said = getattr(call, "report", None)
        if goal and call.campaign_contact_id and said is not None and said.success is not None:
            word = Result.ACHIEVED if said.success else Result.NOT_ACHIEVED
            results.record(call, goal, word, ResultSource.CARRIER, now, said.summary)


def _findings(calls: Sequence[Call]) -> dict[int, Findings]:
    by_campaign: dict[int | None, list[Call]] = defaultdict(list)
    for call in calls:
        by_campaign[call.campaign_id].append(call)
    goals = results.primary_goals(by_campaign)
    found: dict[int, Findings] = {}
    for campaign_id, group in by_campaign.items():
        goal = goals.get(campaign_id or 0)
        best = results.best(goal, [call.campaign_contact_id for call in group]) if goal else {}
        for call in group:
            result = best.get(call.campaign_contact_id or 0, Result.UNKNOWN)
            found[call.pk] = _finding(call, result)
    return found


def _finding(call: Call, result: Result) -> Findings:
    said = getattr(call, "report", None)
    if said is None:
        return Findings(primary_goal=result.word, spoke=call.spoke)
    return Findings(
        disposition=said.disposition,
        callback_asked=said.callback_asked,
        callback_at=said.callback_at,
        primary_goal=result.word,
        do_not_call=said.do_not_call,
        spoke=call.spoke,
    )
