"""Run by the tests as a process of its own: a supervisor of the programs that its arguments name."""

import sys
from pathlib import Path

from config.processes.child import Program
from config.processes.record import AlreadyRunning, Record, only_one
from config.processes.supervisor import Supervisor

PROGRAMS = {
    "calm": "import time; time.sleep(600)",
    "deaf": "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
    "quick": "",
}


def main(folder: Path, names: list[str]) -> str:
    programs = [Program(name, (sys.executable, "-c", PROGRAMS[name])) for name in names]
    try:
        with only_one(folder):
            left = Record(folder).stop_left_over(grace=1)
            print(f"left over: {left}", flush=True)
            Supervisor(programs, folder, lambda text: print(text, flush=True), grace=1).run()
    except AlreadyRunning as refusal:
        return str(refusal)
    return "stopped"


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), sys.argv[2:]), flush=True)
