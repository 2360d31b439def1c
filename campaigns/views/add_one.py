"""The Add Contacts panel's New contact tab: one person, typed in, becomes a contact and is on the list."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns import bulk, locks
from campaigns.bulk import ENROL, Asked, Refused
from campaigns.models import Campaign
from campaigns.views.adding import by_script, shown, to
from campaigns.views.frame import the_campaign
from campaigns.views.moving import numbers, say
from contacts.forms.person import PersonForm
from contacts.models import Contact

UNREADABLE = 422


@require_http_methods(["GET", "POST"])
@page(Permission.CONTACTS)
def add_one(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """A locked list answers 409 with the reason, and nobody becomes a contact."""
    campaign = the_campaign(request, pk)
    locked = locks.list_locked(campaign)
    if locked:
        return shown(request, campaign, "locked", {"locked": locked}, status=409)
    if known := numbers([request.POST.get("known", "")]):
        return _enrol(request, campaign, get_in(request.workspace, Contact, pk=known[0]))
    form = PersonForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and form.is_valid():
        made = form.keep(request.workspace, request.user, timezone.now())
        if made is not None:
            return _enrol(request, campaign, made)
    status = UNREADABLE if form.errors and not by_script(request) else 200
    return shown(request, campaign, "one", {"form": form}, status=status)


def _enrol(request: WorkspaceRequest, campaign: Campaign, contact: Contact) -> HttpResponse:
    try:
        made = bulk.at_once(campaign, Asked(ENROL, request.user, str(request.user)), [contact.pk], timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        say(request, ENROL, made)
    return to(request, reverse("campaigns:contacts", args=[campaign.pk]))
