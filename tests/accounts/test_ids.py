from accounts import ids


def test_whatever_else_was_sent_is_no_id():
    sent = ["7", "", "x", "-1", "1.5", "٣", "²", " 8", "9" * 18, "9" * 19, "9" * 5_000, "0012"]
    assert ids.several(sent) == [7, int("9" * 18), 12]
    assert (ids.one("7"), ids.one("seven")) == (7, None)
