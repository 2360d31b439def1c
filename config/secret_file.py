"""The secrets of an installation that nobody configured: made once below `var/`, read into the environment.

A variable that is already set wins: where secrets come from elsewhere this file is neither made nor needed.
`python -m config.secret_file` makes it.
"""

import base64
import os
import secrets
from pathlib import Path

from config.environment import given

BASE_DIR = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Where everything that an installation writes lies."""
    return Path(given("OUTDIAL_VAR", str(BASE_DIR / "var")))


def path() -> Path:
    return folder() / "secrets.env"


def make() -> None:
    """Writes the file, for its owner's eyes only, unless it is there."""
    if path().exists():
        return
    path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()  # what Fernet takes
    lines = [f"SECRET_KEY={secrets.token_urlsafe(50)}", f"CREDENTIAL_KEYS={key}"]
    write_private(path(), "\n".join(lines) + "\n")


def fill_environment() -> None:
    """Sets each variable of the file that the environment does not have."""
    if not path().exists():
        return
    for line in path().read_text().splitlines():
        name, _, value = line.partition("=")
        if not given(name):
            os.environ[name] = value


def write_private(target: Path, text: str) -> None:
    """Writes a file that only its owner can read, in place of any that was there."""
    target.unlink(missing_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


if __name__ == "__main__":
    make()
