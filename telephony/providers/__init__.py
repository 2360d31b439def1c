"""The registry: a new provider is a folder beside this file and one line here (docs/adding-a-provider.md)."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from telephony.errors import UnknownProvider

if TYPE_CHECKING:
    from telephony.providers.base import Provider

REGISTERED = {
    "http": "telephony.providers.http.provider.HttpProvider",
}


@cache
def provider(name: str) -> "type[Provider]":
    """The provider's class. Raises UnknownProvider."""
    if name not in REGISTERED:
        raise UnknownProvider(f"There is no provider called “{name}”.")
    module, _, classname = REGISTERED[name].rpartition(".")
    return getattr(import_module(module), classname)


def choices() -> list[tuple[str, str]]:
    """(name, label) of every provider, for forms."""
    return [(name, provider(name).label) for name in REGISTERED]
