"""The one shape in which the API says no. Imports no app: whatever an exception wants said travels on it.

{"error": {"code": "…", "message": "one sentence", "fields"?: {"name": ["…"]}, "blockers"?: ["…"]}}
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings

NOT_FOUND = "There is no such thing here."
NOT_ALLOWED = "This token does not allow that."
INVALID = "Some fields are not right. Correct them and send the request again."


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """An error response for everything an edge raises on purpose; None (a 500) for everything else."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound(NOT_FOUND)
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or NOT_ALLOWED)
    if not isinstance(exc, exceptions.APIException):
        return None
    return Response({"error": body(exc)}, status=exc.status_code, headers=headers(exc))


def body(exc: exceptions.APIException) -> dict[str, object]:
    """code, message, and with a ValidationError its fields, with a refusal its blockers or the fields it is about."""
    if isinstance(exc, exceptions.ValidationError):
        return invalid(exc)
    error: dict[str, object] = {"code": getattr(exc.detail, "code", exc.default_code), "message": str(exc.detail)}
    more = {name: getattr(exc, name, None) for name in ("fields", "blockers")}
    return error | {name: value for name, value in more.items() if value}


def invalid(exc: exceptions.ValidationError) -> dict[str, object]:
    """Sentences about the whole request become the message, sentences about a field stay with it."""
    if not isinstance(exc.detail, dict):
        return {"code": "invalid", "message": " ".join(sentences(exc.detail)) or INVALID}
    fields = {name: detail for name, detail in exc.detail.items() if name != api_settings.NON_FIELD_ERRORS_KEY}
    general = sentences(exc.detail.get(api_settings.NON_FIELD_ERRORS_KEY, []))
    error: dict[str, object] = {"code": "invalid", "message": " ".join(general) or INVALID}
    return {**error, "fields": fields} if fields else error


def sentences(detail: Any) -> list[str]:
    if isinstance(detail, list):
        return [sentence for part in detail for sentence in sentences(part)]
    if isinstance(detail, dict):
        return [sentence for part in detail.values() for sentence in sentences(part)]
    return [str(detail)]


def headers(exc: exceptions.APIException) -> dict[str, str]:
    found = {}
    if exc.status_code == status.HTTP_401_UNAUTHORIZED:
        found["WWW-Authenticate"] = getattr(exc, "auth_header", "Bearer")
    if wait := getattr(exc, "wait", None):
        found["Retry-After"] = str(int(wait))
    return found
