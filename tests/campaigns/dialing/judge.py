"""The product's own audit as tests ask it: one sentence for each breach of a trace."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.audit import judge as audit
from campaigns.audit.hours import window_of
from campaigns.audit.times import DAYS, when

__all__ = ["DAYS", "judge", "open_date", "when"]


def judge(scenario: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], **more: Any) -> list[str]:
    """Every breach of the rules in a trace, as sentences; an empty list for a clean one."""
    return [finding.sentence for finding in audit(scenario, lines, **more)]


def open_date(campaign: Mapping[str, Any], zone: str, instant: datetime) -> date | None:
    """The date whose span holds an instant in a zone; None when closed."""
    at = instant.astimezone(ZoneInfo(zone))
    return min(window_of(campaign, {}).holds(at.date(), at.hour * 60 + at.minute), default=None)
