"""The intake of a campaign, below its Settings tab: the address, a test, the mapping, and what came."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import ids
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import intake, locks
from campaigns.forms.intake import SAMPLE, MappingForm, TestForm
from campaigns.intake_mapping import VARIABLE, by_names
from campaigns.models import Campaign, Intake, IntakeDelivery
from campaigns.views.frame import frame, the_campaign
from contacts.person import Unreadable

UNREADABLE = 422
SHOWN = 20
READ_AT_ONCE = 5  # of deliveries, which may be long
DONE = {
    "create": "The intake is open. Send people to its address.",
    "enable": "The intake is open again.",
    "disable": "The intake is closed. Whoever sends somebody is told that it is not there.",
    "renew": "The intake has a new address. The old one takes nobody any more.",
    "names": "Fields are found by their names again.",
    "delete": "The intake is gone. The people who came by it stay.",
}


def address_of(found: Intake) -> str:
    """Where people are sent: it says who may, so it is shown to those only who may run campaigns."""
    return f"{settings.PUBLIC_URL}{reverse('campaigns:intake_hook', args=[found.secret])}"


@require_http_methods(["GET", "HEAD"])
@page(Permission.RUN)
def one(request: WorkspaceRequest, pk: int) -> HttpResponse:
    campaign = the_campaign(request, pk)
    found = Intake.objects.filter(campaign=campaign).first()
    return _shown(request, campaign, found, TestForm(initial={"payload": _sample(found)}))


@require_POST
@page(Permission.RUN)
def act(request: WorkspaceRequest, pk: int, action: str) -> HttpResponse:
    """create, enable, disable, renew (another address), names (no mapping), delete."""
    if action not in DONE:
        raise Http404
    campaign = the_campaign(request, pk)
    if action == "create":
        intake.make(campaign, actor=request.user)
    else:
        _change(_the_intake(campaign), action, request)
    messages.success(request, DONE[action])
    return redirect("campaigns:settings" if action == "delete" else "campaigns:intake", campaign.pk)


def _change(found: Intake, action: str, request: WorkspaceRequest) -> None:
    if action == "delete":
        intake.remove(found, actor=request.user)
    elif action == "renew":
        intake.change(found, actor=request.user, new_secret=True)
    elif action == "names":
        intake.change(found, actor=request.user, mapping={})
    else:
        intake.change(found, actor=request.user, enabled=action == "enable")


@require_POST
@page(Permission.RUN)
def test(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Reads what would be sent and says what would come of it; adds nobody, and is kept to map fields from."""
    campaign = the_campaign(request, pk)
    found = _the_intake(campaign)
    form = TestForm(request.POST)
    if not form.is_valid():
        return _shown(request, campaign, found, form, UNREADABLE)
    readings = intake.read(found, form.cleaned_data["payload"], campaign.workspace)
    wrong = next((one.sentence for one in readings if one.errors), "")
    said = wrong or f"Test: {len(readings)} could be read. Nobody was added."
    answer = intake.Answer(intake.UNREADABLE if wrong else intake.READ_ONLY, {}, said)
    intake.keep(found, form.cleaned_data["payload"], answer, timezone.now())
    return _shown(request, campaign, found, form, readings=readings)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.RUN)
def mapping(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """What each place of a delivery becomes: of the one that is asked for (?delivery=), else of the newest. Saving asks
    for none: the one that was shown may be gone."""
    campaign = the_campaign(request, pk)
    found = _the_intake(campaign)
    delivery = _delivery(found, request.GET.get("delivery", "") if request.method != "POST" else "")
    payload = delivery.payload if delivery else {}
    form = MappingForm(
        request.POST if request.method == "POST" else None, payload=payload, mapping=_proposed(found, payload)
    )
    if request.method == "POST" and form.is_valid():
        intake.change(found, actor=request.user, mapping=form.cleaned_data["mapping"])
        messages.success(request, "Saved. Send a test to see what comes of it.")
        return redirect("campaigns:intake", campaign.pk)
    context = {**frame(request, campaign, "settings"), "intake": found, "delivery": delivery, "form": form}
    return render(request, "campaigns/detail/intake_mapping.html", context, status=UNREADABLE if form.errors else 200)


def _proposed(found: Intake, payload: Any) -> dict[str, str]:
    """The mapping that is there; before there is one, what the names ask for."""
    if found.mapping:
        return dict(found.mapping)
    one = payload[0] if isinstance(payload, list) and payload else payload
    try:
        return by_names(one)
    except Unreadable:
        return {}


def _the_intake(campaign: Campaign) -> Intake:
    found = Intake.objects.select_related("campaign__workspace").filter(campaign=campaign).first()
    if found is None:
        raise Http404
    return found


def _delivery(found: Intake, asked: str) -> IntakeDelivery | None:
    """The one that is asked for, else the newest that can be read."""
    rows = IntakeDelivery.objects.filter(intake=found).order_by("-id")
    if not asked:
        return next((row for row in rows.iterator(chunk_size=READ_AT_ONCE) if row.is_readable), None)
    delivery = rows.filter(pk=ids.one(asked) or 0).first()
    if delivery is None or not delivery.is_readable:
        raise Http404
    return delivery


def _sample(found: Intake | None) -> str:
    newest = _delivery(found, "") if found else None
    return json.dumps(newest.payload, indent=2, ensure_ascii=False) if newest else SAMPLE


def _shown(
    request: WorkspaceRequest,
    campaign: Campaign,
    found: Intake | None,
    form: TestForm,
    status: int = 200,
    readings: list[intake.Reading] | None = None,
) -> HttpResponse:
    rows = IntakeDelivery.objects.filter(intake=found).select_related("contact").order_by("-id")
    every = "all" in request.GET
    deliveries = list(rows if every else rows[: SHOWN + 1]) if found else []
    context = {
        **frame(request, campaign, "settings"),
        "intake": found,
        "address": address_of(found) if found else "",
        "locked": locks.list_locked(campaign),
        "form": form,
        "readings": [_read_out(one) for one in readings or []],
        "deliveries": deliveries if every else deliveries[:SHOWN],
        "more": not every and len(deliveries) > SHOWN,
        "mapped": sorted((_spoken(name), path) for name, path in found.mapping.items()) if found else [],
    }
    return render(request, "campaigns/detail/intake.html", context, status=status)


def _spoken(name: str) -> str:
    """A key of the mapping as people read it: a variable keeps its own spelling."""
    variable = name.startswith(VARIABLE)
    return f"variable {name.removeprefix(VARIABLE)}" if variable else name.replace("_", " ")


def _read_out(one: intake.Reading) -> dict[str, Any]:
    """A person of a test as the page shows them."""
    fields = {name: value for name, value in one.given.items() if name not in ("variables", "primary", "phone_number")}
    return {
        "number": one.person.phone_number if one.person else "",
        "fields": {name.replace("_", " "): value for name, value in fields.items()},
        "variables": one.given.get("variables", {}),
        "problem": one.sentence,
    }
