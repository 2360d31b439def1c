"""Rows of a JSON file: a list of objects, or an object with such a list inside. Read piece by piece, never as a whole.

A value may be nested: it becomes its JSON text. The columns are all names that occur in any of the objects; those
inside `variables`, as our API writes them, are columns of their own: one that is called like something beside them,
such as `name`, is the column “variables.name”, which the mapping reads as the variable `name`.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from contacts.importing.detection import BadFile, Format
from contacts.importing.exported import variable_key
from contacts.importing.reader import Row

CHUNK_BYTES = 1 << 18
MAX_ENTRY = 1_000_000  # characters
MAX_DECODED = 8_000_000  # where the end of an entry is looked for no longer
SHOWN_OF_A_LONG_ENTRY = 1_000
MAX_NAMES = 1_000  # columns; far fewer are read, which the mapping says in its own words
TEXT_LISTS = ("tags", "tag", "labels")
NO_LIST = "The JSON holds no list of objects. It has to be a list, such as [{…}, …], or an object with one list inside."
TWO_LISTS = "The JSON holds more than one list of objects. Upload the list of contacts by itself."
NOT_AN_OBJECT = "This entry is no object with names and values."
TOO_LONG = "Entry {entry} is longer than a million characters: this is not a list of contacts."
LONG_ENTRY = "The entry cannot be read: it is longer than a million characters."
BROKEN = "The JSON is broken after {after}. Export the list again, and upload that."
BLANK = re.compile(r"[ \t\r\n\ufeff]*")
# What neither a database nor UTF-8 can hold.
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class _Written(float):
    """A number with a point, which keeps how it was written: 12.50 is an amount. 9.19e11 is a whole number."""

    text: str

    def __new__(cls, text: str) -> "_Written":
        made = super().__new__(cls, text)
        made.text = str(int(made)) if made.is_integer() and abs(made) < 1e18 else text
        return made


class _Long(str):
    """The beginning of an entry that is too long for a person, in place of the entry."""


def _whole(text: str) -> int | str:
    return int(text) if len(text) < 100 else text


_decoder = json.JSONDecoder(parse_int=_whole, parse_float=_Written, parse_constant=str)


class _Text:
    """The file's text from `at` on: read on when more is needed, dropped when it is done."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        file.seek(0)
        self.file, self.decoder = file, codecs.getincrementaldecoder(encoding)()
        self.buffer, self.at, self.ended, self.entries = "", 0, False, 0

    def more(self) -> bool:
        """Whether there was more."""
        if self.ended:
            return False
        data = self.file.read(CHUNK_BYTES)
        self.ended = not data
        self.buffer, self.at = self.buffer[self.at :] + self.decoder.decode(data, final=self.ended), 0
        return not self.ended

    def peek(self) -> str:
        """The next character that is not blank, "" at the end."""
        while True:
            found = BLANK.match(self.buffer, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if not self.more():
                return ""

    def take(self, wanted: str) -> str:
        """The next character, which has to be one of these."""
        found = self.peek()
        if not found or found not in wanted:
            raise self.broken()
        self.at += 1
        return found

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            begin = self.at
            try:
                value, end = _decoder.raw_decode(self.buffer, begin)
                if end == len(self.buffer) and self.more():
                    continue  # a number may be cut here
                self.at += end - begin
                long = end - begin > MAX_ENTRY
                return _Long(self.buffer[begin : begin + SHOWN_OF_A_LONG_ENTRY]) if long else value
            except ValueError:
                if len(self.buffer) - self.at > MAX_DECODED:
                    raise BadFile(TOO_LONG.format(entry=self.entries + 1)) from None
                if not self.more():
                    raise self.broken() from None
            except RecursionError:
                raise self.broken() from None

    def broken(self) -> BadFile:
        return BadFile(BROKEN.format(after=f"entry {self.entries}" if self.entries else "its beginning"))


def rows(file: BinaryIO, fmt: Format, columns: list[str] | None = None) -> Iterator[Row]:
    """The names first, then every entry, numbered from 1. `columns`: the names, where they are known already."""
    names = columns if columns is not None else _names(file, fmt)
    yield Row(0, [UNWRITABLE.sub("", name) for name in names])
    for number, entry in enumerate(_entries(file, fmt), start=1):
        if isinstance(entry, dict):
            flat = _flat(entry)
            row = Row(number, [_cell(name, flat[name]) if name in flat else "" for name in names])
            if any(row.cells):
                yield row
        else:
            problem = LONG_ENTRY if isinstance(entry, _Long) else NOT_AN_OBJECT
            yield Row(number, [_cell("", entry)[:SHOWN_OF_A_LONG_ENTRY]], problem)


def _names(file: BinaryIO, fmt: Format) -> list[str]:
    names: dict[str, None] = {}
    entry: Any = None
    long = 0
    for number, entry in enumerate(_entries(file, fmt), start=1):
        long = long or (number if isinstance(entry, _Long) else 0)
        if isinstance(entry, dict):
            names.update(dict.fromkeys(_flat(entry)))
            if len(names) > MAX_NAMES:
                raise BadFile(f"The entries have more than {MAX_NAMES:,} different names. Up to 200 can be read.")
    if entry is not None and not names:
        raise BadFile(TOO_LONG.format(entry=long) if long else NO_LIST)
    return list(names)


def _entries(file: BinaryIO, fmt: Format) -> Iterator[Any]:
    text = _Text(file, fmt.encoding)
    if text.peek() == "[":
        yield from _list(text)
    elif text.peek() == "{":
        yield from _inside(text)
    else:
        raise BadFile(NO_LIST)
    if text.peek():
        raise text.broken()


def _list(text: _Text) -> Iterator[Any]:
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    while True:
        value = text.value()
        text.entries += 1
        yield value
        if text.take(",]") == "]":
            return


def _inside(text: _Text) -> Iterator[Any]:
    """The entries of the one list of objects in an object; what stands beside it says nothing of people."""
    found = False
    text.take("{")
    while text.peek() != "}":
        if text.peek() != '"':
            raise text.broken()
        text.value()
        text.take(":")
        if text.peek() == "[" and _begins_with_an_object(text):
            if found:
                raise BadFile(TWO_LISTS)
            found = True
            yield from _list(text)
        else:
            text.value()
        if text.take(",}") == "}":
            break
    else:
        text.take("}")
    if not found:
        raise BadFile(NO_LIST)


def _begins_with_an_object(text: _Text) -> bool:
    text.take("[")
    is_object = text.peek() == "{"
    # Blanks between the two do not count.
    text.buffer, text.at = "[" + text.buffer[text.at :], 0
    return is_object


def _flat(entry: dict[str, Any]) -> dict[str, Any]:
    inner = entry.get("variables")
    if isinstance(inner, dict):
        outer = {name: value for name, value in entry.items() if name != "variables"}
        return {**outer, **{variable_key(name, outer): value for name, value in inner.items()}}
    return entry


def variables(text: str) -> dict[str, str]:
    """The members of a JSON object, each as the text that a column of its own would hold, without those that say
    nothing. Raises ValueError for any other text."""
    try:
        found = _decoder.decode(text)
    except RecursionError:
        raise ValueError from None
    if not isinstance(found, dict):
        raise ValueError
    texts = ((UNWRITABLE.sub("", name), _cell("", value).strip()) for name, value in found.items())
    return {name: text for name, text in texts if text}


def _cell(name: str, value: Any) -> str:
    if isinstance(value, str):
        text = value
    elif value is None:
        return ""
    elif isinstance(value, bool):
        return "true" if value else "false"
    elif isinstance(value, int):
        return str(value)
    elif isinstance(value, _Written):
        return value.text
    elif name.lower() in TEXT_LISTS and isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = ";".join(value)
    else:
        text = json.dumps(value, ensure_ascii=False) if value else ""
    return UNWRITABLE.sub("", text)
