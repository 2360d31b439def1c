"""What a seed decides: kill times, victims and faults, spread over the whole run."""

from itertools import chain

from tests.flows import kill_plan


def test_a_seed_repeats_kill_times_victims_and_faults_and_another_seed_does_not():
    assert kill_plan.draw(2_000, 40, 7) == kill_plan.draw(2_000, 40, 7)
    assert kill_plan.draw(2_000, 40, 7) != kill_plan.draw(2_000, 40, 8)


def test_every_fortieth_of_the_calls_has_its_kill_and_sometimes_both_dialers_die():
    plan = kill_plan.draw(2_000, 40, 7)

    assert [blow.calls // 50 for blow in plan.blows] == list(range(40))
    assert {blow.slots for blow in plan.blows} == {(0,), (1,), (0, 1)}


def test_the_carrier_fails_in_every_way_and_is_calm_at_the_end():
    weathers = kill_plan.draw(2_000, 40, 7).weathers

    seen = {
        (name, value)
        for weather in weathers
        for name, value in weather.settings.items()
        if value != kill_plan.CALM[name]
    }
    wanted = set(chain.from_iterable(trouble.items() for trouble in kill_plan.TROUBLES))
    assert seen == {(name, value) for name, value in wanted if value != kill_plan.CALM[name]}
    assert weathers[0].calls == 0
    assert (weathers[-1].calls, weathers[-1].settings) == (1_900, kill_plan.CALM)
