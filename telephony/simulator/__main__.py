"""`python -m telephony.simulator`: the simulated carrier without Django."""

import argparse
import asyncio
import logging
import sys

from telephony.simulator.control import BadControl
from telephony.simulator.options import add_arguments
from telephony.simulator.server import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulated_carrier", description=__doc__)
    add_arguments(parser)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(run(vars(parser.parse_args()), lambda line: print(line, flush=True)))
    except (BadControl, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
