"""Whatever becomes of a file on its way: it is read, or refused with a sentence, and its counts add up."""

import io
import json
import random

import pytest

from contacts.importing import formats
from contacts.importing.detection import BadFile
from contacts.importing.tally import Tally
from contacts.models import Upload
from tests.contacts.importing import made
from tests.contacts.importing.test_staging import SAMPLE

SEED = 4
NASTY = (
    *(b"\0", b'"', b"'", b",", b";", b"\t", b"\r", b"\n", b"\r\n", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\x8f", b"\\"),
    *(b"[", b"{", b"}", b"]", b"PK\x03\x04", b"<v>", b"&", b"=", b"+", b"1e999", b"NaN", b"\\ud800", b"\x1f", b"00"),
)


def originals() -> list[bytes]:
    lines = SAMPLE.read_text().splitlines()[:25]
    table = [line.split(",") for line in lines if '"' not in line]
    entries = [dict(zip(table[0], row, strict=False)) for row in table[1:]]
    book = made.excel(table)
    texts = [("\n".join(lines)).encode(code) for code in ("utf-8", "utf-16")]
    return [*texts, json.dumps(entries).encode(), json.dumps({"contacts": entries}).encode(), book]


def mutated(content: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.randint(1, 6)):
        at, until = sorted(dice.randrange(len(content) + 1) for _ in range(2))
        until = min(until, at + dice.choice([0, 1, 2, 30, 500]))
        put = dice.choice([dice.choice(NASTY), dice.randbytes(dice.randint(1, 4)), content[at:until] * 2, b""])
        content = content[:at] + put + content[until:]
    return content


def mutated_book(content: bytes, dice: random.Random) -> bytes:
    """A workbook whose archive is whole, but not what is in it."""
    part = dice.choice(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
    return made.changed(content, part, mutated(made.part_of(content, part), dice))


def outcome(content: bytes) -> str:
    """Reads as staging does, without a database; what became of it. Raises nothing but what is no answer."""
    upload, ready = Upload(default_country="US", workspace_id=0), io.BytesIO()
    file = io.BytesIO(content)
    try:
        fmt = formats.detect(file)
        tally = Quiet(upload, fmt, ready)
        rows = formats.rows(file, fmt)
        tally.begin(rows)
        for row in rows:
            tally.take(row)
        found = tally.result()
    except BadFile as problem:
        assert problem.sentence and "\n" not in problem.sentence[:40]
        return "refused"
    lines = [json.loads(line) for line in ready.getvalue().splitlines()]
    people = sum(len(line) == 10 for line in lines)
    assert (len(lines), people) == (found["rows"], found["valid_rows"])
    assert len({line[0] for line in lines}) == len(lines), "each row has a line of its own"
    assert found["duplicate_rows"] == sum(len(line) == 4 and line[1] == "duplicate" for line in lines)
    return "read"


class Quiet(Tally):
    """Asks no suppression list."""

    def _write(self) -> None:
        self.cells = {}
        super()._write()


def outcomes(count: int) -> set[str]:
    dice, files = random.Random(SEED), originals()
    assert {outcome(content) for content in files} == {"read"}
    found = set()
    for _ in range(count):
        content = dice.choice(files)
        change = mutated_book if content.startswith(b"PK") and dice.random() < 0.8 else mutated
        found.add(outcome(change(content, dice)))
    return found


def test_mutated_files_are_read_or_refused_with_a_sentence() -> None:
    assert outcomes(300) == {"read", "refused"}


@pytest.mark.load
@pytest.mark.once
def test_ten_thousand_mutated_files_are_read_or_refused_with_a_sentence() -> None:
    assert outcomes(10_000) == {"read", "refused"}
