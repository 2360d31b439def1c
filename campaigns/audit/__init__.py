"""The audit of calls: whether a trace keeps the rules. It imports nothing of Outdial, the dialer least of all."""

from campaigns.audit.findings import OMISSION, VIOLATION, Finding
from campaigns.audit.judge import judge
from campaigns.audit.table import read_table

__all__ = ["OMISSION", "VIOLATION", "Finding", "judge", "read_table"]
