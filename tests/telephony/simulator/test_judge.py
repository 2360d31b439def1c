import json

import pytest

from telephony.simulator.judge import judge
from telephony.simulator.ledger import Ledger, read


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger.jsonl"


def write(ledger, *lines):
    ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))


def placed(at, call, reference, to="+14155550000"):
    return {"at": at, "what": "placed", "call": call, "reference": reference, "to": to, "from": "+14155550100"}


def ended(at, call):
    return {"at": at, "what": "ended", "call": call, "result": "busy", "talk_seconds": 0}


def test_a_reference_dialed_twice_is_found(ledger):
    write(ledger, placed(1, "c1", "r1"), ended(2, "c1"), placed(3, "c2", "r1"), placed(4, "c3", "r2", "+1"))
    seen = judge(ledger)
    assert (seen.rung_twice, seen.references, seen.rung) == (["r1"], ["r1", "r2"], {"r1": 2, "r2": 1})


def test_a_phone_with_two_live_calls_is_found(ledger):
    write(ledger, placed(1, "c1", "r1"), placed(2, "c2", "r2"), placed(3, "c3", "r3", "+1"), ended(4, "c1"))
    assert [(one.call, other.call) for one, other in judge(ledger).overlaps()] == [("c1", "c2")]


def test_calls_one_after_the_other_do_not_overlap(ledger):
    write(ledger, placed(1, "c1", "r1"), ended(2, "c1"), placed(2, "c2", "r2"))
    assert judge(ledger).overlaps() == []


def test_the_most_live_and_the_most_in_a_second(ledger):
    lines = [placed(at, f"c{at}", f"r{at}", f"+{at}") for at in (10.0, 10.5, 11.0, 11.25)]
    write(ledger, *lines, ended(11.1, "c10.0"), ended(11.2, "c10.5"))
    seen = judge(ledger)
    assert (seen.most_live(), seen.most_in_a_second()) == (3, 3)
    assert [ring.call for ring in seen.placed_after(10.5)] == ["c11.0", "c11.25"]


def test_events_without_acknowledgement_are_found(ledger):
    event = {"at": 1, "what": "event", "event": "e1", "acknowledged": False}
    write(ledger, event, {**event, "event": "e2"}, {**event, "acknowledged": True})
    seen = judge(ledger)
    assert (seen.unacknowledged, seen.sent) == ({"e2"}, {"e1": 2, "e2": 1})


def test_a_line_broken_by_a_crash_harms_neither_itself_nor_the_next(ledger):
    ledger.write_text('{"at": 1, "what": "started"}\n{"at": 2, "wh')
    Ledger(ledger).write("started")
    assert [line["what"] for line in read(ledger)] == ["started", "started"]


def test_an_empty_ledger_is_judged_too(ledger):
    seen = judge(ledger)
    assert (seen.references, seen.most_live(), seen.most_in_a_second()) == ([], 0, 0)
