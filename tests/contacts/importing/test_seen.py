import random

from contacts.importing.seen import Seen


def test_each_number_keeps_its_first_line_however_many_there_are() -> None:
    dice = random.Random(1)
    numbers = [dice.choice([12_120_000_000, 4_930_000_000_000]) + dice.randrange(20_000) for _ in range(40_000)]
    seen, known = Seen(), {}
    for line, number in enumerate(numbers, start=2):
        assert seen.first(number, line) == known.setdefault(number, line)
    assert len(seen) == len(known) > 10_000
