"""What every provider is: the plain values that go in, the plain answers that come out, and the facts it declares."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from telephony.errors import BadSettings
from telephony.events import CallEvent


@dataclass(frozen=True, slots=True)
class PlaceRequest:
    reference: str  # our uuid of the call; also the idempotency key
    to_number: str
    from_number: str
    agent_id: str
    ring_timeout_seconds: int
    amd_mode: str  # off, text, ml
    variables: dict[str, Any]
    events_url: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placed:
    provider_call_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly not placed. Because of the number: the call ends with `outcome`. Because of the carrier: it rests.

    `permanent`: trying again the same way cannot help (wrong credentials, a number that does not exist).
    """

    because: Literal["number", "carrier"]
    reason: str
    outcome: str = ""
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class NotSent:
    """The deadline had passed before a whole request was written: the carrier cannot have placed it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may have reached the carrier, and nobody said what came of it: look it up, never ring again."""

    reason: str


Answer = Placed | Refused | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class Found:
    """The carrier knows the call; `events` are all it can tell of it, in order."""

    provider_call_id: str
    events: tuple[CallEvent, ...]


@dataclass(frozen=True, slots=True)
class NeverReceived:
    """The carrier says it never had this call. Believed only from providers whose `lookup` is "by_reference"."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    reason: str


LookUp = Found | NeverReceived | NoAnswer


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of a carrier's form. A secret one is stored encrypted and never shown again."""

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    default: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Facts that callers may ask; none of them asks for a provider's name."""

    lookup: Literal["by_reference", "by_id", "none"]
    settings: tuple[SettingField, ...]
    hangs_up: bool = True
    takes_inbound: bool = False

    @property
    def secret_fields(self) -> frozenset[str]:
        return frozenset(setting.name for setting in self.settings if setting.secret)


class Provider(ABC):
    """One carrier account. Built from plain values: its settings and secrets in one mapping.

    The coroutines never raise for what a carrier does; an exception out of them is a bug of the adapter.
    `verify` and `parse` touch no network and may be called from any thread.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    capabilities: ClassVar[Capabilities]

    def __init__(self, values: Mapping[str, str]):
        """Raises BadSettings."""
        self.values = self.clean(values)

    @classmethod
    def clean(cls, values: Mapping[str, str]) -> dict[str, str]:
        """The values trimmed, with defaults. Raises BadSettings with a sentence per field that does not fit."""
        cleaned = {s.name: str(values.get(s.name) or s.default).strip() for s in cls.capabilities.settings}
        wrong = {
            setting.name: f"{setting.label} is missing."
            for setting in cls.capabilities.settings
            if setting.required and not cleaned[setting.name]
        }
        wrong |= {name: why for name, why in cls.check(cleaned).items() if name not in wrong}
        if wrong:
            raise BadSettings(wrong)
        return cleaned

    @classmethod
    def check(cls, values: dict[str, str]) -> dict[str, str]:
        """The provider's own rules: a sentence per field that breaks one. Empty values are looked at elsewhere."""
        return {}

    @abstractmethod
    async def place(self, request: PlaceRequest, not_after: float) -> Answer:
        """Asks for one call. Writes nothing once time.monotonic() is past `not_after`."""

    @abstractmethod
    async def hang_up(self, provider_call_id: str) -> bool:
        """True when the carrier says that the call is over or will be."""

    @abstractmethod
    async def look_up(self, reference: str, provider_call_id: str) -> LookUp:
        """What the carrier knows of a call; `provider_call_id` may be empty."""

    @abstractmethod
    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Header names are in lower case. Raises BadSignature."""

    @abstractmethod
    def parse(self, body: bytes) -> list[CallEvent]:
        """The events in a verified body; none for a kind we have no use for. Raises BadEvent."""

    async def aclose(self) -> None:  # noqa: B027 - a provider without connections has nothing to close
        """Closes its connections."""


def web_address(text: str) -> str:
    """A sentence saying why `text` cannot be a carrier's address, or an empty string. People type these."""
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return "This is not a web address."
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_fits:
        return "Give an address that begins with http:// or https://."
    if parts.username or parts.password:
        return "Leave name and password out of the address."
    if parts.query or parts.fragment or any(c.isspace() or ord(c) < 32 for c in text):
        return "Give the address without spaces, “?” or “#”."
    return ""
