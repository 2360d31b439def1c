"""People who call us, with a real carrier and a real dialer."""

import pytest

from campaigns.models import Call
from tests.flows.world import phones, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]


@pytest.mark.parametrize("lost", [False, True], ids=["heard", "its end lost"])
def test_a_person_who_was_busy_calls_back_and_is_not_called_again(world, lost):
    campaign = world.campaign(max_attempts=3, retry_on=["busy"], retry_delay_minutes=60, completion_timeout_minutes=0)
    [person] = phones(1, "005")
    world.people(campaign, [person])
    world.fork_dialer()
    world.act(campaign, "start")
    until(lambda: world.statuses(campaign) == ["retry"], 20, world.logs)

    call = {"from": person, "to": world.numbers[0].phone_number, "talk_seconds": 100}
    world.simulated.request("POST", "/control/inbound", call)
    inbound = Call.objects.filter(direction="inbound", campaign=campaign)
    until(inbound.exists, 20, world.logs)
    if lost:
        world.simulated.set(lose=1.0)
        until(lambda: world.ledger().inbound[0].ended, 20, world.logs)
        world.pass_time(minutes=6)

    world.until_status(campaign, "completed")
    assert world.statuses(campaign) == ["completed"]
    assert len(world.ledger().rings) == 1
    assert inbound.get().talk_seconds == 100
    world.judged()
