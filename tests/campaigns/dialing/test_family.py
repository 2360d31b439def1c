"""Secondary contacts: who of a family is next, who waits, who need not be called any more."""

import pytest

from campaigns.dialing.family import Member, Turn, turn


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
