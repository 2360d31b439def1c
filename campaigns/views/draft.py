"""What a draft's page shows: is it ready, what will it do, what may it cost, whom will it call."""

from datetime import datetime

from django.urls import reverse

from campaigns import charts, policies, readiness, schedules
from campaigns.dialing.window import InvalidWindow
from campaigns.models import Campaign
from campaigns.queries import preview
from campaigns.queries.acts import Additions
from campaigns.queries.uploads import staged_files
from campaigns.readiness import Row
from campaigns.views.forecast import forecast_context
from campaigns.views.moving import acts_context
from campaigns.wizard import summary
from campaigns.wording import call_window, minutes
from goals.queries import goal_figures

AT_ONCE = 2000  # people counted while the page is made; more are counted when it is there
PLACES = {"settings": "campaigns:settings", "goals": "campaigns:analytics"}


def draft_context(campaign: Campaign, now: datetime) -> dict[str, object]:
    facts = readiness.gather(campaign, now)
    rows = readiness.rows_of(facts)
    return {
        "rows": [(row, mended_at(campaign, row)) for row in rows],
        "blocked": len(readiness.blockers(rows)),
        "pool": facts.pool,
        "week": _week(campaign, now),
        "exceptions": schedules.coming(campaign.schedule, now) if campaign.schedule else [],
        "window": call_window(campaign),
        "retry_delay": minutes(campaign.retry_delay_minutes),
        "estimate": summary.estimate(campaign, facts.people, facts.pool),
        "people": facts.people,
        "staged": facts.staged,
        "strip": acts_context(campaign) if facts.additions != Additions() else None,
        "goals": goal_figures(campaign),
        "forecast": forecast_context(campaign, now),
        **(audience_context(campaign) if facts.people <= AT_ONCE else {}),
    }


def audience_context(campaign: Campaign) -> dict[str, object]:
    """Whom the draft would call: contacts, and beside them the people of staged files."""
    files = staged_files(campaign)
    return {"audience": preview.audience(preview.enrolled(campaign), preview.staged(files)), "files": files}


def mended_at(campaign: Campaign, row: Row) -> str:
    """The address of the place that mends a row of the checklist; "" where it is mended elsewhere."""
    if row.step in PLACES:
        return reverse(PLACES[row.step], args=[campaign.pk])
    if row.step == "agent":
        return reverse("telephony:agent", args=[campaign.agent_id])
    if row.step == "workspace":
        return reverse("accounts:workspace")
    return reverse("campaigns:edit", args=[campaign.pk, row.step]) if row.step else ""


def _week(campaign: Campaign, now: datetime) -> dict[str, object] | None:
    """None for a window that cannot be drawn; readiness says what is wrong with it."""
    try:
        return charts.week(policies.window(campaign), now)
    except InvalidWindow:
        return None
