"""The people of a scenario file, and what happens when they are dialed or call."""

from dataclasses import dataclass, field
from datetime import timedelta

from campaigns.choices import GoalWord, Outcome, Priority
from campaigns.dialing.fields import REQUIRED, Fields
from campaigns.dialing.values import Findings

PRIORITIES = tuple(priority.word for priority in Priority)


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """What will happen when a contact is dialed."""

    outcome: str = Outcome.NO_ANSWER
    ring: timedelta = timedelta(seconds=10)
    talk: timedelta = timedelta(0)
    talk_seconds: float = 0
    findings: Findings = field(default_factory=Findings)


@dataclass(frozen=True, slots=True)
class ScenarioContact:
    phone_number: str
    priority: int = Priority.NORMAL
    timezone: str = ""
    country: str = ""
    primary: str = ""  # the phone number of the contact whose secondary this person is
    calls: tuple[ScriptedCall, ...] = (ScriptedCall(),)


def read_contacts(item: Fields, default: object) -> tuple[ScenarioContact, ...]:
    """The contacts of a campaign or of an action; every mistake is noted in `item`."""
    given = item.items("contacts", default)
    people = tuple(_contact(each) for each in given)
    secondaries = {person.phone_number for person in people if person.primary}
    for each, person in zip(given, people, strict=True):
        if person.primary in secondaries:
            each.mistake("primary", "is a secondary contact itself")
    return people


def read_inbound(item: Fields) -> ScriptedCall:
    """A call from a contact: `talk_seconds`, and what analysis will say of it."""
    talk = item.seconds("talk_seconds", 0)
    return ScriptedCall(str(Outcome.HUMAN), timedelta(0), timedelta(seconds=talk), talk, _findings(item))


def _contact(item: Fields) -> ScenarioContact:
    contact = ScenarioContact(
        phone_number=item.phone("phone_number"),
        priority=PRIORITIES.index(item.choice("priority", "normal", PRIORITIES)),
        timezone=item.zone("timezone", None) or "",
        country=item.text("country", "").upper(),
        primary=item.phone("primary") if item.raw("primary") is not None else "",
        calls=_calls(item),
    )
    if contact.primary and contact.primary == contact.phone_number:
        item.mistake("primary", "is the contact itself")
    for key in ("name", "variables"):
        item.raw(key)
    item.finish()
    return contact


def _calls(item: Fields) -> tuple[ScriptedCall, ...]:
    if not item.has("outcomes"):
        return (ScriptedCall(),)
    entries = item.items("outcomes")
    calls = tuple(_scripted(entry) for entry in entries)
    if item.data["outcomes"] == []:
        item.mistake("outcomes", "must hold at least one outcome")
    elif calls and calls[-1].outcome == Outcome.CANCELLED and not calls[-1].ring:
        entries[-1].mistake(
            "ring_seconds", "must be above 0: the last outcome repeats, and a withdrawn call is due at once"
        )
    return calls


def _scripted(item: Fields) -> ScriptedCall:
    outcome = item.choice("outcome", REQUIRED, list(Outcome)) or Outcome.NO_ANSWER
    ring, talk = item.seconds("ring_seconds", 10), item.seconds("talk_seconds", 0)
    answered = outcome in (Outcome.HUMAN, Outcome.MACHINE)
    findings = _findings(item)
    item.finish()
    return ScriptedCall(
        str(outcome),
        timedelta(seconds=ring),
        timedelta(seconds=talk if answered else 0),
        talk if answered else 0,
        findings,
    )


def _findings(item: Fields) -> Findings:
    return Findings(
        disposition=item.text("disposition", None) or "",
        callback_asked=item.has("callback_at"),
        callback_at=item.time("callback_at", None),
        primary_goal=item.choice("primary_goal", None, list(GoalWord)) or GoalWord.UNKNOWN,
        do_not_call=item.flag("do_not_call", False),
        spoke=item.flag("speech", True),
    )
