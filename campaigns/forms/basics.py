"""Step 1: who calls, under which name."""

from typing import Any

from django import forms

from accounts.models import User, Workspace
from campaigns import editing, locks
from campaigns.forms.rows import CampaignForm
from campaigns.models import Campaign
from telephony.models import Agent


class BasicsForm(CampaignForm):
    """Makes the draft row, or saves into it. Name and agent are fixed after the first run; notes and priority never."""

    class Meta:
        model = Campaign
        fields = ["name", "agent", "notes", "priority"]
        widgets = {"notes": forms.Textarea(attrs={"rows": 4})}
        labels = {"name": "Campaign name"}
        help_texts = {
            "name": "Clear to everybody: client, audience, month.",
            "priority": "Which campaign gets shared carriers first.",
            "notes": "For your team; nobody is told.",
        }
        error_messages = {
            "name": {"required": "Give the campaign a name."},
            "agent": {"required": "Choose the agent that talks."},
        }

    def __init__(self, data: Any = None, *, workspace: Workspace, instance: Campaign | None = None, **options: Any):
        instance = instance or Campaign(workspace=workspace)
        super().__init__(data, instance=instance, **options)
        agents = self.fields["agent"]
        agents.queryset = Agent.objects.filter(workspace=workspace)  # type: ignore[attr-defined]
        agents.empty_label = "Choose an agent"  # type: ignore[attr-defined]
        self.fields["notes"].required = False
        self.lock(locks.IDENTITY, locks.identity_locked(instance))

    def write(self, actor: User) -> None:
        if self.instance.pk is None:
            values = self.values()
            self.instance = editing.create(self.instance.workspace, values, actor=actor, set_up=False)
        else:
            super().write(actor)
