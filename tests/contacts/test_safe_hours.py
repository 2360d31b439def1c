"""The safe-hours table: shipped rows with their sources, and a workspace's own in their place."""

from datetime import date

import pytest

from accounts.models import AuditEvent
from campaigns import policies
from campaigns.dialing import law, window
from campaigns.dialing.values import Hours
from contacts import legal_hours, safe_hours
from tests.factories import UserFactory, WorkspaceFactory

LATE = {"mon": [["10:00", "12:00"]]}


def test_every_shipped_row_can_be_read_and_names_its_source_and_date():
    rows = legal_hours.default_table()
    assert len(rows) > 20
    assert ("", "") in rows
    for row in rows.values():
        assert row.source
        assert row.as_of is not None
    law.legal(rows)  # raises for hours that are no hours


def test_hours_of_a_week_are_read_day_by_day():
    assert legal_hours.week("mon-tue 10:00-13:00 14:00-20:00; sun 09:00-13:00") == {
        "mon": [["10:00", "13:00"], ["14:00", "20:00"]],
        "tue": [["10:00", "13:00"], ["14:00", "20:00"]],
        "sun": [["09:00", "13:00"]],
    }
    assert set(legal_hours.week("daily 08:00-21:00")) == set(legal_hours.DAYS)


@pytest.mark.parametrize(
    ("country", "region", "source"),
    [("US", "FL", "Fla. Stat."), ("US", "CA", "47 CFR"), ("US", "", "47 CFR"), ("DE", "", "Outdial's own default")],
)
def test_a_state_has_its_row_else_its_country_else_all_the_others(country, region, source):
    table = law.legal(legal_hours.default_table())
    row = window.safe_row(table, Hours(country, region, ("UTC",)))
    assert row is not None
    assert row.source.startswith(source)


def test_without_a_country_there_is_no_row():
    assert window.safe_row(law.legal(legal_hours.default_table()), Hours("", "", ("UTC",))) is None


@pytest.mark.django_db
def test_a_workspaces_own_row_stands_in_place_of_the_shipped_one_until_it_is_reset(workspace):
    user = UserFactory()
    safe_hours.set_row(workspace, "US", "FL", LATE, "Our lawyers", as_of=date(2026, 5, 1), actor=user)
    row = safe_hours.table(workspace)["US", "FL"]
    assert (row.days, row.source, row.own, row.changed_by) == (LATE, "Our lawyers", True, str(user))
    assert safe_hours.table(WorkspaceFactory())["US", "FL"].own is False

    assert safe_hours.reset_row(workspace, "US", "FL", actor=user)

    assert safe_hours.table(workspace)["US", "FL"].source.startswith("Fla. Stat.")
    assert not safe_hours.reset_row(workspace, "US", "FL", actor=user)
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == [
        "safe_hours.set",
        "safe_hours.reset",
    ]


@pytest.mark.django_db
def test_a_workspace_that_does_not_keep_to_safe_hours_has_no_table(workspace):
    assert policies.safe(workspace) is not None
    workspace.safe_hours = False
    assert policies.safe(workspace) is None
