"""How many rows a piece has: on SQLite as many as others can wait for."""

from contacts.importing.pace import FEWEST, HELD, Pace


def gentle(most: int = 2_000) -> Pace:
    pace = Pace(10_000, most)
    pace.gentle, pace.most, pace.rows = True, most, most
    return pace


def test_a_piece_that_held_the_database_for_too_long_makes_the_next_one_smaller() -> None:
    pace = gentle()
    pace.note(2_000, HELD * 4)
    assert pace.rows == 500
    pace.note(500, HELD * 100)
    assert pace.rows == FEWEST, "and never none"


def test_pieces_grow_again_by_and_by_and_never_beyond_the_most() -> None:
    pace, sizes = gentle(), []
    pace.note(2_000, HELD * 2)
    for _ in range(4):
        pace.note(pace.rows, 0.0)
        sizes.append(pace.rows)
    assert sizes == [1_300, 1_690, 2_000, 2_000]


def test_the_last_piece_of_a_file_which_is_short_says_nothing_of_the_next() -> None:
    pace = gentle()
    pace.note(3, HELD * 4)
    assert pace.rows == 2_000


def test_postgresql_takes_as_many_as_it_was_told() -> None:
    pace = Pace(10_000, 2_000)
    pace.gentle, pace.rows = False, 10_000
    pace.note(10_000, 60.0)
    assert pace.rows == 10_000
