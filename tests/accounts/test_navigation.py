from accounts.navigation import sidebar


def current(path):
    return [link.label for group in sidebar(path) for link in group if link.current]


def test_the_place_one_is_at_is_marked():
    assert current("/numbers/17/edit/") == ["Numbers"]
    assert current("/workspace/tokens/") == ["Workspace"]


def test_a_call_belongs_to_the_conversations():
    assert current("/calls/5/") == ["Conversations"]


def test_nothing_is_marked_elsewhere():
    assert current("/profile/") == []
