"""One line of the checklist."""

from dataclasses import dataclass

PASSED, BLOCKED, WARNING = "passed", "blocked", "warning"


@dataclass(frozen=True, slots=True)
class Row:
    """`step` is where to mend it: a step of the wizard, "settings", "goals", "agent", "workspace", or "" (nowhere)."""

    key: str
    label: str
    state: str  # passed, blocked, warning
    sentence: str
    step: str = ""
