"""Files and analyses take what processor time the dialers and the pages leave."""

import os
from contextlib import suppress
from pathlib import Path

LATER = 5  # as of nice(1): a third of an equal's share while both want the processor, all of it otherwise
SESSION = Path("/proc/self/autogroup")  # Linux shares time among sessions before it looks at processes: sched(7)


def stand_back(cluster: str) -> None:
    """This process and those it starts let others go first, if it is the work cluster."""
    if cluster != "work":
        return
    os.nice(LATER)
    with suppress(OSError):
        SESSION.write_text(str(LATER))
