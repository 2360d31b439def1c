"""The forecast's block on the pages of draft and active campaigns. It asks for forecasts, and never makes one."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from accounts.figures import thousands
from accounts.live import live_part
from accounts.moments import TOO_FAR, too_far
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import charts, forecasting
from campaigns.choices import ENDED_STATUSES, Outcome
from campaigns.forecasting import keeping
from campaigns.forecasting.assumptions import SHARES, BadAssumptions, read
from campaigns.models import Campaign, Forecast
from campaigns.views.frame import back, the_campaign
from campaigns.wording import full_moment

SOON, LATER = 2, 60  # seconds between two looks while one is being made, and else
TEMPLATE = "campaigns/detail/parts/forecast.html"
TIMES = (
    ("ring_seconds", "Ringing", "s"),
    ("talk_seconds", "Talk with a person", "s"),
    ("machine_seconds", "Talk to a machine", "s"),
    ("goal_percent", "Conversations that achieve the primary goal", "%"),
)


@page(Permission.READ)
def forecast(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The block as an answer to its own poll. Where there is no forecast, or an old one, a new one is asked for."""
    campaign, now = the_campaign(request, pk), timezone.now()
    over = campaign.status in ENDED_STATUSES
    row = forecasting.latest(campaign)
    if not over and not forecasting.is_current(row, campaign, now):
        forecasting.ask(campaign, now)
    context = forecast_context(campaign, now)
    return live_part(request, TEMPLATE, {"forecast": context, **shown(request)}, every=context["every"], over=over)


def shown(request: WorkspaceRequest) -> dict[str, Any]:
    return {"workspace": request.workspace}


@require_POST
@page(Permission.RUN)
def ask_forecast(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """A new forecast with other assumptions, or the question what would finish it by a time."""
    campaign, now = the_campaign(request, pk), timezone.now()
    if campaign.status in ENDED_STATUSES:
        messages.error(
            request, f"A {campaign.get_status_display().lower()} campaign has no forecast: nothing is ahead."
        )
        return back(request, campaign)
    if "by" in request.POST:
        by = _time(request.POST["by"], campaign)
        if by is None or by <= now:
            messages.error(request, "Give a time that lies ahead.")
        elif too_far(by):
            messages.error(request, TOO_FAR)
        else:
            forecasting.ask(campaign, now, by=by)
        return back(request, campaign)
    try:
        given = read({**request.POST.dict(), "own_calls": request.POST.get("own_calls", "off")})
    except BadAssumptions as problem:
        messages.error(request, str(problem))
        return back(request, campaign)
    forecasting.ask(campaign, now, given)
    return back(request, campaign)


def _time(text: str, campaign: Campaign) -> datetime | None:
    """A time without a zone is meant in the campaign's."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=ZoneInfo(campaign.zone))


def forecast_context(campaign: Campaign, now: datetime) -> dict[str, Any]:
    """What the block shows: the latest figures, whether they are old, and the assumptions to edit. Reads only."""
    row = forecasting.latest(campaign)
    result = row.result if row else {}
    current = forecasting.is_current(row, campaign, now)
    making = row is None or row.made_at is None or row.asked_at > row.made_at
    assumed = keeping.assumed(row)
    every = SOON if making or not current else LATER
    return {
        "campaign": campaign,
        "result": result if "calls" in result else None,
        "cost": Decimal(result["cost"]) if "cost" in result else None,
        "finish": _moment(result.get("finish")),
        "pauses_at": _moment((result.get("pauses") or {}).get("at")),
        "made_at": row.made_at if row else None,
        "error": row.error if row else "",
        "making": making and not (row and row.error),
        "current": current,
        "line": charts.forecast_line(result["hours"], campaign.zone) if result.get("hours") else None,
        "question": _question(result.get("question"), campaign, row),
        "assumed": assumed,
        "shares": [(name, Outcome(name).label, getattr(assumed, name)) for name in SHARES],
        "times": [(name, words, unit, getattr(assumed, name)) for name, words, unit in TIMES],
        "basis": _basis(result),
        "every": every,
        "live_url": reverse("campaigns:forecast", args=[campaign.pk]),
        "live_every": every,
        "live_over": campaign.status in ENDED_STATUSES,
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _question(question: dict[str, Any] | None, campaign: Campaign, row: Forecast | None) -> dict[str, Any] | None:
    """An answer stays until somebody asks anew: it says of which moment it is, and whether figures are younger."""
    if not question:
        return None
    asked_of = _moment(question.get("at"))
    younger = bool(asked_of and row and row.made_at and row.made_at > asked_of)
    by = full_moment(datetime.fromisoformat(question["by"]), campaign.zone)
    return {**question, "by": by, "at": asked_of, "younger": younger}


def _basis(result: dict[str, Any]) -> str:
    """On what the shares of outcomes rest."""
    own = result.get("own_calls")
    if not own:
        return ""
    if own["used"]:
        return f"Shares of outcomes by hour and attempt, from this workspace's {thousands(own['calls'])} own calls."
    return (
        f"Shares of outcomes as assumed below. This workspace has {thousands(own['calls'])} ended calls;"
        f" from {thousands(own['needed'])} on its own shares can be used."
    )
