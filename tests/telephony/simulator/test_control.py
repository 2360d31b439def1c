from random import Random

import pytest

from telephony.simulator.control import BadControl, Control


def test_changes_are_taken_and_shown():
    control = Control()
    control.update({"speed": 20, "double": 0.5, "lookup": "forgetful", "next": ["hang", ""], "rates": {"busy": 1}})
    shown = control.to_json()
    assert (shown["speed"], shown["double"], shown["lookup"], shown["next"]) == (20.0, 0.5, "forgetful", ["hang", ""])
    assert (shown["rates"]["busy"], shown["rates"]["human"]) == (1.0, 0.4)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"spedd": 1}, "There is no setting “spedd”."),
        ({"speed": 0}, "“speed” is a number from 0.01 to 10000."),
        ({"hang": 2}, "“hang” is a number from 0 to 1."),
        ({"hang": True}, "“hang” is a number from 0 to 1."),
        ({"fail_status": 200}, "“fail_status” is a number from 500 to 599."),
        ({"promise": 1}, "“promise” is true or false."),
        ({"lookup": "slow"}, "“lookup” is one of: works, forgetful, unavailable."),
        ({"fixed": "first"}, "“fixed” is one of: marked, last, off."),
        ({"rates": {"busy": -1}}, "The weights in “rates” are numbers from 0."),
    ],
)
def test_a_change_that_does_not_fit_changes_nothing(change, sentence):
    control = Control()
    with pytest.raises(BadControl) as wrong:
        control.update({"late": 1, **change})
    assert str(wrong.value) == sentence
    assert control == Control()


@pytest.mark.parametrize("change", [{"next": "hang"}, {"next": ["explode"]}, {"rates": {"alien": 1}}, {"endings": []}])
def test_unknown_words_are_refused(change):
    with pytest.raises(BadControl):
        Control().update(change)


def test_faults_asked_for_come_first_and_one_by_one():
    control = Control()
    control.update({"next": ["cut", ""], "rate_limited": 1})
    assert [control.draw(Random(1)) for _ in range(3)] == ["cut", "", "rate_limited"]


def test_a_share_is_about_a_share():
    control, rng = Control(slow=0.3), Random(1)
    assert 250 < sum(control.draw(rng) == "slow" for _ in range(1000)) < 350
