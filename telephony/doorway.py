"""Carriers' events go in by a door of their own, before Django makes a request of them. They outnumber everything else
by far, and what pages need took most of the time of each.

The door takes what needs no word: an event that its carrier signed. All else it hands on as it came to the pages' side,
where `webhooks.receive` looks at it afresh and says what is wrong.
"""

import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from uuid import UUID
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.http import HttpRequest

from telephony import hooks, webhooks

DOOR = re.compile(r"/hooks/([-a-zA-Z0-9_]+)/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/")
NOTHING = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0")]


class Doorway:
    """A WSGI application in front of another, `pages`."""

    def __init__(self, pages: WSGIApplication):
        self._pages = pages

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/hooks/") and _taken(environ):
            start_response("200 OK", NOTHING)
            return ()
        return self._pages(environ, start_response)


def _taken(environ: WSGIEnvironment) -> bool:
    """Whether an event was verified and is stored. If not, the request is as it was."""
    address = DOOR.fullmatch(environ["PATH_INFO"])
    length = webhooks.length(environ)
    if address is None or length is None or environ["REQUEST_METHOD"] != "POST" or not _may_enter(environ):
        return False
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(body)  # for whoever reads it next
    try:
        hook = hooks.lately(UUID(address[2]))
        if hook is None or hook.provider != address[1]:
            return False
        webhooks.take_in(hook, environ, body)
    except Exception:  # whatever it is, such as a database that is away: the pages' side meets it again, and says so
        return False
    return True


def _may_enter(environ: dict[str, Any]) -> bool:
    """Over plain HTTP, an installation that wants HTTPS answers as its pages do."""
    if not settings.SECURE_SSL_REDIRECT:
        return True
    request = HttpRequest()
    request.META = environ
    return request.is_secure()
