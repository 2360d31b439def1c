from datetime import UTC, datetime
from random import Random

import pytest

from telephony.simulator.conversation import DISPOSITIONS, QUESTIONS, WHENS, blocks, callback_time, converse

REQUEST = {
    "metadata": {"campaign": "Spring renewal", "agent": "Mia", "timezone": "Europe/Berlin"},
    "variables": {"first_name": "Ana", "company": "Acme", "due_amount": "860.00"},
}
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ENDINGS = sorted(DISPOSITIONS)


def talk(ending, seed=1, request=REQUEST):
    return converse(ending, request, Random(seed))


def said(ending, seed=1, request=REQUEST, cut=False, quiet=False, seconds=None):
    made = talk(ending, seed, request)
    zone = request.get("metadata", {}).get("timezone", "")
    return made.to_json(made.talk_seconds if seconds is None else seconds, NOW, zone, cut, quiet)


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_has_a_dozen_shapes(ending):
    assert len({str(lines) for _, lines in blocks(ending)}) >= 12


@pytest.mark.parametrize("ending", ENDINGS)
def test_turns_follow_each_other_and_fill_the_talk_time(ending):
    for seed in range(60):
        made = talk(ending, seed)
        times = [at for _, _, at in made.turns]
        assert times == sorted(set(times))
        assert times[-1] < made.talk_seconds <= times[-1] + 20
        assert all(text and "{" not in text for _, text, _ in made.turns)


@pytest.mark.parametrize("ending", ENDINGS)
def test_without_name_company_and_variables_no_gap_is_left_in_the_text(ending):
    for seed in range(60):
        for _, text, _ in talk(ending, seed, {}).turns:
            assert "{" not in text
            assert "  " not in text


def test_the_campaigns_own_words_are_spoken():
    spoken = " ".join(text for seed in range(60) for _, text, _ in talk("success", seed).turns)
    assert [word for word in ("Spring renewal", "Mia", "Ana", "Acme", "due amount: 860.00") if word not in spoken] == []


def test_conversations_differ_and_the_same_seed_repeats_one():
    assert talk("success", 3) == talk("success", 3)
    assert len({talk("success", seed).turns for seed in range(50)}) > 40


@pytest.mark.parametrize(
    ("ending", "facts"),
    [
        ("success", (True, False, False, True)),
        ("not_interested", (False, False, False, True)),
        ("callback", (False, False, True, True)),
        ("do_not_call", (False, True, False, True)),
        ("wrong_person", (False, False, False, True)),
        ("hangs_up", (False, False, False, True)),
        ("silence", (False, False, False, False)),
        ("voicemail", (None, False, False, False)),
    ],
)
def test_what_the_platform_says_fits_the_ending(ending, facts):
    told = said(ending)
    assert (told["success"], told["do_not_call"], told["callback"] is not None, told["contact_spoke"]) == facts
    assert told["disposition"] == DISPOSITIONS[ending]


def test_a_callback_is_in_the_words_of_the_person():
    for seed in range(30):
        told = said("callback", seed)
        spoken = " ".join(turn["text"] for turn in told["transcript"] if turn["speaker"] == "contact").lower()
        assert told["callback"]["words"] in spoken


def test_a_late_do_not_call_is_not_told_yet():
    told = said("do_not_call", quiet=True)
    assert (told["do_not_call"], told["disposition"]) == (False, "not_interested")


def test_a_conversation_cut_short_ends_where_it_was_cut():
    told = said("success", cut=True, seconds=5)
    assert max(turn["at"] for turn in told["transcript"]) <= 5
    assert (told["success"], told["disposition"]) == (False, "hung_up")


def test_callback_times_are_in_the_contacts_zone():
    times = {words: callback_time(ahead, NOW, "Europe/Berlin") for words, ahead in WHENS}
    assert times["tomorrow morning"].isoformat() == "2026-03-03T10:00:00+01:00"
    assert times["in two hours"].isoformat() == "2026-03-02T11:30:00+00:00"
    assert times["some other time"] is None
    assert callback_time((1, 10), NOW, "Nowhere/Atall") is None


def test_openings_and_questions_belong_to_real_endings():
    assert set(QUESTIONS) <= set(DISPOSITIONS)
    assert (len(blocks("openings")), len(blocks("questions"))) == (10, 12)
