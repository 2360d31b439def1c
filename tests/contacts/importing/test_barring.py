"""A staged file goes onto the suppression list: every row counted, nothing lost or doubled, whatever happens."""

from datetime import UTC, datetime

import pytest

from accounts.jobs import STALLED_AFTER
from accounts.models import AuditEvent
from contacts import suppression
from contacts.importing import barring, load, progress
from contacts.models import Contact, Purpose, Suppression, Upload
from tests.contacts.files import Killed, killed, staged
from tests.factories import NOON, SuppressionFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def begun(workspace, text: str, **asked: str) -> Upload:
    upload = staged(workspace, text, purpose=Purpose.SUPPRESSION)
    assert upload.status == "staged", upload.problem
    if asked:
        barring.ask(upload, asked.get("reason", ""), asked.get("note", ""))
    load.begin(upload, NOON)
    return upload


def listed(workspace, text: str, **asked: str) -> Upload:
    upload = begun(workspace, text, **asked)
    barring.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    return upload


def counted(upload: Upload) -> dict[str, int]:
    return {name: count for name, count in upload.counts.items() if count}


def test_rows_are_added_unchanged_duplicate_or_invalid_and_add_up(workspace) -> None:
    SuppressionFactory(workspace=workspace, phone_number="+12125551001", reason="complaint", source="A letter")
    SuppressionFactory(workspace=WorkspaceFactory(), phone_number="+12125551000")
    upload = listed(workspace, "phone\n212 555 1000\n+12125551001\n(212) 555-1000\n12\n+442079460004\n")
    assert counted(upload) == {"added": 2, "unchanged": 1, "duplicate": 1, "invalid": 1}
    assert (upload.status, upload.rows_done, sum(upload.counts.values())) == ("loaded", 5, 5)
    rows = list(upload.rejected_rows.values_list("line", "kind", "cells"))
    assert rows == [(4, "duplicate", ["(212) 555-1000"]), (5, "invalid", ["12"])]
    entries = {e.phone_number: (e.reason, e.source) for e in Suppression.objects.filter(workspace=workspace)}
    assert entries == {
        "+12125551000": ("imported", "people.csv"),
        "+12125551001": ("complaint", "A letter"),
        "+442079460004": ("imported", "people.csv"),
    }
    assert not Contact.objects.exists()
    assert AuditEvent.objects.get().action == "suppression.import"
    assert not Suppression.objects.filter(workspace=workspace, spread_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("row", "entry"),
    [
        (",,,", ("registry", "people.csv", "June", None)),
        ("asked,Hotline,said so,2026-05-01", ("asked", "Hotline", "said so", datetime(2026, 5, 1, tzinfo=UTC))),
        ("On a do-not-call registry,,,", ("registry", "people.csv", "June", None)),
        ("DNC,,,", ("asked", "people.csv", "June", None)),
        ("do-not-call,,,", ("asked", "people.csv", "June", None)),
        ("person_asked,,,", ("asked", "people.csv", "June", None)),
        ("National DNC,,,", ("registry", "people.csv", "June", None)),
        ("BY HAND,,,", ("by_hand", "people.csv", "June", None)),
        ("by_hand,,,2026-05-01T10:00:00+02:00", ("by_hand", "people.csv", "June", datetime(2026, 5, 1, 8, tzinfo=UTC))),
        ("Moved away,,wrote,", ("registry", "people.csv", "Moved away: wrote", None)),
        (",,,2999-01-01", ("registry", "people.csv", "June", None)),
        (",,,0001-01-01T00:00:00+10:00", ("registry", "people.csv", "June", None)),
        (",,,31.5.2026", ("registry", "people.csv", "June", None)),
        (f",{'s' * 999},{'n' * 999},", ("registry", "s" * 200, "n" * 200, None)),
        (",'=1+1,'-x,", ("registry", "=1+1", "-x", None)),
    ],
)
def test_a_row_says_more_than_the_form_and_nothing_beside_the_number_rejects_it(workspace, row, entry) -> None:
    upload = listed(workspace, f"phone,why,source,note,since\n2125551000,{row}\n", reason="registry", note="June")
    assert counted(upload) == {"added": 1}
    made = Suppression.objects.get()
    reason, source, note, at = entry
    assert (made.reason, made.source, made.note) == (reason, source, note)
    if at:
        assert made.at == at
    else:
        assert made.at > NOON, "now"


def test_national_numbers_are_read_with_the_country_of_their_row(workspace) -> None:
    listed(workspace, "number,country\n020 7946 0004,GB\n212 555 1000,\n")
    assert set(Suppression.objects.values_list("phone_number", flat=True)) == {"+442079460004", "+12125551000"}


def test_a_country_that_cannot_be_read_keeps_no_whole_number_off_the_list(workspace) -> None:
    upload = listed(workspace, "number,country\n+79161234567,Russian Fed\n020 7946 0004,Albion\n")
    assert list(Suppression.objects.values_list("phone_number", flat=True)) == ["+79161234567"]
    assert counted(upload) == {"added": 1, "invalid": 1}, "a national number could be anybody's"
    assert "The row is taken without it." in str(upload.warnings)


def test_a_worker_killed_in_every_piece_loses_nothing_and_doubles_nothing(workspace, monkeypatch) -> None:
    monkeypatch.setattr(barring, "PIECE_ROWS", 10)
    monkeypatch.setattr(barring, "SQLITE_PIECE_ROWS", 10)
    rows = "".join(f"+1212{5_550_000 + n}\n" for n in range(45)) + "12\n+12125550001\n"
    upload = begun(workspace, f"phone\n{rows}")
    put, deaths = suppression.put, []

    def dies(*given):
        made = put(*given)
        if len(deaths) % 2 == 0:
            deaths.append(1)
            raise Killed
        deaths.append(0)
        return made

    monkeypatch.setattr(barring.suppression, "put", dies)
    for _ in range(5):
        with killed():
            barring.run(upload.pk, upload.turn)
        progress.queue_stalled(NOON.replace(year=2030) + STALLED_AFTER)
        upload.refresh_from_db()
    barring.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert sum(deaths) == 5
    assert (upload.status, counted(upload)) == ("loaded", {"added": 45, "duplicate": 1, "invalid": 1})
    assert Suppression.objects.count() == 45
    assert upload.rejected_rows.count() == 2


def test_an_older_turn_and_a_cancelled_file_list_nobody(workspace) -> None:
    upload = begun(workspace, "phone\n2125551000\n")
    assert barring.run(upload.pk, upload.turn - 1) == 0
    assert progress.cancel(upload, NOON)
    assert barring.run(upload.pk, upload.turn) == 0
    assert not Suppression.objects.exists()


def test_a_long_file_is_listed_in_slices_and_its_people_leave_lists_after_each_piece(workspace, monkeypatch) -> None:
    monkeypatch.setattr(barring, "PIECE_ROWS", 5)
    monkeypatch.setattr(barring, "SQLITE_PIECE_ROWS", 5)
    upload = begun(workspace, "phone\n" + "".join(f"+1212{5_550_000 + n}\n" for n in range(12)))
    seen: list[int] = []

    def spread(workspace_id: int, now: datetime) -> int:
        waiting = Suppression.objects.filter(workspace=workspace_id, spread_at=None)
        seen.append(waiting.count())
        return waiting.update(spread_at=now)

    for rows in (5, 5, 2):
        assert barring.run(upload.pk, upload.turn, spread, seconds=0) == rows
        upload.refresh_from_db()
    assert seen == [5, 0, 5, 0, 2, 0]
    assert upload.status == "loaded"


@pytest.mark.parametrize(("lost", "sentence"), [("file", load.GONE), ("end", load.CUT_OFF)])
def test_a_file_that_is_gone_or_cut_off_fails_with_a_sentence(workspace, lost, sentence) -> None:
    upload = begun(workspace, "phone\n2125551000\n")
    if lost == "file":
        upload.ready.storage.delete(upload.ready.name)
    else:
        with upload.ready.open("r+b") as ready:
            ready.file.truncate(10)
    barring.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert (upload.status, upload.problem) == ("failed", sentence)


def test_two_files_with_the_same_numbers_list_each_once(workspace) -> None:
    first, second = begun(workspace, "phone\n2125551000\n2125551001\n"), begun(workspace, "phone\n2125551001\n")
    for upload in (second, first):
        barring.run(upload.pk, upload.turn)
        upload.refresh_from_db()
    assert (counted(first), counted(second)) == ({"added": 1, "unchanged": 1}, {"added": 1})
