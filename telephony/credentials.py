"""Carrier secrets at rest: one encrypted text per carrier, readable only with the installation's keys.

`lock` uses the first of settings.CREDENTIAL_KEYS, `unlock` tries all of them, so keys are turned over by putting a new
one in front (`python -m config.secret_file` makes one). Without any key, one is derived from SECRET_KEY.
"""

import base64
import json
from collections.abc import Mapping
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from telephony.errors import TelephonyError


class Locked(TelephonyError):
    """The text was encrypted with a key that this installation does not have (any more)."""


def lock(secrets: Mapping[str, str]) -> str:
    """The secrets as one encrypted text; "" for none."""
    if not secrets:
        return ""
    return _box(*_keys()).encrypt(json.dumps(dict(secrets), sort_keys=True).encode()).decode()


def unlock(text: str) -> dict[str, str]:
    """What `lock` was given. Raises Locked. Never log or show it."""
    if not text:
        return {}
    try:
        return json.loads(_box(*_keys()).decrypt(text.encode()))
    except InvalidToken:
        raise Locked(
            "The carrier's credentials cannot be read with this installation's keys. Enter them again."
        ) from None


def _keys() -> tuple[str, ...]:
    if settings.CREDENTIAL_KEYS:
        return tuple(settings.CREDENTIAL_KEYS)
    return tuple(derived_key(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def derived_key(secret: str) -> str:
    """A Fernet key for an installation that has only a SECRET_KEY; the same one every time (HKDF, RFC 5869)."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"outdial carrier credentials")
    return base64.urlsafe_b64encode(derivation.derive(secret.encode())).decode()


@lru_cache(maxsize=8)
def _box(*keys: str) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
