"""Random scenarios through the dialer, each trace read by an independent judge; and the judge's own eyes."""

import copy
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.dialing import scenario, virtual
from tests.campaigns.dialing.judge import judge, when
from tests.campaigns.dialing.scenarios import any_scenario, at, do, lines_of, one, trace

ROOT = Path(__file__).parents[3]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.integers(0, 1_000_000))
def test_no_random_scenario_breaks_a_rule(seed):
    data = any_scenario(random.Random(seed))
    assert judge(data, trace(data)) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_same_scenario_gives_the_same_trace_byte_for_byte(seed):
    text = json.dumps(any_scenario(random.Random(seed)))
    first, second = [], []
    virtual.run(scenario.read(text), first.append)
    virtual.run(scenario.read(text), second.append)
    assert first == second


def test_the_order_of_a_trace_is_the_order_of_time():
    lines = [line for line in trace(any_scenario(random.Random(7))) if "at" in line]
    assert [when(line["at"]) for line in lines] == sorted(when(line["at"]) for line in lines)


DATA = one(
    [["no_answer", "human"], ["busy"], ["human"]],
    [do("start"), do("pause", 0.2), do("resume", 0.3)],
    retry_on=["no_answer"],
    concurrency_limit=1,
)


def spoiled(change):
    lines = copy.deepcopy(trace(DATA))
    change(lines)
    return judge(DATA, lines)


def first(lines, kind, place=0):
    return lines_of(lines, kind)[place]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: first(lines, "launch", 3).update(at=at(0.21)), "is launched while paused"),
        (lambda lines: first(lines, "launch", 1).update(contact="+12122000002"), "comes before"),
        (lambda lines: first(lines, "launch", 3).update(at=at(0.4)), "is not due"),
        (lambda lines: first(lines, "end").update(outcome="busy"), "should have been no_answer"),
        (lambda lines: first(lines, "contact").update(status="failed"), "should have become retry"),
        (lambda lines: first(lines, "launch", 1).update(at=at(0)), "exceeds the concurrency limit"),
        (lambda lines: first(lines, "final").update(attempts=7), "after 2 attempts"),
        (lambda lines: lines.remove(first(lines, "launch", 3)), "nobody is called"),
    ],
)
def test_the_judge_sees_a_breach(change, words):
    def tell(lines):
        change(lines)
        # A changed time keeps its place in the order of time.
        told = [line for line in lines if "at" in line]
        lines[: len(told)] = sorted(told, key=lambda line: when(line["at"]))

    breaches = spoiled(tell)
    assert any(words in breach for breach in breaches), breaches


def test_the_judge_finds_nothing_in_an_honest_trace():
    assert judge(DATA, trace(DATA)) == []


def test_the_rules_and_the_memory_store_need_no_database_and_no_settings():
    program = (
        "import sys; import campaigns.dialing.virtual, campaigns.dialing.merge, campaigns.transitions;"
        "print([name for name in sys.modules if name.endswith('.models') and not name.startswith('django.')])"
    )
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
