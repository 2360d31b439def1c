"""Handing over and collecting, against the simulated carrier as a real process."""

import multiprocessing
import threading
import time
import uuid
import warnings
from dataclasses import replace

import pytest

from telephony.events import EventKind
from telephony.gateway import Account, close, gateway
from telephony.providers import wire
from telephony.providers.base import Found, NeverReceived, NoAnswer, NotSent, Placed, PlaceRequest, Refused, Unknown
from telephony.simulator.options import SECRET, TOKEN


@pytest.fixture(autouse=True)
def closed():
    yield
    close()


@pytest.fixture
def account(carrier):
    return Account(1, "http", carrier.values)


def asked(to="+14155550005", **changes):
    values = {
        "reference": str(uuid.uuid4()),
        "to_number": to,
        "from_number": "+14155550100",
        "agent_id": "a1",
        "ring_timeout_seconds": 30,
        "amd_mode": "text",
        "variables": {},
        "events_url": "http://127.0.0.1:1/nobody",
    }
    return PlaceRequest(**{**values, **changes})


def collect(drain, count, seconds=10.0):
    """The first `count` results, by reference."""
    end, got = time.monotonic() + seconds, {}
    while len(got) < count:
        assert time.monotonic() < end, f"only {len(got)} of {count} results came"
        gateway().wait(0.1)
        got.update(drain())
    return got


def until_idle(but=0):
    """A request counts as in flight until a moment after its answer can be collected."""
    end = time.monotonic() + 5
    while gateway().in_flight() != but:
        assert time.monotonic() < end
        gateway().wait(0.01)


def place(account, *requests, not_after=None):
    gateway().place([(account, one) for one in requests], time.monotonic() + 5 if not_after is None else not_after)
    return collect(gateway().answers, len(requests))


def test_a_batch_is_handed_over_at_once_and_its_answers_are_collected(carrier, account):
    requests = [asked() for _ in range(100)]
    began = time.monotonic()
    gateway().place([(account, one) for one in requests], time.monotonic() + 5)
    handed_over = time.monotonic() - began
    answers = collect(gateway().answers, 100)
    assert handed_over < 0.1
    assert {type(answer) for answer in answers.values()} == {Placed}
    assert carrier.judge().rung == {one.reference: 1 for one in requests}
    until_idle()
    assert gateway().answers() == []


def test_a_batch_whose_deadline_has_passed_is_not_sent(carrier, account):
    requests = [asked() for _ in range(20)]
    answers = place(account, *requests, not_after=time.monotonic() - 0.001)
    assert {type(answer) for answer in answers.values()} == {NotSent}
    assert carrier.judge().requests.total() == 0


def test_a_call_leaves_when_its_time_has_come_and_not_earlier(carrier, account):
    begun, request = time.time(), asked()
    now = time.monotonic()
    gateway().place([(account, request)], now + 5, {request.reference: now + 0.3})
    collect(gateway().answers, 1)
    assert carrier.judge().of(request.reference)[0].placed >= begun + 0.3


def test_a_call_whose_time_comes_after_its_deadline_is_not_sent(carrier, account):
    request = asked()
    now = time.monotonic()
    gateway().place([(account, request)], now + 0.1, {request.reference: now + 0.2})
    assert isinstance(collect(gateway().answers, 1)[request.reference], NotSent)
    assert carrier.judge().requests.total() == 0


def test_a_carrier_counts_no_more_calls_in_a_second_than_its_cps(carrier, account):
    paced, requests = replace(account, max_cps=20.0), [asked() for _ in range(45)]
    answers = place(paced, *requests)
    assert {type(answer) for answer in answers.values()} == {Placed}
    times = [carrier.judge().of(one.reference)[0].placed for one in requests]
    assert times == sorted(times), "in the order in which they were handed over"
    assert max(sum(1 for other in times if at - 1 < other <= at) for at in times) <= 20


def test_calls_for_which_the_cps_leaves_no_room_in_their_time_are_not_sent(carrier, account):
    paced, requests = replace(account, max_cps=2.0), [asked() for _ in range(4)]
    answers = place(paced, *requests, not_after=time.monotonic() + 0.8)
    assert [type(answers[one.reference]) for one in requests] == [Placed, Placed, NotSent, NotSent]


def test_calls_that_another_process_sent_count_too(carrier, account):
    paced, request, now = replace(account, max_cps=1.0), asked(), time.monotonic()
    begun = time.time()
    gateway().arrived(1, [("theirs", now)])
    place(paced, request)
    assert carrier.judge().of(request.reference)[0].placed >= begun + 0.99


def test_a_call_that_this_process_sent_does_not_count_twice(carrier, account):
    paced, first, second = replace(account, max_cps=2.0), asked(), asked()
    place(paced, first)
    gateway().arrived(1, [(first.reference, time.monotonic())])
    assert isinstance(place(paced, second, not_after=time.monotonic() + 0.8)[second.reference], Placed)


def test_a_carriers_way_says_when_the_next_calls_would_leave(carrier, account):
    assert gateway().slots(1, 2.0, 0.1)[0] == 0
    carrier.set(next=["slow"], slow_seconds=600)
    slow, waiting = asked(), asked()
    gateway().place([(replace(account, max_cps=2.0), one) for one in (slow, waiting)], time.monotonic() + 5)
    assert gateway().slots(1, 2.0, 0.1)[0] > 0.4, "behind those that wait"


def test_a_slow_carrier_does_not_hold_up_another(tmp_path_factory, carrier, account):
    carrier.set(next=["slow"], slow_seconds=600)
    slow, quick = asked(), asked()
    gateway().place([(account, slow)], time.monotonic() + 5)
    carrier.until(lambda seen: seen.requests[slow.reference])
    assert isinstance(place(account, quick)[quick.reference], Placed)
    until_idle(but=1)


def test_looking_up_tells_what_came_of_an_unanswered_request(carrier, account, monkeypatch):
    monkeypatch.setattr(wire, "HTTP_TIMEOUT", 0.3)
    carrier.set(next=["hang"])
    lost = asked()
    assert isinstance(place(account, lost)[lost.reference], Unknown)
    carrier.until(lambda seen: seen.of(lost.reference)[0].ended)
    gateway().look_up([(account, lost.reference, ""), (account, "never-heard-of", "")])
    findings = collect(gateway().findings, 2)
    assert findings["never-heard-of"] == NeverReceived()
    assert isinstance(findings[lost.reference], Found)
    assert findings[lost.reference].events[-1].kind == EventKind.ENDED


def test_hanging_up_reaches_the_carrier(carrier, account):
    carrier.set(speed=0.1)
    request = asked("+14155550000")
    placed = place(account, request)[request.reference]
    gateway().hang_up(account, placed.provider_call_id)
    carrier.until(lambda seen: seen.of(request.reference)[0].ended)


def test_settings_that_do_not_fit_refuse_the_call_for_good():
    request = asked()
    answer = place(Account(1, "http", {"base_url": "ftp://x", "token": TOKEN, "signing_secret": SECRET}), request)
    assert answer[request.reference] == Refused(
        "carrier", "Give an address that begins with http:// or https://.", permanent=True
    )


def test_a_provider_that_does_not_exist_refuses_the_call_for_good():
    request = asked()
    answer = place(Account(1, "smoke-signals", {}), request)[request.reference]
    assert (answer.because, answer.permanent) == ("carrier", True)
    gateway().look_up([(Account(1, "smoke-signals", {}), "r1", "")])
    assert isinstance(collect(gateway().findings, 1)["r1"], NoAnswer)


def test_changed_credentials_count_from_the_next_request_on(carrier, account):
    first, second = asked(), asked()
    assert isinstance(place(account, first)[first.reference], Placed)
    changed = Account(1, "http", {**carrier.values, "token": "another"})
    assert place(changed, second)[second.reference].permanent


def test_a_fault_of_an_adapter_is_an_unknown_answer(carrier, account, monkeypatch, caplog):
    monkeypatch.setattr("telephony.providers.http.provider.answer", lambda reply: {}["no such key"])
    request = asked()
    assert isinstance(place(account, request)[request.reference], Unknown)
    assert "KeyError" in caplog.text


def test_closing_gives_up_what_is_under_way_and_the_next_request_starts_anew(carrier, account):
    carrier.set(next=["slow"], slow_seconds=600)
    slow, quick = asked(), asked()
    gateway().place([(account, slow)], time.monotonic() + 5)
    carrier.until(lambda seen: seen.requests[slow.reference])
    close()
    assert [thread.name for thread in threading.enumerate() if thread.name == "gateway"] == []
    assert isinstance(place(account, quick)[quick.reference], Placed)


def _place_in_child(account, request, results):
    answers = place(account, request)
    results.put((request.reference, type(answers[request.reference]).__name__))
    close()


def test_a_forked_worker_gets_a_gateway_of_its_own(carrier, account):
    before, in_child, after = asked(), asked(), asked()
    place(account, before)
    results = multiprocessing.get_context("fork").Queue()
    child = multiprocessing.get_context("fork").Process(target=_place_in_child, args=(account, in_child, results))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking beside a thread is exactly what is tried here
        child.start()
    assert results.get(timeout=10) == (in_child.reference, "Placed")
    child.join(5)
    assert isinstance(place(account, after)[after.reference], Placed)
    assert carrier.judge().rung == {one.reference: 1 for one in (before, in_child, after)}


def test_secrets_do_not_show_in_a_printed_account(account):
    assert TOKEN not in repr(account)
