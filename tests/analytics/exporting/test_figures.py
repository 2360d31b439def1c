"""The figures of an export are those of the pages."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns import queries
from campaigns.blockers import blockers
from campaigns.models import Call, CampaignContact
from campaigns.queries.people import talks_of
from contacts.importing.exported import METRIC_COLUMNS, PREFIX
from goals.models import Result
from goals.queries import best_results, goal_figures, goals_of
from tests.analytics.exporting.made import exported, grid, rows
from tests.campaigns.dialing.floor import claimed, running
from tests.campaigns.history import campaign_with_past
from tests.factories import GoalFactory, SuppressionFactory

pytestmark = pytest.mark.django_db
FORMATS = ("csv", "csv_semicolon", "xlsx", "json")


def text(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""


@pytest.mark.parametrize("seed", (1, 2))
def test_each_contact_has_the_figures_of_its_row_on_the_page(workspace, seed):
    campaign = campaign_with_past(workspace, people=20, seed=seed)
    people = {p.pk: p for p in CampaignContact.objects.filter(campaign=campaign).select_related("contact")}
    talks = talks_of(list(people))
    found = rows(exported(workspace, "contacts", campaign=campaign))
    assert len(found) == 20
    by_contact = {person.contact_id: person for person in people.values()}
    for row in found:
        person = by_contact[int(row[f"{PREFIX}contact"])]
        said = talks.get(person.pk)
        assert row["phone_number"] == person.contact.phone_number
        assert row[f"{PREFIX}status"] == person.status
        assert int(row[f"{PREFIX}attempts"]) == person.attempts
        assert int(row[f"{PREFIX}conversations"]) == (said.count if said else 0)
        assert int(row[f"{PREFIX}talk_seconds"]) == (said.seconds if said else 0)
        assert row[f"{PREFIX}last_called_at"] == text(said.last_called if said else None)
        for goal in goals_of(campaign):
            best = best_results(goal, [person.pk]).get(person.pk)
            assert row[f"{PREFIX}goal: {goal.name}"] == (best.result.word if best else "")
            assert row[f"{PREFIX}goal_score: {goal.name}"] == (
                str(best.score) if best and best.score is not None else ""
            )


@pytest.mark.parametrize("fmt", FORMATS)
def test_sums_over_the_file_are_the_figures_of_the_overview(workspace, fmt):
    campaign = campaign_with_past(workspace, people=25, seed=3)
    found = rows(exported(workspace, "contacts", fmt, campaign))
    tallies, counts = queries.tallies(campaign), queries.status_counts(campaign)
    assert len(found) == counts.total
    assert sum(int(row[f"{PREFIX}calls"]) for row in found) == tallies.launched
    assert sum(int(row[f"{PREFIX}conversations"]) for row in found) == tallies.conversations
    assert sum(int(row[f"{PREFIX}talk_seconds"]) for row in found) == tallies.talk_seconds
    assert sum(Decimal(row[f"{PREFIX}cost"] or 0) for row in found) == tallies.spend
    assert {s.value: n for s, n in counts if n} == {
        status: sum(row[f"{PREFIX}status"] == status for row in found)
        for status in {row[f"{PREFIX}status"] for row in found}
    }
    for figures in goal_figures(campaign):
        words = [row[f"{PREFIX}goal: {figures.goal.name}"] for row in found]
        assert [words.count(r.word) for r in Result] == [
            figures.achieved, figures.partially_achieved, figures.not_achieved, figures.unknown
        ]  # fmt: skip


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_call_is_a_row_with_the_figures_of_its_page(workspace, fmt):
    campaign = campaign_with_past(workspace, people=15, seed=4)
    found = {row["reference"]: row for row in rows(exported(workspace, "calls", fmt, campaign))}
    calls = {str(call.reference): call for call in Call.objects.filter(campaign=campaign).select_related("number")}
    assert found.keys() == calls.keys()
    for reference, call in calls.items():
        row = found[reference]
        assert (row["phone_number"], row["outcome"] or "") == (call.phone_number, call.outcome)
        assert (int(row["talk_seconds"]), row["number"]) == (call.talk_seconds, call.number.phone_number)
        assert row["launched_at"] == text(call.launched_at)
        assert Decimal(row["cost"] or 0) == (call.cost or 0)


def test_results_mark_the_one_that_counts(workspace):
    campaign = campaign_with_past(workspace, people=25, seed=5)
    found = rows(exported(workspace, "results", campaign=campaign))
    (figures,) = goal_figures(campaign)
    counted = [row["result"] for row in found if row["counts"] == "yes"]
    assert [counted.count(r.word) for r in Result] == [
        figures.achieved, figures.partially_achieved, figures.not_achieved, figures.unknown
    ]  # fmt: skip
    assert len(counted) == figures.judged


def test_why_each_was_not_called_is_what_the_pages_say(workspace):
    """People of every kind, in a campaign that runs: whoever is alike for the export gets the same answer alone."""
    workspace.safe_hours = False
    workspace.save()
    campaign = running(workspace, people=12)
    people = list(campaign.audience.select_related("contact", "hours_key").order_by("pk"))
    now = timezone.now()
    held, late, barred, gone, never, kept = people[:6]
    held.contact.held_until, held.contact.held_reason = now.replace(year=now.year + 9), "On leave"
    held.contact.save()
    later = {"next_attempt_at": now.replace(year=now.year + 1), "status": "retry"}
    campaign.audience.filter(pk=late.pk).update(**later)
    SuppressionFactory(workspace=workspace, phone_number=barred.contact.phone_number)
    campaign.audience.filter(pk=gone.pk).update(status="completed", reason="human", next_attempt_at=None)
    campaign.audience.filter(pk=never.pk).update(next_attempt_at=None, reason="after_primary")
    campaign.audience.filter(pk=kept.pk).update(next_attempt_at=None)
    claimed(workspace)
    for status in ("running", "paused"):
        campaign.status = status
        campaign.save()
        found = rows(exported(workspace, "contacts", campaign=campaign))
        again = list(campaign.audience.select_related("contact", "hours_key").order_by("pk"))
        why = blockers(campaign, again, timezone.now())
        assert [row[f"{PREFIX}blocker"] for row in found] == [why[p.pk].code for p in again]
        assert [row[f"{PREFIX}blocker_sentence"] for row in found] == [why[p.pk].sentence for p in again]
        for row, person in zip(found, again, strict=True):
            if why[person.pk].code not in ("in_turn", "window_closed", "safe_hours"):
                assert row[f"{PREFIX}eligible_at"] == text(why[person.pk].until)


def test_a_caps_own_people_are_asked_one_by_one(workspace):
    workspace.safe_hours, workspace.daily_cap = False, 1
    workspace.save()
    campaign = running(workspace, people=4)
    calls = claimed(workspace)
    Call.objects.filter(pk__in=[call.pk for call in calls]).update(launched_at=timezone.now())
    found = rows(exported(workspace, "contacts", campaign=campaign))
    again = list(campaign.audience.select_related("contact", "hours_key").order_by("pk"))
    why = blockers(campaign, again, timezone.now())
    assert [row[f"{PREFIX}blocker"] for row in found] == [why[p.pk].code for p in again]


def test_two_goals_of_one_name_and_none_archived(workspace):
    campaign = campaign_with_past(workspace, people=3)
    GoalFactory(campaign=campaign, name="Twice")
    GoalFactory(campaign=campaign, name="Twice")
    GoalFactory(campaign=campaign, name="Gone", archived_at=timezone.now())
    head = grid(exported(workspace, "contacts", campaign=campaign))[0]
    assert tuple(head[head.index(METRIC_COLUMNS[0]) :][: len(METRIC_COLUMNS)]) == METRIC_COLUMNS
    assert head.count(f"{PREFIX}goal: Twice") == 2
    assert f"{PREFIX}goal: Gone" not in head
