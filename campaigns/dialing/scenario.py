"""A scenario file: workspace, carriers, numbers, campaigns with scripted contacts, and actions, read and checked."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from campaigns.dialing.fields import REQUIRED, Fields
from campaigns.dialing.scenario_campaigns import ScenarioAgent, ScenarioCampaign, Setting, read_campaign
from campaigns.dialing.scenario_hours import read_safe_hours, read_schedule
from campaigns.dialing.scenario_people import ScenarioContact, ScriptedCall, read_contacts, read_inbound
from campaigns.dialing.values import Caps, Window
from campaigns.transitions import Action, HandMove

STATUS_ACTIONS = (Action.START, Action.PAUSE, Action.RESUME, Action.STOP, Action.CANCEL, Action.RESTART)
POOL_ACTIONS = ("disable_number", "enable_number")
PEOPLE_ACTIONS = ("suppress", "hold", "inbound")
LONGEST = timedelta(days=3653)
_NEVER = datetime.max.replace(tzinfo=UTC)  # stands in for a time that is itself a mistake
DIRECTIONS = ("outbound", "inbound", "both")


class BadScenario(ValueError):
    """The file does not fit. `mistakes` holds one sentence each, path first."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class ScenarioCarrier:
    ref: str
    max_cps: Decimal
    max_channels: int
    enabled: bool = True
    rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ScenarioNumber:
    ref: str
    phone_number: str
    carrier: str
    outbound: bool = True
    spam_score: int = 0
    country: str = ""


@dataclass(frozen=True, slots=True)
class ScenarioAction:
    at: datetime
    action: str
    campaign: str = ""
    number: str = ""
    phone_number: str = ""
    value: int = 0
    contacts: tuple[ScenarioContact, ...] = ()
    until: datetime | None = None  # of a hold
    call: ScriptedCall | None = None  # an inbound one


@dataclass(frozen=True, slots=True)
class Scenario:
    start: datetime
    until: datetime
    timezone: str = "UTC"
    suppressed: tuple[str, ...] = ()
    carriers: tuple[ScenarioCarrier, ...] = ()
    numbers: tuple[ScenarioNumber, ...] = ()
    campaigns: tuple[ScenarioCampaign, ...] = ()
    actions: tuple[ScenarioAction, ...] = ()
    caps: Caps = field(default_factory=Caps)
    balance: Decimal | None = None


@dataclass(slots=True)
class _Refs:
    """What has been named so far, so that a reference to nothing is a mistake."""

    agents: dict[str, ScenarioAgent] = field(default_factory=dict)
    schedules: dict[str, Window] = field(default_factory=dict)
    carriers: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    campaigns: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)


def read(text: str) -> Scenario:
    """Read a scenario from JSON text. Raises BadScenario with every mistake that was found."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadScenario([f"the file: is not JSON ({error})."]) from None
    except RecursionError:
        raise BadScenario(["the file: is nested too deeply."]) from None
    return load(data)


def load(data: Any) -> Scenario:
    """The scenario in parsed JSON. Raises BadScenario."""
    mistakes: list[str] = []
    top = Fields(data, "", mistakes)
    scenario = _read(top) if isinstance(data, dict) else None
    if mistakes or scenario is None:
        raise BadScenario(mistakes)
    return scenario


def _read(top: Fields) -> Scenario | None:
    refs = _Refs()
    clock = _clock(top)
    workspace = top.object("workspace", {})
    timezone = workspace.zone("timezone", "UTC") or "UTC"
    suppressed = _suppressed(workspace)
    safe, caps, balance = read_safe_hours(workspace), _caps(workspace), workspace.money("balance", None)
    workspace.finish()
    for given in top.items("schedules"):
        ref, window = _ref(given, refs.schedules), read_schedule(given, timezone)
        refs.schedules[ref] = window
    for agent in top.items("agents"):
        ref, calls_back = _ref(agent, refs.agents), agent.flag("callback_enabled", False)
        refs.agents[ref] = ScenarioAgent(calls_back, agent.money("cost_per_minute", Decimal(0)) or Decimal(0))
        _other(agent, "name")
    carriers = tuple(_carrier(each, refs) for each in top.items("carriers"))
    numbers = tuple(_number(each, refs) for each in top.items("numbers"))
    setting = Setting(timezone, clock[0] if clock else None, safe, refs.schedules)
    campaigns = tuple(_campaign(each, refs, setting) for each in top.items("campaigns"))
    actions = tuple(_action(each, refs, clock) for each in top.items("actions"))
    top.finish()
    if top.mistakes or clock is None:
        return None
    ordered = tuple(sorted(actions, key=lambda action: action.at))
    return Scenario(*clock, timezone, suppressed, carriers, numbers, campaigns, ordered, caps, balance)


def _caps(workspace: Fields) -> Caps:
    given = workspace.object("frequency_cap", {})
    caps = Caps(given.whole("day", None, 0), given.whole("week", None, 0))
    given.finish()
    return caps


def _clock(top: Fields) -> tuple[datetime, datetime] | None:
    clock = top.object("clock", REQUIRED)
    start, until = clock.time("start"), clock.time("until")
    clock.finish()
    if start and until and until <= start:
        clock.mistake("until", "must be after the start")
    if start and until and until - start > LONGEST:
        clock.mistake("until", "must be at most ten years after the start")
    return (start, until) if start and until else None


def _suppressed(workspace: Fields) -> tuple[str, ...]:
    given = workspace.raw("suppressed", [])
    if not isinstance(given, list):
        workspace.mistake("suppressed", "must be a list of phone numbers")
        return ()
    where = workspace.where("suppressed")
    return tuple(
        Fields({f"[{place}]": number}, where, workspace.mistakes).phone(f"[{place}]")
        for place, number in enumerate(given)
    )


def _ref(item: Fields, known: Any) -> str:
    """The name of an object, which none of its kind may have had before."""
    ref = item.text("ref") or ""
    if ref and ref in known:
        item.mistake("ref", f"“{ref}” is used twice")
    return ref


def _known(item: Fields, key: str, known: Any, what: str) -> str:
    """A reference to an object that was named before."""
    ref = item.text(key) or ""
    if ref and ref not in known:
        item.mistake(key, f"there is no {what} “{ref}”")
    return ref


def _other(item: Fields, *keys: str) -> None:
    """Keys that may be there and change nothing yet; then nothing else may."""
    for key in keys:
        item.raw(key)
    item.finish()


def _carrier(item: Fields, refs: _Refs) -> ScenarioCarrier:
    ref = _ref(item, refs.carriers)
    refs.carriers.add(ref)
    cps, channels, enabled = item.cps("max_cps"), item.whole("max_channels", REQUIRED, 1), item.flag("enabled", True)
    rate = item.money("cost_per_minute", Decimal(0)) or Decimal(0)
    _other(item, "name")
    return ScenarioCarrier(ref, cps or Decimal(1), channels or 1, enabled, rate)


def _number(item: Fields, refs: _Refs) -> ScenarioNumber:
    ref, phone_number = _ref(item, refs.numbers), item.phone("number")
    refs.numbers.add(ref)
    if phone_number and phone_number in refs.phones:
        item.mistake("number", f"{phone_number} is there already")
    refs.phones.add(phone_number)
    number = ScenarioNumber(
        ref,
        phone_number,
        _known(item, "carrier", refs.carriers, "carrier"),
        item.choice("direction", "outbound", DIRECTIONS) != "inbound",
        item.whole("spam_score", 0, 0, 10),
        item.text("country", "").upper(),
    )
    _other(item, "label")
    return number


def _campaign(item: Fields, refs: _Refs, setting: Setting) -> ScenarioCampaign:
    ref = _ref(item, refs.campaigns)
    refs.campaigns.add(ref)
    agent = refs.agents.get(_known(item, "agent", refs.agents, "agent"), ScenarioAgent())
    return read_campaign(item, ref=ref, agent=agent, numbers=refs.numbers, setting=setting)


def _action(item: Fields, refs: _Refs, clock: tuple[datetime, datetime] | None) -> ScenarioAction:
    at, action = item.time("at"), item.text("action") or ""
    if at and clock and at < clock[0]:
        item.mistake("at", "lies before the clock's start")
    given: dict[str, Any] = {}
    if action in (*STATUS_ACTIONS, *HandMove, *POOL_ACTIONS, "add_contacts"):
        given["campaign"] = _known(item, "campaign", refs.campaigns, "campaign")
    if action in (*POOL_ACTIONS, "spam_score", "inbound"):
        given["number"] = _known(item, "number", refs.numbers, "number")
    if action in (*HandMove, *PEOPLE_ACTIONS):
        given["phone_number"] = item.phone("phone_number")
    if action == "spam_score":
        given["value"] = item.whole("value", REQUIRED, 0, 10)
    if action == "hold":
        given["until"] = item.time("until")
    if action == "inbound":
        given["call"] = read_inbound(item)
    if action == "add_contacts":
        given["contacts"] = read_contacts(item, REQUIRED)
    if not given:
        if action:
            item.mistake("action", f"“{action}” is not a known action")
        return ScenarioAction(at or _NEVER, action)
    item.finish()
    return ScenarioAction(at or _NEVER, str(action), **given)
