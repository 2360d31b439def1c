"""The simulated carrier as a process: it listens until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any

from telephony.simulator.api import Api
from telephony.simulator.carrier import Carrier
from telephony.simulator.options import control_of
from telephony.simulator.web import serve


async def run(options: dict[str, Any], say: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT. Says one line as soon as it listens. Raises BadControl or OSError."""
    carrier = Carrier(options["ledger"], options["seed"], options["secret"], control_of(options))
    server = await serve(Api(carrier, options["token"], options["events_url"]), options["host"], options["port"])
    stop = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    carrier.start()
    host, port = server.sockets[0].getsockname()[:2]
    say(f"The simulated carrier listens on http://{host}:{port} and writes {options['ledger']}")
    await stop.wait()
    server.close()
    await carrier.close()
