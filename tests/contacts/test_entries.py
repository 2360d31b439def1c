"""Which entries of the suppression list fit, and many of them leaving it."""

from datetime import timedelta

import pytest

from accounts.jobs import JobStatus
from accounts.models import AuditEvent
from contacts import bulk, entries, suppression, unsuppressing
from contacts.entries import Filters
from contacts.models import Suppression
from contacts.suppression import ReasonMissing
from tests.factories import NOON, SuppressionFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(workspace):
    workspace.timezone = "America/New_York"
    workspace.save()
    rows = [("+12125551000", "asked", "A call", NOON), ("+13105552003", "complaint", "list.csv", NOON)]
    rows.append(("+442079460004", "registry", "TPS", NOON - timedelta(days=3)))
    for number, reason, source, at in rows:
        SuppressionFactory(workspace=workspace, phone_number=number, reason=reason, source=source, at=at)
    SuppressionFactory(workspace=WorkspaceFactory(), phone_number="+12125551000")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["1000", "2003", "0004"]),
        ({"q": "555-1000"}, ["1000"]),
        ({"q": "555"}, ["1000", "2003"]),
        ({"q": "+44 20"}, ["0004"]),
        ({"q": "0044 20 7946 0004"}, ["0004"]),
        ({"q": "(020) 7946-0004"}, ["0004"]),
        ({"q": "tel. 020 7946 0004"}, ["0004"]),
        ({"q": "2003"}, ["2003"]),
        ({"q": "tps"}, ["0004"]),
        ({"q": "999999"}, []),
        ({"reason": "complaint"}, ["2003"]),
        ({"source": "list"}, ["2003"]),
        ({"since": "2026-06-01"}, ["1000", "2003"]),
        ({"until": "2026-05-31"}, ["0004"]),
        ({"since": "2026-05-29", "until": "2026-05-29"}, ["0004"]),
        ({"since": "soon", "until": "9999-12-31"}, ["1000", "2003", "0004"]),
    ],
)
def test_entries_are_found_by_number_reason_source_and_day(workspace, three, filters, found) -> None:
    shown, total, sort = entries.listed(workspace, Filters.of(filters), "", "")
    assert sorted(entry.phone_number[-4:] for entry in shown.rows) == sorted(found)
    assert (total.count, sort) == (len(found), "-at")


def test_every_entry_is_on_one_page_in_either_order(workspace) -> None:
    for n in range(120):
        SuppressionFactory(workspace=workspace, phone_number=f"+1212555{n:04}", at=NOON + timedelta(minutes=n // 7))
    for sort in entries.SORTS:
        seen, cursor = [], ""
        while True:
            shown, _, _ = entries.listed(workspace, Filters(), sort, cursor)
            seen += [entry.pk for entry in shown.rows]
            if not shown.following:
                break
            cursor = shown.following
        assert len(seen) == 120 == len(set(seen)), sort


def test_a_few_that_match_leave_at_once_and_a_reason_is_asked_for(workspace, three, member) -> None:
    manager = member("manager")
    with pytest.raises(ReasonMissing):
        unsuppressing.remove_matching(workspace, Filters(q="555"), " ", actor=manager, now=NOON)
    row = unsuppressing.remove_matching(workspace, Filters(q="555"), "Wrong list.", actor=manager, now=NOON)
    assert (row.status, row.done, row.created_by) == (JobStatus.DONE, 2, manager)
    assert row.words == "Take 2 numbers off the suppression list"
    assert list(Suppression.objects.filter(workspace=workspace).values_list("phone_number", flat=True)) == [
        "+442079460004"
    ]
    [event] = suppression.removals(workspace.pk, "+12125551000")
    assert (event.actor, event.at, event.detail["reason"], event.detail["source"]) == (
        manager,
        NOON,
        "Wrong list.",
        "A call",
    )


def test_many_that_match_leave_in_pieces_by_a_job_that_may_be_killed(workspace, member, monkeypatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 5)
    monkeypatch.setattr(bulk, "PIECE", 4)
    numbers = [f"+1212555{n:04}" for n in range(23)]
    suppression.add(workspace.pk, numbers, "imported", "A list", NOON)
    job = unsuppressing.remove_matching(workspace, Filters(source="list"), "Old.", actor=member("manager"), now=NOON)
    suppression.add(workspace.pk, ["+13105552003"], "asked", "A list that came later", NOON)
    assert unsuppressing.act(job.pk, job.turn - 1) == 0, "an older turn has been replaced"

    died = suppression._remove_piece
    calls = []

    def dies(*given):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return died(*given)

    monkeypatch.setattr(suppression, "_remove_piece", dies)
    with pytest.raises(KeyboardInterrupt):
        unsuppressing.act(job.pk, job.turn)
    assert Suppression.objects.count() == 23 - 8 + 1
    unsuppressing.act(job.pk, job.turn)
    job.refresh_from_db()
    assert (job.status, job.done, job.total) == (JobStatus.DONE, 23, 23)
    assert list(Suppression.objects.values_list("phone_number", flat=True)) == ["+13105552003"], "who came later stays"
    assert AuditEvent.objects.filter(action="suppression.remove").count() == 23
