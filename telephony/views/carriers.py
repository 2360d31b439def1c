"""Carriers: list, create, edit, switch on and off, delete. Their credentials are taken in and never shown."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.listing import listing
from accounts.roles import Permission
from accounts.tenancy import get_in, page
from campaigns.queries import setup
from telephony import carriers, providers, queries
from telephony.forms.base import StillUsed, remove
from telephony.forms.carriers import CarrierForm
from telephony.models import Carrier

SORTS = {
    "name": ("name",),
    "cps": ("max_cps", "name"),
    "channels": ("max_channels", "name"),
    "numbers": ("number_count", "name"),
    "cost": ("cost_per_minute", "name"),
}


@page(Permission.READ)
def carrier_list(request: Any) -> HttpResponse:
    now, search = timezone.now(), request.GET.get("q", "").strip()
    found = listing(request, queries.carriers(request.workspace, search=search), SORTS, "name")
    live = setup.live_by_carrier(request.workspace)
    context = {
        "listing": found,
        "rows": [(carrier, queries.carrier_state(carrier, now), live.get(carrier.pk, 0)) for carrier in found],
        "providers": dict(providers.choices()),
        "search": search,
    }
    return render(request, "telephony/carriers.html", context)


@page(Permission.SETUP)
def carrier_add(request: Any) -> HttpResponse:
    return _edit(request, Carrier(workspace=request.workspace))


@page(Permission.SETUP)
def carrier_edit(request: Any, pk: int) -> HttpResponse:
    return _edit(request, get_in(request.workspace, Carrier, pk=pk))


def _edit(request: Any, carrier: Carrier) -> HttpResponse:
    before = str(carrier)
    state = queries.carrier_state(carrier, timezone.now()) if carrier.pk else None
    form = CarrierForm(request.POST or None, instance=carrier, workspace=request.workspace)
    if request.method == "POST" and form.is_valid() and form.keep(request.user):
        messages.success(request, f"“{carrier.name}” saved.")
        return redirect("telephony:carriers")
    context = {"form": form, "carrier": carrier, "name": before, "state": state, "events_address": _events(carrier)}
    return render(request, "telephony/carrier_form.html", context)


def _events(carrier: Carrier) -> str:
    """Where the carrier sends its events; every call request names it too."""
    if carrier.pk is None:
        return ""
    return settings.PUBLIC_URL + reverse("telephony:hook", args=[carrier.provider, carrier.hook_key])


@require_POST
@page(Permission.SETUP)
def carrier_switch(request: Any, pk: int, word: str) -> HttpResponse:
    """`word` is "enable" or "disable". Enabling also ends a rest and forgets the error that switched it off."""
    carrier = get_in(request.workspace, Carrier, pk=pk)
    with transaction.atomic():
        (carriers.enable if word == "enable" else carriers.disable)(carrier.pk)
        audit.record(request.workspace, f"carrier.{word}", carrier, actor=request.user)
    messages.success(request, f"“{carrier.name}” is {word}d. Calls under way go on.")
    return redirect("telephony:carriers")


@require_POST
@page(Permission.DELETE)
def carrier_delete(request: Any, pk: int) -> HttpResponse:
    carrier = get_in(request.workspace, Carrier, pk=pk)
    try:
        remove(carrier, request.user)
    except StillUsed as refusal:
        messages.error(request, f"{refusal} Disable it instead.")
        return redirect("telephony:carrier_edit", pk)
    messages.success(request, f"“{carrier.name}” deleted.")
    return redirect("telephony:carriers")
