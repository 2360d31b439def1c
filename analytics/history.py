"""Exports as lists show them."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import Workspace
from analytics.models import Export
from campaigns.choices import ContactStatus, Outcome
from campaigns.models import Campaign

WORDS = {"q": "search", "since": "from", "until": "to"}  # filters whose name says little
LABELS = {**dict(ContactStatus.choices), **dict(Outcome.choices)}


def of_workspace(workspace: Workspace) -> "QuerySet[Export]":
    return Export.objects.filter(workspace=workspace).select_related("campaign", "created_by")


def of_campaign(campaign: Campaign) -> "QuerySet[Export]":
    return Export.objects.filter(campaign=campaign).select_related("campaign", "created_by")


def moving(rows: Iterable[Export]) -> bool:
    return any(export.is_moving for export in rows)


def asked_words(export: Export) -> str:
    """The filters as people read them: "search: smith · status: Completed, Failed"; "" without any."""
    return " · ".join(f"{_name(name)}: {_values(name, values)}" for name, values in export.filters.items())


def _name(name: str) -> str:
    return WORDS.get(name, name.replace("_", " "))


def _values(name: str, values: list[str]) -> str:
    return ", ".join(LABELS.get(value, value) if name in ("status", "outcome") else value for value in values)
