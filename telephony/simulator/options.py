"""Command-line options, shared by `python -m telephony.simulator` and `manage.py simulated_carrier`."""

import argparse
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from telephony.simulator.control import Control

PORT = 8090
TOKEN = "simulated-carrier"  # noqa: S105 - the known token of a carrier that listens on localhost only
SECRET = "whsec_c2ltdWxhdGVkLWNhcnJpZXItb24tbG9jYWxob3N0"  # noqa: S105 - likewise
# Settings of Control that are no options of their own; set them with --set or POST /control.
STRUCTURED = {"next", "rates", "endings", "fixed", "speed"}


def add_arguments(parser: argparse.ArgumentParser, ledger: Path | None = None) -> None:
    """`ledger`: its default; without one it must be given."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one; it is printed")
    parser.add_argument("--ledger", type=Path, default=ledger, required=ledger is None, help="the carrier's own log")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same outcomes")
    speed = float(os.environ.get("SIMULATED_CARRIER_SPEED") or 1)
    parser.add_argument("--speed", type=float, default=speed, help="rings and talks this many times faster")
    parser.add_argument("--fixed", choices=["marked", "last", "off"], default="marked", help="whose last digits decide")
    parser.add_argument("--events-url", default="", help="for inbound calls before any call was placed")
    parser.add_argument("--token", default=os.environ.get("SIMULATED_CARRIER_TOKEN") or TOKEN)
    parser.add_argument(
        "--secret", default=os.environ.get("SIMULATED_CARRIER_SECRET") or SECRET, help="signs the events"
    )
    names = ", ".join(one.name for one in fields(Control) if one.name not in STRUCTURED)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="faults", help=f"a fault, one of: {names}"
    )


def control_of(options: dict[str, Any]) -> Control:
    """Raises BadControl."""
    control = Control()
    control.update({"speed": options["speed"], "fixed": options["fixed"]})
    for setting in options["faults"]:
        name, _, value = setting.partition("=")
        control.update({name: _value(value)})
    return control


def _value(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
