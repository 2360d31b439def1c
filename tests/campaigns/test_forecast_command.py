"""`manage.py forecast`: files in, traces out, no database. Without its mark, a test cannot touch it."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.campaigns.dialing.judge import judge
from tests.campaigns.dialing.scenarios import one

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "scenarios").glob("*.json"))


def forecast(scenario, *more):
    call_command("forecast", "--scenario", str(scenario), *more)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_runs_and_keeps_the_rules(example, tmp_path):
    trace = tmp_path / "trace.jsonl"
    forecast(example, "--out", str(trace))
    lines = [json.loads(line) for line in trace.read_text("utf-8").splitlines()]
    assert judge(json.loads(example.read_text("utf-8")), lines) == []
    assert any(line["type"] == "launch" for line in lines)


def test_there_are_examples():
    assert len(EXAMPLES) >= 5


def test_the_trace_goes_to_standard_output_when_no_file_is_named(tmp_path, capsys):
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(one([["human"]])), "utf-8")
    trace = tmp_path / "trace.jsonl"
    forecast(path)
    forecast(path, "--out", str(trace))
    printed = capsys.readouterr().out
    assert printed == trace.read_text("utf-8")
    assert [json.loads(line)["type"] for line in printed.splitlines()] == [
        *["campaign", "launch", "end", "contact", "campaign", "final"]
    ]


@pytest.mark.parametrize(
    ("content", "mistakes"),
    [
        (b"{", 1),
        (b"\xff\xfe", 1),
        (b'{"clock": {"start": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}, "x": 1}', 2),
    ],
)
def test_a_file_that_does_not_fit_gets_one_sentence_per_mistake_and_exit_status_2(content, mistakes, tmp_path, capsys):
    path = tmp_path / "scenario.json"
    path.write_bytes(content)
    trace = tmp_path / "trace.jsonl"
    with pytest.raises(SystemExit) as ended:
        forecast(path, "--out", str(trace))
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == mistakes
    assert printed.out == ""
    assert not trace.exists()


def test_a_file_that_is_not_there_is_told(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        forecast(tmp_path / "nothing.json")
    assert ended.value.code == 2
    assert "nothing.json: cannot be read (No such file or directory)." in capsys.readouterr().err


def test_any_text_survives_the_way_into_a_trace(tmp_path, capsys):
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(one([[{"outcome": "human", "disposition": "Ça va \ud800"}]])), "utf-8")
    forecast(path)
    assert json.loads(capsys.readouterr().out.splitlines()[3])["reason"] == "ça_va_\ud800"
