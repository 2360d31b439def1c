"""The Settings tab of a campaign."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.roles import Permission, may
from accounts.tenancy import WorkspaceRequest, page
from campaigns import locks
from campaigns.forms.settings import SettingsForm
from campaigns.models import Intake
from campaigns.views.frame import frame, the_campaign

UNREADABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.READ)
def settings(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Read by everybody; saved by those who may run campaigns."""
    campaign = the_campaign(request, pk)
    writes = may(request.role, Permission.RUN)
    if request.method == "POST" and not writes:
        return HttpResponse("Your role in this workspace does not allow this.", status=403)
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=campaign)
    if request.method == "POST" and form.is_valid() and form.keep(request.user):
        messages.success(request, "Saved.")
        return redirect("campaigns:settings", campaign.pk)
    if not writes:
        form.lock(form.fields, "Your role in this workspace reads only.")
    fresh = the_campaign(request, pk) if form.is_bound else campaign
    context = {
        **frame(request, fresh, "settings"),
        "form": form,
        "writes": writes,
        "shut": locks.not_editable(fresh),
        "intake": Intake.objects.filter(campaign=fresh).first(),
    }
    return render(request, "campaigns/detail/settings.html", context, status=UNREADABLE if form.errors else 200)
