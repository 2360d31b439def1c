"""Nothing lost, nothing doubled, and the counts add up: whatever ends a worker, and wherever."""

import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone
from django_q.models import OrmQ

from accounts import jobs
from contacts.importing import load, progress, staging
from contacts.importing.load import NotStaged
from contacts.models import Contact, Suppression, Upload, UploadStatus
from tests.contacts.files import add_up, loaded, loading, many, numbers, one_piece, staged
from tests.contacts.importing import made
from tests.contacts.importing.test_staging import SAMPLE
from tests.factories import NOON, SuppressionFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(load, "PIECE_ROWS", 10)


def test_the_sample_file_gives_exactly_these_counts(workspace) -> None:
    upload = loaded(workspace, SAMPLE.read_bytes())
    assert upload.status == UploadStatus.LOADED
    assert upload.counts == {
        "added": 202,
        "updated": 0,
        "unchanged": 0,
        "invalid": 3,
        "duplicate": 1,
        "suppressed": 0,
    }
    assert add_up(upload) and upload.rows_done == 206
    assert Contact.objects.filter(workspace=workspace).count() == 202
    assert list(upload.rejected_rows.values_list("line", "kind", "reason")) == [
        (202, "duplicate", "The same number as in line 2: +12125551000."),
        (203, "invalid", "“not a number” is not a phone number."),
        (204, "invalid", "The phone number is empty."),
        (205, "invalid", "“+1555” is too short for a phone number."),
    ]


def test_a_row_fills_the_contact_and_its_variables(workspace) -> None:
    loaded(workspace, SAMPLE.read_bytes())
    ravi = Contact.objects.get(phone_number="+919867710006")
    assert (ravi.name, ravi.company, ravi.country, ravi.timezone) == (
        "Ravi Andersson",
        "Blue Harbor Dental",
        "IN",
        "Asia/Kolkata",
    )
    assert (ravi.zone_source, ravi.tag_list, ravi.priority) == ("number", ["winback", "b2b", "renewal"], 2)
    assert ravi.variables == {"due_amount": "619.00", "plan": "pro", "renewal_date": "2026-12-12"}
    assert Contact.objects.get(phone_number="+919847410001").zone_source == "given"


def test_formula_cells_stay_data(workspace) -> None:
    loaded(workspace, SAMPLE.read_bytes())
    formula = Contact.objects.get(phone_number="+14155550123")
    assert (formula.first_name, formula.variables["due_amount"]) == ('=HYPERLINK("http://x")', "=1+1")


def test_the_same_file_again_changes_nobody(workspace) -> None:
    loaded(workspace, SAMPLE.read_bytes())
    before = list(Contact.objects.order_by("id").values())
    again = loaded(workspace, SAMPLE.read_bytes())
    assert again.counts == {"added": 0, "updated": 0, "unchanged": 202, "invalid": 3, "duplicate": 1, "suppressed": 0}
    assert list(Contact.objects.order_by("id").values()) == before


def test_a_later_file_changes_what_it_says_and_leaves_the_rest(workspace) -> None:
    loaded(workspace, "phone,name,company,tags,timezone,plan,due\n+12125551000,Ana,Acme,vip,America/Chicago,pro,5\n")
    upload = loaded(workspace, "phone,company,tags,plan,name\n+12125551000,Bolt,b2b,team,\n")
    ana = Contact.objects.get()
    assert upload.counts["updated"] == 1
    assert (ana.name, ana.company, ana.tag_list, ana.timezone) == ("Ana", "Bolt", ["vip", "b2b"], "America/Chicago")
    assert ana.variables == {"plan": "team", "due": "5"}


def test_a_moved_person_is_left_for_the_campaigns_to_pull(workspace) -> None:
    loaded(workspace, "phone,name\n+12125551000,Ana\n")
    assert Contact.objects.get().spread_at is not None
    loaded(workspace, "phone,timezone\n+12125551000,America/Chicago\n")
    ana = Contact.objects.get()
    assert (ana.spread_at, ana.zone_source, ana.hours_key.zones) == (None, "given", "America/Chicago")


def test_suppressed_people_do_not_become_contacts(workspace) -> None:
    SuppressionFactory(workspace=workspace, phone_number="+12125550001")
    SuppressionFactory(workspace=WorkspaceFactory(), phone_number="+12125550002")
    upload = loaded(workspace, many(3))
    assert (upload.added, upload.suppressed) == (2, 1)
    assert numbers(workspace) == ["+12125550000", "+12125550002"]
    assert list(upload.rejected_rows.values_list("line", "reason")) == [(3, "The number is on the suppression list.")]
    assert add_up(upload)


def test_a_duplicate_is_known_across_pieces(workspace, small_pieces) -> None:
    upload = loaded(workspace, many(25) + "(212) 555-0003,Again,\n")
    assert (upload.added, upload.duplicate, Contact.objects.count()) == (25, 1, 25)
    assert Contact.objects.get(phone_number="+12125550003").name == "Person 3"


def test_another_workspace_has_its_own_people(workspace) -> None:
    loaded(workspace, many(3))
    other = WorkspaceFactory()
    assert loaded(other, many(3)).added == 3
    assert numbers(other) == numbers(workspace)


def test_what_was_told_of_the_file_is_still_told_when_it_is_loaded(workspace) -> None:
    header = ["phone", "primary_phone_number"]
    content = made.excel([header, ["+12125551000", "+12125551001"]], [["x"]], names=["A", "B"])
    assert loaded(workspace, content).note == (
        "The file has 2 sheets. Only “A” is read. 1 person is not tied to the primary named; the warnings say why."
    )


def test_secondaries_find_a_primary_in_a_later_row(workspace) -> None:
    upload = loaded(
        workspace,
        "phone,name,primary_phone_number\n"
        "+12125550001,Son,212 555 0002\n+12125550002,Mother,\n+12125550003,Alone,+12125559999\n"
        "+12125550004,Chain,+12125550001\n",
    )
    people = {contact.name: contact for contact in Contact.objects.all()}
    assert people["Son"].primary == people["Mother"]
    assert people["Alone"].primary is people["Chain"].primary is None
    assert upload.note == "2 people are not tied to the primary named; the warnings say why."
    (warning,) = upload.warned
    assert (warning["words"], warning["count"]) == ("Not tied to the primary named", 2)
    assert warning["first"] == [
        [4, "+12125559999 is not in your contacts. Add the primary first."],
        [5, "Son is a secondary already. Name the primary of that one."],
    ]


def test_a_file_can_be_loaded_once(workspace) -> None:
    upload = loaded(workspace, many(3))
    with pytest.raises(NotStaged):
        load.begin(upload, NOON)
    assert load.run(upload.pk, upload.turn) == 0
    assert Contact.objects.count() == 3


def test_the_file_is_removed_once_it_is_loaded(workspace) -> None:
    upload = loading(workspace, many(3))
    path = Path(upload.file.path)
    assert path.exists()
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert not path.exists() and not upload.file


def test_a_slice_that_is_over_queues_the_rest_in_its_last_transaction(workspace, small_pieces) -> None:
    upload = loading(workspace, many(25))
    OrmQ.objects.all().delete()
    assert load.run(upload.pk, upload.turn, seconds=0) == 10
    assert OrmQ.objects.count() == 1 and OrmQ.objects.get().key == "work"
    assert load.run(upload.pk, upload.turn) == 0, "the task that queued it has lost its turn"
    upload.refresh_from_db()
    assert load.run(upload.pk, upload.turn) == 15


def test_two_workers_on_one_file_do_not_double(workspace, small_pieces, monkeypatch) -> None:
    upload = loading(workspace, many(45))
    real, entered = load._read, Counter()

    def overtaken(*args):
        entered["pieces"] += 1
        if entered["pieces"] == 3:
            monkeypatch.setattr(load, "_read", real)
            assert load.run(upload.pk, upload.turn) == 25
        return real(*args)

    monkeypatch.setattr(load, "_read", overtaken)
    assert load.run(upload.pk, upload.turn) == 20
    upload.refresh_from_db()
    assert (upload.status, upload.added, upload.rows_done) == (UploadStatus.LOADED, 45, 45)
    assert Contact.objects.count() == 45


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_do_not_double(workspace, small_pieces) -> None:
    upload = loading(workspace, many(200))
    done: list[int] = []

    def work() -> None:
        try:
            done.append(load.run(upload.pk, upload.turn))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    upload.refresh_from_db()
    assert len(done) == 3
    assert upload.status == UploadStatus.LOADED
    assert (upload.added, upload.rows_done, Contact.objects.count()) == (200, 200, 200)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turned", [False, True])
def test_two_files_of_the_same_people_at_once_add_each_person_once(workspace, small_pieces, turned) -> None:
    header, *rows = many(250).splitlines()
    other = "\n".join([header, *(reversed(rows) if turned else rows)])
    uploads = [loading(workspace, many(200)), loading(workspace, other)]
    failed: list[BaseException] = []

    def work(upload: Upload) -> None:
        try:
            load.run(upload.pk, upload.turn)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[upload]) for upload in uploads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for upload in uploads:
        upload.refresh_from_db()
        assert upload.status == UploadStatus.LOADED and add_up(upload)
    assert sum(upload.added for upload in uploads) == Contact.objects.count() == 250


def test_a_piece_that_commits_while_a_cancel_waits_for_it_came_before_the_end(workspace) -> None:
    upload = loading(workspace, many(3))
    last_piece = timezone.now()
    Upload.objects.filter(pk=upload.pk).update(heartbeat_at=last_piece)
    progress.cancel(upload, last_piece - timedelta(seconds=1))
    assert upload.finished_at == last_piece


@pytest.mark.parametrize("pieces", range(5))
def test_cancelling_stops_at_the_next_piece_and_keeps_what_is_loaded(workspace, small_pieces, pieces) -> None:
    upload = loading(workspace, many(45))
    for _ in range(pieces):
        one_piece(upload)
    assert progress.cancel(Upload.objects.get(pk=upload.pk), NOON)
    assert load.run(upload.pk, upload.turn) == 0
    upload.refresh_from_db()
    assert (upload.status, upload.rows_done) == (UploadStatus.CANCELLED, 10 * pieces)
    assert add_up(upload) and Contact.objects.count() == 10 * pieces


def test_a_load_without_a_sign_of_life_is_queued_again(workspace) -> None:
    upload = loading(workspace, many(3))
    OrmQ.objects.all().delete()
    assert progress.queue_stalled(NOON + timedelta(seconds=30)) == 0
    assert progress.queue_stalled(NOON + timedelta(seconds=31)) == 1
    assert progress.queue_stalled(NOON + timedelta(seconds=31)) == 0
    task = OrmQ.objects.get()
    assert (task.key, task.func(), task.args()) == ("work", "contacts.tasks.load_upload", (upload.pk, upload.turn))


def test_staging_without_a_sign_of_life_is_queued_again(workspace, monkeypatch) -> None:
    monkeypatch.setattr(staging, "AT_ONCE_BYTES", 10)
    from tests.contacts.files import file

    staging.receive(workspace, file(many(3)), user=None, now=NOON)
    OrmQ.objects.all().delete()
    assert progress.queue_stalled(NOON + timedelta(seconds=31)) == 1
    assert OrmQ.objects.get().func() == "contacts.tasks.stage_upload"


def test_a_file_that_stalls_for_ever_is_given_up_with_a_sentence(workspace) -> None:
    upload = loading(workspace, many(3))
    now = NOON
    for _ in range(jobs.MOST_STALLS + 1):
        now += timedelta(minutes=1)
        progress.queue_stalled(now)
    upload.refresh_from_db()
    assert upload.status == UploadStatus.FAILED
    assert upload.problem.startswith("Work on it stopped again and again.")


def test_a_file_that_is_gone_from_disk_fails_with_a_sentence(workspace) -> None:
    upload = loading(workspace, many(3))
    upload.ready.storage.delete(upload.ready.name)
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert (upload.status, upload.problem) == (UploadStatus.FAILED, load.GONE)


@pytest.mark.parametrize("kept", [0, 0.4, 0.99])
def test_a_file_that_was_cut_off_on_disk_fails_with_a_sentence(workspace, small_pieces, kept) -> None:
    upload = loading(workspace, many(30))
    path = Path(upload.ready.path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert (upload.status, upload.problem) == (UploadStatus.FAILED, load.CUT_OFF)
    assert add_up(upload) and upload.rows_done == Contact.objects.count() == {0: 0, 0.4: 10, 0.99: 20}[kept]


def test_a_number_suppressed_after_staging_is_not_loaded(workspace) -> None:
    upload = staged(workspace, many(2))
    Suppression.objects.create(workspace=workspace, phone_number="+12125550001", at=NOON)
    load.begin(upload, NOON)
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.counts["suppressed"] == 1


def test_a_cell_with_characters_that_mean_something_to_a_database_is_kept_as_it_is(workspace) -> None:
    upload = loaded(workspace, "phone,name,plan\n+12125550002,Bo\t\\N,a\\b\n")
    assert upload.status == UploadStatus.LOADED and add_up(upload) and upload.rows_done == 1
    bo = Contact.objects.get(phone_number="+12125550002")
    assert (bo.name, bo.variables) == ("Bo\t\\N", {"plan": "a\\b"})


def test_a_piece_asks_the_database_the_same_number_of_questions_for_any_rows(
    workspace, django_assert_max_num_queries
) -> None:
    loaded(workspace, many(1))
    upload = loading(workspace, many(500, first=100))
    most = 60 if connection.vendor == "sqlite" else 40
    with django_assert_max_num_queries(most):
        load.run(upload.pk, upload.turn)
