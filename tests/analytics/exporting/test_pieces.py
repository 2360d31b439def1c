"""What the statement of a piece reads."""

import pytest
from django.db import connection

from accounts.pace import Pace
from analytics.exporting import rows
from analytics.exporting.dialect import dialect
from analytics.models import Export, ExportKind
from tests.factories import CampaignContactFactory, CampaignFactory, ContactFactory

pytestmark = pytest.mark.django_db


def pieces_of(campaign, size):
    """The pieces of an export of the campaign's people, of so many rows each."""
    last = campaign.audience.order_by("-pk").values_list("pk", flat=True)[0]
    export = Export(
        workspace=campaign.workspace, campaign=campaign, kind=ExportKind.CONTACTS, format="csv", through=last
    )
    for piece in rows.pieces(export, Pace(size)):
        yield piece
        export.after = piece.last


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite reads each person by their key")
def test_a_piece_reads_its_own_stretch_of_the_list_and_of_the_people():
    """Left alone, PostgreSQL reads both from their beginning for each piece: the later, the slower."""
    campaign = CampaignFactory()
    CampaignContactFactory.create_batch(9, campaign=campaign)
    _, middle, _ = pieces_of(campaign, 3)
    d = dialect()
    sql = middle.table.cells(d, middle.relation(d))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}", d.bound)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    people = campaign.audience.filter(pk__in=middle.ids).order_by("contact").values_list("contact", flat=True)
    for first, last in ((middle.ids[0], middle.last), (people[0], people[2])):
        assert f"((id >= {first}) AND (id <= {last}))" in plan, plan
    assert f"((campaign_contact_id >= {middle.ids[0]}) AND (campaign_contact_id <= {middle.last}))" in plan, plan


def test_keys_that_lie_far_apart_are_no_stretch():
    campaign = CampaignFactory()
    first = CampaignContactFactory(campaign=campaign)
    between = [ContactFactory(workspace=campaign.workspace) for _ in range(3)]
    CampaignContactFactory(campaign=campaign, contact=ContactFactory(workspace=campaign.workspace))
    (piece,) = pieces_of(campaign, 10)
    assert first.contact_id < between[0].pk
    assert set(piece.stretches) == {"piece"}
