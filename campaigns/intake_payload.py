"""What a form builder or another system sends: bytes become values that can be kept, with names for the places. Pure.

A place is written as dotted words: “data.answers.0.phone”.
"""

import json
import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

MAX_BYTES = 256 * 1024
MAX_PEOPLE = 100
MAX_DEPTH = 20
MAX_PLACES = 200
FORM = "application/x-www-form-urlencoded"


class BadPayload(ValueError):
    """The request cannot be read at all. Its text is one sentence for people."""


def read_json(body: bytes) -> Any:
    """An object, or a list of up to a hundred objects. Raises BadPayload."""
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise BadPayload("The JSON is nested too deeply.") from None
    except ValueError:  # bytes that are no text, text that is no JSON, numbers that no database holds
        raise BadPayload("This is not JSON. Send an object with the fields of a person.") from None
    people = value if isinstance(value, list) else [value]
    if not people or not all(isinstance(one, dict) for one in people):
        raise BadPayload("Send a JSON object with the fields of a person, or a list of such objects.")
    if len(people) > MAX_PEOPLE:
        raise BadPayload(f"Send at most {MAX_PEOPLE} people at once.")
    return clean(value)


def read_form(body: bytes) -> dict[str, Any]:
    """The fields of a form; one that is there several times is a list. Raises BadPayload."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_PLACES, errors="strict")
    except ValueError:
        raise BadPayload(f"This is not a form of up to {MAX_PLACES} fields.") from None
    fields: dict[str, list[str]] = {}
    for name, text in pairs:
        fields.setdefault(name, []).append(text)
    if not fields:
        raise BadPayload("The request holds no field.")
    cleaned: dict[str, Any] = clean({name: texts[0] if len(texts) == 1 else texts for name, texts in fields.items()})
    return cleaned


def clean(value: Any, depth: int = 0) -> Any:
    """The same value as a database can keep it: without NUL and half characters. Raises BadPayload."""
    if depth > MAX_DEPTH:
        raise BadPayload(f"The JSON is nested more than {MAX_DEPTH} deep.")
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {clean(name): clean(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return [clean(one, depth + 1) for one in value]
    return value


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def places(value: Any) -> list[tuple[str, Any]]:
    """Every place that holds something plain, with what it holds, in order; the first MAX_PLACES."""
    found = []
    for place in _walk(value, ""):
        found.append(place)
        if len(found) == MAX_PLACES:
            break
    return found


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        parts: Any = value.items()
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        parts = enumerate(value)
    else:
        yield path, value  # a list of plain values is one place: tags
        return
    for name, one in parts:
        yield from _walk(one, f"{path}.{name}" if path else str(name))


def at(value: Any, path: str) -> Any:
    """What is at this place; None where there is none. A name may hold dots itself: the longest that fits is taken."""
    words = path.split(".")
    while words:
        if isinstance(value, list) and words[0].isdecimal():
            index = int(words.pop(0)[:6])
            value = value[index] if index < len(value) else None
            continue
        if not isinstance(value, dict):
            return None
        for count in range(len(words), 0, -1):
            name = ".".join(words[:count])
            if name in value:
                value, words = value[name], words[count:]
                break
        else:
            return None
    return value
