"""One log file a program, which never grows without end."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 10_000_000


def open_log(path: Path) -> BinaryIO:
    """The file for a child's output. It appends, so that `keep_small` may empty it under the child's hands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keep_small(path)
    return path.open("ab", buffering=0)


def keep_small(path: Path, limit: int = LIMIT_BYTES) -> None:
    """Moves what is in a file above the limit to `<name>.1`, over what was there before."""
    if path.exists() and path.stat().st_size > limit:
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)
