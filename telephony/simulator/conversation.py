"""What is said on an answered call: a dialogue chosen by a seeded generator, filled in from the request, with times."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FOLDER = Path(__file__).parent / "dialogues"
WORDS_PER_SECOND = 2.6
# Endings that begin with an opening, and how many questions may come in between.
QUESTIONS = {"success": 3, "not_interested": 1, "callback": 1, "do_not_call": 0}
DISPOSITIONS = {
    "success": "success",
    "not_interested": "not_interested",
    "callback": "callback_requested",
    "do_not_call": "do_not_call",
    "wrong_person": "wrong_person",
    "hangs_up": "hung_up",
    "silence": "no_speech",
    "voicemail": "voicemail",
}
SUMMARIES = {
    "success": "{who} agreed to the offer of {campaign}.",
    "not_interested": "{who} has no interest in {campaign} and said so politely.",
    "callback": "{who} had no time and asked to be called {when}.",
    "do_not_call": "{who} asked never to be called again.",
    "wrong_person": "The number does not belong to {who} any more.",
    "hangs_up": "The person hung up within seconds.",
    "silence": "The call was answered, but nobody spoke.",
    "voicemail": "A voicemail answered.",
}
# Words, then days ahead and hour (in the contact's zone), or hours ahead; None: no clear time.
WHENS: list[tuple[str, tuple[int, int] | float | None]] = [
    ("tomorrow morning", (1, 10)),
    ("tomorrow afternoon", (1, 14)),
    ("tomorrow evening", (1, 18)),
    ("tomorrow at eleven", (1, 11)),
    ("the day after tomorrow", (2, 10)),
    ("this evening", (0, 18)),
    ("in half an hour", 0.5),
    ("in an hour", 1.0),
    ("in two hours", 2.0),
    ("some other time", None),
]
KNOWN_ELSEWHERE = {"first_name", "last_name", "name", "company", "email", "phone_number", "timezone", "country", "tags"}


@dataclass(frozen=True, slots=True)
class Conversation:
    ending: str
    turns: tuple[tuple[str, str, float], ...]  # speaker, text, seconds from the answer
    talk_seconds: int
    when: str  # of a callback: the words
    ahead: tuple[int, int] | float | None  # of a callback: see WHENS
    words: Mapping[str, str]

    def to_json(self, talk_seconds: int, ended_at: datetime, timezone: str, cut: bool, quiet: bool) -> dict[str, Any]:
        """As the end event carries it. `cut`: somebody hung up in the middle; `quiet`: a do-not-call is told later."""
        turns = [{"speaker": who, "text": text, "at": at} for who, text, at in self.turns if at <= talk_seconds]
        ending = "hangs_up" if cut else self.ending
        callback = None
        if ending == "callback":
            moment = callback_time(self.ahead, ended_at, timezone)
            callback = {"words": self.when, "at": moment.isoformat() if moment else None}
        return {
            "transcript": turns,
            "summary": SUMMARIES[ending].format(who=self.words.get("first_name", "The person"), **self._campaign()),
            "disposition": "not_interested" if quiet else DISPOSITIONS[ending],
            "success": ending == "success" if ending != "voicemail" else None,
            "do_not_call": ending == "do_not_call" and not quiet,
            "callback": callback,
            "recording_url": "",
            "contact_spoke": ending != "voicemail" and any(turn["speaker"] == "contact" for turn in turns),
        }

    def _campaign(self) -> dict[str, str]:
        return {"campaign": self.words["campaign"], "when": self.when}


def converse(ending: str, request: Mapping[str, Any], rng: Random) -> Conversation:
    """The same request, ending and state of `rng` give the same conversation."""
    words = spoken_words(request, rng)
    when, ahead = rng.choice(WHENS) if ending == "callback" else ("", None)
    fill = {**words, "when": when, "When": when.capitalize()}
    lines: list[tuple[str, str]] = []
    if ending in QUESTIONS:
        lines += rng.choice(fitting("openings", fill))
        for block in rng.sample(fitting("questions", fill), rng.randint(0, QUESTIONS[ending])):
            lines += block
    lines += rng.choice(fitting(ending, fill))
    spoken = [(who, text.format(**fill)) for who, text in lines]
    turns, talk = timed(spoken if ending == "silence" else joined(spoken), ending, rng)
    return Conversation(ending, turns, talk, when, ahead, words)


def spoken_words(request: Mapping[str, Any], rng: Random) -> dict[str, str]:
    """The values that dialogues may use, as far as the request has them."""
    metadata, variables = (request.get(part) or {} for part in ("metadata", "variables"))
    words = {name: str(metadata.get(name) or variables.get(name) or "") for name in ("first_name", "company")}
    words["agent"] = str(metadata.get("agent") or "the assistant")
    words["campaign"] = str(metadata.get("campaign") or "your account")
    details = [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in sorted(variables.items())
        if name not in KNOWN_ELSEWHERE and isinstance(value, str | int | float) and 0 < len(str(value)) <= 60
    ]
    words["detail"] = rng.choice(details) if details else ""
    return {name: word for name, word in words.items() if word}


def joined(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Two turns of one speaker in a row become one."""
    turns: list[tuple[str, str]] = []
    for who, text in lines:
        if turns and turns[-1][0] == who:
            turns[-1] = (who, f"{turns[-1][1]} {text}")
        else:
            turns.append((who, text))
    return turns


def timed(lines: list[tuple[str, str]], ending: str, rng: Random) -> tuple[tuple[tuple[str, str, float], ...], int]:
    """The turns with seconds from the answer, and the whole seconds until the line is dead."""
    clock, turns = rng.uniform(0.3, 0.9), []
    for who, text in lines:
        cut_off = text[-1] not in ".!?"
        turns.append(("agent" if who == "A" else "contact", text + "–" if cut_off else text, round(clock, 1)))
        clock += 0.3 + len(text.split()) / WORDS_PER_SECOND
        clock += rng.uniform(3.5, 6.0) if ending == "silence" else 0 if cut_off else rng.uniform(0.3, 1.2)
    return tuple(turns), max(1, round(clock))


def callback_time(ahead: tuple[int, int] | float | None, now: datetime, timezone: str) -> datetime | None:
    """None without a clear time, or when the contact's zone is needed and not known."""
    if ahead is None:
        return None
    if isinstance(ahead, float):
        return now + timedelta(hours=ahead)
    try:
        local = now.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError):
        return None
    days, hour = ahead
    return (local + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


def fitting(name: str, words: Mapping[str, str]) -> list[list[tuple[str, str]]]:
    """The blocks of a file whose every placeholder has a value."""
    return [block for needs, block in blocks(name) if all(words.get(need) for need in needs)]


@cache
def blocks(name: str) -> list[tuple[frozenset[str], list[tuple[str, str]]]]:
    """Of each block its placeholders, and its lines as ("A" or "C", text)."""
    found = []
    for block in (FOLDER / f"{name}.txt").read_text("utf-8").strip().split("\n\n"):
        lines = [(line[0], line[3:]) for line in block.splitlines()]
        found.append((frozenset(re.findall(r"{(\w+)}", block)), lines))
    return found
