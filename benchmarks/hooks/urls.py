"""Views to measure ours against, and every address of the product."""

import os
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from benchmarks.hooks.usual import move
from campaigns.models import Call
from telephony import carriers
from telephony.events import CallEvent
from telephony.models import Carrier, ProviderEvent
from telephony.providers import provider


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """The limit: what the server and the middleware of its pages take for themselves."""
    return HttpResponse(status=200)


def worker(request: HttpRequest) -> HttpResponse:
    """Which process answers on this connection."""
    return HttpResponse(str(os.getpid()))


@csrf_exempt
def usual(request: HttpRequest, hook_key: UUID) -> HttpResponse:
    """The usual way: in one transaction the event is stored, once, and its call moved under a lock."""
    with transaction.atomic():
        carrier = Carrier.objects.get(hook_key=hook_key)
        adapter = provider(carrier.provider)(carriers.values(carrier))
        headers, now = {name.lower(): value for name, value in request.headers.items()}, timezone.now()
        adapter.verify(headers, request.body, now)
        for event in adapter.parse(request.body):
            call = Call.objects.select_for_update().get(reference=event.reference)
            if _stored(carrier, event, now):
                move(call, event)
                call.save()
    return HttpResponse(status=200)


def _stored(carrier: Carrier, event: CallEvent, now: datetime) -> bool:
    said = {
        "workspace_id": carrier.workspace_id,
        "reference": event.reference,
        "provider_call_id": event.provider_call_id,
        "kind": event.kind,
        "at": event.at,
        "event": event.to_json(),
        "payload": event.raw,
        "received_at": now,
    }
    return ProviderEvent.objects.get_or_create(carrier=carrier, event_key=event.key, defaults=said)[1]


urlpatterns = [
    path("nothing/", nothing),
    path("worker/", worker),
    path("usual/<uuid:hook_key>/", usual),
    path("", include("config.urls")),
]
