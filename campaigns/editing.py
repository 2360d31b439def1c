"""Making a campaign and changing its settings, by programs and in the admin: the locks, the field rules, the trail.

Whoever changes a campaign here holds its row, so that no Start slips in between the look and the write.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User, Workspace
from campaigns import fields as rules
from campaigns import locks, tallies
from campaigns.choices import PoolStatus
from campaigns.models import Campaign, PoolNumber
from telephony.models import Number, NumberDirection


class Locked(Exception):
    """Some of the fields may not be changed now. `fields`: field → the sentence that says why."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)
        self.sentence = next(iter(self.fields.values()))
        super().__init__(self.sentence)


@dataclass(frozen=True, slots=True)
class PoolEntry:
    number: Number
    weight: int = 1
    status: str = PoolStatus.ACTIVE.value


Changes = Mapping[str, Any]
Pool = Sequence[PoolEntry]


def create(
    workspace: Workspace,
    values: Changes,
    pool: Pool = (),
    *,
    actor: User | None,
    actor_name: str = "",
    now: datetime | None = None,
    set_up: bool = True,
) -> Campaign:
    """A draft, without contacts. Raises ValidationError by field; commits. `set_up`: False while a wizard goes on."""
    now = now or timezone.now()
    campaign = Campaign(workspace=workspace, created_by=actor, set_up_at=now if set_up else None)
    if "window_timezone" not in values:
        campaign.window_timezone = actor.timezone if actor else workspace.timezone
    _assign(campaign, values)
    _check(campaign)
    check_pool(workspace, pool)
    with transaction.atomic():
        _save(campaign, force_insert=True)
        _write_pool(campaign, pool)
        audit.record(workspace, "campaign.create", campaign, actor=actor, actor_name=actor_name, at=now)
    return campaign


def change(
    campaign: Campaign,
    values: Changes,
    pool: Pool | None = None,
    *,
    actor: User | None,
    actor_name: str = "",
    now: datetime | None = None,
) -> Campaign:
    """The campaign with these fields, and this pool unless None. Raises Locked, ValidationError by field; commits.

    Values that are the present ones change nothing and are never refused.
    """
    now = now or timezone.now()
    with transaction.atomic():
        held = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        zone = held.zone
        before = {name: getattr(held, name) for name in values}
        _assign(held, values)
        changed = [name for name in values if getattr(held, name) != before[name]]
        _refuse_locked(held, changed, pool)
        if changed:
            _check(held)
            rules.check(held, now, new_start="starts_at" in changed)
            _save(held, update_fields=changed)
            if held.zone != zone:
                tallies.recount(held)
        if pool is not None and _pool_words(pool) != _pool_words(pool_of(held)):
            check_pool(held.workspace, pool)
            before["pool"], values = _pool_words(pool_of(held)), {**values, "pool": _pool_words(pool)}
            _write_pool(held, pool)
            changed.append("pool")
        if changed:
            detail: dict[str, object] = {name: [_plain(before.get(name)), _plain(values.get(name))] for name in changed}
            audit.record(
                held.workspace_id, "campaign.change", held, actor=actor, actor_name=actor_name, detail=detail, at=now
            )
    return held


def pool_of(campaign: Campaign) -> list[PoolEntry]:
    rows = campaign.pool.select_related("number").order_by("position", "id")
    return [PoolEntry(row.number, row.weight, row.status) for row in rows]


def check_pool(workspace: Workspace, pool: Iterable[PoolEntry]) -> None:
    """Raises ValidationError for a number twice, another workspace's, or one that only takes calls."""
    seen: set[int] = set()
    for entry in pool:
        number = entry.number
        if number.workspace_id != workspace.pk:
            raise ValidationError({"pool": [f"There is no number {number.pk} here."]})
        if number.pk in seen:
            raise ValidationError({"pool": [f"{number.phone_number} is in the pool twice. Name each number once."]})
        if number.direction == NumberDirection.INBOUND:
            raise ValidationError({"pool": [f"{number.phone_number} is for inbound calls only. Choose another one."]})
        seen.add(number.pk)


def _check(campaign: Campaign) -> None:
    campaign.full_clean()
    if campaign.agent.workspace_id != campaign.workspace_id:
        raise ValidationError({"agent": [f"There is no agent {campaign.agent_id} here."]})


def _save(campaign: Campaign, **options: Any) -> None:
    """Raises ValidationError where another request took the name between the check and the write."""
    try:
        with transaction.atomic():
            campaign.save(**options)
    except IntegrityError:
        try:
            campaign.validate_constraints()
        except ValidationError as taken:
            raise ValidationError({"name": taken.messages}) from None
        raise


def _assign(campaign: Campaign, values: Changes) -> None:
    for name, value in values.items():
        setattr(campaign, name, value)


def _refuse_locked(campaign: Campaign, changed: Iterable[str], pool: Pool | None) -> None:
    reasons = {name: reason for name in changed if (reason := locks.field_locked(campaign, name))}
    # Switching a single number on or off is allowed in any status; everything else about a pool is an edit.
    if pool is not None and _numbers(pool) != _numbers(pool_of(campaign)) and (shut := locks.not_editable(campaign)):
        reasons["pool"] = shut
    if reasons:
        raise Locked(reasons)


def _numbers(pool: Pool) -> list[tuple[int, int]]:
    return [(entry.number.pk, entry.weight) for entry in pool]


def _pool_words(pool: Pool) -> list[tuple[int, int, str]]:
    return [(entry.number.pk, entry.weight, str(entry.status)) for entry in pool]


def _write_pool(campaign: Campaign, pool: Pool) -> None:
    """Rows that stay keep what they counted; a number that left and comes back begins anew."""
    known = {row.number_id: row for row in campaign.pool.all()}
    for position, entry in enumerate(pool):
        row = known.pop(entry.number.pk, None) or PoolNumber(campaign=campaign, number=entry.number)
        row.position, row.weight, row.status = position, entry.weight, entry.status
        row.full_clean()
        row.save()
    PoolNumber.objects.filter(pk__in=[row.pk for row in known.values()]).delete()


def _plain(value: object) -> object:
    """A value as the trail can keep it."""
    if isinstance(value, models.Model):
        return value.pk
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)
