"""The kill matrix: campaigns of different rules, dialers killed at random, a carrier that fails in every way.

The judges are the carrier's own ledger and the product's own audit, none of whose rules is left out: what waits for its
retry waits as long as it would; only look-ups of calls that the carrier does not speak of are hastened.
"""

import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from campaigns.choices import FINAL_STATUSES, Priority
from campaigns.models import Call, Campaign, CampaignContact
from contacts.models import Contact
from telephony import inbox
from telephony.models import Carrier
from telephony.simulator.judge import Verdict
from tests.flows import judged, kill_plan
from tests.flows.kill_plan import Blow, Plan
from tests.flows.world import World, until

MARGIN = 1.08  # faults take attempts away: a call never heard of again is not retried
AREAS = (212, 646, 718, 917, 347, 929, 332)  # of New York
OLD = timedelta(seconds=15)  # requests of calls launched before are no longer on their way
HASTE = timedelta(minutes=1)  # a second for calls of which nothing is heard
STALLED = 150.0  # seconds without any change: whoever waits now waits for ever
SECOND = 1.0


@dataclass(frozen=True, slots=True)
class Kind:
    """Campaigns of one kind. `calls`: made to `endings` once round, where nothing goes wrong."""

    share: float
    endings: tuple[str, ...]
    calls: int
    fields: dict[str, Any]
    families: bool = False  # every second person is the secondary of the one before

    def people(self, calls: int) -> int:
        rounds = -(-calls * MARGIN * self.share // self.calls)
        return int(rounds) * len(self.endings)


KINDS = (
    Kind(0.4, ("000", "002", "003", "004", "005", "006", "007", "008", "010", "018"), 10, {"max_attempts": 1}),
    Kind(
        0.25,
        ("000", "003", "004", "005", "007", "014"),
        10,
        {
            "max_attempts": 2,
            "retry_on": ["no_answer", "busy", "rnr"],
            "retry_delay_minutes": 1,
            "priority": Priority.HIGH,
        },
    ),
    Kind(
        0.25,
        ("000", "005", "006", "008", "014", "015"),
        15,
        {
            "max_attempts": 3,
            "retry_on": ["busy", "rejected", "rnr", "error", "machine"],
            "retry_delay_minutes": 1,
            "rotation_strategy": "least_used_today",
        },
    ),
    Kind(
        0.1,
        ("005", "000", "000", "005", "003", "007"),
        5,
        {"max_attempts": 1, "secondary_contacts": "after_primary", "priority": Priority.LOW},
        families=True,
    ),
)


@dataclass(slots=True)
class Result:
    """What came of a run; nothing but `agrees` needs to be believed of our own rows."""

    seed: int
    calls: int  # attempts launched
    rings: int  # by the carrier's ledger
    kills: int
    rung_twice: int
    forgotten: int
    violations: list[str]
    disagreement: str  # of rows and ledger; empty where they agree
    withdrawn: int
    unheard: int  # ended by us after fifteen minutes without a word
    lookups: int
    seconds: float

    @property
    def is_good(self) -> bool:
        return not (self.rung_twice or self.forgotten or self.violations or self.disagreement)

    @property
    def lines(self) -> list[str]:
        found = (
            f"{connection.vendor}, seed {self.seed}: {self.calls:,} calls launched, {self.rings:,} rings, "
            f"{self.kills} kills, {self.rung_twice} rung twice, {self.forgotten} forgotten, "
            f"{len(self.violations)} audit violations, {self.seconds:.0f} s"
        )
        how = f"{self.withdrawn:,} claims taken back, {self.lookups:,} look-ups, {self.unheard:,} calls given up"
        return [found, how, *self.violations[:20], *([self.disagreement] if self.disagreement else [])]


def run(
    world: World, calls: int, kills: int, seed: int, hurried: bool = False, say: Callable[[str], None] = print
) -> Result:
    """Dial at least so many calls under at least so many kills, let it come to its end, and judge. `hurried`: where up
    to three attempts are made, the next one is due at once, sooner than anybody may ask for."""
    say(f"seed {seed}")
    began = time.monotonic()
    plan = kill_plan.draw(calls, kills, seed)
    Carrier.objects.filter(pk=world.carrier.pk).update(max_channels=5_000)
    campaigns = _campaigns(world, calls)
    dialers = _Dialers(world)
    for campaign in campaigns:
        world.act(campaign, "start")
    if hurried:
        Campaign.objects.filter(workspace=world.workspace, max_attempts=3).update(retry_delay_minutes=0)
    _suffer(world, plan, dialers, campaigns)
    _end(world)
    result = _judge(world, seed, dialers.killed, began)
    for line in result.lines:
        say(line)
    return result


def _campaigns(world: World, calls: int) -> list[Campaign]:
    made, taken = [], 0
    for kind in KINDS:
        campaign = world.campaign(concurrency_limit=2_000, **kind.fields)
        Campaign.objects.filter(pk=campaign.pk).update(max_calls_per_number_per_day=30_000)
        count = kind.people(calls)
        world.people(campaign, [_phone(taken + n, kind.endings[n % len(kind.endings)]) for n in range(count)])
        if kind.families:
            _make_families(campaign)
        made.append(campaign)
        taken += count
    return made


def _phone(n: int, ending: str) -> str:
    return f"+1{AREAS[n // 8000]}{2000 + n % 8000:04d}{ending}"


def _make_families(campaign: Campaign) -> None:
    people = list(Contact.objects.filter(campaign_contacts__campaign=campaign).order_by("id"))
    for primary, secondary in zip(people[::2], people[1::2], strict=True):
        secondary.primary = primary
    Contact.objects.bulk_update(people[1::2], ["primary"], batch_size=500)


class _Dialers:
    """Two of them, always: who is killed is replaced at once."""

    def __init__(self, world: World):
        self.world = world
        self.killed = 0
        self.of_slot = [world.fork_dialer(slot, 2) for slot in (0, 1)]

    def suffer(self, blow: Blow) -> None:
        time.sleep(blow.delay)
        for slot in blow.slots:
            self.of_slot[slot].kill()
        for slot in blow.slots:
            until(lambda: self.of_slot[slot].poll() is not None, 10, self.world.station.logs)  # noqa: B023 - called here
            self.of_slot[slot] = self.world.fork_dialer(slot, 2)
            self.killed += 1


def _suffer(world: World, plan: Plan, dialers: _Dialers, campaigns: list[Campaign]) -> None:
    """Until the campaigns are over, or nothing moves any more."""
    blows, weathers = list(plan.blows), list(plan.weathers)
    last, moved, aged = (-1, -1), time.monotonic(), 0.0
    while not _over(campaigns) and time.monotonic() < moved + STALLED:
        state = _state(world)
        if state != last:
            last, moved = state, time.monotonic()
        if weathers and weathers[0].calls <= state[0]:
            world.simulated.set(**weathers.pop(0).settings)
        elif blows and blows[0].calls <= state[0]:
            dialers.suffer(blows.pop(0))
        elif time.monotonic() > aged + SECOND:
            aged = time.monotonic()
            _hasten(world)
        else:
            time.sleep(0.05)


def _over(campaigns: list[Campaign]) -> bool:
    of = Campaign.objects.filter(pk__in=[campaign.pk for campaign in campaigns])
    return not of.exclude(status="completed").exists()


def _state(world: World) -> tuple[int, int]:
    """Calls launched, and calls that have their verdict."""
    calls = Call.objects.filter(workspace=world.workspace).order_by()
    return calls.count(), calls.filter(concluded_at__isnull=False).count()


def _hasten(world: World) -> None:
    """Calls of which nothing is heard are looked up sooner, and carriers rest shorter; retries wait as they should."""
    live = Call.objects.filter(workspace=world.workspace, ended_at=None, launched_at__lte=timezone.now() - OLD)
    for name in ("sent_at", "check_at", "unanswered_since"):
        live.filter(**{f"{name}__isnull": False}).update(**{name: F(name) - HASTE})
    resting = Carrier.objects.filter(pk=world.carrier.pk, rest_until__isnull=False)
    resting.update(rest_until=F("rest_until") - timedelta(seconds=5))


def _end(world: World) -> None:
    """What the carrier still had to deliver is in, and applied."""
    ends = time.monotonic() + 20
    while world.simulated.state()["deliveries"] or inbox.waiting(world.workspace.pk, timezone.now()):
        if time.monotonic() > ends:
            break
        time.sleep(0.1)
    world.stop()


# ── the judges ──


def _judge(world: World, seed: int, kills: int, began: float) -> Result:
    seconds = time.monotonic() - began
    ledger = world.ledger()
    calls = Call.objects.filter(workspace=world.workspace, direction="outbound")
    attempts = calls.exclude(outcome="cancelled")
    return Result(
        seed=seed,
        calls=attempts.count(),
        rings=len(ledger.rings),
        kills=kills,
        rung_twice=rung_twice(world, ledger),
        forgotten=forgotten(world),
        violations=judged.violations(world.workspace),
        disagreement=_disagreement(world, ledger),
        withdrawn=calls.filter(outcome="cancelled").count(),
        unheard=attempts.filter(outcome="timeout").count(),
        lookups=ledger.lookups.total(),
        seconds=seconds,
    )


def rung_twice(world: World, ledger: Verdict) -> int:
    """Rings beyond the first for one attempt of one person, by the carrier's ledger; rings that we know nothing of."""
    calls = Call.objects.filter(workspace=world.workspace).values_list(
        "reference", "campaign_contact", "run", "attempt"
    )
    attempts = {str(reference): (person, run, attempt) for reference, person, run, attempt in calls.iterator(2000)}
    rung = Counter(attempts.get(ring.reference) for ring in ledger.rings)
    return rung.pop(None, 0) + sum(times - 1 for times in rung.values())


def forgotten(world: World) -> int:
    """People whom nothing came of, and calls without an end or a verdict."""
    people = CampaignContact.objects.filter(campaign__workspace=world.workspace)
    calls = Call.objects.filter(workspace=world.workspace)
    return people.exclude(status__in=FINAL_STATUSES).count() + calls.filter(concluded_at=None).count()


def _disagreement(world: World, ledger: Verdict) -> str:
    try:
        judged.agree(world.workspace, ledger)
    except AssertionError:
        return traceback.format_exc(limit=-1)[-2_000:]
    return ""
