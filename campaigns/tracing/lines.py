"""A trace's lines while they are being gathered."""

from datetime import datetime, timedelta
from typing import Any

Line = dict[str, Any]
Timed = tuple[datetime, int, int, Line]  # when, kind, id, line: the order of a trace
END, VERDICT, MOVE, TRANSITION, SETTINGS, INBOUND, LAUNCH = range(7)
MOMENT = timedelta(microseconds=1)
CHUNK = 2000
ELSEWHERE = "elsewhere"  # the campaign of calls that are not judged
