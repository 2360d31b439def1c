"""Where carriers' events come in: verified, stored and answered. What they mean is worked out elsewhere, later."""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from telephony import arrivals, credentials, hooks, inbox
from telephony.errors import BadEvent, BadSettings, BadSignature
from telephony.hooks import Hook
from telephony.providers import provider
from telephony.providers.base import Provider

log = logging.getLogger(__name__)

MAX_BODY = 2 * 1024 * 1024  # bytes


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider_name: str, hook_key: UUID) -> HttpResponse:
    """200 once stored, and again for an event that was stored before. What a carrier signed well gets no further than
    the doorway; what comes here is judged by the carrier as it is now. Two queries: the carrier, the insert."""
    if length(request.META) is None:
        return _answer(413, "The body is too long.")
    hook = hooks.read(hook_key)
    if hook is None or hook.provider != provider_name:
        return _answer(404, "There is no such carrier.")
    try:
        take_in(hook, request.META, request.body)
    except (BadSettings, credentials.Locked) as wrong:  # ours to mend; the carrier delivers again
        log.error("carrier %s: an event cannot be verified: %s", hook.carrier_id, wrong)
        return _answer(503, "This carrier is not set up.")
    except BadSignature as wrong:
        log.warning("carrier %s: %s", hook.carrier_id, wrong)
        return _answer(401, str(wrong))
    except BadEvent as wrong:
        log.error("carrier %s: an event does not fit: %s", hook.carrier_id, wrong)
        return _answer(400, str(wrong))
    return HttpResponse(status=200)


def length(environ: Mapping[str, Any]) -> int | None:
    """Of the body of a WSGI request, in bytes; None: too long, or not said in digits."""
    said = environ.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() and int(said) <= MAX_BODY else None


def take_in(hook: Hook, environ: Mapping[str, Any], body: bytes) -> None:
    """Verify, parse, store, commit. Raises TelephonyError, and what the database raises."""
    adapter = _adapter(hook.provider, hook.settings, hook.credentials)
    now = timezone.now()
    adapter.verify(_headers(environ), body, now)
    events = adapter.parse(body)
    if events:
        arrivals.store([inbox.row(hook.carrier_id, hook.workspace_id, event, now) for event in events])


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """By their names in lower case."""
    named = {name[5:].lower().replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    return {"content-type": environ.get("CONTENT_TYPE", ""), **named}


@lru_cache(maxsize=256)
def _adapter(name: str, settings: str, locked: str) -> Provider:
    """Kept between events, by everything it is made of: changed settings make another. Raises BadSettings, Locked."""
    return provider(name)({**json.loads(settings), **credentials.unlock(locked)})


def _answer(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
