from datetime import date, timedelta

import pytest

from telephony import queries
from telephony.models import NumberDay
from tests.factories import NOON, AgentFactory, CarrierFactory, NumberFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def found(workspace, **asked):
    return {number.label for number in queries.numbers(workspace, NOON, **asked)}


def test_numbers_are_found_by_digits_as_people_write_them_and_by_label(workspace):
    NumberFactory(workspace=workspace, phone_number="+4930901820", label="Berlin")
    NumberFactory(workspace=workspace, phone_number="+12125550100", label="New York")
    assert found(workspace, search="(030) 90-18"[2:]) == {"Berlin"}
    assert found(workspace, search="york") == {"New York"}
    assert found(workspace, search="nothing") == set()


def test_numbers_are_filtered_by_carrier_direction_and_spam(workspace):
    carrier = CarrierFactory(workspace=workspace)
    NumberFactory(workspace=workspace, carrier=carrier, label="a", direction="both", spam_score=4)
    NumberFactory(workspace=workspace, label="b", direction="inbound", spam_score=5)
    NumberFactory(workspace=workspace, label="c", spam_score=7)
    assert found(workspace, carrier=str(carrier.pk)) == {"a"}
    assert found(workspace, direction="inbound") == {"b"}
    assert [found(workspace, spam=band) for band in ("green", "yellow", "red")] == [{"a"}, {"b"}, {"c"}]
    assert found(workspace, carrier="x", direction="sideways", spam="blue") == {"a", "b", "c"}


def test_calls_today_are_those_of_the_workspaces_own_day():
    workspace = WorkspaceFactory(timezone="Pacific/Auckland")  # already Tuesday when it is Monday noon in UTC
    number = NumberFactory(workspace=workspace)
    NumberDay.objects.create(number=number, day=date(2026, 6, 1), calls=5)
    NumberDay.objects.create(number=number, day=date(2026, 6, 2), calls=3)
    assert queries.numbers(workspace, NOON).get().calls_today == 3


def test_days_without_calls_are_zero():
    number = NumberFactory()
    NumberDay.objects.create(number=number, day=NOON.date() - timedelta(days=2), calls=4)
    assert queries.days_of(number, NOON, days=4) == [
        (date(2026, 5, 29), 0),
        (date(2026, 5, 30), 4),
        (date(2026, 5, 31), 0),
        (date(2026, 6, 1), 0),
    ]


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({}, "Active"),
        ({"enabled": False}, "Disabled"),
        ({"disabled_at": NOON, "disabled_reason": "The token was refused."}, "Switched off"),
        ({"rest_until": NOON + timedelta(seconds=1)}, "Resting"),
        ({"rest_until": NOON}, "Active"),
    ],
)
def test_how_a_carrier_is(changed, word):
    assert queries.carrier_state(CarrierFactory.build(workspace=None, **changed), NOON).word == word


def test_nothing_of_another_workspace_is_shown(workspace):
    for factory in (AgentFactory, CarrierFactory, NumberFactory):
        factory()
    assert [queries.agents(workspace).count(), queries.carriers(workspace).count()] == [0, 0]
    assert queries.numbers(workspace, NOON).count() == 0
