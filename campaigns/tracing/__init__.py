"""A campaign's real run as a scenario and a trace (`docs/audit.md`): read from rows, told in the order of time."""

from campaigns.tracing.run import Achieved, Traced, trace

__all__ = ["Achieved", "Traced", "trace"]
