"""What the audit trail keeps of a changed carrier, number or agent: the values by which calls are dealt out and priced,
before and after, so that an audit knows which limits held when."""

from collections.abc import Mapping
from typing import Any

from django.db import models

FIELDS = (
    "max_cps", "max_channels", "cost_per_minute", "callback_enabled", "carrier_id", "direction", "country",
)  # fmt: skip
Values = Mapping[str, Any]


def kept(row: models.Model) -> dict[str, Any]:
    """These values of a row as it is stored; empty for one that is not stored yet. None of them is a secret."""
    names = [field.attname for field in row._meta.concrete_fields if field.attname in FIELDS]
    found = type(row)._default_manager.filter(pk=row.pk).values(*names).first() if row.pk and names else None
    return {name: value if isinstance(value, bool | int | str) else str(value) for name, value in (found or {}).items()}


def changes(before: Values, after: Values) -> dict[str, object]:
    """What differs, each with its former and its new value."""
    return {name: [before[name], value] for name, value in after.items() if name in before and before[name] != value}
