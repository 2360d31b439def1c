"""Traces to spoil: honest ones that are changed, and launches written by hand."""

import copy
from collections.abc import Callable
from typing import Any

from campaigns.audit import judge
from campaigns.audit.findings import Finding
from campaigns.audit.times import when
from tests.campaigns.dialing.scenarios import at, lines_of, phone, trace

Lines = list[dict[str, Any]]
SILENT = [["no_answer"]] * 3


def first(lines: Lines, kind: str, place: int = 0) -> dict[str, Any]:
    return lines_of(lines, kind)[place]


def in_order(lines: Lines) -> Lines:
    told = [line for line in lines if "at" in line]
    return sorted(told, key=lambda line: when(line["at"])) + [line for line in lines if "at" not in line]


def spoiled(data: dict[str, Any], change: Callable[[Lines], object]) -> list[Finding]:
    lines = copy.deepcopy(trace(data))
    assert judge(data, lines) == []
    change(lines)
    return judge(data, in_order(lines))


def rules(found: list[Finding]) -> set[str]:
    return {finding.rule for finding in found}


def launched(*times: float, people: list[int] | None = None, number: str = "+14155550100", **more: Any) -> Lines:
    """Launches so many hours after the start, each ended by `no_answer` ten seconds later with its verdict."""
    lines: Lines = [{"type": "campaign", "at": at(0), "campaign": "k", "status": "running", "reason": ""}]
    for place, hours in enumerate(times):
        contact = phone((people or list(range(len(times))))[place])
        call = {"campaign": "k", "contact": contact, "attempt": 1, "run": 1}
        line = {"type": "launch", "at": at(hours), **call, "number": number, "carrier": "c", "callback": False}
        over = at(hours + 10 / 3600)
        end = {"type": "end", "at": over, **call, "outcome": "no_answer", "talk_seconds": 0}
        told = {"campaign": "k", "contact": contact, "run": 1}
        verdict = {"type": "contact", "at": over, **told, "status": "failed", "reason": "not_retried"}
        lines += [{**line, **more}, end, {**verdict, "next_attempt_at": None}]
    return in_order(lines)


def violations(data: dict[str, Any], lines: Lines) -> set[str]:
    return {finding.rule for finding in judge(data, lines) if finding.kind == "violation"}
