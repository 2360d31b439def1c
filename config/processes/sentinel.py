"""A django-q2 sentinel that ends its cluster when one of its processes was killed.

A worker that is killed while it waits at the queue keeps the queue's lock: every later worker of that cluster would
wait for ever (django-q2 issues 23 and 339). The cluster cannot mend that from within, so it ends, and who supervises
it starts a new one. Tasks come back from the broker; work that matters is a row.
"""

import logging
import os
from multiprocessing.process import BaseProcess

from django_q.cluster import Sentinel

from config.processes import draining

EXIT_CODE = 75  # EX_TEMPFAIL of sysexits(3): try again

logger = logging.getLogger(__name__)


class MortalSentinel(Sentinel):
    def reincarnate(self, process: BaseProcess) -> None:
        if process.exitcode is not None and process.exitcode < 0:
            logger.error("A process of the cluster was killed by signal %s: the cluster ends.", -process.exitcode)
            self.end()
        super().reincarnate(process)

    def stop(self) -> None:
        draining.begin()
        super().stop()

    def end(self) -> None:
        """Ends this process and all that it started, without a look at the queues."""
        for process in [*self.pool, self.monitor, self.pusher]:
            if process is not None and process.is_alive():
                process.kill()
        os._exit(EXIT_CODE)
