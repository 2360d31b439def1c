"""An export's rows in keyset pieces: each piece is a statement of its own, so that no snapshot grows old."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accounts.pace import Pace
from analytics.exporting import sources, whynot
from analytics.exporting.columns import Table
from analytics.exporting.whynot import Judged, Standing
from analytics.models import Export, ExportFormat, ExportKind
from campaigns.models import Campaign

NOBODY = Judged((), ())
# A sheet's rows pass through Python, a CSV's or JSON's through the database alone.
PIECE_ROWS = {ExportFormat.EXCEL: 4_000}
USUAL_PIECE = 20_000
WIDE = 200  # variables: from there on a piece takes the longer by their square, for each is looked for among all
DENSE = 2  # a stretch of keys that has at most so many times the rows of a piece is read as a whole


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows by their keys, rising, and the table to read them with; `stretches`: see `dialect`."""

    ids: list[int]
    judged: Judged
    table: Table
    stretches: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def last(self) -> int:
        return self.ids[-1]

    def relation(self, d: Any) -> str:
        d.stretches.update(self.stretches)
        return str(d.ids(self.ids, self.judged.marks if self.judged is not NOBODY else None))


def most_rows(export: Export) -> int:
    """The rows of a piece, at most: one that took half a minute would be taken for stalled."""
    usual = PIECE_ROWS.get(ExportFormat(export.format), USUAL_PIECE)
    wide = max(1.0, len(export.names.get("variables", [])) / WIDE)
    return round(usual / wide**2)


def pieces(export: Export, pace: Pace) -> Iterator[Piece]:
    """The pieces after `export.after`, which moves on as they are written."""
    found = sources.rows(export).filter(pk__lte=export.through).order_by("pk").values_list(*sources.needed(export))
    while rows := list(found.filter(pk__gt=export.after)[: pace.rows]):
        yield _piece(export, rows)


def _piece(export: Export, rows: list[tuple[Any, ...]]) -> Piece:
    judged, keys = NOBODY, {"piece": [row[0] for row in rows]}
    if export.kind == ExportKind.CONTACTS:
        # As it stands now: it may be paused while the file is made.
        campaign = Campaign.objects.select_related("agent", "workspace", "schedule").get(pk=export.campaign_id or 0)
        people = [Standing(*row) for row in rows]
        judged = whynot.judge(campaign, people, timezone.now())
        keys["contact"] = [person.contact for person in people]
    return Piece(keys["piece"], judged, sources.table(export, judged), _stretches(keys))


def _stretches(keys: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, int]]:
    ends = {name: (min(found), max(found)) for name, found in keys.items()}
    return {name: (a, z) for name, (a, z) in ends.items() if z - a < DENSE * len(keys[name])}
