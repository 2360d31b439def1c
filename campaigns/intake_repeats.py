"""Which delivery is one that came before: by its Idempotency-Key, else by its content.

Equal content is a repeat as long as it is the last that was taken for each of its people, read by the same mapping:
team, solo and team again are three deliveries.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import KeptAnswer
from accounts.rest.idempotency import KEPT_FOR
from campaigns.models import Intake


@dataclass(frozen=True, slots=True)
class Delivery:
    """`name` is what the answer is kept under; `body` names what was sent, `content` with how it is read."""

    intake: Intake
    workspace: int
    name: str
    body: str
    content: str
    has_key: bool

    def before(self, now: datetime) -> KeptAnswer | None:
        """What was answered to this delivery, or to another under its key."""
        answers = KeptAnswer.objects.filter(workspace=self.workspace, key=self.name, at__gt=now - KEPT_FOR)
        kept = answers.first()
        return kept if kept is None or self.has_key or self._is_last(kept.body or {}) else None

    def _is_last(self, body: Mapping[str, Any]) -> bool:
        """Whether nothing else was taken after it for one of its people."""
        keys = [_of_person(self.intake, contact) for contact in _contacts(body)]
        last = KeptAnswer.objects.filter(workspace=self.workspace, key__in=keys)
        return not last.exclude(fingerprint=self.content).exists()

    def remember(self, status: int, body: dict[str, Any], now: datetime) -> None:
        """Keep the answer to what was taken just now, and that it is the last for its people. Joins the transaction."""
        kept = [KeptAnswer(key=self.name, fingerprint=self.body, status=status, body=body)]
        kept += [KeptAnswer(key=_of_person(self.intake, one), fingerprint=self.content) for one in _contacts(body)]
        for answer in kept:
            answer.workspace_id, answer.at = self.workspace, now
        KeptAnswer.objects.bulk_create(
            kept,
            update_conflicts=True,
            unique_fields=["workspace", "key"],
            update_fields=["fingerprint", "status", "body", "at"],
        )


def delivery(intake: Intake, payload: Any, key: str, workspace: int) -> Delivery:
    content = _digest([payload, intake.mapping])
    name = f"key:{_digest(key)}" if key else f"content:{content}"
    return Delivery(intake, workspace, f"intake:{intake.pk}:{name}", _digest(payload), content, bool(key))


def _of_person(intake: Intake, contact: int) -> str:
    return f"intake:{intake.pk}:person:{contact}"


def _contacts(body: Mapping[str, Any]) -> list[int]:
    """Everybody whom an answer names, each once."""
    rows = body.get("people", [body])
    return list(dict.fromkeys(row["contact"] for row in rows if row.get("contact") is not None))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
