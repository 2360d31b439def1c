"""What agents' and carriers' pages show of calls."""

from django.db.models import Count

from accounts.models import Workspace
from campaigns.choices import Cause
from campaigns.models import Call
from telephony.models import Agent


def live_by_carrier(workspace: Workspace) -> dict[int, int]:
    """Channels in use right now, for the carriers that have any."""
    live = Call.objects.filter(workspace=workspace, concluded_at=None, ended_at=None).order_by()
    return dict(live.values_list("carrier").annotate(Count("pk")))


def test_calls(agent: Agent, limit: int = 5) -> list[Call]:
    """The agent's last test calls, newest first."""
    rows = Call.objects.filter(workspace=agent.workspace_id, campaign=None, agent=agent, cause=Cause.TEST)
    return list(rows.select_related("number").order_by("-launched_at", "-pk")[:limit])
