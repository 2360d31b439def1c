"""The simulated carrier as a process: faults on request, and a ledger that tells the truth about them."""

import http.client
import json
import signal
import threading
import time
import urllib.error
from collections import Counter

import pytest

from telephony.simulator.options import TOKEN
from tests.telephony.simulated import simulated_carrier


def call(events, reference="r1", to="+14155550000", **changes):
    facts = {"reference": reference, "to": to, "from": "+14155550100", "ring_timeout_seconds": 30}
    return {**facts, "events_url": events.url, "metadata": {"campaign": "Spring"}, "variables": {}, **changes}


def place(carrier, request):
    return carrier.request("POST", "/calls", request)


def refused(carrier, request):
    with pytest.raises(urllib.error.HTTPError) as error:
        place(carrier, request)
    with error.value:
        return error.value.code, json.load(error.value)


def types(events, reference="r1"):
    """The types of the events that came in, in order."""
    bodies = [json.loads(body) for _, body in events.came]
    return [body["type"].removeprefix("call.") for body in bodies if body["call"]["reference"] == reference]


def all_told(carrier, reference="r1"):
    """Waits until the call is over and every event has been acknowledged."""

    def over(seen):
        rings = seen.of(reference)
        return rings and rings[0].ended and len(seen.sent) > 0 and not seen.unacknowledged

    carrier.until(over)
    deadline = time.monotonic() + 10
    while carrier.state()["deliveries"]:
        assert time.monotonic() < deadline
    return carrier.judge()


def test_a_call_rings_talks_ends_and_is_written_down(carrier, events):
    placed = place(carrier, call(events))
    seen = all_told(carrier)
    assert types(events) == ["initiated", "ringing", "answered", "ended"]
    [ring] = seen.rings
    assert (ring.call, ring.result, ring.heard, ring.talk_seconds > 5) == (placed["id"], "human", True, True)


def test_the_ledger_has_the_line_before_the_answer(carrier, events):
    place(carrier, call(events))
    assert [line.reference for line in carrier.judge().rings] == ["r1"]


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [("unauthorised", 401, False), ("rate_limited", 429, False), ("fail_before", 500, None)],
)
def test_a_refused_request_places_nothing(carrier, events, fault, status, said):
    carrier.set(next=[fault])
    code, answer = refused(carrier, call(events))
    assert (code, answer.get("placed")) == (status, said)
    assert carrier.judge().rings == []
    assert place(carrier, call(events))["status"] == "initiated"


def test_failing_before_may_promise_that_nothing_was_placed(carrier, events):
    carrier.set(next=["fail_before"], promise=True, fail_status=503)
    assert refused(carrier, call(events)) == (
        503,
        {"error": {"code": "internal", "message": "Something broke."}, "placed": False},
    )


def test_failing_after_has_placed(carrier, events):
    carrier.set(next=["fail_after"])
    assert refused(carrier, call(events))[0] == 500
    assert carrier.judge().rung == {"r1": 1}


def test_the_same_reference_again_does_not_ring_again(carrier, events):
    first, second = place(carrier, call(events)), place(carrier, call(events))
    seen = carrier.judge()
    assert first["id"] == second["id"]
    assert (seen.rung, seen.requests, seen.duplicates) == ({"r1": 1}, {"r1": 2}, {"r1": 1})


def test_a_carrier_without_keys_rings_twice_and_the_ledger_shows_it(carrier, events):
    carrier.set(idempotent=False)
    place(carrier, call(events))
    place(carrier, call(events))
    seen = carrier.judge()
    assert (seen.rung_twice, len(seen.overlaps())) == (["r1"], 1)


def test_an_early_event_comes_before_the_answer(carrier, events):
    carrier.set(next=["early"])
    place(carrier, call(events))
    assert types(events)[0] == "initiated"


def test_a_silent_call_is_known_and_never_ends(carrier, events):
    carrier.set(next=["silent"])
    place(carrier, call(events))
    [found] = carrier.request("GET", "/calls?reference=r1")["calls"]
    assert (found["status"], found["events"]) == ("initiated", [])
    place(carrier, call(events, "r2"))
    all_told(carrier, "r2")
    assert (types(events), carrier.judge().of("r1")[0].ended) == ([], None)


def test_doubled_events_come_twice(carrier, events):
    carrier.set(double=1)
    place(carrier, call(events, to="+14155550005"))
    all_told(carrier)
    assert Counter(types(events)) == {"initiated": 2, "ended": 2}


def test_swapped_events_come_after_their_successors(carrier, events):
    carrier.set(swap=1, speed=20)
    place(carrier, call(events, to="+14155550006"))
    all_told(carrier)
    assert types(events)[0] == "ringing"
    assert sorted(types(events)) == ["ended", "initiated", "ringing"]


def test_lost_events_do_not_come_but_a_look_up_tells_them(carrier, events):
    carrier.set(lose=1)
    place(carrier, call(events, to="+14155550005"))
    seen = carrier.until(lambda seen: seen.rings[0].ended)
    [found] = carrier.request("GET", "/calls?reference=r1")["calls"]
    assert [event["type"] for event in found["events"]] == ["call.initiated", "call.ended"]
    assert seen.lost == {event["id"] for event in found["events"]}
    assert types(events) == []


def test_an_event_is_delivered_again_until_it_is_acknowledged(carrier, events):
    events.answer = 503
    place(carrier, call(events, to="+14155550005"))
    events.until(lambda taking: len(types(taking)) >= 4)
    events.answer = 200
    seen = all_told(carrier)
    assert set(types(events)) == {"initiated", "ended"}
    assert max(seen.sent.values()) > 1


def test_a_late_do_not_call_is_told_after_the_end(carrier, events):
    place(carrier, call(events, to="+14155550018"))
    events.until(lambda taking: "notice" in types(taking))
    assert types(events) == ["initiated", "ringing", "answered", "ended", "notice"]
    assert json.loads(events.came[-1][1])["notice"] == {"do_not_call": True}
    assert json.loads(events.came[-2][1])["ended"]["conversation"]["do_not_call"] is False


@pytest.mark.parametrize(("lookup", "status"), [("forgetful", 200), ("unavailable", 503)])
def test_look_ups_fail_on_request(carrier, events, lookup, status):
    place(carrier, call(events))
    carrier.set(lookup=lookup)
    if status == 200:
        assert carrier.request("GET", "/calls?reference=r1") == {"calls": []}
        return
    with pytest.raises(urllib.error.HTTPError) as error:
        carrier.request("GET", "/calls?reference=r1")
    with error.value:
        assert error.value.code == status


@pytest.mark.parametrize(
    ("to", "ring_first", "result"),
    [("+14155550004", False, "cancelled"), ("+14155550007", True, "rang_out"), ("+14155550000", True, "human")],
)
def test_hanging_up_ends_a_call_wherever_it_is(carrier, events, to, ring_first, result):
    carrier.set(speed=20 if result == "human" else 5)
    placed = place(carrier, call(events, to=to))
    wanted = {"cancelled": "initiated", "rang_out": "ringing", "human": "answered"}[result]
    events.until(lambda taking: wanted in types(taking))
    carrier.request("POST", f"/calls/{placed['id']}/hangup")
    ring = all_told(carrier).rings[0]
    assert (ring.result, ring.heard) == (result, ring_first)
    assert json.loads(events.came[-1][1])["ended"]["reason"] == "hung_up"


def test_a_person_calls_us(carrier, events):
    inbound = {"from": "+14155550001", "to": "+14155550100", "talk_seconds": 25, "events_url": events.url}
    carrier.request("POST", "/control/inbound", inbound)
    events.until(lambda taking: len(types(taking, "")) == 2)
    first, last = (json.loads(body) for _, body in events.came)
    assert (first["type"], first["call"]["from"]) == ("call.inbound", "+14155550001")
    assert (last["type"], last["ended"]["talk_seconds"], last["ended"]["result"]) == ("call.ended", 25, "human")
    assert carrier.judge().rings == []


@pytest.mark.parametrize("wrong", [{"reference": ""}, {"ring_timeout_seconds": "30"}, {"metadata": []}, {"from": None}])
def test_a_request_that_does_not_fit_is_refused_with_a_sentence(carrier, events, wrong):
    code, answer = refused(carrier, call(events, **wrong))
    assert (code, answer["error"]["message"][-1]) == (400, ".")


def test_everything_wants_the_token(carrier):
    for path in ("/calls?reference=r1", "/control"):
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(carrier.url + path)
        with error.value:
            assert error.value.code == 401


@pytest.mark.kill
@pytest.mark.once
def test_a_carrier_that_was_killed_knows_its_calls_and_ends_those_that_were_live(tmp_path, events):
    with simulated_carrier(tmp_path) as first:
        place(first, call(events, to="+14155550000"))
        all_told(first)
        before = first.request("GET", "/calls?reference=r1")
        first.set(speed=0.1)
        place(first, call(events, "r2"))
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(5)
    with simulated_carrier(tmp_path) as second:
        assert second.request("GET", "/calls?reference=r1") == before
        seen = all_told(second, "r2")
        assert (seen.of("r2")[0].result, seen.rung) == ("error", {"r1": 1, "r2": 1})
        assert place(second, call(events, "r2"))["status"] == "ended"


@pytest.mark.load
def test_hundreds_of_live_calls_are_carried(tmp_path):
    with simulated_carrier(tmp_path, "--speed", "1", "--fixed", "off") as carrier:
        carrier.set(
            rates={"machine": 1, "human": 0, **dict.fromkeys(("no_answer", "rang_out", "busy", "rejected", "error"), 0)}
        )
        burst(carrier, 400)
        assert (carrier.state()["live"], len(carrier.judge().rings)) == (400, 400)


def burst(carrier, calls):
    """So many place requests over four connections."""

    def quarter(part):
        line = http.client.HTTPConnection(carrier.url.removeprefix("http://"))
        for n in range(part, calls, 4):
            facts = {"reference": f"r{n}", "to": f"+1415555{n:04}", "from": "+14155550100", "ring_timeout_seconds": 30}
            body = json.dumps({**facts, "events_url": "http://127.0.0.1:1/"})
            line.request("POST", "/calls", body, {"Authorization": f"Bearer {TOKEN}"})
            line.getresponse().read()
        line.close()

    threads = [threading.Thread(target=quarter, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
