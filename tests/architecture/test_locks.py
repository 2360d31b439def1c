"""The lock files: exact, hashed, of nobody's machine, and both of the same versions."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ["requirements.lock", "tests/requirements.lock"]


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\\n]+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_registry_and_no_path_of_a_machine(name):
    assert re.findall(r"://|file:|--index|--find-links|(?<![\w.])/\w+", (ROOT / name).read_text()) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_of_a_lock_has_a_hash(name):
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text().strip())
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_tests_stand_on_the_versions_that_run():
    runtime = pins(LOCKS[0])
    tests = pins(LOCKS[1])
    assert {name: tests.get(name) for name in runtime} == runtime


def test_the_locks_hold_everything_that_the_project_asks_for():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime, tools = asked["project"]["dependencies"], asked["dependency-groups"]["test"]
    missing = {re.match(r"[a-z0-9.-]+", entry)[0] for entry in runtime} - pins(LOCKS[0]).keys()
    missing |= {re.match(r"[a-z0-9.-]+", entry)[0] for entry in tools} - pins(LOCKS[1]).keys()
    assert missing == set()
