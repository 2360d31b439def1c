import math

import pytest

from accounts.json_values import LETTERS, NUMBERS, refusal


@pytest.mark.parametrize("value", [{}, {"a": [1, 2.5, None, True, "ä\U0001f600", {"b": ""}]}, [], "", r"\u0000"])
def test_what_every_database_keeps(value):
    assert refusal(value) == ""


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"a": "b\0"}, LETTERS),
        ({"a\0": 1}, LETTERS),
        ({"a": [{"b": "\ud83d"}]}, LETTERS),
        ({"a": math.nan}, NUMBERS),
        ({"a": [-math.inf]}, NUMBERS),
    ],
)
def test_what_none_keeps_is_refused_wherever_it_stands(value, sentence):
    assert refusal(value) == sentence
