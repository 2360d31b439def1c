"""What must not stand in a log although it stands in an address: whoever knows an intake's address may add people."""

import logging
import re

_INTAKE = re.compile(r"/intake/[\w-]{20,}")


class IntakeAddresses(logging.Filter):
    """Takes the secret out of every line; never drops one."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        if "/intake/" in line:
            record.msg, record.args = _INTAKE.sub("/intake/…", line), ()
        return True
