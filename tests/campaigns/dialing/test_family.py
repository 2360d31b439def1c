"""Secondary contacts: who of a family is next, who waits, who need not be called any more."""

import pytest

from campaigns.dialing.family import Member, Turn, turn
from tests.campaigns.dialing.scenarios import at, do, lines_of, one, phone, trace


def family(*statuses, achieved=None):
    return [Member(place, status, achieved == place) for place, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["pending", "pending", "pending"], Turn(later=(1, 2))),
        (["dialing", "pending", "pending"], Turn(later=(1, 2))),
        (["retry", "pending"], Turn(later=(1,))),
        (["called", "pending"], Turn(later=(1,))),
        (["failed", "pending", "pending"], Turn(next=1, later=(2,))),
        (["no_conversation", "pending", "pending"], Turn(next=1, later=(2,))),
        (["failed", "retry", "pending"], Turn(later=(2,))),
        (["failed", "failed", "pending"], Turn(next=2)),
        (["failed", "excluded", "pending"], Turn(next=2)),
        (["failed", "failed", "failed"], Turn()),
        (["completed", "pending", "pending"], Turn(not_needed=(1, 2))),
        (["excluded", "pending", "retry"], Turn(not_needed=(1, 2))),
        (["failed", "completed", "pending"], Turn(not_needed=(2,))),
        (["completed", "dialing", "pending"], Turn(not_needed=(2,))),  # who is in a call is asked again afterwards
        (["completed", "failed", "excluded"], Turn()),
        (["pending", "completed", "pending"], Turn(not_needed=(0, 2))),
    ],
)
def test_a_familys_turn(statuses, expected):
    assert turn(family(*statuses)) == expected


def test_the_goal_of_one_member_ends_it_for_the_others():
    assert turn(family("failed", "no_conversation", "pending", achieved=1)) == Turn(not_needed=(2,))


def test_whoever_alone_achieved_the_goal_keeps_the_callback_that_was_promised():
    assert turn(family("failed", "retry", "pending", achieved=1)) == Turn(not_needed=(2,))
    assert turn(family("retry", "pending", achieved=0)) == Turn(not_needed=(1,))
    assert turn(family("completed", "retry", "pending", achieved=1)) == Turn(not_needed=(1, 2))


def test_who_is_set_to_retry_by_hand_is_left_until_the_family_ends_anew():
    first, _, third = family("completed", "retry", "pending")
    by_hand = Member(1, "retry", by_hand=True)
    assert turn([first, by_hand, third], {1}) == turn([first, by_hand, third]) == Turn(not_needed=(2,))
    assert turn([first, by_hand, third], {0}) == Turn(not_needed=(1, 2))
    over = Member(0, "excluded")
    assert turn([over, by_hand, third], {1}) == Turn(not_needed=(2,))
    assert turn([over, by_hand, third], {0}) == Turn(not_needed=(1, 2))
    assert turn([Member(0, "retry", achieved=True, by_hand=True), by_hand], {0, 1}) == Turn()
    assert turn([over, Member(1, "excluded"), by_hand], {1}) == Turn()


def test_each_change_in_a_family_is_told_once():
    """The primary is busy; the first secondary achieves the goal and asks for a callback, which still comes."""
    achieved = {"outcome": "human", "talk_seconds": 60, "primary_goal": "achieved", "callback_at": at(2)}
    again = {"outcome": "human", "talk_seconds": 60}
    people = [
        ["busy"],
        {"outcomes": [achieved, again], "primary": phone(0)},
        {"outcomes": [again], "primary": phone(0)},
        {"outcomes": [again], "primary": phone(0)},
    ]
    lines = trace(one(people, secondary_contacts="after_primary", callback_detection=True))
    told = [(line["contact"], line["status"], line["reason"]) for line in lines_of(lines, "contact")]
    assert told == [
        (phone(0), "failed", "not_retried"),
        (phone(1), "pending", "after_primary"),
        (phone(1), "retry", "callback"),
        (phone(2), "excluded", "not_needed"),
        (phone(3), "excluded", "not_needed"),
        (phone(1), "completed", "goal_achieved"),
    ]


def test_a_family_in_which_nobody_can_ever_be_called_gives_nobody_a_turn():
    """All of them live where it is never open: they fail together, in list order."""
    people = [{"outcomes": [{"outcome": "human"}], **({"primary": phone(0)} if place else {})} for place in range(3)]
    data = one(people, secondary_contacts="after_primary")
    data["workspace"] = {"safe_hours": [{"country": "", "days": {}}]}
    told = [(line["contact"], line["status"], line["reason"]) for line in lines_of(trace(data), "contact")]
    assert told == [(phone(place), "failed", "never_open") for place in range(3)]


def test_an_excluded_secondary_does_not_hold_up_those_behind():
    people = [["busy"], {"primary": phone(0)}, {"outcomes": [{"outcome": "human"}], "primary": phone(0)}]
    out = do("exclude", phone_number=phone(1))
    lines = trace(one(people, [out, do("start")], secondary_contacts="after_primary"))
    assert [line["contact"] for line in lines_of(lines, "launch")] == [phone(0), phone(2)]
