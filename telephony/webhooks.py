"""Where carriers' events come in: verified, stored and answered. What they mean is worked out elsewhere, later."""

import json
import logging
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from telephony import credentials, inbox
from telephony.errors import BadEvent, BadSettings, BadSignature
from telephony.models import Carrier
from telephony.providers import provider
from telephony.providers.base import Provider

log = logging.getLogger(__name__)

MAX_BODY = 2 * 1024 * 1024  # bytes
FIND = "SELECT id, workspace_id, settings, credentials FROM telephony_carrier WHERE hook_key = %s AND provider = %s"


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider_name: str, hook_key: UUID) -> HttpResponse:
    """200 once stored, and again for an event that was stored before. Two queries: the carrier, the insert."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > MAX_BODY:
        return _answer(413, "The body is too long.")
    row = _carrier(provider_name, hook_key)
    if row is None:
        return _answer(404, "There is no such carrier.")
    carrier_id, workspace_id, settings, locked = row
    try:
        adapter = _adapter(provider_name, settings, locked)
        now = timezone.now()
        adapter.verify({name.lower(): value for name, value in request.headers.items()}, request.body, now)
        inbox.store(carrier_id, workspace_id, adapter.parse(request.body), now)
    except (BadSettings, credentials.Locked) as wrong:  # ours to mend; the carrier delivers again
        log.error("carrier %s: an event cannot be verified: %s", carrier_id, wrong)
        return _answer(503, "This carrier is not set up.")
    except BadSignature as wrong:
        log.warning("carrier %s: %s", carrier_id, wrong)
        return _answer(401, str(wrong))
    except BadEvent as wrong:
        log.error("carrier %s: an event does not fit: %s", carrier_id, wrong)
        return _answer(400, str(wrong))
    return HttpResponse(status=200)


def _carrier(provider_name: str, hook_key: UUID) -> tuple[int, int, str, str] | None:
    """(id, workspace, settings as JSON, locked credentials); in plain SQL, for the reason that inbox.store gives."""
    key = Carrier._meta.get_field("hook_key").get_db_prep_value(hook_key, connection)
    with connection.cursor() as cursor:
        cursor.execute(FIND, [key, provider_name])
        return cursor.fetchone()


@lru_cache(maxsize=256)
def _adapter(name: str, settings: str, locked: str) -> Provider:
    """Kept between events, by everything it is made of: changed settings make another. Raises BadSettings, Locked."""
    return provider(name)({**json.loads(settings), **credentials.unlock(locked)})


def _answer(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
