"""The lines of a trace (one JSON object each), in the words of the scenario format."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

Write = Callable[[str], object]


def moment(at: datetime | None) -> str | None:
    """2026-03-02T03:30:00Z, with fractions of a second where there are any."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Trace:
    """Writes lines in the order in which it is told."""

    def __init__(self, write: Write) -> None:
        self.write = write
        self.encode = json.JSONEncoder().encode  # plain ASCII: any terminal and any text in a scenario will do

    def campaign(self, at: datetime, campaign: str, status: str, reason: str = "") -> None:
        self._line(type="campaign", at=moment(at), campaign=campaign, status=str(status), reason=reason)

    def launch(
        self,
        at: datetime,
        campaign: str,
        contact: str,
        number: str,
        carrier: str,
        attempt: int,
        run: int,
        callback: bool,
    ) -> None:
        self._line(
            type="launch",
            at=moment(at),
            campaign=campaign,
            contact=contact,
            number=number,
            carrier=carrier,
            attempt=attempt,
            run=run,
            callback=callback,
        )

    def end(
        self, at: datetime, campaign: str, contact: str, attempt: int, run: int, outcome: str, talk_seconds: float
    ) -> None:
        self._line(
            type="end",
            at=moment(at),
            campaign=campaign,
            contact=contact,
            attempt=attempt,
            run=run,
            outcome=str(outcome),
            talk_seconds=talk_seconds,
        )

    def contact(
        self, at: datetime, campaign: str, contact: str, run: int, status: str, reason: str, due: datetime | None
    ) -> None:
        self._line(
            type="contact",
            at=moment(at),
            campaign=campaign,
            contact=contact,
            run=run,
            status=str(status),
            reason=reason,
            next_attempt_at=moment(due),
        )

    def inbound(self, at: datetime, campaign: str, contact: str, number: str, talk_seconds: float) -> None:
        self._line(
            type="inbound",
            at=moment(at),
            campaign=campaign,
            contact=contact,
            number=number,
            talk_seconds=talk_seconds,
        )

    def refused(self, at: datetime, action: str, reason: str) -> None:
        self._line(type="refused", at=moment(at), action=str(action), reason=reason)

    def final(self, campaign: str, contact: str, status: str, attempts: int) -> None:
        self._line(type="final", campaign=campaign, contact=contact, status=str(status), attempts=attempts)

    def _line(self, **line: object) -> None:
        self.write(self.encode(line) + "\n")
