"""Exports in the back office: the same rules, the same columns."""

import pytest
from django.urls import reverse
from django.utils import timezone

from analytics.models import Export
from tests.analytics.exporting.made import content, exported
from tests.factories import ExportFactory

pytestmark = pytest.mark.django_db


def test_a_file_is_fetched_by_those_who_may(workspace, staff):
    export = exported(workspace, "people")
    address = reverse("admin:analytics_export_download", args=[export.pk])
    assert b"".join(staff("operator").get(address).streaming_content) == content(export)
    assert staff("viewer").get(address).status_code == 404


def test_acts_stop_and_remove(workspace, staff):
    made, running = exported(workspace, "people"), ExportFactory(workspace=workspace, heartbeat_at=timezone.now())
    page, both = reverse("admin:analytics_export_changelist"), [made.pk, running.pk]
    client = staff("operator")
    for act in ("cancel", "remove"):
        client.post(page, {"action": act, "_selected_action": both})
    assert list(Export.objects.order_by("pk").values_list("status", "file")) == [("done", ""), ("cancelled", "")]
