"""The HTTP provider against the simulated carrier, a real process on a real socket."""

import base64
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from telephony.errors import BadEvent, BadSettings, BadSignature
from telephony.events import CallEvent, EventKind, Outcome, Said, Turn
from telephony.providers import provider
from telephony.providers.base import Found, NeverReceived, NoAnswer, Placed, Refused, Unknown, web_address
from telephony.providers.http import events as contract_events
from telephony.providers.http.provider import answer, finding
from telephony.providers.wire import Reply
from tests.telephony.providers.contract import ProviderContract, World
from tests.telephony.simulated import simulated_carrier

FAULTS = {
    "rate_limited": {"next": ["rate_limited"]},
    "wrong_credentials": {"next": ["unauthorised"]},
    "fails_after_placing": {"next": ["fail_after"]},
    "never_answers": {"next": ["hang"]},
    "cuts": {"next": ["cut"]},
    "lookup_unavailable": {"lookup": "unavailable"},
}


class SimulatedWorld(World):
    name = "http"

    def __init__(self, carrier, taking):
        self.carrier, self.taking = carrier, taking
        self.values, self.events_url = carrier.values, taking.url
        carrier.set(next=[], lookup="works")
        before = carrier.judge()
        self.rung_before, self.received_before = len(before.rings), before.requests.total()

    def behave(self, fault):
        self.carrier.set(**FAULTS[fault])

    def placed(self):
        return [ring.reference for ring in self.carrier.judge().rings[self.rung_before :]]

    def received(self):
        return self.carrier.judge().requests.total() - self.received_before

    def messages(self, reference):
        def of_the_call():
            return [(headers, body) for headers, body in self.taking.came if reference.encode() in body]

        self.taking.until(lambda taking: any(b'"call.ended"' in body for _, body in of_the_call()))
        self.carrier.until(lambda seen: not any(seen.of(reference)[0].call in event for event in seen.unacknowledged))
        return of_the_call()


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    with simulated_carrier(tmp_path_factory.mktemp("carrier")) as running:
        yield running


class TestHttpProvider(ProviderContract):
    @pytest.fixture
    def world(self, carrier, events):
        return SimulatedWorld(carrier, events)


ENDED = {
    "id": "evt_1",
    "type": "call.ended",
    "at": "2026-03-02T09:31:00Z",
    "call": {"id": "c1", "reference": "r1", "from": "+14155550100", "to": "+14155550000"},
    "ended": {
        "result": "human",
        "reason": "completed",
        "ringing_at": "2026-03-02T09:30:02+00:00",
        "answered_at": "2026-03-02T10:30:10+01:00",
        "talk_seconds": 50.4,
        "cost": "0.0140",
        "conversation": {
            "transcript": [
                {"speaker": "agent", "text": "Hello", "at": 0.4},
                {"speaker": "contact", "text": "Yes", "at": 1},
            ],
            "summary": "Ana asked for a call.",
            "disposition": "callback_requested",
            "success": False,
            "do_not_call": False,
            "callback": {"words": "tomorrow morning", "at": "2026-03-03T09:00:00+01:00"},
            "recording_url": "https://carrier.example/r/1",
            "contact_spoke": True,
        },
    },
}


def changed(data, **paths):
    """A copy of the event with values at dotted paths (written with __) replaced."""
    data = json.loads(json.dumps(data))
    for path, value in paths.items():
        *way, last = path.split("__")
        place = data
        for step in way:
            place = place[step]
        place[last] = value
    return json.dumps(data).encode()


def parse(data, **paths):
    return contract_events.parse(changed(data, **paths))


def test_the_end_event_of_the_documentation_becomes_exactly_this():
    [event] = parse(ENDED)
    assert event == CallEvent(
        key="evt_1",
        reference="r1",
        provider_call_id="c1",
        kind=EventKind.ENDED,
        at=datetime(2026, 3, 2, 9, 31, tzinfo=UTC),
        outcome=Outcome.HUMAN,
        reason="completed",
        talk_seconds=50,
        answered_at=datetime(2026, 3, 2, 9, 30, 10, tzinfo=UTC),
        ringing_at=datetime(2026, 3, 2, 9, 30, 2, tzinfo=UTC),
        cost=Decimal("0.0140"),
        said=Said(
            transcript=(Turn("agent", "Hello", 0.4), Turn("contact", "Yes", 1.0)),
            summary="Ana asked for a call.",
            disposition="callback_requested",
            success=False,
            callback_asked=True,
            callback_words="tomorrow morning",
            callback_at=datetime(2026, 3, 3, 8, 0, tzinfo=UTC),
            recording_url="https://carrier.example/r/1",
            spoke=True,
        ),
        from_number="+14155550100",
        to_number="+14155550000",
    )
    assert event.raw == ENDED


def test_an_unknown_result_is_an_error_with_the_carriers_word_and_is_logged(caplog):
    [event] = parse(ENDED, ended__result="teleported", ended__reason=None)
    assert (event.outcome, event.reason) == (Outcome.ERROR, "teleported")
    assert "teleported" in caplog.text


def test_an_unknown_type_is_left_out_and_logged(caplog):
    assert parse(ENDED, type="call.recording_ready") == []
    assert "call.recording_ready" in caplog.text


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("human", "human"), ("voicemail", "machine"), ("rang_out", "rnr"), ("busy", "busy"), ("canceled", "cancelled")],
)
def test_the_carriers_word_becomes_ours(word, outcome):
    assert parse(ENDED, ended__result=word)[0].outcome == outcome


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": ""}, "The event has no id."),
        ({"at": None}, "The event has no “at”."),
        ({"at": "yesterday"}, "“at” must be a time such as 2026-03-02T09:30:00Z."),
        ({"at": "2026-03-02T09:30:00"}, "“at” needs its zone, such as a Z at the end."),
        ({"call": None}, "“call” must be an object."),
        ({"call__id": None}, "“call” has no id."),
        ({"call__reference": 7}, "“reference” must be a text."),
        ({"ended": None}, "“ended” must be an object."),
        ({"ended__result": None}, "“ended” has no result."),
        ({"ended__talk_seconds": -1}, "“talk_seconds” must be a number of seconds."),
        ({"ended__cost": "a lot"}, "“cost” must be an amount."),
        ({"ended__conversation__transcript": "Hello"}, "“transcript” must be a list."),
        ({"ended__conversation__transcript": [{"speaker": "dog"}]}, "A turn's speaker must be agent or contact."),
        ({"ended__conversation__success": "yes"}, "“success” must be true, false or null."),
    ],
)
def test_a_malformed_event_says_in_a_sentence_what_is_wrong(change, sentence):
    with pytest.raises(BadEvent) as wrong:
        parse(ENDED, **change)
    assert str(wrong.value) == sentence


def test_what_a_database_cannot_store_is_taken_out():
    body = changed(ENDED, ended__conversation__summary="a\0b\ud800c", call__extra=["endless", "\0"])
    [event] = contract_events.parse(body.replace(b'"endless"', b"1e400"))
    assert event.said.summary == "ab?c"
    assert event.raw["call"]["extra"] == [None, ""]


def test_a_late_do_not_call_is_a_notice():
    notice = {**ENDED, "id": "evt_2", "type": "call.notice", "notice": {"do_not_call": True}}
    [event] = parse(notice)
    assert (event.kind, event.outcome, event.said) == (EventKind.NOTICE, "", Said(do_not_call=True))


# The example of the Standard Webhooks specification.
KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
SIGNED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
BODY = b'{"test": 2432232314}'
THEN = datetime.fromtimestamp(1614265330, UTC)


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_the_published_example_of_a_signature_is_accepted_for_five_minutes(minutes):
    contract_events.verify(SIGNED, BODY, KEY, THEN + timedelta(minutes=minutes))


def test_one_good_signature_among_several_is_enough():
    several = {**SIGNED, "webhook-signature": "v1,AAAA v2,BBBB " + SIGNED["webhook-signature"]}
    contract_events.verify(several, BODY, KEY, THEN)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_other"},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": "-1614265330"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": ""},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": SIGNED["webhook-signature"].replace("v1", "v2")},
    ],
)
def test_a_signature_that_does_not_fit_is_refused(change):
    with pytest.raises(BadSignature):
        contract_events.verify({**SIGNED, **change}, BODY, KEY, THEN)


def test_a_signature_is_refused_six_minutes_later():
    with pytest.raises(BadSignature):
        contract_events.verify(SIGNED, BODY, KEY, THEN + timedelta(minutes=5, seconds=1))


def reply(status, data=None):
    return Reply(status, b"" if data is None else json.dumps(data).encode())


def failed(code):
    return {"error": {"code": code, "message": "No."}}


@pytest.mark.parametrize(
    ("got", "means"),
    [
        (reply(201, {"id": "c1"}), Placed("c1")),
        (reply(200, {"id": "c1"}), Placed("c1")),
        (reply(422, failed("number_busy")), Refused("number", "number_busy", "busy")),
        (reply(422, failed("number_refuses")), Refused("number", "number_refuses", "rejected")),
        (reply(422, failed("unknown_agent")), Refused("carrier", "422 unknown_agent")),
        (reply(400), Refused("carrier", "400")),
        (reply(404), Refused("carrier", "404")),
        (reply(429), Refused("carrier", "429")),
        (reply(302), Refused("carrier", "302")),
        (reply(503, {"placed": False}), Refused("carrier", "503")),
    ],
)
def test_what_an_answer_to_a_place_request_means(got, means):
    assert answer(got) == means


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials_are_trouble_that_does_not_pass(status):
    assert (answer(reply(status)).because, answer(reply(status)).permanent) == ("carrier", True)


@pytest.mark.parametrize(
    "got",
    [
        reply(500),
        reply(502),
        reply(503),
        reply(504, failed("x")),
        reply(408),
        reply(409),
        reply(201),
        reply(201, {"id": 5}),
    ],
)
def test_an_answer_that_promises_nothing_means_unknown(got):
    assert isinstance(answer(got), Unknown)


CALL = {"id": "c1", "reference": "r1", "status": "ended", "events": [ENDED]}


def test_a_look_up_brings_the_events():
    found = finding(reply(200, {"calls": [CALL]}), "r1")
    assert (type(found), found.provider_call_id, [event.key for event in found.events]) == (Found, "c1", ["evt_1"])


def test_only_an_empty_list_says_never_received():
    assert finding(reply(200, {"calls": []}), "r1") == NeverReceived()


@pytest.mark.parametrize(
    "got",
    [
        reply(404),
        reply(200),
        reply(200, {"calls": None}),
        reply(200, []),
        reply(200, {"calls": ["c1"]}),
        reply(200, {"calls": [{**CALL, "reference": "r2"}]}),
        reply(200, {"calls": [{**CALL, "events": 5}]}),
        reply(200, {"calls": [{**CALL, "events": [{}]}]}),
    ],
)
def test_any_other_look_up_is_no_answer(got):
    assert isinstance(finding(got, "r1"), NoAnswer)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "ftp://carrier.example"),
        ("base_url", "file:///etc/passwd"),
        ("base_url", "//carrier.example"),
        ("base_url", "http://name:word@carrier.example"),
        ("base_url", "http://carrier.example/?a=b"),
        ("base_url", "http://carrier.example:99999"),
        ("base_url", "http://[::1"),
        ("base_url", "http://carrier .example"),
        ("token", "two words"),
        ("token", "line\r\nfeed"),
        ("signing_secret", "whsec_not base64"),
        ("signing_secret", "whsec_c2hvcnQ="),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_field(field, value):
    values = {"base_url": "https://carrier.example/v1", "token": "t", "signing_secret": "whsec_" + "A" * 32}
    provider("http").clean(values)
    with pytest.raises(BadSettings) as wrong:
        provider("http").clean({**values, field: value})
    assert set(wrong.value.fields) == {field}


def test_an_address_may_have_port_and_path():
    assert [web_address(text) for text in ("http://127.0.0.1:8090", "https://a.example/v1/")] == ["", ""]
