"""What every provider must do, whatever carrier is behind it.

A provider's test subclasses ProviderContract and gives it a World: a real local carrier of its kind that can be told
how to behave.
"""

import asyncio
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telephony.errors import BadEvent, BadSettings, BadSignature
from telephony.events import CallEvent, EventKind, Outcome
from telephony.providers import REGISTERED, choices, provider, wire
from telephony.providers.base import (
    Found,
    NeverReceived,
    NoAnswer,
    NotSent,
    Placed,
    PlaceRequest,
    Provider,
    Refused,
    Unknown,
)

SUCCESS = "+14155550000"  # a person who agrees
BUSY = "+14155550005"
NOT_A_NUMBER = "+12"


class World(ABC):
    """A local carrier. `values` are the account's settings and secrets, `events_url` a receiver that answers 200."""

    name: str
    values: dict[str, str]
    events_url: str

    @abstractmethod
    def behave(self, fault: str) -> None:
        """Of the next request: rate_limited, wrong_credentials, fails_after_placing, never_answers, cuts; and of all
        look-ups from now on: lookup_unavailable."""

    @abstractmethod
    def placed(self) -> list[str]:
        """References of the calls that went out, one entry per ring."""

    @abstractmethod
    def received(self) -> int:
        """Place requests that reached the carrier, in whole or in part."""

    @abstractmethod
    def messages(self, reference: str) -> list[tuple[dict[str, str], bytes]]:
        """Waits for the end of that call; headers and bodies of its events as they came in."""


def request(world: World, to: str = SUCCESS, **changes: Any) -> PlaceRequest:
    values: dict[str, Any] = {
        "reference": str(uuid.uuid4()),
        "to_number": to,
        "from_number": "+14155550100",
        "agent_id": "agent-1",
        "ring_timeout_seconds": 30,
        "amd_mode": "text",
        "variables": {"due_amount": "860.00"},
        "events_url": world.events_url,
        "metadata": {"campaign": "Spring renewal", "agent": "Mia", "first_name": "Ana"},
    }
    return PlaceRequest(**{**values, **changes})


def soon() -> float:
    return time.monotonic() + 5


class ProviderContract:
    @pytest.fixture
    def world(self) -> World:
        raise NotImplementedError

    def connect(self, world: World, **changes: str) -> Provider:
        return provider(world.name)({**world.values, **changes})

    def do(self, using: Provider, *work: Coroutine[Any, Any, Any]) -> list[Any]:
        """Runs the coroutines one after the other and closes the provider."""

        async def all_of_it() -> list[Any]:
            try:
                return [await one for one in work]
            finally:
                await using.aclose()

        return asyncio.run(all_of_it())

    def place(self, world: World, asked: PlaceRequest, not_after: float | None = None, **changes: str) -> Any:
        using = self.connect(world, **changes)
        return self.do(using, using.place(asked, soon() if not_after is None else not_after))[0]

    def test_it_is_registered_and_declares_its_facts(self, world):
        using = self.connect(world)
        assert world.name in REGISTERED
        assert (world.name, using.label) in choices()
        assert using.capabilities.lookup in {"by_reference", "by_id", "none"}
        assert using.capabilities.secret_fields <= set(world.values)

    def test_settings_that_are_missing_are_named(self, world):
        with pytest.raises(BadSettings) as wrong:
            provider(world.name)({})
        assert set(wrong.value.fields) == {s.name for s in provider(world.name).capabilities.settings if s.required}

    def test_a_call_is_placed_once_and_has_an_id(self, world):
        asked = request(world)
        answer = self.place(world, asked)
        assert isinstance(answer, Placed)
        assert answer.provider_call_id
        assert world.placed() == [asked.reference]

    def test_nothing_is_written_after_the_deadline(self, world):
        assert isinstance(self.place(world, request(world), not_after=time.monotonic() - 0.001), NotSent)
        assert (world.received(), world.placed()) == (0, [])

    def test_on_a_kept_connection_the_deadline_holds_too(self, world):
        using = self.connect(world)
        first, second = request(world), request(world)
        answers = self.do(using, using.place(first, soon()), using.place(second, time.monotonic() - 0.001))
        assert [type(answer) for answer in answers] == [Placed, NotSent]
        assert world.placed() == [first.reference]

    def test_a_number_that_is_none_is_refused_because_of_the_number(self, world):
        answer = self.place(world, request(world, NOT_A_NUMBER))
        assert isinstance(answer, Refused)
        assert (answer.because, answer.outcome, answer.permanent) == ("number", Outcome.ERROR, True)

    @pytest.mark.parametrize(("fault", "permanent"), [("rate_limited", False), ("wrong_credentials", True)])
    def test_a_refusal_because_of_the_carrier_says_whether_it_can_pass(self, world, fault, permanent):
        world.behave(fault)
        answer = self.place(world, request(world))
        assert isinstance(answer, Refused)
        assert (answer.because, answer.permanent, answer.outcome) == ("carrier", permanent, "")
        assert world.placed() == []

    def test_a_carrier_that_cannot_be_reached_has_certainly_not_placed(self, world):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wire.asyncio, "open_connection", _refused)
            answer = self.place(world, request(world))
        assert isinstance(answer, Refused)
        assert (answer.because, answer.permanent) == ("carrier", False)

    @pytest.mark.parametrize("fault", ["fails_after_placing", "never_answers", "cuts"])
    def test_without_a_clear_word_the_call_may_have_been_placed(self, world, fault, monkeypatch):
        monkeypatch.setattr(wire, "HTTP_TIMEOUT", 0.5)
        world.behave(fault)
        asked = request(world)
        assert isinstance(self.place(world, asked), Unknown)
        assert world.placed() == [asked.reference]

    def test_the_same_events_come_by_look_up_as_by_webhook(self, world):
        using = self.connect(world)
        if using.capabilities.lookup == "none":
            return
        asked = request(world)
        placed = self.do(using, using.place(asked, soon()))[0]
        told = self.told(using, world, asked.reference)
        using = self.connect(world)
        found = self.do(using, using.look_up(asked.reference, placed.provider_call_id))[0]
        assert isinstance(found, Found)
        assert found.provider_call_id == placed.provider_call_id
        assert sorted(event.key for event in found.events) == sorted(event.key for event in told)
        assert {event.key: event for event in found.events} == {event.key: event for event in told}

    def test_a_call_that_the_carrier_never_had_is_told_apart_from_a_look_up_that_failed(self, world):
        using = self.connect(world)
        if using.capabilities.lookup != "by_reference":
            return
        assert self.do(using, using.look_up(str(uuid.uuid4()), "")) == [NeverReceived()]
        world.behave("lookup_unavailable")
        using = self.connect(world)
        assert isinstance(self.do(using, using.look_up(str(uuid.uuid4()), ""))[0], NoAnswer)

    def test_an_answered_call_tells_its_way_and_what_was_said(self, world):
        using, asked = self.connect(world), request(world)
        self.do(using, using.place(asked, soon()))
        told = {event.kind: event for event in self.told(using, world, asked.reference)}
        end = told[EventKind.ENDED]
        assert {EventKind.ANSWERED, EventKind.ENDED} <= set(told)
        assert (end.reference, end.outcome) == (asked.reference, Outcome.HUMAN)
        assert end.talk_seconds > 0
        assert end.answered_at <= end.at
        assert {turn.speaker for turn in end.said.transcript} == {"agent", "contact"}

    def test_a_busy_line_has_no_talk_and_no_conversation(self, world):
        using, asked = self.connect(world), request(world, BUSY)
        self.do(using, using.place(asked, soon()))
        end = self.told(using, world, asked.reference)[-1]
        assert (end.kind, end.outcome, end.talk_seconds or 0, end.said) == (EventKind.ENDED, Outcome.BUSY, 0, None)

    def test_events_survive_their_way_through_json(self, world):
        using, asked = self.connect(world), request(world)
        self.do(using, using.place(asked, soon()))
        for event in self.told(using, world, asked.reference):
            assert CallEvent.from_json(event.to_json()) == event

    def test_forged_changed_and_old_events_are_refused(self, world):
        using, asked = self.connect(world), request(world, BUSY)
        self.do(using, using.place(asked, soon()))
        headers, body = world.messages(asked.reference)[0]
        now = datetime.now(UTC)
        using.verify(headers, body, now)
        for wrong in [({}, body, now), (headers, body + b" ", now), (headers, body, now + timedelta(hours=1))]:
            with pytest.raises(BadSignature):
                using.verify(*wrong)

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000])
    def test_a_body_of_another_form_is_a_bad_event(self, world, body):
        with pytest.raises(BadEvent):
            self.connect(world).parse(body)

    def test_hanging_up_ends_the_call(self, world):
        using, asked = self.connect(world), request(world)
        if not using.capabilities.hangs_up:
            return

        async def place_and_hang_up() -> bool:
            placed = await using.place(asked, soon())
            return await using.hang_up(placed.provider_call_id)

        assert self.do(using, place_and_hang_up()) == [True]
        assert self.told(using, world, asked.reference)[-1].kind == EventKind.ENDED

    def told(self, using: Provider, world: World, reference: str) -> list[CallEvent]:
        """The events of a call, verified and parsed, by their time."""
        parsed = []
        for headers, body in world.messages(reference):
            using.verify(headers, body, datetime.now(UTC))
            parsed += using.parse(body)
        return sorted(
            {event.key: event for event in parsed}.values(), key=lambda event: (event.at, event.kind == "ended")
        )


async def _refused(*args: Any, **kwargs: Any) -> Any:
    raise ConnectionRefusedError(111, "Connection refused")
