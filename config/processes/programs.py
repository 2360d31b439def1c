"""What a running Outdial consists of: one web server, three clusters, one simulated carrier."""

import sys
from pathlib import Path

from config.environment import given
from config.processes.child import Program

CLUSTERS = ("dial-a", "dial-b", "work")
# A browser that polls would see every tenth request fail if the server closed idle connections after two seconds.
KEEP_ALIVE = "30"


def programs(port: int, carrier_port: int, root: Path, var: Path) -> list[Program]:
    """Every program of one installation, in the order in which they start."""
    manage = (sys.executable, str(root / "manage.py"))
    carrier = ("simulated_carrier", "--port", str(carrier_port), "--ledger", str(var / "carrier-ledger.jsonl"))
    return [
        Program("web", web(port)),
        *(Program(name, (*manage, "cluster"), {"Q_CLUSTER_NAME": name}) for name in CLUSTERS),
        Program("carrier", (*manage, *carrier)),
    ]


def web(port: int) -> tuple[str, ...]:
    return (
        sys.executable,
        *("-m", "gunicorn", "config.wsgi:application"),
        *("--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", given("WEB_WORKERS", "2"), "--threads", "8"),
        *("--keep-alive", KEEP_ALIVE, "--graceful-timeout", "3", "--timeout", "60", "--no-control-socket"),
    )
