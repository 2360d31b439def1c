"""Where carriers' events come in: verified, stored and answered. What they mean is worked out elsewhere, later."""

import json
import logging
from functools import lru_cache
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from telephony import arrivals, credentials, hooks, inbox
from telephony.errors import BadEvent, BadSettings, BadSignature, TelephonyError
from telephony.hooks import Hook
from telephony.providers import provider
from telephony.providers.base import Provider

log = logging.getLogger(__name__)

MAX_BODY = 2 * 1024 * 1024  # bytes


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider_name: str, hook_key: UUID) -> HttpResponse:
    """200 once stored, and again for an event that was stored before. Two queries: the carrier, the insert; events
    that come at the same time share them."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BODY:
        return _answer(413, "The body is too long.")
    if _as_remembered(request, provider_name, hook_key):
        return HttpResponse(status=200)
    hook = hooks.read([hook_key]).get(hook_key)
    if hook is None or hook.provider != provider_name:
        return _answer(404, "There is no such carrier.")
    try:
        _take_in(request, hook, fresh=True)
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


def _as_remembered(request: HttpRequest, provider_name: str, hook_key: UUID) -> bool:
    """Whether the event could be stored by what this process remembers of the carrier. If not, the carrier may have
    been changed: it is read, and judged by that."""
    hook = hooks.remembered(hook_key)
    if hook is None or hook.provider != provider_name:
        return False
    try:
        return _take_in(request, hook, fresh=False)
    except TelephonyError:
        return False


def _take_in(request: HttpRequest, hook: Hook, fresh: bool) -> bool:
    """Verify, parse, store, commit; whether the carrier is still what `hook` says. Raises TelephonyError."""
    adapter = _adapter(hook.provider, hook.settings, hook.credentials)
    now, body = timezone.now(), request.body
    adapter.verify(_headers(request), body, now)
    events = adapter.parse(body)
    rows = [inbox.row(hook.carrier_id, hook.workspace_id, event, now) for event in events]
    return arrivals.store(hook, rows, fresh) if rows else True


def _headers(request: HttpRequest) -> dict[str, str]:
    """By their names in lower case."""
    named = {
        name[5:].lower().replace("_", "-"): value for name, value in request.META.items() if name.startswith("HTTP_")
    }
    return {"content-type": request.META.get("CONTENT_TYPE", ""), **named}


@lru_cache(maxsize=256)
def _adapter(name: str, settings: str, locked: str) -> Provider:
    """Kept between events, by everything it is made of: changed settings make another. Raises BadSettings, Locked."""
    return provider(name)({**json.loads(settings), **credentials.unlock(locked)})


def _answer(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
