"""The same creation sent twice creates once."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken, KeptAnswer, Workspace
from accounts.rest.errors import Conflict

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 200
KEPT_FOR = timedelta(hours=24)
PIECE = 2_000  # answers that are removed at once
REUSED = "This Idempotency-Key was used for a different request. Use a new key for a new request."


def once(request: Request, create: Callable[[], Response]) -> Response:
    """`create()`'s answer; with an Idempotency-Key already used for this very request, the answer it got then.

    Key, answer and what `create` writes are committed in one transaction; a refused request keeps no key and may be
    sent again. Keys are the workspace's and last a day. Raises Conflict where the key belongs to another request.
    """
    key = request.headers.get(HEADER, "")
    if not key:
        return create()
    if len(key) > LONGEST_KEY:
        raise ValidationError({HEADER: [f"At most {LONGEST_KEY} characters."]})
    assert isinstance(request.auth, ApiToken)
    workspace, print_ = request.auth.workspace, fingerprint(request)
    if kept := KeptAnswer.objects.filter(workspace=workspace, key=key, at__gt=timezone.now() - KEPT_FOR).first():
        return replay(kept, print_)
    try:
        return keep(workspace, key, print_, create)
    except IntegrityError:
        # Two requests with one key at the same time: the other one has committed by now, or the error is not ours.
        kept = KeptAnswer.objects.filter(workspace=workspace, key=key).first()
        if kept is None:
            raise
        return replay(kept, print_)


def keep(workspace: Workspace, key: str, print_: str, create: Callable[[], Response]) -> Response:
    now = timezone.now()
    with transaction.atomic():
        KeptAnswer.objects.filter(workspace=workspace, key=key, at__lte=now - KEPT_FOR).delete()  # not swept yet
        kept = KeptAnswer.objects.create(workspace=workspace, key=key, fingerprint=print_, at=now)
        response = create()
        kept.status, kept.body = response.status_code, json.loads(JSONRenderer().render(response.data))
        kept.save(update_fields=["status", "body"])
    return response


def forget_old(now: datetime) -> int:
    """Remove every answer whose day is over, those of intakes too; how many. Commits in pieces."""
    count = 0
    for workspace in list(Workspace.objects.order_by("pk").values_list("pk", flat=True)):
        old = KeptAnswer.objects.filter(workspace=workspace, at__lte=now - KEPT_FOR).order_by("at")
        while ids := list(old.values_list("pk", flat=True)[:PIECE]):
            count += KeptAnswer.objects.filter(pk__in=ids, at__lte=now - KEPT_FOR).delete()[0]
    return count


def replay(kept: KeptAnswer, print_: str) -> Response:
    if kept.fingerprint != print_:
        raise Conflict(REUSED, "idempotency_key_reused")
    return Response(kept.body, status=kept.status, headers={REPLAYED: "true"})


def fingerprint(request: Request) -> str:
    """What makes two requests the same: method, address, body, whatever the order of its keys, and files' content."""
    sent = dict(request.data.lists()) if isinstance(request.data, QueryDict) else request.data
    body = json.dumps(sent, sort_keys=True, default=content)
    return hashlib.sha256(f"{request.method} {request.path} {body}".encode()).hexdigest()


def content(value: object) -> str:
    """A file's name and the hash of its bytes; anything else as text."""
    if not isinstance(value, UploadedFile):
        return str(value)
    value.seek(0)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return f"{value.name} {digest.hexdigest()}"
