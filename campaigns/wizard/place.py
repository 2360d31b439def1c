"""Where somebody is in the wizard: the step, its addresses, and what every step shows around its fields. An edge."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from accounts.returning import asked_for
from accounts.tenancy import WorkspaceRequest
from campaigns import locks
from campaigns.models import Campaign
from campaigns.wizard import steps
from campaigns.wizard.steps import Step

REFUSED = 409


@dataclass(frozen=True, slots=True)
class Place:
    """Where one is: a step of a campaign, or of one that does not exist yet."""

    request: WorkspaceRequest
    campaign: Campaign | None
    step: Step

    @property
    def row(self) -> Campaign:
        """The campaign of a step that needs one."""
        assert self.campaign is not None
        return self.campaign

    @property
    def key(self) -> str:
        return f"{self.campaign.pk if self.campaign else 'new'}:{self.step.name}"

    @property
    def came_from(self) -> str:
        """Where the arrow on top leads: where one came from, as long as it is ours."""
        if asked := asked_for(self.request, "from"):
            return asked
        if self.campaign and self.campaign.set_up_at:
            return reverse("campaigns:detail", args=[self.campaign.pk])
        return reverse("campaigns:list")

    def address(self, step: Step, campaign: Campaign | None = None) -> str:
        row = campaign or self.campaign
        path = (
            reverse("campaigns:edit", args=[row.pk, step.name]) if row else reverse("campaigns:new", args=[step.name])
        )
        asked = self.request.GET.get("from", "")
        return f"{path}?{urlencode({'from': asked})}" if asked else path


def frame(place: Place) -> dict[str, object]:
    """What every step shows around its fields."""
    campaign = place.campaign
    shut = locks.not_editable(campaign) if campaign else ""
    before = steps.before(place.step)
    return {
        "campaign": campaign,
        "step": place.step,
        "pills": [(pill, place.address(pill.step)) for pill in steps.pills(campaign, place.step)],
        "came_from": place.came_from,
        "back": place.address(before) if before else "",
        "next": place.address(steps.after(place.step)),
        "shut": shut,
        "identity_locked": locks.identity_locked(campaign) if campaign else "",
        "editing": bool(campaign and campaign.set_up_at),
    }
