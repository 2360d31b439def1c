"""A campaign's numbers: enabling and disabling one in one click, in any status."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns.choices import PoolStatus
from campaigns.views.frame import back, the_campaign


@require_POST
@page(Permission.RUN)
def switch(request: WorkspaceRequest, pk: int, entry_pk: int, status: str) -> HttpResponse:
    """Enable or disable one number of the pool; the dialer's next tick reads it."""
    if status not in PoolStatus.values:
        raise Http404
    campaign = the_campaign(request, pk)
    entry = get_object_or_404(campaign.pool.select_related("number"), pk=entry_pk)
    if campaign.pool.filter(pk=entry.pk).exclude(status=status).update(status=status):
        detail: dict[str, object] = {"number": entry.number.phone_number, "status": status}
        audit.record(
            campaign.workspace_id, "campaign.number", campaign, actor=request.user, detail=detail, at=timezone.now()
        )
    word = "enabled" if status == PoolStatus.ACTIVE else "disabled"
    messages.success(request, f"{entry.number.phone_number} is {word} in this campaign.")
    return back(request, campaign)
