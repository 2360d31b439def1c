"""Where forms and other systems send people: one address per campaign, open to whoever knows it."""

from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.throttling import SimpleRateThrottle

from accounts.rest.idempotency import HEADER, LONGEST_KEY
from campaigns import intake
from campaigns.intake import Answer
from campaigns.intake_payload import FORM, MAX_BYTES, BadPayload, clean, read_form, read_json
from campaigns.models import Intake

TOO_LONG = "The request is longer than 256 KB. Send fewer people at once."
UNKNOWN = "There is no such intake here."
TOO_OFTEN = "Too many requests. Wait a moment, then send this one again."
MULTIPART = "multipart/form-data"


class PerIntake(SimpleRateThrottle):
    """settings.INTAKE_RATE requests an intake, counted over all web processes of this machine."""

    cache = caches["shared"]
    scope = "intake"

    def get_rate(self) -> str:
        return settings.INTAKE_RATE

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"intake-{view.pk}"


@csrf_exempt
@require_POST
def receive(request: HttpRequest, secret: str) -> JsonResponse:
    """201 added, 200 was there, 409 locked or suppressed, 422 unreadable; always JSON."""
    found = intake.look_up(secret)
    if found is None:
        return _refused(404, "not_found", UNKNOWN)
    throttle = PerIntake()
    if not throttle.allow_request(request, found):  # type: ignore[arg-type]
        answer = _refused(429, "throttled", TOO_OFTEN)
        answer["Retry-After"] = str(int(throttle.wait() or 1) + 1)
        return answer
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BYTES:
        return _refused(413, "too_large", TOO_LONG)
    key = request.headers.get(HEADER, "")
    if len(key) > LONGEST_KEY:
        return _refused(422, "invalid", f"{HEADER} is longer than {LONGEST_KEY} characters.")
    return _answered(_delivered(request, found, key))


def _delivered(request: HttpRequest, found: Intake, key: str) -> Answer:
    now, kind = timezone.now(), (request.content_type or "").lower()
    body = request.body
    try:
        if kind == MULTIPART:
            payload = _multipart(request)
        elif kind == FORM and body.lstrip()[:1] not in (b"{", b"["):
            payload = read_form(body)
        else:
            payload = read_json(body)
    except BadPayload as problem:
        return intake.unreadable(found, str(problem), body, now)
    return intake.deliver(found, payload, key=key, now=now)


def _multipart(request: HttpRequest) -> dict[str, Any]:
    """The fields of a form that may carry files, which are left out. Raises BadPayload."""
    try:
        fields = request.POST
        cleaned: dict[str, Any] = clean({name: texts if len(texts) > 1 else texts[0] for name, texts in fields.lists()})
    except (MultiPartParserError, SuspiciousOperation, BadRequest):
        raise BadPayload("This is not a form that can be read.") from None
    if not cleaned:
        raise BadPayload("The request holds no field.")
    return cleaned


def _refused(status: int, code: str, sentence: str) -> JsonResponse:
    return _answered(Answer(status, {"error": {"code": code, "message": sentence}}, sentence))


def _answered(answer: Answer) -> JsonResponse:
    return JsonResponse(answer.body, status=answer.status)
