"""What an installation says by variables. One that is set to nothing says nothing, as if it were not there."""

import os


def given(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str) -> bool:
    return given(name).lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    """Those between the commas."""
    return [word.strip() for word in given(name, default).split(",") if word.strip()]
