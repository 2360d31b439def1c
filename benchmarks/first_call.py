"""Seconds from `git clone` to the first simulated call, as a new user would have it: `./scripts/bench first-call`.

Clones this checkout's last commit, starts `./scripts/serve` there on free ports with an environment of its own, and
waits for the first phone that the simulated carrier dials. Packages come from wherever pip takes them: the second
round is the one with a warm cache.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 2
PATIENCE_SECONDS = 600
OURS = ("SECRET_KEY", "CREDENTIAL_KEYS", "DEBUG", "DATABASE_URL", "OUTDIAL_VAR", "CARRIER_PORT", "PYTHONPATH")


def free_pair() -> int:
    """A port that is free together with the one above it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def wait_until(done: Callable[[], bool], server: subprocess.Popen[bytes]) -> float:
    """The moment at which `done` is true."""
    end = time.perf_counter() + PATIENCE_SECONDS
    while not done():
        if server.poll() is not None or time.perf_counter() > end:
            raise SystemExit("serve ended, or placed no call in time.")
        time.sleep(0.05)
    return time.perf_counter()


def measure(folder: Path) -> tuple[float, float, float]:
    """Seconds from the start until the clone, the greeting, and the first call."""
    clone, ledger, said = folder / "outdial", folder / "outdial/var/carrier-ledger.jsonl", folder / "serve.log"
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    begun = time.perf_counter()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S603, S607
    cloned = time.perf_counter()
    with said.open("wb") as log:
        server = subprocess.Popen(  # noqa: S603
            [clone / "scripts/serve"], cwd=clone, env={**environment, "PORT": str(free_pair())}, stdout=log, stderr=log
        )
    try:
        ready = wait_until(lambda: b"Sign in as" in said.read_bytes(), server)
        called = wait_until(lambda: ledger.exists() and b'"what": "placed"' in ledger.read_bytes(), server)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
    return cloned - begun, ready - begun, called - begun


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print("seconds from the start of git clone until")
    print(f"{'round':>5} {'cloned':>8} {'ready':>8} {'first call':>11}")
    for number in range(1, rounds + 1):
        with tempfile.TemporaryDirectory(prefix="outdial-first-call-") as folder:
            cloned, ready, called = measure(Path(folder))
        print(f"{number:>5} {cloned:>8.1f} {ready:>8.1f} {called:>11.1f}", flush=True)


if __name__ == "__main__":
    main()
