"""Reading a body that a carrier sent, so that whatever is in it can be stored in either database."""

import json
import math
from typing import Any

from telephony.errors import BadEvent


def read_json(body: bytes) -> Any:
    """The body's value, storable as it is. Raises BadEvent."""
    try:
        value = json.loads(body, parse_float=_finite, parse_constant=_refuse)
        return value if _plain(body) else storable(value)
    except (ValueError, RecursionError) as error:
        raise BadEvent("The body is not JSON.") from error


def storable(value: Any) -> Any:
    """Without what PostgreSQL's JSON and text refuse: zero bytes, halves of surrogate pairs, infinite numbers."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {text(key): storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [storable(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def text(value: str) -> str:
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _plain(body: bytes) -> bool:
    """Nothing to look for: ASCII without an escape cannot spell it. (Zero bytes: JSON may come in UTF-16, too.)"""
    return body.isascii() and b"\\u" not in body and b"\0" not in body


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
