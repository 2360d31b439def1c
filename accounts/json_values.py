"""JSON as it comes from people and programs, and what of it no database keeps."""

import math
from collections.abc import Iterator

LETTERS = "It holds a character that cannot be kept: a NUL, or half of one. Leave it out."
NUMBERS = "It holds a number that is none: NaN, or an infinite one. Leave it out."


def refusal(value: object) -> str:
    """Why PostgreSQL would not keep this value, names of its members included, as one sentence; "" where it would."""
    for one in _plain_values(value):
        if isinstance(one, str) and ("\0" in one or _is_half(one)):
            return LETTERS
        if isinstance(one, float) and not math.isfinite(one):
            return NUMBERS
    return ""


def is_broken(value: object) -> bool:
    """Whether a text in it is none in any encoding: it holds half of a character."""
    return any(isinstance(one, str) and _is_half(one) for one in _plain_values(value))


def _plain_values(value: object) -> Iterator[object]:
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += [*one, *one.values()]
        elif isinstance(one, list):
            rest += one
        else:
            yield one


def _is_half(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
