"""The latest forecast of a campaign as a row: asked for by pages, made behind them. The only writer of Forecast."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.forms.models import model_to_dict
from django_q.tasks import async_task

from campaigns.choices import ENDED_STATUSES, CampaignStatus
from campaigns.dialing.window import InvalidWindow
from campaigns.forecasting import assumptions, making
from campaigns.forecasting.assumptions import Assumptions
from campaigns.forecasting.figures import Result
from campaigns.forecasting.question import finish_by
from campaigns.models import Campaign, Forecast
from campaigns.queries.counts import status_counts

PRESENT_FOR = {CampaignStatus.DRAFT: timedelta(hours=1)}  # then the clock alone makes it out of date
MOVING_FOR = timedelta(minutes=10)
LOST_AFTER = timedelta(minutes=2)  # asked for and never made: the worker died, and it is asked for anew
NO_WINDOW = "The call window cannot be used. Mend it, then the forecast is made."


def latest(campaign: Campaign) -> Forecast | None:
    return Forecast.objects.filter(campaign=campaign).first()


def assumed(forecast: Forecast | None) -> Assumptions:
    """What the campaign's latest forecast assumed: people's edits are kept there."""
    return assumptions.read((forecast.result if forecast else {}).get("assumptions", {}))


def fingerprint(campaign: Campaign, now: datetime) -> str:
    """What the figures rest on: settings, pool, carriers, the size of the list, the status, and roughly the time."""
    pool = campaign.pool.order_by("id").values_list(
        *("number_id", "status", "weight", "number__spam_score", "number__direction"),
        *("number__carrier__max_cps", "number__carrier__max_channels", "number__carrier__enabled"),
        "number__carrier__cost_per_minute",
    )
    period = PRESENT_FOR.get(campaign.state, MOVING_FOR)
    seen = [
        {name: value for name, value in model_to_dict(campaign).items() if name not in ("notes", "tags", "name")},
        # not editable, and so not among the fields of a form
        campaign.status,
        campaign.run,
        campaign.agent.cost_per_minute,
        campaign.agent.callback_enabled,
        [campaign.schedule.days, campaign.schedule.exceptions] if campaign.schedule else None,
        list(pool),
        status_counts(campaign).total,
        list(campaign.uploads.order_by("id").values_list("upload__status", "upload__valid_rows")),
        [campaign.workspace.safe_hours, campaign.workspace.calls_per_day, campaign.workspace.calls_per_week],
        int(now.timestamp() // period.total_seconds()),
    ]
    return hashlib.sha256(json.dumps(seen, default=str).encode()).hexdigest()


def is_current(forecast: Forecast | None, campaign: Campaign, now: datetime) -> bool:
    return forecast is not None and forecast.made_at is not None and forecast.of == fingerprint(campaign, now)


def ask(campaign: Campaign, now: datetime, given: Assumptions | None = None, *, by: datetime | None = None) -> Forecast:
    """Have a forecast made in the background, unless one is under way; the latest figures stay until then."""
    found = latest(campaign)
    under_way = found is not None and (found.made_at is None or found.asked_at > found.made_at)
    if found and under_way and given is None and by is None and now - found.asked_at < LOST_AFTER:
        return found
    result = dict(found.result) if found else {}
    result["assumptions"] = (given or assumed(found)).as_json()
    if by is not None:
        result["question"] = {"by": by.isoformat()}
    row, _ = Forecast.objects.update_or_create(
        campaign=campaign,
        defaults={"of": fingerprint(campaign, now), "asked_at": now, "result": result, "error": ""},
    )
    async_task(
        "campaigns.forecast_tasks.make_forecast", campaign.pk, cluster="work", task_name=f"forecast {campaign.pk}"
    )
    return row


def compute(campaign: Campaign, now: datetime, given: Assumptions) -> Result:
    """The figures, at once. Raises InvalidWindow."""
    outcomes = making.outcomes(campaign, given)
    result = making.foretell(campaign, now, outcomes)
    result["assumptions"] = given.as_json()
    result["own_calls"] = {"calls": outcomes.own.calls, "used": outcomes.from_own_calls, "needed": assumptions.ENOUGH}
    return result


def make(campaign: Campaign, now: datetime) -> Forecast:
    """Make what is asked for, and keep it. A later asking is not overwritten: its own task answers it."""
    asked, _ = Forecast.objects.get_or_create(campaign=campaign, defaults={"of": "", "asked_at": now})
    given, error = assumed(asked), ""
    result: dict[str, Any] = {"assumptions": given.as_json()}
    of = fingerprint(campaign, now)
    try:
        result = compute(campaign, now, given)
        question = asked.result.get("question")
        if question and "already" in question:
            result["question"] = question  # answered; only people ask anew
        elif question and campaign.status not in ENDED_STATUSES:
            result["question"] = finish_by(campaign, datetime.fromisoformat(question["by"]), now, given)
    except InvalidWindow:
        error = NO_WINDOW
    Forecast.objects.filter(campaign=campaign, asked_at=asked.asked_at).update(
        of=of, made_at=max(now, asked.asked_at), result=result, error=error
    )
    asked.refresh_from_db()
    return asked
