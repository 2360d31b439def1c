"""What another request does between the check and the write."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError

from campaigns import editing
from campaigns.editing import PoolEntry
from campaigns.models import Campaign
from tests.factories import AgentFactory, CampaignFactory

pytestmark = pytest.mark.django_db
TAKEN = {"name": ["Another campaign has this name. Choose a different one."]}


class Meanwhile(list[PoolEntry]):
    """A pool; while it is read, somebody else makes a campaign of the same name."""

    def __init__(self, rival: Campaign) -> None:
        super().__init__()
        self.rival = rival

    def __iter__(self) -> Iterator[PoolEntry]:
        Campaign.objects.filter(pk=self.rival.pk).update(name="Spring")
        return super().__iter__()


def test_a_name_that_is_taken_at_the_same_moment_is_refused_at_its_field(workspace):
    rival, agent = CampaignFactory(workspace=workspace, name="Winter"), AgentFactory(workspace=workspace)
    with pytest.raises(ValidationError) as refusal:
        editing.create(workspace, {"name": "Spring", "agent": agent}, Meanwhile(rival), actor=None)
    assert refusal.value.message_dict == TAKEN
    assert list(Campaign.objects.values_list("name", flat=True)) == ["Spring"]
