"""How quick the lists are: `./scripts/bench lists [CONTACTS] [ROUNDS]`, on SQLite or on the server of DATABASE_URL.

So many people, all of them in one campaign, some tagged, held, suppressed. Each page is asked for as a browser does,
with other words each round: the 95th percentile of the request, of what it waits for its queries, of what the database
itself works on them (`benchmarks.asked.clock`; the goals are for that), and the number of queries. Then an act on all
of them. It works in a database of its own.
"""

import html
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
from django.apps import apps

if not apps.ready:  # a test that imports this has settings already, and the processes it starts would get ours
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("OUTDIAL_VAR", str(Path(tempfile.gettempdir(), f"outdial-benchmark-{os.getpid()}")))
    os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark-" + "x" * 40)
    os.environ.setdefault("ALLOWED_HOSTS", "testserver")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import rows as table
from accounts import statistics
from accounts.models import Membership, User, Workspace
from benchmarks.asked.clock import clock
from benchmarks.claim import database
from campaigns import acts
from campaigns.models import Campaign, CampaignContact, CampaignContactDetail, CampaignHours
from contacts import queries
from contacts.hours import hours_key
from contacts.models import BulkAction, Contact, Suppression
from contacts.queries import Filters
from telephony.models import Agent

# Nobody has collected the files of this checkout.
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

CONTACTS, ROUNDS, PIECE = 500_000, 40, 5_000
# fmt: off
FIRST = [
    "Ann", "Bob", "Carla", "David", "Emma", "Frank", "Greta", "Henry", "Ida", "John", "Kate", "Liam", "Mia", "Noah",
    "Olga", "Paul", "Quinn", "Rosa", "Sam", "Tina", "Uwe", "Vera", "William", "Xena", "Yusuf", "Zoe",
    "Maria", "Peter", "Laura",
    "Julia", "Zoltan", "Wanda", "Aaron", "Beatrice", "Cem", "Dunja", "Elif", "Farid",
]
SYLLABLES = [
    "an", "be", "ca", "do", "el", "fa", "go", "ha", "in", "jo", "ka", "lo", "mi", "no", "or", "pe", "ra", "so", "ta",
    "un", "va", "wi", "zo", "ber", "son", "mann", "stein", "ford", "wood",
]
# fmt: on
PLACES = [("US", "+1")] * 7 + [("DE", "+49")] * 2 + [("GB", "+44")]
RARE = [("IS", "+354")]
NEXT = re.compile(r'rel="next" href="([^"]+)"')
SEARCH_GOAL, PAGE_GOAL = 10.0, 2.0  # milliseconds of the database
HEAD = f"{'':44} {'request':>11} {'queries':>11} {'of database':>11}"


# ── people ──


def fill(count: int, seed: int = 1) -> tuple[Workspace, Campaign]:
    """A workspace with so many people, and one campaign with all of them."""
    chance = random.Random(seed)  # noqa: S311
    workspace = Workspace.objects.create(name="Lists")
    agent = Agent.objects.create(workspace=workspace, name="Ada", provider="http", provider_agent_id="a")
    campaign = Campaign.objects.create(workspace=workspace, name="All", agent=agent, set_up_at=timezone.now())
    key = hours_key("US", "CA", ["America/Los_Angeles"])
    CampaignHours.objects.create(campaign=campaign, hours_key=key)
    words = ["".join(chance.choice(SYLLABLES) for _ in range(3)).title() for _ in range(4_000)]
    for start in range(0, count, PIECE):
        with transaction.atomic():
            people = [_person(chance, workspace, key.pk, n, words) for n in range(start, min(count, start + PIECE))]
            table.insert(sorted(people, key=lambda one: one.phone_number))
    _enrolled(campaign, key.pk)
    numbers = Contact.objects.order_by("id").values_list("phone_number", flat=True)[: count // 500]
    now = timezone.now()
    table.insert([Suppression(workspace=workspace, phone_number=number, at=now) for number in numbers])
    statistics.refresh(Contact)
    vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if vacuum else "ANALYZE")
    return workspace, campaign


def _person(chance: random.Random, workspace: Workspace, key: int, n: int, words: list[str]) -> Contact:
    first, last = chance.choice(FIRST), chance.choice(words)
    country, prefix = chance.choice(RARE if n % 2_000 == 0 else PLACES)
    return Contact(
        workspace=workspace,
        phone_number=f"{prefix}{2_000_000_000 + (n * 7_919) % 7_999_999_999}",
        name=f"{first} {last}",
        first_name=first,
        last_name=last,
        company=f"{words[int(chance.random() ** 3 * len(words))]} {chance.choice(['GmbH', 'Inc', 'Ltd', 'LLC'])}",
        email=f"{first}.{last}{n % 97}@{chance.choice(['gmail.com', 'example.com', 'mail.org'])}".lower(),
        country=country,
        hours_key_id=key,
        external_id=f"C-{n}",
        tags=chance.choice(["", "", "", "|lead|", "|lead|b2b|"]) if n % 1_000 else "|vip|",
        held_until=timezone.now() + timedelta(days=30) if n % 700 == 0 else None,
        spread_at=timezone.now(),
    )


def _enrolled(campaign: Campaign, key: int) -> None:
    now = timezone.now()
    last = 0
    while ids := list(Contact.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PIECE]):
        with transaction.atomic():
            people = [
                CampaignContact(
                    campaign=campaign,
                    contact_id=pk,
                    hours_key_id=key,
                    added_at=now,
                    status="completed" if pk % 3 == 0 else "failed" if pk % 900 == 0 else "pending",
                    next_attempt_at=None if pk % 3 == 0 or pk % 900 == 0 else now,
                )
                for pk in ids
            ]
            table.insert(people)
            made = CampaignContact.objects.filter(campaign=campaign, contact__in=ids).values_list("pk", flat=True)
            table.insert([CampaignContactDetail(campaign_contact_id=pk, variables={}) for pk in made])
        last = ids[-1]


# ── what is timed ──


@dataclass(frozen=True, slots=True)
class Row:
    """p95 in milliseconds, of the whole request, of the wait for its queries, and of the database itself; the most
    queries of any round."""

    what: str
    request: float
    waited: float
    database: float
    queries: int
    goal: float = 0.0

    def __str__(self) -> str:
        reached = f"  goal {self.goal:g}: {'reached' if self.database <= self.goal else 'MISSED'}" if self.goal else ""
        times = f"{self.request:8.1f} ms {self.waited:8.2f} ms {self.database:8.2f} ms"
        return f"{self.what:44} {times} {self.queries:3d} queries{reached}"


def p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


def timed(what: str, client: Client, address: Callable[[], str], rounds: int, goal: float = 0.0) -> Row:
    """The same page, each round with an address of its own; the first is not counted. Session and frame are in both
    times."""
    requests, waits, database_times, most = [], [], [], 0
    client.get(address())
    for _ in range(rounds):
        asked = address()
        with clock() as ticking:
            begun = time.perf_counter()
            answer = client.get(asked)
            requests.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, (asked, answer.status_code)
        waits.append(ticking.seconds * 1000)
        database_times.append(ticking.worked() * 1000)
        most = max(most, ticking.queries)
        if os.environ.get("SLOWEST") and ticking.worst > 0.01:
            print(f"    {ticking.worst * 1000:.0f} ms {asked} {ticking.slowest[:1500]}")
    return Row(what, p95(requests), p95(waits), p95(database_times), most, goal)


def deep(path: str, client: Client, pages: int, **asked: str) -> str:
    """An address so many pages on."""
    address = f"{path}?{urlencode(asked)}"
    for _ in range(pages):
        found = NEXT.search(client.get(address).content.decode())
        address = path + html.unescape(found[1]) if found else address
    return address


def pages(client: Client, campaign: Campaign, rounds: int, seed: int = 2) -> list[Row]:
    chance = random.Random(seed)  # noqa: S311
    names = [row.split(" ", 1) for row in Contact.objects.order_by("?").values_list("name", flat=True)[:200]]
    numbers = list(Contact.objects.order_by("?").values_list("phone_number", flat=True)[:200])
    people, listed = "/contacts/", f"/campaigns/{campaign.pk}/contacts/"
    words: dict[str, Callable[[], str]] = {
        "rare: first and last name": lambda: " ".join(chance.choice(names)),
        "a last name": lambda: chance.choice(names)[1],
        "frequent: a first name": lambda: chance.choice(FIRST),
        "three letters": lambda: chance.choice(chance.choice(names)[1].lower()[:5].split() or ["ann"])[:3].ljust(
            3, "a"
        ),
        "most: .com": lambda: ".com",
        "none": lambda: f"qxz{chance.randrange(1_000)}",
        "digits: a whole number": lambda: chance.choice(numbers),
        "digits: the last six": lambda: chance.choice(numbers)[-6:],
        "two letters": lambda: chance.choice(names)[0][:2],
    }
    found = []
    for sort in ("name", "number", "company", "added"):
        found.append(
            timed(f"list by {sort}, first page", client, lambda s=sort: f"{people}?sort={s}", rounds, PAGE_GOAL)
        )
        last = deep(people, client, 1, sort=f"-{sort}")
        found.append(timed(f"list by {sort}, last pages", client, lambda a=last: a, rounds, PAGE_GOAL))
    far = deep(people, client, 20, sort="name")
    found.append(timed("list by name, twenty pages on", client, lambda: far, rounds, PAGE_GOAL))
    for what, word in words.items():
        address = lambda w=word: f"{people}?{urlencode({'q': w()})}"  # noqa: E731
        found.append(timed(f"search, {what}", client, address, rounds, SEARCH_GOAL))
    company = lambda: chance.choice(companies)  # noqa: E731
    companies = [name[:6] for name in Contact.objects.order_by("?").values_list("company", flat=True)[:200]]
    filters: dict[str, Callable[[], dict[str, Any]]] = {
        "tag, rare": lambda: {"tag": "vip"},
        "tag, frequent": lambda: {"tag": "lead"},
        "company": lambda: {"company": company()},
        "country, rare": lambda: {"country": "IS"},
        "country, frequent": lambda: {"country": "US"},
        "country, rare, by number": lambda: {"country": "IS", "sort": "number"},
        "campaign": lambda: {"campaign": campaign.pk},
        "campaign and rare status": lambda: {"campaign": campaign.pk, "status": "failed"},
        "campaign and frequent status": lambda: {"campaign": campaign.pk, "status": "completed"},
        "suppressed": lambda: {"suppressed": "yes"},
        "not suppressed": lambda: {"suppressed": "no"},
        "held": lambda: {"held": "yes"},
        "search, tag and country": lambda: {"q": chance.choice(FIRST), "tag": "lead", "country": "DE"},
    }
    for what, asked in filters.items():
        address = lambda a=asked: f"{people}?{urlencode(a())}"  # noqa: E731
        found.append(timed(f"filter: {what}", client, address, rounds, SEARCH_GOAL))
    found.append(timed("campaign list", client, lambda: "/campaigns/", rounds, PAGE_GOAL))
    found.append(timed("campaign overview", client, lambda: f"/campaigns/{campaign.pk}/", rounds, PAGE_GOAL))
    for sort in ("place", "status", "priority", "name", "number"):
        asked_for = [f"{listed}?sort={sort}", deep(listed, client, 5, sort=f"-{sort}")]
        for what, asked_now in zip(("first page", "last pages"), asked_for, strict=True):
            found.append(
                timed(f"campaign contacts by {sort}, {what}", client, lambda a=asked_now: a, rounds, PAGE_GOAL)
            )
    far = deep(listed, client, 20)
    found.append(timed("campaign contacts, twenty pages on", client, lambda: far, rounds, PAGE_GOAL))
    for status in ("failed", "pending", "completed"):
        far = deep(listed, client, 5, status=status)
        found.append(timed(f"campaign contacts, {status}, five pages on", client, lambda a=far: a, rounds, PAGE_GOAL))
    narrow: dict[str, Callable[[], dict[str, Any]]] = {
        what: lambda word=words[what]: {"q": word()}
        for what in ("rare: first and last name", "frequent: a first name", "none")
    }
    for name in ("tag, rare", "tag, frequent", "country, frequent", "held"):
        narrow[name] = filters[name]
    narrow |= {"held": lambda: {"barred": "held"}, "never called": lambda: {"called": "no"}}
    for what, asked in narrow.items():
        address = lambda a=asked: f"{listed}?{urlencode(a())}"  # noqa: E731
        found.append(timed(f"campaign contacts, {what}", client, address, rounds, SEARCH_GOAL))
    return found


def bulk(workspace: Workspace, user: User, action: str, params: dict[str, Any]) -> str:
    """An act on everybody: how soon it answers, and how fast it goes."""
    begun = time.perf_counter()
    row = acts.begin(workspace, action, params, filters=Filters(), user=user, actor_name="Bench", now=timezone.now())
    answered = time.perf_counter() - begun
    while row.status == "running":
        acts.run(row.pk, row.turn)
        row.refresh_from_db()
    took = time.perf_counter() - begun - answered
    assert row.status == "done", (row.status, row.problem)
    speed = row.seen / max(took, 0.001)
    return f"{row.words:44} {answered * 1000:8.1f} ms to the answer, {speed:10,.0f} people a second, {row.done:,} done"


def browser(workspace: Workspace) -> tuple[Client, User]:
    user = User.objects.create_user("bench@example.com", "x" * 12)
    Membership.objects.create(workspace=workspace, user=user, role="owner")
    client = Client()
    client.force_login(user)
    client.get("/contacts/")
    return client, user


def measure(contacts: int, rounds: int, say: Callable[[str], None] = print) -> list[Row]:
    begun = time.perf_counter()
    workspace, campaign = fill(contacts)
    say(f"{contacts:,} people in {time.perf_counter() - begun:.0f} s; countries: {queries.countries_of(workspace)}")
    client, user = browser(workspace)
    say(HEAD)
    found = pages(client, campaign, rounds)
    for row in found:
        say(str(row))
    until = (timezone.now() + timedelta(days=9)).isoformat()
    other = Campaign.objects.create(workspace=workspace, name="Other", agent=campaign.agent, set_up_at=timezone.now())
    for action, params in (
        ("tag", {"tags": "bench"}),
        ("untag", {"tags": "bench"}),
        ("hold", {"until": until, "reason": "Bench"}),
        ("unhold", {}),
        ("campaign", {"campaign": other.pk}),
    ):
        say(bulk(workspace, user, action, params))
    assert not BulkAction.objects.exclude(status="done").exists()
    return found


def main() -> None:
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with database():
        print(f"{connection.vendor}, {contacts:,} contacts, {rounds} rounds: p95")
        measure(contacts, rounds)


if __name__ == "__main__":
    main()
