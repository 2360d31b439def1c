"""A campaign dials while its list is worked on: files come in, one is undone, numbers are suppressed by a file, people
are held and merged; another campaign's list is replaced. Whoever left is not rung any more, by the carrier's clock;
everybody else is rung once."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import files, merging, undoing, upload_tasks
from campaigns.models import Call, Campaign, CampaignContact
from contacts import people
from contacts import tasks as contact_tasks
from contacts.models import Contact, Purpose, Suppression, Upload
from tests.contacts.files import file
from tests.flows.world import World, phones, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

WITHIN = 1.0  # seconds
NUMBERS = phones(260)
LIST, SECOND, UNDONE, OLD, NEW = NUMBERS[:130], NUMBERS[130:160], NUMBERS[160:190], NUMBERS[190:220], NUMBERS[220:]


def loaded(world: World, numbers: list[str], campaign: Campaign | None = None, **how: object) -> Upload:
    """A file of these numbers, taken in and loaded as its tasks do it."""
    text = "phone_number,first_name\n" + "".join(f"{number},P{n}\n" for n, number in enumerate(numbers))
    upload = files.receive(world.workspace, file(text), user=None, now=timezone.now(), campaign=campaign, **how)
    assert upload.status == "staged", upload.problem
    files.begin(upload, timezone.now())
    upload.refresh_from_db()
    tasks = upload_tasks if campaign else contact_tasks
    tasks.load_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == "loaded", upload.problem
    return upload


def undo(upload: Upload) -> None:
    undoing.begin_undo(upload, now=timezone.now(), actor=None)
    upload_tasks.undo_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == "undone", upload.problem


def last_waiting(campaign: Campaign, count: int) -> list[str]:
    """Of those who were there when it began: the file's people come behind them."""
    rows = CampaignContact.objects.filter(campaign=campaign, status="pending", contact__phone_number__in=LIST)
    return list(rows.order_by("-id").values_list("contact__phone_number", flat=True)[:count])


def test_whoever_left_a_list_is_not_rung_and_everybody_else_is_rung_once(world):
    world.pace(12)
    running = world.campaign(max_attempts=1, always_on=True)
    world.people(running, LIST)
    world.act(running, "start")
    world.fork_dialer()
    until(lambda: Call.objects.count() >= 8, 30, world.logs)

    undo(loaded(world, UNDONE, running))
    undone_at = time.time()
    assert loaded(world, SECOND, running).added == len(SECOND)
    left_out = last_waiting(running, 50)
    barred, held, (stays, goes) = left_out[:30], left_out[30:42], left_out[42:44]

    assert loaded(world, barred, purpose=Purpose.SUPPRESSION).added == len(barred)
    barred_at = time.time()
    rows = CampaignContact.objects.filter(campaign=running, contact__phone_number__in=barred)
    assert set(rows.values_list("status", "reason")) == {("excluded", "suppressed")}, "at once, and not at their turn"
    until_tomorrow = timezone.now() + timedelta(days=1)
    kept = Contact.objects.filter(phone_number__in=held)
    people.hold_all(kept, until_tomorrow, "On holiday", now=timezone.now(), actor=None)
    held_at = time.time()
    one, other = (Contact.objects.get(phone_number=number) for number in (stays, goes))
    merging.merge(one, other, now=timezone.now(), actor=None)
    merged_at = time.time()

    draft = world.campaign(max_attempts=1)
    loaded(world, OLD, draft)
    loaded(world, NEW, draft, replaces=True)
    world.act(draft, "start")
    world.pace(100)
    world.until_status(draft, "completed")
    world.until_quiet()

    ledger = world.ledger()
    for since, gone in ((undone_at, UNDONE), (barred_at, barred), (held_at, held), (merged_at, [goes])):
        assert not {ring.to for ring in ledger.placed_after(since + WITHIN)} & set(gone)
    rung = [ring.to for ring in ledger.rings]
    assert not set(rung) & {*UNDONE, *OLD}
    assert set(rung) >= {*SECOND, *NEW, *LIST} - {*barred, *held, goes}
    assert len(rung) == len(set(rung)), "nobody twice"
    assert not Contact.objects.filter(phone_number__in=[*UNDONE, goes]).exists()
    assert Suppression.objects.filter(phone_number__in=barred).count() == len(barred)
    world.judged()
