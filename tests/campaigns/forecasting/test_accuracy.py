"""A forecast of rows is what the dialer then does with these rows, call by call, when calls bring the same."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from campaigns import cloning, forecasting
from campaigns.dialing.trace import Trace
from campaigns.forecasting import DEFAULTS, assumptions, making
from campaigns.forecasting.foresight import Foresight
from campaigns.forecasting.reading import read
from campaigns.models import Call, Campaign, CampaignContact
from tests.flows.scenario_rows import Player

START = datetime(2026, 3, 2, 6, tzinfo=UTC)  # a Monday
OUTCOMES = ["human", "machine", "no_answer", "busy", "rnr", "error"]


def scenario(seed: int, **fields) -> dict:
    dice = Random(seed)
    return {
        "clock": {"start": _at(START), "until": _at(START + timedelta(days=9))},
        "workspace": {"timezone": "UTC"},
        "agents": [{"ref": "a1"}],
        "carriers": [{"ref": "c1", "max_cps": dice.choice([0.5, 2]), "max_channels": 4}],
        "numbers": [{"ref": f"n{n}", "number": f"+1212555{n:04d}", "carrier": "c1"} for n in range(2)],
        "campaigns": [
            {
                "ref": "k1",
                "agent": "a1",
                "mode": "multi_day",
                "window": {"start": "09:00", "end": "10:00", "timezone": "UTC"},
                "numbers": [{"ref": "n0"}, {"ref": "n1", "weight": 3}],
                "rotation_strategy": dice.choice(["round_robin", "weighted", "least_used_today"]),
                "concurrency_limit": 3,
                "max_calls_per_number_per_day": 6,
                "retry_on": ["no_answer", "busy", "rnr", "machine"],
                "contacts": [
                    {
                        "phone_number": f"+1212666{n:04d}",
                        "outcomes": [
                            {"outcome": dice.choice(OUTCOMES), "ring_seconds": 10, "talk_seconds": dice.randint(1, 90)}
                            for _ in range(3)
                        ],
                    }
                    for n in range(14)
                ],
                **fields,
            }
        ],
        "actions": [{"at": _at(START), "campaign": "k1", "action": "start"}],
    }


def families(seed: int) -> dict:
    """Four families of three, and two people by themselves; half of the primaries are not reached."""
    data = scenario(seed, secondary_contacts="after_primary", max_attempts=2)
    people = data["campaigns"][0]["contacts"]
    for place, person in enumerate(people[:12]):
        if place >= 4:
            person["primary"] = people[place % 4]["phone_number"]
    return data


def _at(at: datetime) -> str:
    return at.isoformat()


class Scripted(Foresight):
    """Keeps every launch."""

    launches: list

    def _launch(self, launch):
        super()._launch(launch)
        self.launches.append((launch.at, launch.person.phone_number, self.memory.phones[launch.number]))


def foretold(player: Player, now: datetime) -> Scripted:
    campaign = Campaign.objects.select_related("agent", "workspace").get()
    scripts = {
        pk: player.scripts[campaign.pk, number]
        for pk, number in CampaignContact.objects.values_list("pk", "contact__phone_number")
    }

    def draw(person, number, attempt, at):
        return scripts[person][min(number, len(scripts[person]) - 1)]

    foresight = Scripted(read(campaign, now, most=1000), draw, making.begins(campaign, now))
    foresight.launches = []
    foresight.run()
    return foresight


def dialed(after: datetime = START) -> list:
    calls = Call.objects.filter(launched_at__gte=after).order_by("launched_at")
    return list(calls.values_list("launched_at", "phone_number", "number__phone_number"))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_a_draft_is_dialed_as_it_was_foretold(seed):
    player = Player(scenario(seed), Trace(lambda line: None))
    forecast = foretold(player, START)
    player.run()
    assert len(forecast.launches) > 14
    assert forecast.launches == dialed()
    ended = Campaign.objects.get().runs.get()
    assert forecast.told.finished == ended.ended_at
    assert sum(forecast.told.calls.values()) == Call.objects.count()


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_the_rest_of_a_running_campaign_is_dialed_as_it_was_foretold(seed):
    player = Player(scenario(seed), Trace(lambda line: None))
    night = START + timedelta(hours=12)
    player.clock.until = night
    player.clock.run()
    before = Call.objects.count()
    forecast = foretold(player, night)
    player.clock.until = START + timedelta(days=9)
    player.clock.run()
    assert before > 4 and forecast.launches
    assert forecast.launches == dialed(after=night)
    assert forecast.told.finished == Campaign.objects.get().runs.get().ended_at


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("hours", [0, 3.25, 12])
def test_families_are_called_as_it_was_foretold(seed, hours):
    player = Player(families(seed), Trace(lambda line: None))
    moment = START + timedelta(hours=hours)
    if hours:
        player.clock.until = moment
        player.clock.run()
    forecast = foretold(player, moment)
    player.clock.until = START + timedelta(days=9)
    player.clock.run()
    assert forecast.launches == dialed(after=moment)
    assert forecast.told.finished == Campaign.objects.get().runs.get().ended_at
    statuses = Counter(CampaignContact.objects.values_list("status", "reason"))
    assert statuses["excluded", "not_needed"]
    assert Counter((contact.status, contact.reason) for contact in forecast.book.contacts) == statuses


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("timeout", [0, 10])
def test_who_is_in_a_call_at_the_moment_of_asking_is_dialed_on_as_it_was_foretold(seed, timeout):
    data = scenario(seed, completion_timeout_minutes=timeout, retry_delay_minutes=5)
    player = Player(data, Trace(lambda line: None))
    moment = START + timedelta(hours=3)
    while not _in_calls({"dialing", "called"} if timeout else {"dialing"}):
        moment += timedelta(seconds=7.3)
        player.clock.until = moment
        player.clock.run()
    forecast = foretold(player, moment)
    player.clock.until = START + timedelta(days=9)
    player.clock.run()
    assert forecast.launches == dialed(after=moment)
    assert forecast.told.finished == Campaign.objects.get().runs.get().ended_at


def _in_calls(wanted: set[str]) -> bool:
    """Whether somebody is in each of these statuses."""
    return wanted <= set(CampaignContact.objects.values_list("status", flat=True))


@pytest.mark.django_db
def test_a_single_day_is_over_as_it_was_foretold():
    player = Player(scenario(1, mode="single_day"), Trace(lambda line: None))
    forecast = foretold(player, START)
    player.run()
    assert forecast.launches == dialed()
    assert forecast.told.reason == "single_day_over"
    waiting = CampaignContact.objects.filter(status__in=["pending", "retry"]).count()
    assert waiting == forecast.book.counts["pending"] + forecast.book.counts["retry"]


class Untold(Player):
    """Keeps no trace of people, which would read the whole list after each step."""

    def _changed(self):
        pass

    def _remember(self):
        pass


@pytest.mark.django_db
def test_calls_of_an_earlier_campaign_say_by_attempt_what_the_next_one_brings():
    """Nobody was reached at the first attempt, everybody at the second, for 40 seconds each."""
    data = scenario(0, mode="multi_day", concurrency_limit=30, max_calls_per_number_per_day=1000)
    data["carriers"][0] |= {"max_cps": 5, "max_channels": 30}
    data["campaigns"][0]["contacts"] = [
        {
            "phone_number": f"+1212666{n:04d}",
            "outcomes": [
                {"outcome": "no_answer", "ring_seconds": 10, "talk_seconds": 0},
                {"outcome": "human", "ring_seconds": 10, "talk_seconds": 40},
            ],
        }
        for n in range(100)
    ]
    player = Untold(data, Trace(lambda line: None))
    player.run()
    first = Campaign.objects.select_related("agent", "workspace").get()
    assert Call.objects.count() == 200
    following = cloning.clone(first, actor=None, with_contacts=True, now=player.clock.now)
    result = forecasting.compute(following, player.clock.now, DEFAULTS)
    assert result["own_calls"] == {"calls": 200, "used": True, "needed": 200}
    assert (result["calls"], result["conversations"]) == (200, 100)
    assert 20 * 100 < result["talk_seconds"] < 60 * 100  # each between a half and one and a half of the 40
    assumed = forecasting.compute(following, player.clock.now, assumptions.read({"own_calls": False}))
    assert assumed["conversations"] != 100
