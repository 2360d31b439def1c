"""Carriers' events go in by a door of their own: what pages need (session, person, messages, CSP) is not set up for
them. They outnumber everything else by far, and it took most of the time of each.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

DOOR = "/hooks/"


def events_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Stands behind SecurityMiddleware, before all other middleware."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(DOOR):
            return get_response(request)
        try:
            found = resolve(request.path_info, "telephony.urls")
        except Resolver404:
            return get_response(request)
        answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
        answer.headers["Content-Length"] = str(len(answer.content))  # or it would go out in chunks
        return answer

    return middleware
